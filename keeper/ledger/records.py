"""What goes into the ledger and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from keeper.domain.units import Address, Hash32, Wei

Row = Mapping[str, object]


class SubmissionState(StrEnum):
    """WRITTEN: about to be sent, or sent without our knowing. UNRESOLVED: sent, and no answer that can be trusted."""

    WRITTEN = "written"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNRESOLVED = "unresolved"


class Result(StrEnum):
    """How a plan ended. UNRESOLVED and REORGED are not ends: the chain decides."""

    LANDED = "landed"
    REVERTED = "reverted"
    LOST = "lost"
    EXPIRED = "expired"
    REORGED = "reorged"
    UNRESOLVED = "unresolved"


ON_CHAIN = frozenset({Result.LANDED, Result.REVERTED})
FINAL = frozenset({Result.LANDED, Result.REVERTED, Result.LOST, Result.EXPIRED})


class ExposureState(StrEnum):
    """OPEN: our bid stands. WON: the piece is ours, or only waits to be fetched. The capital is bound in these two.
    UNDONE: the block that opened it left the chain."""

    OPEN = "open"
    WON = "won"
    OUTBID = "outbid"
    REDEEMED = "redeemed"
    SOLD = "sold"
    UNDONE = "undone"


BOUND = frozenset({ExposureState.OPEN, ExposureState.WON})


class LineKind(StrEnum):
    """GAIN is before tip and gas. SALE is what selling a piece held brought, BID what was bound in it, REFUND that coming
    back, FINE what a redeeming borrower paid us."""

    GAIN = "gain"
    GAS = "gas"
    TIP = "tip"
    FINE = "fine"
    REFUND = "refund"
    BID = "bid"
    SALE = "sale"


@dataclass(frozen=True, slots=True)
class Where:
    """The transaction in which something happened, and its block's timestamp in seconds."""

    block_number: int
    block_hash: Hash32
    tx_hash: Hash32
    timestamp: int


@dataclass(frozen=True, slots=True)
class SentTransaction:
    """A signed transaction that is about to leave."""

    hash: Hash32
    sender: Address
    nonce: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One bundle for one block, to be sent to some relays. ``revision`` counts deliberate replacements of it: the same plan,
    block and revision is written, and so sent, to one relay at most once."""

    plan_id: str
    bundle_uuid: str
    target_block: int
    relays: tuple[str, ...]
    transactions: tuple[SentTransaction, ...]
    predicted_gain: Wei
    predicted_tip: Wei
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan. For one that is not on chain, ``block_number`` is the last target block that it is about, and
    ``block_hash`` that block's, so that a reorganisation makes it unresolved again; empty where no block decided it.
    ``gas_cost`` and ``tip`` are what was paid, ``gain`` what the executor grew by before the tip."""

    plan_id: str
    result: Result
    block_number: int
    timestamp: int
    block_hash: str = ""
    tx_hash: str = ""
    gas_used: int = 0
    gas_cost: Wei = Wei(0)
    tip: Wei = Wei(0)
    gain: Wei = Wei(0)
    detail: str = ""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for one on chain that does not say where."""
        if self.result in ON_CHAIN and not (self.block_hash and self.tx_hash):
            raise ValueError(f"a plan that is {self.result} has a block and a transaction")


@dataclass(frozen=True, slots=True)
class Opening:
    """Capital that a landed plan has bound in the right to one piece."""

    collection: Address
    token_id: int
    capital: Wei


@dataclass(frozen=True, slots=True)
class Exposure:
    """A piece, or the right to it, that capital was bound in. ``position`` is the position's key as text."""

    id: int
    plan_id: str
    strategy: str
    position: str
    collection: Address
    token_id: int
    capital: Wei
    state: ExposureState
    opened_block: int
    opened_at: int


@dataclass(frozen=True, slots=True)
class Line:
    """One booking. ``amount`` is signed: what our ETH and WETH grew by."""

    kind: LineKind
    account: str
    amount: Wei
    strategy: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A plan of which the chain has not yet told the end. ``last_target`` is the last block it may land in."""

    plan_id: str
    strategy: str
    position: str
    first_target: int
    last_target: int
    predicted_gain: Wei
    transactions: tuple[SentTransaction, ...]
    relays: Mapping[str, SubmissionState] = field(default_factory=dict)
    own_capital: Wei = Wei(0)
    binds: Wei = Wei(0)
    collections: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What a reorganisation took back."""

    plans: tuple[str, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    """As they are now: open again, or UNDONE."""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """Since a moment: capital newly bound, and the realised loss (never negative)."""

    capital: Wei
    loss: Wei


@dataclass(frozen=True, slots=True)
class Profit:
    """Sums of lines by strategy and kind. ``net`` is what is realised: capital still bound is neither gain nor loss."""

    by_strategy: Mapping[str, Mapping[LineKind, Wei]]
    cost_of_sales: Wei
    """What the pieces sold had cost."""
    bound: Wei
    """Capital in open exposures, at any time of opening."""

    def total(self, kind: LineKind) -> Wei:
        return Wei(sum(kinds.get(kind, 0) for kinds in self.by_strategy.values()))

    @property
    def net(self) -> Wei:
        """gain + gas + tip + fines + sales - what was paid for the pieces sold (gas and tip are negative)."""
        kinds = (LineKind.GAIN, LineKind.GAS, LineKind.TIP, LineKind.FINE, LineKind.SALE)
        return Wei(sum(self.total(kind) for kind in kinds) - self.cost_of_sales)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that the ledger has about one plan, position or subject, oldest first."""

    intents: Sequence[Row]
    submissions: Sequence[Row]
    transactions: Sequence[Row]
    outcomes: Sequence[Row]
    exposures: Sequence[Row]
    moves: Sequence[Row]
    entries: Sequence[Row]
    denials: Sequence[Row]

    def __bool__(self) -> bool:
        return bool(self.intents or self.exposures or self.denials)
