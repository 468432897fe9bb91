"""Positions that a second of the clock opens, by that second."""

from dataclasses import dataclass

from keeper.book.ordered import Ordered
from keeper.domain.positions import PositionKey


@dataclass(frozen=True, slots=True)
class AtTime:
    """Where such a position stands: the first second in which its trigger is true."""

    earliest: int


class Clocks:
    def __init__(self) -> None:
        self._waiting: Ordered[tuple[int, PositionKey]] = Ordered()

    def add(self, key: PositionKey, spot: AtTime) -> None:
        self._waiting.add((spot.earliest, key))

    def remove(self, key: PositionKey, spot: AtTime) -> None:
        self._waiting.remove((spot.earliest, key))

    def due(self, timestamp: int, now: list[PositionKey]) -> None:
        """Add every position whose second has come to ``now``."""
        now.extend(key for _, key in self._waiting.below((timestamp + 1,)))

    def snapshot(self) -> object:
        """What is held, for comparing."""
        return list(self._waiting)
