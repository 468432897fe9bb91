"""What waits to be built: bundles by target block with their replacement rules, and single private transactions."""

from dataclasses import dataclass
from enum import StrEnum

from keeper.devnet.relay.transactions import SignedTransaction, bundle_hash
from keeper.domain.units import Address, Hash32, Wei

PRIVATE_TRANSACTION_BLOCKS = 25


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as accepted. ``signer`` is ``None`` for one that came without a signature."""

    txs: tuple[SignedTransaction, ...]
    block: int
    signer: Address | None = None
    min_timestamp: int = 0
    max_timestamp: int = 0
    """Inclusive bounds on the block's timestamp; 0 means none."""
    reverting: frozenset[Hash32] = frozenset()
    """These may revert, and stay; or be invalid, and are left out."""
    dropping: frozenset[Hash32] = frozenset()
    """These are left out if they revert or are invalid."""
    uuid: str | None = None
    sequence: int | None = None
    """Orders bundles of one uuid; by default the order of arrival does."""

    @property
    def hash(self) -> Hash32:
        """keccak of the transactions' hashes."""
        return bundle_hash(self.txs)


@dataclass(frozen=True, slots=True)
class PrivateTransaction:
    """A single transaction for one of the blocks up to ``last_block``."""

    tx: SignedTransaction
    signer: Address | None
    last_block: int


class Fate(StrEnum):
    """What became of a bundle."""

    INCLUDED = "included"
    REVERTED = "reverted"
    """One of its transactions that may not revert does."""
    INVALID = "invalid"
    """No block could hold one of its transactions: nonce, fees, balance."""
    CONFLICT = "conflict"
    """It is good alone, but not after the better paying ones."""
    UNDERPAYS = "underpays"
    """After the better paying ones it would pay less than 99 % of what it pays alone, or it costs the builder."""
    EMPTY = "empty"
    NO_ROOM = "no room"
    TIMESTAMP = "timestamp"
    LATE = "late"
    """Its target block was there already."""
    LOST_SLOT = "lost slot"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A bundle and what became of it. The figures are those of its place in the block, 0 where it has none."""

    bundle: Bundle
    fate: Fate
    reason: str = ""
    coinbase_diff: Wei = Wei(0)
    gas_used: int = 0

    @property
    def included(self) -> bool:
        """Whether its block holds it."""
        return self.fate is Fate.INCLUDED


class BundlePool:
    """Bundles by target block. Nothing leaves it without an ``Outcome`` in ``outcomes``, oldest first."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self._waiting: list[Bundle] = []
        self._private: dict[Hash32, PrivateTransaction] = {}

    def add(self, bundle: Bundle) -> None:
        """Accepts a bundle; per uuid, signer and block only the newest counts."""
        for other in [other for other in self._waiting if _same_place(other, bundle)]:
            if bundle.sequence is not None and other.sequence is not None and bundle.sequence < other.sequence:
                self.settle(bundle, Fate.REPLACED, f"sequence {bundle.sequence} is below {other.sequence}")
                return
            self._waiting.remove(other)
            self.settle(other, Fate.REPLACED)
        self._waiting.append(bundle)

    def cancel(self, uuid: str, signer: Address | None) -> list[Bundle]:
        """Takes out the signer's bundles with that uuid, whatever their block."""
        cancelled = [b for b in self._waiting if b.uuid == uuid and b.signer == signer]
        for bundle in cancelled:
            self._waiting.remove(bundle)
            self.settle(bundle, Fate.CANCELLED)
        return cancelled

    def take(self, block: int, timestamp: int) -> list[Bundle]:
        """The bundles for this block, in order of arrival; those for earlier ones and other times are settled."""
        taken = [bundle for bundle in self._waiting if bundle.block <= block]
        self._waiting = [bundle for bundle in self._waiting if bundle.block > block]
        fitting = []
        for bundle in taken:
            if bundle.block < block:
                reason = f"incorrect block, block: {block}, target_blocks: {bundle.block}-{bundle.block}"
                self.settle(bundle, Fate.LATE, reason)
            elif timestamp < bundle.min_timestamp or 0 < bundle.max_timestamp < timestamp:
                low, high = bundle.min_timestamp, bundle.max_timestamp
                reason = f"Incorrect timestamp, min: {low}, max: {high}, block: {timestamp}"
                self.settle(bundle, Fate.TIMESTAMP, reason)
            else:
                fitting.append(bundle)
        return fitting

    def settle(
        self, bundle: Bundle, fate: Fate, reason: str = "", *, coinbase_diff: Wei = Wei(0), gas_used: int = 0
    ) -> None:
        """Writes down what became of a bundle."""
        self.outcomes.append(Outcome(bundle, fate, reason, coinbase_diff, gas_used))

    def add_private(self, private: PrivateTransaction) -> None:
        """Accepts a single transaction."""
        self._private[private.tx.hash] = private

    def cancel_private(self, tx_hash: Hash32, signer: Address | None) -> bool:
        """Takes out a single transaction of that signer; whether there was one."""
        found = self._private.get(tx_hash)
        if found is None or found.signer != signer:
            return False
        del self._private[tx_hash]
        return True

    def private(self, block: int) -> list[SignedTransaction]:
        """The single transactions that may go into this block; those whose time is over are forgotten."""
        self._private = {key: private for key, private in self._private.items() if private.last_block >= block}
        return [private.tx for private in self._private.values()]

    def forget_private(self, tx_hash: Hash32) -> None:
        """Drops a single transaction that is in a block, or never can be."""
        self._private.pop(tx_hash, None)


def _same_place(one: Bundle, other: Bundle) -> bool:
    if (one.block, one.signer, one.uuid) != (other.block, other.signer, other.uuid):
        return False
    return one.uuid is not None or one.hash == other.hash
