"""What comes from a chain: headers, logs, whole blocks, and the three things that can happen to them."""

from dataclasses import dataclass

from keeper.domain.units import Address, Hash32, Wei


@dataclass(frozen=True, slots=True)
class Header:
    """The part of a block's header that decisions depend on."""

    number: int
    hash: Hash32
    parent_hash: Hash32
    timestamp: int
    base_fee: Wei
    gas_used: int
    gas_limit: int
    coinbase: Address


@dataclass(frozen=True, slots=True)
class Log:
    """One event log. ``data`` is raw bytes; ``topics`` are hashes, the first the event's signature."""

    address: Address
    topics: tuple[Hash32, ...]
    data: bytes
    block_number: int
    block_hash: Hash32
    tx_hash: Hash32
    tx_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class Block:
    """A closed block: its header and every log of it that was asked for, in order of log index."""

    header: Header
    logs: tuple[Log, ...]
    observed_at: float
    """Monotonic seconds at which its header was first seen; each later stage reports its delay from here."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A block was added to the canonical chain, on top of the last one committed."""

    block: Block


@dataclass(frozen=True, slots=True)
class Reverted:
    """The newest blocks left the canonical chain, newest first; what they did has to be undone."""

    headers: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class PendingTransaction:
    """A transaction in the public pool, as far as the node tells."""

    hash: Hash32
    sender: Address
    to: Address | None
    data: bytes


ChainEvent = Committed | Reverted | PendingTransaction


@dataclass(frozen=True, slots=True)
class LogInterest:
    """Which logs somebody wants: those of any of ``addresses`` (``None``: of any address at all) whose first topic is
    one of ``topics``."""

    addresses: frozenset[Address] | None
    topics: frozenset[Hash32]

    def wants(self, log: Log) -> bool:
        """Whether a log is one of those asked for."""
        return (
            bool(log.topics)
            and log.topics[0] in self.topics
            and (self.addresses is None or log.address in self.addresses)
        )


def next_base_fee(parent: Header) -> Wei:
    """The base fee of the block after ``parent``, exactly.

    Source: EIP-1559, reference code (elasticity 2, change denominator 8).
    """
    target = parent.gas_limit // 2
    if parent.gas_used == target:
        return parent.base_fee
    change = parent.base_fee * abs(parent.gas_used - target) // target // 8
    if parent.gas_used > target:
        return Wei(parent.base_fee + max(change, 1))
    return Wei(parent.base_fee - change)
