"""How many positions each protocol has, kept as they come and go."""

from collections import Counter

from keeper.domain.positions import Position, PositionKey


class Census:
    """Follows position changes; ``by_protocol`` names those that have any."""

    def __init__(self) -> None:
        self.by_protocol: Counter[str] = Counter()

    def position_changed(self, key: PositionKey, old: Position | None, new: Position | None) -> None:
        self.by_protocol[key.protocol] += (new is not None) - (old is not None)

    def snapshot(self) -> object:
        """What is held, for comparing."""
        return {protocol: count for protocol, count in self.by_protocol.items() if count}
