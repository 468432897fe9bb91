"""The adapter: which logs matter and who handles them, what is read again, and the doors to steps and forecasts."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from pydantic import Field

from keeper.chain.codec import Event
from keeper.config import AddressField, Section
from keeper.domain.adapters import NOTHING, Applied, Capability, Forecast
from keeper.domain.blocks import Log, LogInterest, PendingTransaction
from keeper.domain.calls import Reading
from keeper.domain.env import Env
from keeper.domain.facts import Change, Facts, Key
from keeper.domain.positions import Position, PositionKey
from keeper.domain.steps import Step
from keeper.domain.units import Address
from keeper.protocols.benddao_v1 import abi, book, failures, prices, pushes, reading
from keeper.protocols.benddao_v1.records import PROTOCOL, Contracts, Keys, NftRules, Pause, ReserveFeed
from keeper.protocols.benddao_v1.steps import steps
from keeper.protocols.reading import news

_HANDLERS: Mapping[str, Mapping[Event, book.Handler]] = {
    "loans": {
        abi.LOAN_CREATED: book.loan_created,
        abi.LOAN_UPDATED: book.loan_updated,
        abi.LOAN_REPAID: book.loan_repaid,
        abi.LOAN_AUCTIONED: book.loan_auctioned,
        abi.LOAN_REDEEMED: book.loan_redeemed,
        abi.LOAN_LIQUIDATED: book.loan_liquidated,
    },
    "pool": {
        abi.REDEEM: book.redeem,
        abi.RESERVE_DATA_UPDATED: prices.reserve_data_updated,
        **dict.fromkeys((abi.PAUSED, abi.UNPAUSED, abi.PAUSED_TIME_UPDATED), prices.pause_changed),
    },
    "nft_oracle": {
        abi.SET_ASSET_DATA: prices.set_asset_data,
        abi.SET_ASSET_TWAP_PRICE: prices.set_asset_twap_price,
        abi.FEED_ADMIN_UPDATED: prices.oracle_changed,
        **dict.fromkeys(abi.ORACLE_ASSET_CHANGES, prices.collection_changed),
        **dict.fromkeys(abi.MAPPING_CHANGES, prices.mapping_changed),
    },
    "reserve_oracle": dict.fromkeys(abi.AGGREGATOR_CHANGES, prices.feeds_changed),
    "configurator": {
        **dict.fromkeys(abi.NFT_CHANGES, prices.collection_changed),
        **dict.fromkeys(abi.RESERVE_CHANGES, prices.reserves_changed),
    },
    "provider": dict.fromkeys(abi.PROVIDER_CHANGES, prices.contracts_changed),
}
"""By the contract's name in ``Contracts``."""
_BY_TOPIC = {
    event.topic: (contract, event, handler)
    for contract, handlers in _HANDLERS.items()
    for event, handler in handlers.items()
}
_COLLECTION_FIELD = {
    **{event.topic: "nftAsset" for event in _HANDLERS["loans"]},
    **{event.topic: "asset" for event in (abi.SET_ASSET_DATA, abi.SET_ASSET_TWAP_PRICE)},
}


class BendDaoV1:
    """BendDAO v1, or a deployment with its ABI, on one chain."""

    name = PROTOCOL
    capability: ClassVar[Capability] = Capability(
        "loans on one NFT each; English auctions, redeemable, with a fine for the first bidder",
        shapes=("inventory", "atomic"),
        ways=("auction",),
    )

    class Config(Section):
        """All other addresses are asked of the provider. Without ``collections``, every listed one is followed."""

        addresses_provider: AddressField
        start_block: int = Field(ge=0)
        collections: tuple[AddressField, ...] | None = None

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
        feeds: tuple[ReserveFeed, ...] | None = facts.get(self.keys.feeds())
        return () if contracts is None else _interests(contracts, feeds or ())

    def bootstrap(self, facts: Facts) -> Reading[Sequence[Change]]:
        changes = yield from reading.read_everything(self.config.addresses_provider, self.config.collections, self.keys)
        return news(changes, facts)

    def apply(self, log: Log, timestamp: int, facts: Facts) -> Applied:
        known = _BY_TOPIC.get(log.topics[0]) if log.topics else None
        contracts: Contracts | None = facts.get(self.keys.contracts())
        if contracts is None:
            return NOTHING
        if known is None:
            return self._of_feed(log, facts)
        contract, event, handler = known
        if log.address != getattr(contracts, contract):
            return NOTHING
        record = event.decode(log)
        field = _COLLECTION_FIELD.get(log.topics[0])
        if field is not None and not self._follows(record[field]):
            return NOTHING
        return handler(record, log, timestamp, facts, self.keys)

    def refresh(self, keys: Sequence[Key[object]], facts: Facts) -> Reading[Sequence[Change]]:
        """Also moves the ends of running auctions where a pause or a duration has changed."""
        read = yield from reading.read_again(
            keys, self.config.addresses_provider, self.config.collections, facts, self.keys
        )
        changes = news(read, facts)
        fresh = {change.key: change.value for change in changes}
        if any(isinstance(value, NftRules | Pause) for value in fresh.values()):
            changes += self._retimed(fresh, facts)
        return changes

    def steps(self, position: Position, env: Env) -> Sequence[Step]:
        return steps(position, env, self.keys)

    def forecast(self, transaction: PendingTransaction, env: Env) -> Forecast | None:
        return pushes.forecast(transaction, env, self.keys)

    def explain_failure(self, revert: bytes) -> str:
        return failures.explain(revert)

    def _follows(self, collection: Address) -> bool:
        return self.config.collections is None or collection in self.config.collections

    def _of_feed(self, log: Log, facts: Facts) -> Applied:
        """An answer of an aggregator, for every reserve that it prices; or a proxy that turned to another aggregator."""
        feeds: tuple[ReserveFeed, ...] = facts.get(self.keys.feeds()) or ()
        if abi.ANSWER_UPDATED.matches(log):
            telling = [feed for feed in feeds if feed.aggregator == log.address]
            return (
                prices.answer_updated(telling, abi.ANSWER_UPDATED.decode(log), log, self.keys) if telling else NOTHING
            )
        if abi.AGGREGATOR_CONFIRMED.matches(log) and any(feed.proxy == log.address for feed in feeds):
            return Applied(stale=[self.keys.feeds()])
        return NOTHING

    def _retimed(self, fresh: Mapping[Key[Any], Any], facts: Facts) -> list[Change]:
        def rules(collection: Address) -> NftRules | None:
            key = self.keys.nft(collection)
            found: NftRules | None = fresh.get(key) or facts.get(key)
            return found

        pause: Pause | None = fresh.get(self.keys.pause()) or facts.get(self.keys.pause())
        ours = (
            position
            for key in facts.keys(PositionKey)
            if isinstance(key, PositionKey) and key.deployment == self.deployment and (position := facts.get(key))
        )
        return [] if pause is None else book.retimed(ours, rules, pause)


@cache
def _interests(contracts: Contracts, feeds: tuple[ReserveFeed, ...]) -> Sequence[LogInterest]:
    own = [
        LogInterest(frozenset({getattr(contracts, contract)}), frozenset(event.topic for event in handlers))
        for contract, handlers in _HANDLERS.items()
    ]
    if not feeds:
        return own
    return [
        *own,
        LogInterest(frozenset(feed.aggregator for feed in feeds), frozenset({abi.ANSWER_UPDATED.topic})),
        LogInterest(frozenset(feed.proxy for feed in feeds), frozenset({abi.AGGREGATOR_CONFIRMED.topic})),
    ]
