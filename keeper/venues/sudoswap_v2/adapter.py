"""The adapter: which logs matter, which pools they make or change, and the calls that trade with them.

A pool enters the book by the factory's event alone. On any event of its own it is read again at that block; its
inventory follows the collection's Transfers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import Field

from keeper.config import AddressField, Section
from keeper.domain.adapters import NOTHING, Applied, Capability
from keeper.domain.blocks import Log, LogInterest
from keeper.domain.calls import Call, Reading
from keeper.domain.curves import Curve, ExponentialV2, LinearV2
from keeper.domain.env import Env
from keeper.domain.errors import HaltAdapter, SkipItem
from keeper.domain.facts import Change, Facts, Key, ParameterKey
from keeper.domain.markets import PlaceKey, Quote
from keeper.domain.pools import Pool, PoolGas, Royalty
from keeper.domain.units import ZERO_ADDRESS, Address, Wad
from keeper.venues import tokens
from keeper.venues.answers import decoded, explained
from keeper.venues.sudoswap_v2 import contracts
from keeper.venues.sudoswap_v2.reading import Identity, Question, Standing, read_identities, read_standings

_CURVES: Mapping[str, Curve] = {"linear": LinearV2(), "exponential": ExponentialV2()}
_GAS = PoolGas(sale=130_000, sale_piece=75_000, purchase=115_000, purchase_piece=42_000)
_MOST_VOLATILE = 50


@dataclass(frozen=True, slots=True)
class Newborn:
    """A pair that the factory announced and nobody has looked at yet: its first pieces, and what was moved since."""

    first: frozenset[int]
    moves: tuple[tuple[Address, int, bool], ...] = ()
    """Collection, piece, and whether it came or went."""

    def inventory(self, collection: Address) -> frozenset[int]:
        held = set(self.first)
        for moved, piece, came in self.moves:
            if moved == collection:
                (held.add if came else held.discard)(piece)
        return frozenset(held)


class SudoswapV2:
    """Sudoswap v2 on one chain."""

    name = "sudoswap_v2"
    capability: ClassVar[Capability] = Capability(
        "AMM pools on linear and exponential curves, in ETH and WETH", ways=("sell to pool", "buy from pool")
    )

    class Config(Section):
        """``curves`` are the only ones whose pools are traded with; ``collections`` those whose pieces are followed."""

        factory: AddressField
        curves: dict[Literal["linear", "exponential"], AddressField]
        collections: tuple[AddressField, ...]
        weth: AddressField
        start_block: int = Field(ge=0)

    def __init__(self, deployment: str, chain_id: int, config: Config) -> None:
        self.deployment = deployment
        self.chain_id = chain_id
        self.config = config
        self._curves = {address: _CURVES[name] for name, address in config.curves.items()}
        self._collections = frozenset(config.collections)
        self._interests = (
            LogInterest(
                frozenset({config.factory}),
                frozenset(
                    {contracts.NEW_PAIR.topic, contracts.PROTOCOL_FEE_UPDATE.topic, contracts.ERC20_DEPOSIT.topic}
                ),
            ),
            # Thousands of pairs: by topic alone, and whether the address is a pair of ours is looked up.
            LogInterest(None, contracts.PAIR_TOPICS),
            LogInterest(self._collections, frozenset({contracts.TRANSFER.topic})),
        )

    @property
    def start_block(self) -> int:
        return self.config.start_block

    def interests(self, facts: Facts) -> Sequence[LogInterest]:  # noqa: ARG002 - the same whatever is known
        return self._interests

    def bootstrap(self, facts: Facts) -> Reading[Sequence[Change]]:  # noqa: ARG002 - reads nothing that depends on it
        """Asks the factory for its fee, to see that it is one; pools come with their events."""
        (answer,) = yield [contracts.PROTOCOL_FEE.view(self.config.factory)]
        if decoded(contracts.PROTOCOL_FEE, answer) is None:
            raise HaltAdapter(
                "VENUE_FACTORY",
                f"{self.deployment}: {self.config.factory} does not answer protocolFeeMultiplier()",
                "check `factory` and the chain in the venue's configuration",
            )
        return []

    def apply(self, log: Log, timestamp: int, facts: Facts) -> Applied:  # noqa: ARG002 - no fact here has a clock
        if log.address == self.config.factory:
            return self._apply_factory(log, facts)
        if log.address in self._collections:
            return self._apply_transfer(log, facts)
        if log.topics[0] in contracts.PAIR_TOPICS and self._is_known(log.address, facts):
            return Applied(stale=(self._key(log.address),))
        return NOTHING

    def refresh(self, keys: Sequence[Key[object]], facts: Facts) -> Reading[Sequence[Change]]:
        """Reads pools anew; those that were only announced are looked at whole, and forgotten if of no interest."""
        places = [key for key in dict.fromkeys(keys) if isinstance(key, PlaceKey) and key.deployment == self.deployment]
        known = [pool for key in places if isinstance(pool := facts.get(key), Pool)]
        born = [
            (Address(key.id), newborn)
            for key in places
            if isinstance(newborn := facts.get(self._newborn_key(Address(key.id))), Newborn)
        ]
        identities = yield from read_identities(self.config.factory, [pair for pair, _ in born])
        fresh = [
            (pair, newborn, identity)
            for (pair, newborn), identity in zip(born, identities, strict=True)
            if identity is not None and identity.collection in self._collections
        ]
        questions = [
            Question(Address(pool.key.id), None if pool.native else pool.asset, self._piece(pool.collection, facts))
            for pool in known
        ] + [Question(pair, identity.token, self._piece(identity.collection, facts)) for pair, _, identity in fresh]
        standings = yield from read_standings(self.config.factory, questions)
        changes = [
            Change(pool.key, _standing_pool(pool, standing))
            for pool, standing in zip(known, standings[: len(known)], strict=True)
        ]
        pools = [
            self._new_pool(pair, newborn, identity, standing)
            for (pair, newborn, identity), standing in zip(fresh, standings[len(known) :], strict=True)
            if standing is not None
        ]
        changes += self._entries(pools, facts)
        return [*changes, *(Change(self._newborn_key(pair), None) for pair, _ in born)]

    def volatile(self, collection: Address, facts: Facts) -> Iterable[Key[object]]:
        """The trading pools, highest price first: tokens may have been sent to them, royalties set anew."""
        listed = (facts.get(key) for key in facts.get(self._pools_key(collection)) or ())
        pools = [pool for pool in listed if isinstance(pool, Pool) and not pool.distrust]
        pools.sort(key=lambda pool: pool.terms.spot, reverse=True)
        return [pool.key for pool in pools[:_MOST_VOLATILE]]

    def sale_calls(self, quote: Quote, env: Env) -> Sequence[Call]:
        """Approves every piece to the pair, swaps for no less than the net, and wraps what came as ETH."""
        pool, pair = self._pool(quote, env), Address(quote.place.id)
        approvals = [tokens.APPROVE.call(quote.collection, pair, token_id) for token_id in quote.token_ids]
        swap = contracts.SELL.call(pair, quote.token_ids, quote.net, env.who, False, ZERO_ADDRESS)
        wrap = [tokens.DEPOSIT.call(self.config.weth, value=quote.net)] if pool.native else []
        return [*approvals, swap, *wrap]

    def purchase_calls(self, quote: Quote, env: Env) -> Sequence[Call]:
        """Unwraps, or approves to the pair, exactly the net, and swaps it."""
        pool, pair = self._pool(quote, env), Address(quote.place.id)
        arguments = (quote.token_ids, quote.net, env.who, False, ZERO_ADDRESS)
        if pool.native:
            unwrap = tokens.WITHDRAW.call(self.config.weth, quote.net)
            return [unwrap, contracts.BUY.call(pair, *arguments, value=quote.net)]
        return [tokens.APPROVE.call(pool.asset, pair, quote.net), contracts.BUY.call(pair, *arguments)]

    def explain_failure(self, revert: bytes) -> str:
        return explained(revert, contracts.ERRORS)

    def _apply_factory(self, log: Log, facts: Facts) -> Applied:
        if contracts.NEW_PAIR.matches(log):
            event = contracts.NEW_PAIR.decode(log)
            newborn = Newborn(frozenset(event.initialIds))
            key = self._key(event.poolAddress)
            return Applied((Change(self._newborn_key(event.poolAddress), newborn),), (key,))
        if contracts.PROTOCOL_FEE_UPDATE.matches(log):
            fee = Wad(contracts.PROTOCOL_FEE_UPDATE.decode(log).newMultiplier)
            keys = [key for collection in self._collections for key in facts.get(self._pools_key(collection)) or ()]
            pools = [pool for key in keys if isinstance(pool := facts.get(key), Pool)]
            return Applied([Change(p.key, replace(p, terms=replace(p.terms, protocol_fee=fee))) for p in pools])
        if contracts.ERC20_DEPOSIT.matches(log):
            pair = contracts.ERC20_DEPOSIT.decode(log).poolAddress
            return Applied(stale=(self._key(pair),)) if self._is_known(pair, facts) else NOTHING
        return NOTHING

    def _apply_transfer(self, log: Log, facts: Facts) -> Applied:
        if not contracts.TRANSFER.matches(log):
            return NOTHING
        event = contracts.TRANSFER.decode(log)
        changes = []
        for account, came in ((event["from"], False), (event.to, True)):
            pool, newborn_key = facts.get(self._key(account)), self._newborn_key(account)
            if isinstance(pool, Pool) and pool.collection == log.address:
                piece = {event.tokenId}
                inventory = pool.inventory | piece if came else pool.inventory - piece
                changes.append(Change(pool.key, replace(pool, inventory=inventory)))
            elif isinstance(newborn := facts.get(newborn_key), Newborn):
                moves = (*newborn.moves, (log.address, event.tokenId, came))
                changes.append(Change(newborn_key, replace(newborn, moves=moves)))
        if facts.get(self._piece_key(log.address)) is None:
            changes.append(Change(self._piece_key(log.address), event.tokenId))
        return Applied(changes)

    def _new_pool(self, pair: Address, newborn: Newborn, identity: Identity, standing: Standing) -> Pool:
        return _standing_pool(
            Pool(
                key=self._key(pair),
                collection=identity.collection,
                asset=identity.token or self.config.weth,
                native=identity.token is None,
                side=identity.side,
                curve=self._curves.get(identity.curve),
                terms=standing.terms,
                balance=standing.balance,
                royalty=Royalty(),
                gas=_GAS,
                asset_recipient=standing.asset_recipient,
                fee_recipient=standing.fee_recipient,
                inventory=newborn.inventory(identity.collection),
                distrust=self._distrust(identity),
            ),
            standing,
        )

    def _entries(self, pools: Sequence[Pool], facts: Facts) -> list[Change]:
        """The pools, and every collection's list of them."""
        lists: dict[Address, tuple[PlaceKey, ...]] = {}
        for pool in pools:
            known = lists.get(pool.collection) or facts.get(self._pools_key(pool.collection)) or ()
            lists[pool.collection] = (*known, pool.key)
        return [
            *(Change(pool.key, pool) for pool in pools),
            *(Change(self._pools_key(collection), keys) for collection, keys in lists.items()),
        ]

    def _distrust(self, identity: Identity) -> str:
        if not identity.valid:
            return "no pair of the factory"
        if identity.curve not in self._curves:
            return f"curve {identity.curve}"
        if identity.checker != ZERO_ADDRESS:
            return f"property checker {identity.checker}"
        if identity.token not in {None, self.config.weth}:
            return f"paid in {identity.token}"
        return ""

    def _pool(self, quote: Quote, env: Env) -> Pool:
        pool = env.facts.get(quote.place)
        if not isinstance(pool, Pool):
            raise SkipItem("VENUE_PLACE_UNKNOWN", f"{quote.place} is not in the book")
        return pool

    def _is_known(self, account: Address, facts: Facts) -> bool:
        return facts.get(self._key(account)) is not None or facts.get(self._newborn_key(account)) is not None

    def _piece(self, collection: Address, facts: Facts) -> int:
        """A piece that exists: some collections refuse to tell the royalty of others."""
        return int(facts.get(self._piece_key(collection)) or 0)

    def _key(self, pair: Address) -> PlaceKey:
        return PlaceKey(self.name, self.deployment, pair)

    def _newborn_key(self, pair: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "newborn", pair)

    def _pools_key(self, collection: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "pools", collection)

    def _piece_key(self, collection: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "piece", collection)


_SILENT, _ODD_ROYALTY = "does not answer", "royalty is no plain share of the price"


def _standing_pool(pool: Pool, standing: Standing | None) -> Pool:
    """The pool as it stands; what the standing itself makes us distrust goes when it goes."""
    distrust = "" if pool.distrust in {_SILENT, _ODD_ROYALTY} else pool.distrust
    if standing is None:
        return replace(pool, distrust=distrust or _SILENT)
    return replace(
        pool,
        terms=standing.terms,
        balance=standing.balance,
        asset_recipient=standing.asset_recipient,
        fee_recipient=standing.fee_recipient,
        royalty=standing.royalty or Royalty(),
        distrust=distrust or ("" if standing.royalty is not None else _ODD_ROYALTY),
    )
