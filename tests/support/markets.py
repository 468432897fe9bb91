"""A small market for tests of decisions: places with prices of their own, and a desk over them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from keeper.book import Book
from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.markets import Place, PlaceKey, PlaceKind, Quote, Refusal
from keeper.domain.positions import Position
from keeper.domain.steps import Step
from keeper.domain.units import Address, Wei

WETH = Address("0x" + "ee" * 20)
APES = Address("0x" + "a0" * 20)
EXECUTOR = Address("0x" + "0e" * 20)


def env(*, block: int = 100, timestamp: int = 1_700_000_000, base_fee: int = 0) -> Env:
    """A moment at which nothing is known."""
    return Env(block, timestamp, Wei(base_fee), Book(), EXECUTOR)


@dataclass(frozen=True, slots=True)
class Ladder:
    """A place that pays ``prices[0]`` for the first piece, ``prices[1]`` for the second, and so on, each net."""

    name: str
    prices: tuple[int, ...]
    kind: PlaceKind = PlaceKind.POOL
    collection: Address = APES
    asset: Address = WETH
    gas: int = 0
    shared: frozenset[str] = field(default=frozenset())
    buys: bool = True
    sells: bool = False

    @property
    def key(self) -> PlaceKey:
        return PlaceKey("ladder", "test", self.name)

    def quote_sale(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:  # noqa: ARG002 - its prices stand still
        if len(token_ids) > len(self.prices):
            return Refusal(self.key, DenialCode.EXIT_POOL_SHORT, (("holds", len(self.prices)),))
        net = Wei(sum(self.prices[: len(token_ids)]))
        return Quote(
            self.key,
            self.kind,
            self.collection,
            tuple(token_ids),
            self.asset,
            net,
            Wei(0),
            Wei(0),
            net,
            self.gas * len(token_ids),
            resources=frozenset({str(self.key)}) | self.shared,
        )

    def quote_purchase(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:  # noqa: ARG002 - it never sells
        return Refusal(self.key, DenialCode.EXIT_NONE)


@dataclass(frozen=True, slots=True)
class MarketDesk:
    """A desk with given positions, steps by position, and places."""

    positions: tuple[Position, ...] = ()
    steps_of: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    places: tuple[Place, ...] = ()

    def actionable(self) -> Iterator[Position]:
        return iter(self.positions)

    def steps(self, position: Position, env: Env) -> Sequence[Step]:  # noqa: ARG002 - given once for all moments
        return self.steps_of.get(str(position.key), ())

    def exits(self, collection: Address) -> Iterator[Place]:
        return (place for place in self.places if place.collection == collection and place.buys)

    def listings(self, collection: Address) -> Iterator[Place]:
        return (place for place in self.places if place.collection == collection and place.sells)
