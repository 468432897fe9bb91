"""What a strategy is: state in, opportunities out, and a denial for everything else that it looked at."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from keeper.domain.denials import Denial
from keeper.domain.env import Env
from keeper.domain.markets import Place
from keeper.domain.plans import Opportunity
from keeper.domain.positions import Position
from keeper.domain.steps import Step
from keeper.domain.units import Address


class Desk(Protocol):
    """The read side that a strategy works at: what is worth a look in this block, and what can be done about it."""

    def actionable(self) -> Iterator[Position]:
        """Positions whose default trigger is true or unknown, or that have a running auction."""

    def steps(self, position: Position, env: Env) -> Sequence[Step]:
        """What could be done about a position, by its own protocol."""

    def exits(self, collection: Address) -> Iterator[Place]:
        """The places that buy pieces of a collection."""

    def listings(self, collection: Address) -> Iterator[Place]:
        """The places that sell pieces of a collection."""


class Strategy(Protocol):
    """Pluggable by the entry point group ``keeper.strategies``; made from its own section of the configuration."""

    @property
    def name(self) -> str: ...

    def decide(self, desk: Desk, env: Env) -> Iterable[Opportunity | Denial]:
        """Everything worth doing in the block of ``env``, and a denial for all else that was looked at. Pure: the same
        desk and moment give the same answer."""
