"""What was sent and is not known yet to have landed or not: the chain decides, by receipts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from keeper.chain.reader import Reader
from keeper.chain.wire import Receipt
from keeper.domain.blocks import Header
from keeper.domain.units import Address, Hash32, Wei
from keeper.execution.program import Acquired, Executed, decode_event


@dataclass(frozen=True, slots=True)
class Flight:
    """A submitted transaction: which plan's, for which block."""

    plan_id: str
    tx_hash: Hash32
    sender: Address
    nonce: int
    target_block: int


class Fate(StrEnum):
    """``MISSED``: the target block is there, without it; the executor's guard keeps it from landing later."""

    LANDED = "landed"
    REVERTED = "reverted"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a flight. ``gain`` and ``tip`` are the executor's own books of it: the change of its ETH and WETH
    before the tip (negative for what a bid bound), and the tip."""

    flight: Flight
    fate: Fate
    receipt: Receipt | None
    gain: Wei = Wei(0)
    tip: Wei = Wei(0)

    @property
    def gas_cost(self) -> Wei:
        receipt = self.receipt
        return Wei(0) if receipt is None else Wei(receipt.gas_used * receipt.effective_gas_price)


async def resolve(flights: Iterable[Flight], head: Header, reader: Reader) -> list[Outcome]:
    """The fate of every flight whose target block the chain has reached; the others are left out.

    Raises ``NodeUnavailable`` where the node cannot tell: then nothing is resolved.
    """
    due = [flight for flight in flights if flight.target_block <= head.number]
    receipts = await reader.receipts_of([flight.tx_hash for flight in due])
    return [_outcome(flight, receipt) for flight, receipt in zip(due, receipts, strict=True)]


def _outcome(flight: Flight, receipt: Receipt | None) -> Outcome:
    if receipt is None:
        return Outcome(flight, Fate.MISSED, None)
    if not receipt.succeeded:
        return Outcome(flight, Fate.REVERTED, receipt)
    books = _books(receipt)
    if isinstance(books, Executed):
        return Outcome(flight, Fate.LANDED, receipt, books.gain, books.tip)
    spent, tip = (books.spent, books.tip) if books is not None else (Wei(0), Wei(0))
    return Outcome(flight, Fate.LANDED, receipt, Wei(tip - spent), tip)


def _books(receipt: Receipt) -> Executed | Acquired | None:
    """The executor's own event in a receipt."""
    events: Sequence[Executed | Acquired | None] = [
        decode_event(log) for log in receipt.logs if log.address == receipt.to
    ]
    return next((event for event in events if event is not None), None)
