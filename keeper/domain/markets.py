"""Where a piece becomes money, or money a piece: pools and orders, and the quotes they give."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.facts import Key
from keeper.domain.units import Address, Wei


class Executability(StrEnum):
    """How sure a quote can be turned into a trade; only the first two enter atomic plans."""

    ATOMIC = "atomic"
    ATOMIC_WITH_SIGNATURE = "atomic_with_signature"
    TWO_STEP = "two_step"
    SIGNAL_ONLY = "signal_only"


class PlaceKind(StrEnum):
    POOL = "pool"
    OFFER = "offer"
    LISTING = "listing"


@dataclass(frozen=True, slots=True)
class PlaceKey(Key["Place"]):
    """A pool (by address) or an order (by hash) of one venue."""

    venue: str
    deployment: str
    id: str

    def __str__(self) -> str:
        return f"{self.venue}/{self.deployment}/{self.id}"


@dataclass(frozen=True, slots=True)
class Quote:
    """A sale or purchase of exact pieces at one place, at one moment. All amounts in the smallest unit of ``asset``, an
    ERC-20: a venue that trades in ETH wraps and unwraps within its own calls.

    A sale's ``net`` is what arrives: gross - fees - royalty. A purchase's ``net`` is what leaves: gross + fees + royalty.
    """

    place: PlaceKey
    kind: PlaceKind
    collection: Address
    token_ids: tuple[int, ...]
    asset: Address
    gross: Wei
    fees: Wei
    royalty: Wei
    net: Wei
    gas: int
    """What it uses, roughly: only for choosing before a simulation measures it."""
    executability: Executability = Executability.ATOMIC
    expires_at: int | None = None
    resources: frozenset[str] = frozenset()
    """What it uses up (a pool's state, an offer, a maker's balance): two quotes that share one exclude each other."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a place does not trade what was asked, with the numbers."""

    place: PlaceKey
    code: DenialCode
    numbers: tuple[tuple[str, int | str], ...] = field(default=())


class Place(Protocol):
    """A pool or an order, as a value of the book: pure, immutable, quoting by the contract's own arithmetic."""

    @property
    def key(self) -> PlaceKey: ...

    @property
    def kind(self) -> PlaceKind: ...

    @property
    def collection(self) -> Address: ...

    @property
    def buys(self) -> bool:
        """Whether it takes pieces for money (an exit for us)."""

    @property
    def sells(self) -> bool:
        """Whether it gives pieces for money."""

    def quote_sale(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:
        """What we would get for exactly these pieces, sold together."""

    def quote_purchase(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:
        """What we would pay for exactly these pieces, bought together."""
