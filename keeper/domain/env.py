"""The moment for which something is computed: a block that is, or the next one before it exists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from keeper.domain.blocks import Header, next_base_fee
from keeper.domain.facts import AssetTerms, Facts, IndexKey, Key, Price, PriceKey, TermsKey
from keeper.domain.units import Address, Ray, Wei

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Env:
    """Block number, timestamp (seconds), base fee (wei), and what is known. Every ``owed``, ``eval`` and ``quote`` is a
    pure integer function of a state and an ``Env``."""

    block: int
    timestamp: int
    base_fee: Wei
    facts: Facts
    who: Address
    """The executor: who would call, pay and receive."""

    @classmethod
    def after(cls, parent: Header, facts: Facts, who: Address, block_seconds: int) -> "Env":
        """The block after ``parent``, on time, with its exact base fee."""
        return cls(parent.number + 1, parent.timestamp + block_seconds, next_base_fee(parent), facts, who)

    def price(self, key: PriceKey) -> Price | None:
        """The oracle's value, or ``None`` where it is missing or the contract would refuse it as too old."""
        price = self.facts.get(key)
        if price is None or (price.expires_after_block is not None and self.block > price.expires_after_block):
            return None
        return price

    def terms(self, key: TermsKey) -> AssetTerms | None:
        return self.facts.get(key)

    def value_of(self, terms: AssetTerms) -> Wei | None:
        """The base-currency value of one whole token (or floor piece) under ``terms``; ``None`` if unknown."""
        if terms.price is None:
            return Wei(terms.unit)
        price = self.price(terms.price)
        return None if price is None else price.value

    def index(self, key: IndexKey) -> Ray | None:
        """The index normalised to this moment, or ``None`` where it is not known."""
        index = self.facts.get(key)
        return None if index is None else index.at(self.timestamp)

    def assuming(self, facts: Mapping[Key[Any], Any]) -> "Env":
        """The same moment if ``facts`` were so: an oracle update that is pending, a pool after our own sale."""
        return replace(self, facts=Overlay(self.facts, facts))


class Overlay:
    """Facts with some of them replaced; the ground is untouched."""

    def __init__(self, ground: Facts, instead: Mapping[Key[Any], Any]) -> None:
        self._ground = ground
        self._instead = dict(instead)

    def get(self, key: Key[V]) -> V | None:
        if key in self._instead:
            value: V | None = self._instead[key]
            return value
        return self._ground.get(key)

    def keys(self, kind: type[Key[V]]) -> Iterator[Key[V]]:
        yield from self._ground.keys(kind)
        for key in self._instead:
            if isinstance(key, kind) and self._ground.get(key) is None:
                yield key
