"""Liquidations, by three ways out.

``auction``   Bid in an English auction. The bid binds capital until the end: up to a day for a right to buy at the bid,
              which the borrower can take back by redeeming (the first bidder then earns a fine). Worth it where the piece
              brings the bid, a margin for what its price can do meanwhile, and the gas of both ends. When it is won:
              finalise and sell in one transaction.
``discount``  Buy a piece under its value from a Dutch auction and sell it to the best exit in the same transaction; then
              take the ERC-20 liquidation that the purchase opened. Starting such an auction costs gas and earns nothing
              by itself, but no curve falls that was not started.
``amm``       The same, with pools as the only exits: no order can be cancelled under our feet.

What decides is the executable exit, all fees off, never the oracle's value of the piece.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from pydantic import Field

from keeper.config import AppetiteConfig, Section, Share
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.env import Env
from keeper.domain.markets import PlaceKind, Quote
from keeper.domain.plans import Appetite, Opportunity, Shape
from keeper.domain.positions import Position
from keeper.domain.steps import Kind, Piece, Role, Step
from keeper.domain.strategy import Desk
from keeper.domain.units import BPS, Bps, Wei


class Way(StrEnum):
    AUCTION = "auction"
    DISCOUNT = "discount"
    AMM = "amm"


ANY_EXIT = frozenset({PlaceKind.POOL, PlaceKind.OFFER})
POOLS_ONLY = frozenset({PlaceKind.POOL})
MOST_PIECES = 8
"""Pieces of one account taken in one transaction: what a block's gas and the depth of exits bear."""


class Allowed(Section):
    """What may be done at one protocol."""

    ways: frozenset[Way]


@dataclass(frozen=True, slots=True)
class Settings:
    """``ways`` by protocol name; ``bid_margin_bps`` is what the exit must bring over a bid, for the price's risk until the
    auction ends."""

    ways: Mapping[str, frozenset[Way]]
    appetite: Appetite
    bid_margin_bps: Bps
    start_auctions: bool = True


@dataclass(frozen=True, slots=True)
class Liquidation:
    """Bids in auctions, buys under value, sells into pools: whatever earns after all costs."""

    settings: Settings
    name: str = field(default="liquidation")

    class Config(Section):
        """``[settings]`` of strategies/<name>.toml."""

        appetite: AppetiteConfig
        bid_margin_bps: Share = 1_000
        start_auctions: bool = True
        """Whether gas is spent on starting auctions that earn nothing by themselves."""
        protocols: dict[str, Allowed] = Field(default_factory=dict)
        """By the protocol's name (an adapter's, such as ``benddao_v1``); one that is not named is left alone."""

    @classmethod
    def from_config(cls, name: str, config: Config) -> Self:
        """The strategy under the name of its file."""
        ways = {protocol: allowed.ways for protocol, allowed in config.protocols.items()}
        settings = Settings(ways, config.appetite.to_domain(), Bps(config.bid_margin_bps), config.start_auctions)
        return cls(settings, name)

    def decide(self, desk: Desk, env: Env) -> Iterable[Opportunity | Denial]:
        for position in desk.actionable():
            ways = self.settings.ways.get(position.key.protocol)
            if ways:
                yield from self._decide(position, ways, desk, env)

    def _decide(self, position: Position, ways: frozenset[Way], desk: Desk, env: Env) -> Iterator[Opportunity | Denial]:
        steps = desk.steps(position, env)
        if not steps:
            yield self._deny(DenialCode.STATE_PRICE_UNKNOWN, position, env)
            return
        if Way.AUCTION in ways:
            for step in steps:
                if step.kind is Kind.BID:
                    yield self._bid(position, step, desk, env)
                elif step.kind is Kind.FINALISE:
                    yield self._finalise(position, step, env)
        if ways & {Way.DISCOUNT, Way.AMM}:
            exits = ANY_EXIT if Way.DISCOUNT in ways else POOLS_ONLY
            yield from self._start(position, steps, desk, env)
            yield from self._buy(position, steps, exits, desk, env)

    def _bid(self, position: Position, step: Step, desk: Desk, env: Env) -> Opportunity | Denial:
        """A bid now, if the piece would bring enough at today's exits."""
        if step.piece is None or step.pays is None or not step.pre.now:
            return self._not_open(position, step, env)
        auction = position.auction_of(step.piece.collection, step.piece.token_id)
        if auction is not None and auction.high_bidder == env.who:
            return self._deny(DenialCode.STATE_AUCTION_HELD, position, env, bid=auction.high_bid)
        bid = step.pays.amount
        exit_ = best_exit(desk, step.piece, env)
        if exit_ is None:
            return self._deny(DenialCode.EXIT_NONE, position, env, bid=bid)
        gas_of_both_ends = env.base_fee * 2 * step.gas
        margin = bid * self.settings.bid_margin_bps // BPS
        needed = bid + margin + gas_of_both_ends + self.settings.appetite.min_profit
        if exit_.net < needed:
            return self._deny(
                DenialCode.EXIT_BELOW_COST,
                position,
                env,
                pays=bid,
                exit=exit_.net,
                needed=needed,
                place=str(exit_.place),
            )
        return self._propose(position, Shape.INVENTORY, [step], binds=bid)

    def _finalise(self, position: Position, step: Step, env: Env) -> Opportunity | Denial:
        """The end of an auction that we won: take the piece and sell it in the same transaction."""
        if step.role is not Role.WINNER or step.piece is None or not step.pre.now:
            return self._not_open(position, step, env)
        auction = position.auction_of(step.piece.collection, step.piece.token_id)
        basis = auction.high_bid if auction is not None else Wei(0)
        return self._propose(position, Shape.ATOMIC, [step], cost_basis=basis)

    def _start(self, position: Position, steps: Sequence[Step], desk: Desk, env: Env) -> Iterator[Opportunity | Denial]:
        """Set every curve falling that has an exit to fall to; all of an account's in one transaction."""
        starts = [step for step in steps if step.kind is Kind.START_AUCTION and step.piece is not None]
        wanted = [step for step in starts if step.pre.now and step.piece and best_exit(desk, step.piece, env)]
        if wanted and self.settings.start_auctions:
            yield self._propose(position, Shape.GROUNDWORK, wanted[:MOST_PIECES])
        elif starts:
            shut = [step for step in starts if not step.pre.now]
            yield self._not_open(position, shut[0], env) if shut else self._deny(DenialCode.EXIT_NONE, position, env)

    def _buy(
        self, position: Position, steps: Sequence[Step], exits: frozenset[PlaceKind], desk: Desk, env: Env
    ) -> Iterator[Opportunity | Denial]:
        """Every number of pieces, cheapest first, with and without the ERC-20 liquidation behind; the planner picks."""
        shut = next((step for step in steps if step.kind is Kind.BUY and not step.pre.now), None)
        if shut is not None:
            yield self._not_open(position, shut, env)
        path: list[Step] = []
        while len(path) < MOST_PIECES:
            for step in steps:
                if step.kind is Kind.SEIZE_TOKENS and step.pre.now:
                    yield self._propose(position, Shape.ATOMIC, [*path, step], exits=exits)
            open_buys = [step for step in steps if step.kind is Kind.BUY and step.pre.now]
            if not open_buys:
                return
            cheapest = min(open_buys, key=_cost)
            path.append(cheapest)
            yield self._propose(position, Shape.ATOMIC, path, exits=exits)
            if cheapest.after is None:
                return
            steps = desk.steps(cheapest.after, env)

    def _propose(
        self,
        position: Position,
        shape: Shape,
        path: Sequence[Step],
        *,
        exits: frozenset[PlaceKind] = ANY_EXIT,
        cost_basis: Wei = Wei(0),
        binds: Wei = Wei(0),
    ) -> Opportunity:
        return Opportunity(
            strategy=self.name,
            position=position.key,
            version=position.version,
            shape=shape,
            steps=tuple(path),
            pieces=tuple(step.piece for step in path if step.piece is not None),
            exits=exits,
            appetite=self.settings.appetite,
            cost_basis=cost_basis,
            binds=binds,
        )

    def _not_open(self, position: Position, step: Step, env: Env) -> Denial:
        if step.pre.now is None:
            return self._deny(DenialCode.STATE_PRICE_UNKNOWN, position, env, step=step.kind)
        earliest = step.pre.earliest_timestamp or 0
        return self._deny(
            DenialCode.STATE_NOT_OPEN, position, env, step=step.kind, earliest=earliest, timestamp=env.timestamp
        )

    def _deny(self, code: DenialCode, position: Position, env: Env, **numbers: int | str) -> Denial:
        return Denial(code, str(position.key), env.block, self.name, numbers)


def best_exit(desk: Desk, piece: Piece, env: Env) -> Quote | None:
    """The quote that nets most for one piece now."""
    quotes = (place.quote_sale((piece.token_id,), env) for place in desk.exits(piece.collection))
    return max((q for q in quotes if isinstance(q, Quote)), key=lambda quote: quote.net, default=None)


def _cost(step: Step) -> int:
    return step.pays.amount if step.pays is not None else 0
