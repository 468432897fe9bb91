"""The desk a strategy works at: the book's answers for one block, and the protocols' steps."""

from collections.abc import Callable, Iterator, Sequence

from keeper.book.book import Book
from keeper.book.triggers import Due
from keeper.domain.env import Env
from keeper.domain.markets import Place
from keeper.domain.positions import Position
from keeper.domain.steps import Step
from keeper.domain.units import Address


class Desk:
    """Implements ``keeper.domain.strategy.Desk``. ``steps`` asks a position's own protocol."""

    def __init__(self, book: Book, due: Due, steps: Callable[[Position, Env], Sequence[Step]]) -> None:
        self._book = book
        self._due = due
        self._steps = steps

    def actionable(self) -> Iterator[Position]:
        """Each position once: those that are due, then those that may be, then those with a running auction."""
        keys = dict.fromkeys((*self._due.now, *self._due.unknown, *self._book.auctions))
        positions = (self._book.get(key) for key in keys)
        return (position for position in positions if position is not None)

    def steps(self, position: Position, env: Env) -> Sequence[Step]:
        return self._steps(position, env)

    def exits(self, collection: Address) -> Iterator[Place]:
        return self._book.places.exits(collection)

    def listings(self, collection: Address) -> Iterator[Place]:
        return self._book.places.listings(collection)
