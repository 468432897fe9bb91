"""Steps: what can be done about a position, by whom, when, for what, and what comes of it.

A protocol answers with the steps of one position at one moment, everything filled in: amounts exact for that moment,
the call ready. ``after`` is the position as it is when the step is done, so that a path of steps can be followed before
the first is taken.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from keeper.domain.calls import Call, View
from keeper.domain.positions import Position, PositionKey
from keeper.domain.triggers import TriggerResult
from keeper.domain.units import Address, Wei


class Role(StrEnum):
    """Who may take the step."""

    ANYONE = "anyone"
    WINNER = "winner"
    DEBTOR = "debtor"


class Settlement(StrEnum):
    """Whether what the step delivers can be used in the same transaction."""

    SYNC = "sync"
    DELAYED = "delayed"


class Kind(StrEnum):
    """What a step means to a liquidator, whatever the protocol calls it."""

    START_AUCTION = "start_auction"
    BID = "bid"
    BUY = "buy"
    FINALISE = "finalise"
    SEIZE_TOKENS = "seize_tokens"


@dataclass(frozen=True, slots=True)
class Piece:
    """One NFT."""

    collection: Address
    token_id: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What the step takes from us: ``amount`` of ``token``, pulled by ``spender`` out of an approval of exactly that."""

    token: Address
    amount: Wei
    spender: Address


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the step gives us: an NFT (``token_id``) or an amount of an ERC-20."""

    token: Address
    amount: int = 1
    token_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A view whose answer must be ``expected`` afterwards; the executor contract checks it on chain."""

    view: View
    expected: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One possible step, for one moment and one taker."""

    kind: Kind
    position: PositionKey
    piece: Piece | None
    """The NFT that it is about; ``None`` for a step about an account's tokens."""
    role: Role
    pre: TriggerResult
    settlement: Settlement
    call: Call
    gas: int
    """What it uses, roughly, from the field: only for choosing before a simulation measures it."""
    pays: Payment | None = None
    receives: tuple[Delivery, ...] = ()
    proofs: tuple[Proof, ...] = ()
    """What shows, after a step whose fruit comes later, that it was taken: our bid stands, the auction runs."""
    closes_at: int | None = None
    """For a bid: the last second of the auction."""
    income_if_redeemed: Wei = Wei(0)
    """For a first bid: the fine that a redeeming borrower would pay us."""
    after: Position | None = field(default=None, repr=False)
