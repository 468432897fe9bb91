"""Triggers: what makes a step possible, when at the earliest, and which prices it hangs on.

Unknown is a state of its own: a trigger whose price is missing or too old is neither true nor false.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from keeper.domain.env import Env
from keeper.domain.facts import PriceKey, TermsKey
from keeper.domain.fixed_point import percent_mul
from keeper.domain.units import Wei

if TYPE_CHECKING:
    from keeper.domain.positions import Position


@dataclass(frozen=True, slots=True)
class TriggerResult:
    """``now``: true, false, or ``None`` where a price or index it needs is not known at this moment."""

    now: bool | None
    earliest_timestamp: int | None = None
    needs: frozenset[PriceKey] = field(default=frozenset())


class Trigger(Protocol):
    def eval(self, position: "Position", env: Env) -> TriggerResult: ...


def liquidation_limit(collateral: TermsKey, debt: TermsKey, env: Env) -> Wei | None:
    """The debt, in the debt asset's smallest unit, over which one floor piece does not cover a loan any more.

    percentMul(10**decimals × price / debt asset's price, threshold): GenericLogic.calculateNftDebtData of BendDAO.
    """
    terms, debt_terms = env.terms(collateral), env.terms(debt)
    if terms is None or debt_terms is None:
        return None
    price, debt_price = env.value_of(terms), env.value_of(debt_terms)
    if price is None or not debt_price:
        return None
    return Wei(percent_mul(debt_terms.unit * price // debt_price, terms.threshold))


@dataclass(frozen=True, slots=True)
class OracleBelow:
    """The debt is over (``strict``) or has reached the threshold's share of the collateral's oracle value.

    One piece of collateral, one debt: the only trigger that the price-ordered index holds.
    """

    collateral: TermsKey
    debt: TermsKey
    strict: bool = True

    def eval(self, position: "Position", env: Env) -> TriggerResult:
        terms = env.terms(self.collateral)
        needs = frozenset({terms.price}) if terms is not None and terms.price is not None else frozenset[PriceKey]()
        limit = liquidation_limit(self.collateral, self.debt, env)
        owed = position.debt.owed(env)
        if limit is None or owed is None:
            return TriggerResult(None, needs=needs)
        return TriggerResult(owed > limit if self.strict else owed >= limit, needs=needs)


@dataclass(frozen=True, slots=True)
class TimeAfter:
    """A second has come (``strict``: has passed)."""

    timestamp: int
    strict: bool = False

    def eval(self, position: "Position", env: Env) -> TriggerResult:  # noqa: ARG002 - a clock looks at nothing else
        earliest = self.timestamp + 1 if self.strict else self.timestamp
        return TriggerResult(env.timestamp >= earliest, earliest_timestamp=earliest)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of several triggers: false beats unknown, unknown beats true."""

    triggers: Sequence[Trigger]

    def eval(self, position: "Position", env: Env) -> TriggerResult:
        results = [trigger.eval(position, env) for trigger in self.triggers]
        verdicts = [result.now for result in results]
        now = False if False in verdicts else None if None in verdicts else True
        times = [result.earliest_timestamp for result in results if result.earliest_timestamp is not None]
        return TriggerResult(now, max(times, default=None), frozenset().union(*(result.needs for result in results)))


def price_needs(position: "Position", env: Env) -> frozenset[PriceKey]:
    """Every oracle value that the position's health hangs on."""
    keys = {item.terms for item in position.collateral} | {debt.terms for debt in position.debt.parts()}
    terms = (env.terms(key) for key in keys)
    return frozenset(known.price for known in terms if known is not None and known.price is not None)
