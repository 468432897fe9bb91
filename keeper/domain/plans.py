"""Opportunities and plans: what a strategy sees, and what the planner makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from keeper.domain.calls import Call
from keeper.domain.fixed_point import percent_mul
from keeper.domain.markets import PlaceKind, Quote
from keeper.domain.positions import PositionKey
from keeper.domain.steps import Piece, Proof, Step
from keeper.domain.units import BPS, Address, Bps, Wei


class Shape(StrEnum):
    """ATOMIC earns in its own transaction. INVENTORY binds capital until something else happens. GROUNDWORK costs gas
    now so that something can be earned later (starting an auction)."""

    ATOMIC = "atomic"
    INVENTORY = "inventory"
    GROUNDWORK = "groundwork"


@dataclass(frozen=True, slots=True)
class TipRule:
    """What the builder gets of a gain: a share of it in bps, cut, up to a maximum (Executor.execute)."""

    share: Bps
    maximum: Wei

    def of(self, gain: int) -> Wei:
        return Wei(min(max(gain, 0) * self.share // BPS, self.maximum))


@dataclass(frozen=True, slots=True)
class Appetite:
    """What the operator asks of a plan before it may run, and what the builder is offered."""

    min_profit: Wei
    tip: TipRule
    """For what earns in its own transaction."""
    flat_tip: Wei
    """For what does not earn by itself (a bid, starting an auction), and for selling what was paid for before: there
    most of the gain is our own money coming back, and nobody competes for it."""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """What a strategy proposes: steps to take in order, in one transaction.

    ``pieces`` are the NFTs that it is about. An ATOMIC one sells them in the same breath, at any places of the kinds in
    ``exits``; where, and how it is funded, is the planner's. ``cost_basis`` is what was already paid for the pieces in
    an earlier transaction. Of several opportunities about one position the planner takes one.
    """

    strategy: str
    position: PositionKey
    version: tuple[int, int]
    """Of the position: a plan for the same steps at the same version is the same plan, in whichever block."""
    shape: Shape
    steps: tuple[Step, ...]
    pieces: tuple[Piece, ...]
    exits: frozenset[PlaceKind]
    appetite: Appetite
    cost_basis: Wei = Wei(0)
    binds: Wei = Wei(0)
    """Own capital that stays bound after the transaction (a bid)."""

    @property
    def tip(self) -> TipRule:
        return TipRule(Bps(BPS), self.appetite.flat_tip) if self.cost_basis else self.appetite.tip

    @property
    def subject(self) -> str:
        return f"{self.position}:{'+'.join(step.kind for step in self.steps)}"


class FlashKind(StrEnum):
    MORPHO = "morpho"
    AAVE_V3 = "aave_v3"
    BALANCER_V2 = "balancer_v2"
    UNISWAP_V3 = "uniswap_v3"


@dataclass(frozen=True, slots=True)
class Flash:
    """One flash loan: ``fee`` is what the lender takes on top, exactly."""

    kind: FlashKind
    lender: Address
    token: Address
    amount: Wei
    fee: Wei


@dataclass(frozen=True, slots=True)
class Lender:
    """A flash lender as it stands now: ``available`` is what it holds, ``fee_ppm`` what it takes of the amount."""

    kind: FlashKind
    address: Address
    token: Address
    available: Wei
    fee_ppm: int | Fraction
    """Millionths of the amount (5 bps are 500), exactly: Balancer's share has eighteen decimals."""

    def fee(self, amount: Wei) -> Wei:
        """The fee for ``amount``, to the wei.

        Aave v3 rounds half up (PercentageMath.percentMul, in whole bps); Balancer v2 (FixedPoint.mulUp) and Uniswap v3
        (FullMath.mulDivRoundingUp) round up; Morpho Blue takes nothing.
        """
        if self.kind is FlashKind.AAVE_V3:
            return Wei(percent_mul(amount, int(self.fee_ppm // 100)))
        return Wei(-(-amount * self.fee_ppm // 1_000_000))


@dataclass(frozen=True, slots=True)
class Economics:
    """A plan in numbers, all wei. ``gain`` is what ETH and WETH of the executor grow by, before the tip (negative: what a
    bid binds); it is exact, and the chain has to agree. ``gas_cost`` is gas used × base fee, an estimate until a
    simulation has measured it."""

    proceeds: Wei
    pays: Wei
    flash_fees: Wei
    gain: Wei
    tip: Wei
    gas: int
    gas_cost: Wei
    cost_basis: Wei = Wei(0)

    @property
    def net(self) -> Wei:
        """What is left: gain - tip - gas - what the pieces had cost before."""
        return Wei(self.gain - self.tip - self.gas_cost - self.cost_basis)


@dataclass(frozen=True, slots=True)
class Plan:
    """One transaction, ready to be simulated: everything but nonce, fees and signature."""

    id: str
    """Stable for the same steps on the same position at the same state version: what makes sending idempotent."""
    strategy: str
    position: PositionKey
    shape: Shape
    target_block: int
    timestamp: int
    base_fee: Wei
    steps: tuple[Step, ...]
    sales: tuple[Quote, ...]
    flashes: tuple[Flash, ...]
    calls: tuple[Call, ...]
    proofs: tuple[Proof, ...]
    min_profit: Wei
    tip: TipRule
    economics: Economics
    own_capital: Wei
    """Executor's own WETH that the transaction needs at its deepest point."""
    binds: Wei
    resources: frozenset[str]
    collections: frozenset[Address] = field(default=frozenset())
    notes: Mapping[str, int | str] = field(default_factory=dict)
    """Further numbers behind the decision, for ``keeper explain``."""
