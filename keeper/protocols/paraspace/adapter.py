"""The adapter: which logs matter and who handles them, what is read again, and the doors to steps and forecasts."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from keeper.chain.codec import Event
from keeper.config import AddressField, Section
from keeper.domain.adapters import NOTHING, Applied, Capability, Forecast
from keeper.domain.blocks import Log, LogInterest, PendingTransaction
from keeper.domain.calls import Reading
from keeper.domain.env import Env, Overlay
from keeper.domain.facts import Change, Facts, Key, ParameterKey, Price, PriceKey
from keeper.domain.positions import Position
from keeper.domain.steps import Step
from keeper.domain.units import Address, Hash32, Wei
from keeper.protocols.paraspace import abi, book, failures, pushes, reading
from keeper.protocols.paraspace.records import PROTOCOL, Account, Contracts, Keys, Reserve, Side, Token
from keeper.protocols.paraspace.steps import steps
from keeper.protocols.reading import news

_POOL_EVENTS = (
    abi.COLLATERAL_ENABLED,
    abi.COLLATERAL_DISABLED,
    abi.LIQUIDATE_ERC20,
    abi.LIQUIDATE_ERC721,
    abi.AUCTION_STARTED,
    abi.AUCTION_ENDED,
    abi.RESERVE_DATA_UPDATED,
)
_FLOOR_EVENTS = (abi.ASSET_DATA_SET, abi.ORACLE_CONFIG_SET, abi.ASSET_REMOVED)
_TOKEN_EVENTS = (abi.MINT, abi.BURN, abi.TOKEN_TRANSFER, abi.TRAIT_MULTIPLIER_SET, abi.AVG_MULTIPLIER_UPDATED)
_FEED_EVENTS = (abi.ANSWER_UPDATED, abi.AGGREGATOR_CONFIRMED)


class ParaSpace:
    """ParaSpace (Parallel), or a deployment with its ABI, on one chain."""

    name = PROTOCOL
    capability: ClassVar[Capability] = Capability(
        "accounts with NFTs and tokens; Dutch auctions of NFTs bought at once, tokens seized at a bonus",
        shapes=("groundwork", "atomic"),
        ways=("discount", "amm"),
    )

    class Config(Section):
        """All other addresses are asked of the provider. ``floor_oracle`` is the NFTFloorOracle behind the collections'
        prices; without it they are read, never followed, and their expiry is not known."""

        addresses_provider: AddressField
        floor_oracle: AddressField | None = None
        start_block: int = Field(ge=0)

    def __init__(self, deployment: str, chain_id: int, config: Config) -> None:
        self.deployment = deployment
        self.chain_id = chain_id
        self.config = config
        self.keys = Keys(deployment, chain_id)

    @property
    def start_block(self) -> int:
        return self.config.start_block

    def interests(self, facts: Facts) -> Sequence[LogInterest]:
        contracts: Contracts | None = facts.get(self.keys.contracts())
        reserves: Mapping[Address, Reserve] = facts.get(self.keys.reserves()) or {}
        if contracts is None:
            return ()
        tokens = {token for reserve in reserves.values() for token in (reserve.x_token, reserve.debt_token)}
        feeds = {feed for reserve in reserves.values() for feed in (reserve.feed, reserve.source)}
        wanted = [
            _interest({contracts.pool}, _POOL_EVENTS),
            _interest({contracts.configurator}, abi.RESERVE_CHANGES),
            _interest({contracts.oracle}, abi.SOURCE_CHANGES),
            _interest({contracts.provider}, abi.PROVIDER_CHANGES),
            _interest(tokens, _TOKEN_EVENTS),
            _interest(feeds, _FEED_EVENTS),
        ]
        if self.config.floor_oracle is not None:
            wanted.append(_interest({self.config.floor_oracle}, _FLOOR_EVENTS))
        return wanted

    def bootstrap(self, facts: Facts) -> Reading[Sequence[Change]]:
        changes = yield from reading.read_everything(
            self.config.addresses_provider, self.config.floor_oracle, self.keys
        )
        return news(changes, facts)

    def apply(self, log: Log, timestamp: int, facts: Facts) -> Applied:
        contracts: Contracts | None = facts.get(self.keys.contracts())
        if contracts is None or not log.topics:
            return NOTHING
        if log.address == contracts.pool:
            return self._of_pool(log, timestamp, facts)
        token: Token | None = facts.get(self.keys.token(log.address))
        if token is not None:
            return self._of_token(token, log, timestamp, facts)
        if log.address == self.config.floor_oracle:
            return self._of_floor(log, timestamp, facts)
        stale = _STALE_BY_TOPIC.get(log.topics[0])
        if stale is not None and log.address in {contracts.configurator, contracts.oracle, contracts.provider}:
            return Applied(stale=[ParameterKey(self.deployment, stale)])
        return self._of_feed(log, facts)

    def refresh(self, keys: Sequence[Key[object]], facts: Facts) -> Reading[Sequence[Change]]:
        """Accounts are built anew where a reserve has changed: what counts as collateral may be other than before."""
        changes: list[Change] = []
        contracts: Contracts | None = facts.get(self.keys.contracts())
        if contracts is None or self.keys.contracts() in keys:
            changes += yield from reading.read_everything(
                self.config.addresses_provider, self.config.floor_oracle, self.keys
            )
        elif self.keys.reserves() in keys:
            changes += yield from reading.read_reserves(contracts, self.config.floor_oracle, self.keys)
        changes = news(changes, facts)
        known = Overlay(facts, {change.key: change.value for change in changes})
        contracts = known.get(self.keys.contracts())
        reserves: dict[Address, Reserve] = known.get(self.keys.reserves()) or {}
        if contracts is None:
            return changes
        asked = [key for key in dict.fromkeys(keys) if isinstance(key, ParameterKey) and key.name == "pieces"]
        read = yield from reading.read_again([Address(k.subject) for k in asked], known, contracts, reserves, self.keys)
        accounts = {account.user: account for account in read}
        if any(change.key == self.keys.reserves() for change in changes):
            accounts = {**self._accounts(facts), **accounts}
        for account in accounts.values():
            changes += book.kept(account, known, self.keys, reserves)
        assets = [k.asset for k in dict.fromkeys(keys) if isinstance(k, PriceKey) and k.asset in reserves]
        if assets:
            changes += yield from reading.read_prices(assets, reserves, contracts, self.config.floor_oracle, self.keys)
        return news(changes, facts)

    def steps(self, position: Position, env: Env) -> Sequence[Step]:
        return steps(position, env, self.keys)

    def forecast(self, transaction: PendingTransaction, env: Env) -> Forecast | None:
        return pushes.forecast(transaction, env, self.config.floor_oracle, self.keys)

    def explain_failure(self, revert: bytes) -> str:
        return failures.explain(revert)

    def _of_pool(self, log: Log, timestamp: int, facts: Facts) -> Applied:
        event = _POOL_BY_TOPIC.get(log.topics[0])
        if event is None:
            return NOTHING
        record = event.decode(log)
        if event is abi.RESERVE_DATA_UPDATED:
            rates = (record.liquidityRate, record.variableBorrowRate)
            values = (record.liquidityIndex, record.variableBorrowIndex)
            changes = reading.indices(record.reserve, rates, values, timestamp, self.keys)
            return Applied(changes, stale=self._silent_price(record.reserve, facts))
        if event is abi.COLLATERAL_ENABLED or event is abi.COLLATERAL_DISABLED:
            return book.collateral_flag(record, log, facts, self.keys, on=event is abi.COLLATERAL_ENABLED)
        if event is abi.AUCTION_STARTED:
            return book.auction_started(record, log, timestamp, facts, self.keys)
        if event is abi.AUCTION_ENDED:
            return book.auction_ended(record, log, facts, self.keys)
        token_id = record.liquidatedCollateralTokenId if event is abi.LIQUIDATE_ERC721 else None
        return book.liquidated(record, log, self.keys, token_id)

    def _of_token(self, token: Token, log: Log, timestamp: int, facts: Facts) -> Applied:
        if token.side is Side.NFT:
            return self._of_nft(token, log, facts)
        if abi.MINT.matches(log):
            return book.minted(abi.MINT.decode(log), token, log, facts, self.keys)
        if abi.BURN.matches(log):
            return book.burnt(abi.BURN.decode(log), token, log, facts, self.keys)
        if token.side is Side.SUPPLY and abi.TOKEN_TRANSFER.matches(log):
            return book.transferred(abi.TOKEN_TRANSFER.decode(log), token, log, timestamp, facts, self.keys)
        return NOTHING

    def _of_nft(self, token: Token, log: Log, facts: Facts) -> Applied:
        if abi.NFT_TRANSFER.matches(log):
            return book.nft_transferred(abi.NFT_TRANSFER.decode(log), token, log, facts, self.keys)
        for event in (abi.TRAIT_MULTIPLIER_SET, abi.AVG_MULTIPLIER_UPDATED):
            if event.matches(log):
                return Applied(stale=[self.keys.pieces(event.decode(log).owner)])
        return NOTHING

    def _of_floor(self, log: Log, timestamp: int, facts: Facts) -> Applied:
        if abi.ASSET_DATA_SET.matches(log):
            record = abi.ASSET_DATA_SET.decode(log)
            last = record.lastUpdatedBlock + (facts.get(self.keys.expiry()) or 0)
            price = Price(Wei(record.twap), timestamp, record.lastUpdatedBlock, last)
            reserves: Mapping[Address, Reserve] = facts.get(self.keys.reserves()) or {}
            known = record.asset in reserves
            return Applied([Change(self.keys.price(record.asset), price)]) if known else NOTHING
        if abi.ASSET_REMOVED.matches(log):
            return Applied([Change(self.keys.price(abi.ASSET_REMOVED.decode(log).asset), None)])
        return Applied(stale=[self.keys.reserves()]) if abi.ORACLE_CONFIG_SET.matches(log) else NOTHING

    def _of_feed(self, log: Log, facts: Facts) -> Applied:
        """An answer of an aggregator, for every asset that it prices; or a proxy that turned to another aggregator."""
        assets: tuple[Address, ...] = facts.get(self.keys.feed(log.address)) or ()
        if assets and abi.ANSWER_UPDATED.matches(log):
            answer = abi.ANSWER_UPDATED.decode(log)
            price = Price(Wei(answer.current), answer.updatedAt, log.block_number) if answer.current > 0 else None
            return Applied([Change(self.keys.price(asset), price) for asset in assets])
        if abi.AGGREGATOR_CONFIRMED.matches(log):
            reserves: Mapping[Address, Reserve] = facts.get(self.keys.reserves()) or {}
            if any(reserve.source == log.address for reserve in reserves.values()):
                return Applied(stale=[self.keys.reserves()])
        return NOTHING

    def _silent_price(self, asset: Address, facts: Facts) -> list[Key[object]]:
        """The price of a source that may not tell of its answers, to be read on the way."""
        reserves: Mapping[Address, Reserve] = facts.get(self.keys.reserves()) or {}
        reserve = reserves.get(asset)
        return [self.keys.price(asset)] if reserve is not None and reserve.feed == reserve.source else []

    def _accounts(self, facts: Facts) -> dict[Address, Account]:
        found: dict[Address, Account] = {}
        for key in facts.keys(ParameterKey):
            if isinstance(key, ParameterKey) and (key.deployment, key.name) == (self.deployment, "account"):
                account: Account | None = facts.get(key)
                if account is not None:
                    found[account.user] = account
        return found


_POOL_BY_TOPIC: Mapping[Hash32, Event] = {event.topic: event for event in _POOL_EVENTS}
_STALE_BY_TOPIC: Mapping[Hash32, str] = {
    **{event.topic: "reserves" for event in (*abi.RESERVE_CHANGES, *abi.SOURCE_CHANGES)},
    **{event.topic: "contracts" for event in abi.PROVIDER_CHANGES},
}


def _interest(addresses: set[Address], events: Sequence[Event]) -> LogInterest:
    return LogInterest(frozenset(addresses), frozenset(event.topic for event in events))
