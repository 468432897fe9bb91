"""Opportunities and plans: what a strategy sees, and what the planner makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from keeper.domain.calls import Call
from keeper.domain.markets import PlaceKind, Quote
from keeper.domain.positions import PositionKey
from keeper.domain.steps import Proof, Step
from keeper.domain.units import Address, Bps, Wei


class Shape(StrEnum):
    """ATOMIC earns in its own transaction. INVENTORY binds capital until something else happens. GROUNDWORK costs gas
    now so that something can be earned later (starting an auction)."""

    ATOMIC = "atomic"
    INVENTORY = "inventory"
    GROUNDWORK = "groundwork"


@dataclass(frozen=True, slots=True)
class Piece:
    """One NFT."""

    collection: Address
    token_id: int


@dataclass(frozen=True, slots=True)
class Appetite:
    """What the operator asks of a plan before it may run."""

    min_profit: Wei
    tip_bps: Bps
    """The builder's share of an atomic gain."""
    max_tip: Wei
    flat_tip: Wei
    """What the builder gets for a transaction that does not earn by itself (a bid, starting an auction)."""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """What a strategy proposes: steps to take in order, in one transaction, and the pieces to sell in the same breath.

    The pieces may be sold at any place of the kinds in ``exits``; how many of the steps to take, where to sell and how to
    fund it is the planner's. ``cost_basis`` is what was already paid for the pieces in an earlier transaction.
    """

    strategy: str
    position: PositionKey
    shape: Shape
    steps: tuple[Step, ...]
    pieces: tuple[Piece, ...]
    exits: frozenset[PlaceKind]
    appetite: Appetite
    cost_basis: Wei = Wei(0)
    binds: Wei = Wei(0)
    """Own capital that stays bound after the transaction (a bid)."""

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
    """A flash lender as it stands now. ``fee_bps`` times amount, rounded as the lender does, is its fee."""

    kind: FlashKind
    address: Address
    token: Address
    available: Wei
    fee_ppm: int
    """Fee in millionths of the amount (5 bps = 500)."""

    def fee(self, amount: Wei) -> Wei:
        """The fee for ``amount``, in the lender's own rounding: Aave v3 half up in bps, Uniswap v3 up, Balancer v2 up."""
        if self.kind is FlashKind.AAVE_V3:
            return Wei((amount * (self.fee_ppm // 100) + 5_000) // 10_000)
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
    appetite: Appetite
    economics: Economics
    own_capital: Wei
    """Executor's own WETH that the transaction needs at its deepest point."""
    binds: Wei
    resources: frozenset[str]
    collections: frozenset[Address] = field(default=frozenset())
    notes: Mapping[str, int | str] = field(default_factory=dict)
    """Further numbers behind the decision, for ``keeper explain``."""
