"""Positions with running auctions, by when the first of theirs closes."""

import math
from collections.abc import Iterator

from keeper.book.ordered import Ordered
from keeper.domain.positions import Position, PositionKey


class RunningAuctions:
    """Kept as the positions' facts change; auctions that never close by themselves come last."""

    def __init__(self) -> None:
        self._running: Ordered[tuple[float, PositionKey]] = Ordered()

    def __iter__(self) -> Iterator[PositionKey]:
        return (key for _, key in self._running)

    def __len__(self) -> int:
        return len(self._running)

    def position_changed(self, key: PositionKey, old: Position | None, new: Position | None) -> None:
        """Follow a changed fact."""
        before, after = _first_close(old), _first_close(new)
        if before == after:
            return
        if before is not None:
            self._running.remove((before, key))
        if after is not None:
            self._running.add((after, key))

    def snapshot(self) -> object:
        """What is held, for comparing."""
        return list(self._running)


def _first_close(position: Position | None) -> float | None:
    if position is None or not position.auctions:
        return None
    closes = [auction.closes_at() for auction in position.auctions]
    return min(math.inf if second is None else second for second in closes)
