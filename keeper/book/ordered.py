"""A typed face for sorted containers: entries kept in order, each change O(log n)."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from sortedcontainers import SortedList

E = TypeVar("E", bound=tuple[Any, ...])


class Ordered(Generic[E]):
    """Distinct tuples in their natural order."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries = SortedList()

    def add(self, entry: E) -> None:
        self._entries.add(entry)

    def remove(self, entry: E) -> None:
        """``ValueError`` if it is not there."""
        self._entries.remove(entry)

    def at_least(self, bound: tuple[Any, ...]) -> Iterator[E]:
        """Every entry from ``bound`` on; a shorter tuple bounds all that begin with it."""
        return iter(self._entries.irange(minimum=bound))

    def below(self, bound: tuple[Any, ...]) -> Iterator[E]:
        """Every entry before ``bound``."""
        return iter(self._entries.irange(maximum=bound, inclusive=(True, False)))

    def last(self) -> E | None:
        entry: E | None = self._entries[-1] if self._entries else None
        return entry

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
