"""A chain of invented blocks, with forks: what a node would know, for driving the block clock without a node."""

import hashlib
from collections.abc import Sequence

from keeper.domain.blocks import Header, Log, LogInterest
from keeper.domain.units import ZERO_ADDRESS, Address, Hash32, Wei

TOPIC = Hash32("0x" + "aa" * 32)
OTHER_TOPIC = Hash32("0x" + "bb" * 32)
CONTRACT = Address("0x" + "c0" * 20)
EVERYTHING = [LogInterest(None, frozenset({TOPIC}))]


def make_log(header: Header, index: int, topic: Hash32 = TOPIC) -> Log:
    """A log of a block."""
    tx_hash = Hash32("0x" + hashlib.sha256(f"{header.hash}{index}".encode()).hexdigest())
    return Log(CONTRACT, (topic,), b"", header.number, header.hash, tx_hash, index, index)


class ModelChain:
    """Every block ever made stays known by hash; the canonical ones also by number."""

    def __init__(self) -> None:
        self.by_hash: dict[Hash32, Header] = {}
        self.logs: dict[Hash32, tuple[Log, ...]] = {}
        self.canonical: list[Header] = []
        self._made = 0
        self.mine(0)

    @property
    def head(self) -> Header:
        """The canonical head."""
        return self.canonical[-1]

    def mine(self, logs: int) -> Header:
        """A block on top of the head, with that many logs."""
        self._made += 1
        number = len(self.canonical)
        parent = self.canonical[-1].hash if self.canonical else Hash32("0x" + "00" * 32)
        own = Hash32("0x" + hashlib.sha256(f"{self._made}".encode()).hexdigest())
        header = Header(number, own, parent, 1000 + 12 * number, Wei(7), 0, 30_000_000, ZERO_ADDRESS)
        self.by_hash[own] = header
        self.logs[own] = tuple(make_log(header, index) for index in range(logs))
        self.canonical.append(header)
        return header

    def fork(self, depth: int, logs: Sequence[int]) -> list[Header]:
        """Drop the newest blocks and mine others instead; returns the new ones."""
        del self.canonical[max(1, len(self.canonical) - depth) :]
        return [self.mine(count) for count in logs]

    def at(self, number: int) -> Header | None:
        """The canonical block with a number."""
        return self.canonical[number] if number < len(self.canonical) else None
