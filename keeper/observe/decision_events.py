"""Events of deciding: what was looked at, what was denied, what was chosen, what a simulation said."""

from collections.abc import Mapping

from keeper.domain.denials import Denial
from keeper.domain.plans import Opportunity, Plan
from keeper.observe.scope import current


def positions_counted(protocol: str, count: int) -> None:
    """So many positions of a protocol are known."""
    current().metrics.positions.labels(protocol).set(count)


def positions_evaluated(protocol: str, count: int) -> None:
    """So many positions of a protocol were looked at in this block."""
    current().metrics.evaluations.labels(protocol).inc(count)


def opportunity_found(opportunity: Opportunity) -> None:
    scope = current()
    scope.metrics.opportunities.labels(opportunity.strategy, "found").inc()
    scope.log.info(
        "opportunity_found", strategy=opportunity.strategy, subject=opportunity.subject, shape=opportunity.shape.value
    )


def opportunity_denied(denial: Denial, *, again: bool = False) -> None:
    """``again``: it was denied for the same reason in the last block too, which is not worth a line at level info."""
    scope = current()
    scope.metrics.denied.labels(denial.strategy, denial.code.name).inc()
    scope.metrics.opportunities.labels(denial.strategy, "denied").inc()
    (scope.log.debug if again else scope.log.info)(
        "opportunity_denied",
        strategy=denial.strategy,
        code=denial.code.name,
        subject=denial.subject,
        block=denial.block,
        numbers=dict(denial.numbers),
    )


def plan_chosen(plan: Plan) -> None:
    scope, economics = current(), plan.economics
    scope.metrics.opportunities.labels(plan.strategy, "chosen").inc()
    scope.metrics.tip.labels(plan.strategy).set(economics.tip)
    scope.log.info(
        "plan_chosen",
        strategy=plan.strategy,
        plan=plan.id,
        subject=str(plan.position),
        shape=plan.shape.value,
        target_block=plan.target_block,
        gain=economics.gain,
        tip=economics.tip,
        gas_cost=economics.gas_cost,
        net=economics.net,
        binds=plan.binds,
    )


def simulation_done(
    kind: str, result: str, seconds: float, *, plan: str, numbers: Mapping[str, int | str] | None = None
) -> None:
    """``kind`` is ``node`` or ``relay``; ``result`` is ``agreed``, ``reverted``, ``disagreed`` or ``unavailable``."""
    scope = current()
    scope.metrics.simulations.labels(kind, result).inc()
    scope.metrics.simulation_seconds.labels(kind).observe(seconds)
    write = scope.log.info if result == "agreed" else scope.log.warning
    write(
        "simulation_done", kind=kind, result=result, plan=plan, seconds=round(seconds, 4), numbers=dict(numbers or {})
    )
