"""Limits on what may be at risk, and what is at risk now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keeper.config.schema import LimitsConfig
from keeper.domain.units import Address, Wei


@dataclass(frozen=True, slots=True)
class Limits:
    """Wei. ``collections`` are those that may be touched; ``None``: any. A limit may be reached, never passed."""

    transaction: Wei
    collection: Wei
    day_capital: Wei
    day_loss: Wei
    total: Wei
    collections: frozenset[Address] | None

    @classmethod
    def of(cls, config: LimitsConfig) -> "Limits":
        allowed = None if config.collections == "any" else frozenset(config.collections)
        return cls(config.transaction, config.collection, config.day_capital, config.day_loss, config.total, allowed)


@dataclass(frozen=True, slots=True)
class Exposed:
    """What is at risk by the ledger and the chain, at one block. Reservations of the gate come on top."""

    available: Wei
    """The executor's own ETH and WETH, free to be used."""
    open_capital: Wei = Wei(0)
    by_collection: Mapping[Address, Wei] = field(default_factory=dict)
    capital_today: Wei = Wei(0)
    loss_today: Wei = Wei(0)
