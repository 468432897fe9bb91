"""The desk a strategy works at: the book's answers for one block, and the protocols' steps."""

from collections.abc import Callable, Container, Iterator, Sequence

from keeper.book.book import Book
from keeper.book.triggers import Due
from keeper.domain.env import Env
from keeper.domain.markets import Place
from keeper.domain.positions import Position
from keeper.domain.steps import Step
from keeper.domain.units import Address


class Desk:
    """Implements ``keeper.domain.strategy.Desk``. ``steps`` asks a position's own protocol; what is known of ``halted``
    deployments cannot be trusted and is left out."""

    def __init__(
        self,
        book: Book,
        due: Due,
        steps: Callable[[Position, Env], Sequence[Step]],
        halted: Container[str] = frozenset(),
    ) -> None:
        self._book = book
        self._due = due
        self._steps = steps
        self._halted = halted

    def actionable(self) -> Iterator[Position]:
        """Each position once: those that are due, then those that may be, then those with a running auction."""
        keys = dict.fromkeys((*self._due.now, *self._due.unknown, *self._book.auctions))
        positions = (self._book.get(key) for key in keys)
        return (
            position for position in positions if position is not None and position.key.deployment not in self._halted
        )

    def steps(self, position: Position, env: Env) -> Sequence[Step]:
        return self._steps(position, env)

    def exits(self, collection: Address) -> Iterator[Place]:
        return (place for place in self._book.places.exits(collection) if place.key.deployment not in self._halted)

    def listings(self, collection: Address) -> Iterator[Place]:
        return (place for place in self._book.places.listings(collection) if place.key.deployment not in self._halted)
