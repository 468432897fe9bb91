"""The committed chain, as far back as a reorg may reach."""

from collections.abc import Sequence
from dataclasses import dataclass

from keeper.chain.interests import LogFilter
from keeper.domain.blocks import Header, Log
from keeper.domain.units import Hash32


@dataclass(frozen=True, slots=True)
class Closed:
    """A committed block and the logs that it was closed with."""

    header: Header
    logs: frozenset[Log] | None
    """``None`` for blocks from before the start, whose logs somebody else has read."""
    wanted: LogFilter

    def contradicts(self, log: Log) -> bool:
        """Whether the log should have been among those that the block was closed with."""
        return self.logs is not None and self.wanted.wants(log) and log not in self.logs


class Canon:
    """Blocks by hash, oldest first; the last is the tip."""

    def __init__(self, history: Sequence[Header], wanted: LogFilter, *, depth: int) -> None:
        self._depth = depth
        self._blocks = {header.hash: Closed(header, None, wanted) for header in history[-depth - 1 :]}
        self.tip: Header | None = history[-1] if history else None

    def __contains__(self, block: Hash32) -> bool:
        return block in self._blocks

    def get(self, block: Hash32) -> Closed | None:
        """A committed block, if it is not too old."""
        return self._blocks.get(block)

    @property
    def oldest(self) -> Header:
        """The lowest block a reorg may fall back to."""
        return next(iter(self._blocks.values())).header

    def append(self, block: Closed) -> None:
        """A block on top of the tip; forgets what lies deeper than any reorg may."""
        self._blocks[block.header.hash] = block
        self.tip = block.header
        while len(self._blocks) > self._depth + 1:
            del self._blocks[self.oldest.hash]

    def revert_to(self, ancestor: Hash32) -> tuple[Header, ...]:
        """Take off everything above a committed block; returns what went, newest first."""
        gone: list[Header] = []
        while (newest := next(reversed(self._blocks))) != ancestor:
            gone.append(self._blocks.pop(newest).header)
        self.tip = self._blocks[ancestor].header
        return tuple(gone)
