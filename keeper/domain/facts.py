"""Facts: everything that is known at a block, under typed keys.

A key names a fact for ever; its value is an immutable record that is replaced whole. Adapters turn logs into
``Change``s, the book applies them and can take them back. Nothing else ever mutates what is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from keeper.domain.fixed_point import compounded_interest, compounded_interest_v3, linear_interest, ray_mul
from keeper.domain.units import Address, Bps, Ray, Wei

V_co = TypeVar("V_co", covariant=True)


class Key(Generic[V_co]):
    """The name of a fact whose value is a ``V``. Subclasses are frozen dataclasses."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One fact's new value; ``None`` forgets it."""

    key: Key[Any]
    value: Any


class Facts(Protocol):
    """The read side of the book."""

    def get(self, key: Key[V_co]) -> V_co | None:
        """The fact's value now; ``None`` where it is not known."""

    def keys(self, kind: type[Key[V_co]]) -> Iterator[Key[V_co]]:
        """Every key of one kind, in the order in which they became known."""


@dataclass(frozen=True, slots=True)
class PriceKey(Key["Price"]):
    """One value of one oracle: ``source`` is the oracle's deployment, ``kind`` tells a TWAP from a spot."""

    source: str
    asset: Address
    kind: str = "spot"


@dataclass(frozen=True, slots=True)
class Price:
    """What an oracle says. ``value`` is in the oracle's own base currency (wei of ETH where nothing else is said) for one
    whole token or one floor piece."""

    value: Wei
    timestamp: int
    block: int
    expires_after_block: int | None = None
    """The last block in which the contract itself accepts the value; ``None`` where it never asks for its age."""


class Compounding(StrEnum):
    """How an index grows between two updates."""

    AAVE_V2 = "aave_v2"
    AAVE_V3 = "aave_v3"
    LINEAR = "linear"


_GROWTH = {
    Compounding.AAVE_V2: compounded_interest,
    Compounding.AAVE_V3: compounded_interest_v3,
    Compounding.LINEAR: linear_interest,
}


@dataclass(frozen=True, slots=True)
class IndexKey(Key["Index"]):
    """A reserve's growing index; ``side`` is ``debt`` or ``supply``."""

    deployment: str
    asset: Address
    side: str = "debt"


@dataclass(frozen=True, slots=True)
class Index:
    """An index as it was last stored, and the yearly rate at which it has grown since."""

    value: Ray
    rate: Ray
    updated_at: int
    compounding: Compounding

    def at(self, timestamp: int) -> Ray:
        """The index at a later second, exactly as the contract normalises it."""
        if timestamp <= self.updated_at:
            return self.value
        return Ray(ray_mul(_GROWTH[self.compounding](self.rate, timestamp - self.updated_at), self.value))


@dataclass(frozen=True, slots=True)
class TermsKey(Key["AssetTerms"]):
    """What one deployment of a lending protocol says of one asset."""

    deployment: str
    asset: Address


@dataclass(frozen=True, slots=True)
class AssetTerms:
    """The terms of an asset as collateral and as debt, as far as health and trigger depend on them."""

    price: PriceKey | None
    """Where its value comes from; ``None``: it is the oracle's base currency, of value ``unit``."""
    unit: int
    """The smallest units in one whole token: 10**decimals, and 1 for an NFT."""
    threshold: Bps = Bps(0)
    bonus: Bps = Bps(0)
    """What a liquidator gets of it for 1e4 of debt: 10_500 is five per cent off. 0 where the protocol has none."""
    is_nft: bool = False


@dataclass(frozen=True, slots=True)
class ParameterKey(Key[Any]):
    """A parameter that only its own adapter understands (a bitmap, a curve, a duration)."""

    deployment: str
    name: str
    subject: str = ""
