"""The gate between a plan that pays and a bundle that leaves: modes, limits, the kill switch, and reservations.

Nothing here waits, so that looking and reserving are one step: whatever runs at the same time, two plans never get the
same coin.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from keeper.config.schema import Mode
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.plans import Plan
from keeper.domain.units import Address, Wei
from keeper.risk.kill_switch import KillSwitch, TradingState
from keeper.risk.limits import Exposed, Limits

Finding = tuple[DenialCode, Mapping[str, int | str]]


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one admitted plan may still use up, until it is released."""

    plan_id: str
    own_capital: Wei
    binds: Wei
    collections: frozenset[Address]


@dataclass(frozen=True, slots=True)
class Admission:
    """Which plans may go on, in the order in which they were given, and why not the others."""

    admitted: tuple[Plan, ...]
    denials: tuple[Denial, ...]


class RiskGate:
    """Admits plans within limits and reserves what they need; permits each send. One for the process.

    OBSERVE admits nothing. DRY_RUN admits as LIVE does, and permits no send. Halted, nothing is admitted nor permitted.
    """

    def __init__(self, limits: Limits, mode: Mode, switch: KillSwitch) -> None:
        self._limits = limits
        self._mode = mode
        self._switch = switch
        self._reserved: dict[str, Reservation] = {}

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def state(self) -> TradingState:
        """What the kill switch says now."""
        return self._switch.state

    @property
    def reason(self) -> str:
        """Why the kill switch is on; empty while it is off."""
        return self._switch.reason() if self._switch.halted else ""

    def admit(self, plans: Sequence[Plan], exposed: Exposed) -> Admission:
        """Go through plans in order, best first; each admitted one is counted against the limits before the next is looked
        at. A plan that holds a reservation is looked at anew, with its own one left out."""
        admitted: list[Plan] = []
        denials: list[Denial] = []
        for plan in plans:
            held = self._reserved.pop(plan.id, None)
            finding = self._finding(plan, exposed)
            if finding is None:
                self._reserved[plan.id] = reservation(plan)
                admitted.append(plan)
                continue
            denials.append(_denial(plan, *finding))
            if held is not None:
                # Its bundle may be out there: what it had is spoken for until somebody knows better.
                self._reserved[plan.id] = held
        return Admission(tuple(admitted), tuple(denials))

    def permit(self, plan: Plan) -> Denial | None:
        """To be asked directly before every send of a plan's bundle; ``None``: send. ``ValueError`` for a plan that was
        never admitted."""
        if plan.id not in self._reserved:
            raise ValueError(f"plan {plan.id} was not admitted")
        if self._switch.halted:
            return _denial(plan, DenialCode.RISK_HALTED, {"reason": self._switch.reason()})
        if self._mode is not Mode.LIVE:
            return _denial(plan, DenialCode.RISK_MODE, {"mode": self._mode.value})
        return None

    def release(self, plan_id: str) -> None:
        """A plan has come to its end, or was given up before it was sent: the ledger now knows what it binds, if
        anything."""
        self._reserved.pop(plan_id, None)

    def keep(self, reservations: Iterable[Reservation]) -> None:
        """Reserve, at start, for plans that were sent before the process began and have not ended."""
        self._reserved.update({each.plan_id: each for each in reservations})

    def reserved(self) -> tuple[Reservation, ...]:
        return tuple(self._reserved.values())

    def _finding(self, plan: Plan, exposed: Exposed) -> Finding | None:
        """The first reason against a plan."""
        return next(self._findings(plan, exposed), None)

    def _findings(self, plan: Plan, exposed: Exposed) -> Iterator[Finding]:
        if self._switch.halted:
            yield DenialCode.RISK_HALTED, {"reason": self._switch.reason()}
        limits, wanted, held = self._limits, reservation(plan), tuple(self._reserved.values())
        for collection in sorted(wanted.collections):
            if limits.collections is not None and collection not in limits.collections:
                yield DenialCode.RISK_COLLECTION_NOT_ALLOWED, {"collection": collection}
        risked = at_risk(plan)
        if risked > limits.transaction:
            yield DenialCode.RISK_LIMIT_TRANSACTION, {"at_risk": risked, "limit": limits.transaction}
        for collection in sorted(wanted.collections):
            reserved = sum(each.binds for each in held if collection in each.collections)
            bound = exposed.by_collection.get(collection, 0)
            if wanted.binds and bound + reserved + wanted.binds > limits.collection:
                yield (
                    DenialCode.RISK_LIMIT_COLLECTION,
                    {
                        "collection": collection,
                        "bound": bound,
                        "reserved": reserved,
                        "binds": wanted.binds,
                        "limit": limits.collection,
                    },
                )
        yield from self._sums(wanted, held, exposed)
        if self._mode is Mode.OBSERVE:
            yield DenialCode.RISK_MODE, {"mode": self._mode.value}

    def _sums(self, wanted: Reservation, held: Sequence[Reservation], exposed: Exposed) -> Iterator[Finding]:
        limits = self._limits
        if exposed.loss_today >= limits.day_loss:
            yield DenialCode.RISK_LIMIT_DAY, {"loss_today": exposed.loss_today, "limit": limits.day_loss}
        binds = sum(each.binds for each in held)
        numbers = {"reserved": binds, "binds": wanted.binds}
        if wanted.binds and exposed.capital_today + binds + wanted.binds > limits.day_capital:
            yield (
                DenialCode.RISK_LIMIT_DAY,
                {"capital_today": exposed.capital_today, **numbers, "limit": limits.day_capital},
            )
        if wanted.binds and exposed.open_capital + binds + wanted.binds > limits.total:
            yield (
                DenialCode.RISK_LIMIT_TOTAL,
                {"open_capital": exposed.open_capital, **numbers, "limit": limits.total},
            )
        own = sum(each.own_capital for each in held)
        if wanted.own_capital and own + wanted.own_capital > exposed.available:
            yield (
                DenialCode.FUNDING_UNAVAILABLE,
                {"own_capital": wanted.own_capital, "reserved": own, "available": exposed.available},
            )


def at_risk(plan: Plan) -> Wei:
    """What a plan could lose at worst: own capital at its deepest point or what stays bound, the gas, and the part of the
    tip that its gain does not cover."""
    economics = plan.economics
    uncovered_tip = max(0, economics.tip - max(0, economics.gain))
    return Wei(max(plan.own_capital, plan.binds) + economics.gas_cost + uncovered_tip)


def reservation(plan: Plan) -> Reservation:
    """What a plan needs of us. Its collections are those it names, is about, receives pieces of and sells."""
    about = {step.piece.collection for step in plan.steps if step.piece is not None}
    received = {got.token for step in plan.steps for got in step.receives if got.token_id is not None}
    sold = {quote.collection for quote in plan.sales}
    return Reservation(
        plan.id,
        Wei(max(plan.own_capital, plan.binds)),
        plan.binds,
        plan.collections | about | received | sold,
    )


def _denial(plan: Plan, code: DenialCode, numbers: Mapping[str, int | str]) -> Denial:
    return Denial(code, str(plan.position), plan.target_block, plan.strategy, {"plan": plan.id, **numbers})
