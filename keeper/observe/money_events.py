"""Events of acting: bundles and what became of them, capital bound and freed, profit, and whether we may act at all."""

from keeper.domain.units import Address, Wei
from keeper.observe.scope import current


def keeper_started(version: str, mode: str) -> None:
    scope = current()
    scope.metrics.build_info.labels(version, mode, scope.chain).set(1)
    scope.log.info("keeper_started", version=version, mode=mode, chain=scope.chain)


def keeper_stopped(reason: str) -> None:
    current().log.info("keeper_stopped", reason=reason)


def trading_state_changed(state: str, reason: str) -> None:
    """``state`` is ``active`` or ``halted``."""
    scope = current()
    scope.metrics.trading_state.clear()
    scope.metrics.trading_state.labels(state).set(1)
    scope.log.warning("trading_state_changed", state=state, reason=reason)


def bundle_submitted(
    relay: str, result: str, seconds: float, *, plan: str, target_block: int, detail: str = ""
) -> None:
    """A relay has answered, or has not: ``result`` is ``accepted``, ``refused`` or ``unresolved``."""
    scope = current()
    scope.metrics.bundles.labels(relay, result).inc()
    scope.metrics.relay_seconds.labels(relay).observe(seconds)
    write = scope.log.info if result == "accepted" else scope.log.warning
    write(
        "bundle_submitted",
        relay=relay,
        result=result,
        plan=plan,
        target_block=target_block,
        seconds=round(seconds, 4),
        detail=detail,
    )


def plan_landed(
    plan: str, strategy: str, *, tx_hash: str, block: int, blocks_waited: int, predicted: Wei, realised: Wei
) -> None:
    """``predicted`` and ``realised`` are gains before tip and gas, in wei."""
    scope = current()
    scope.metrics.bundle_results.labels(strategy, "landed").inc()
    scope.metrics.blocks_to_land.labels(strategy).observe(blocks_waited)
    if predicted:
        scope.metrics.prediction_error.labels(strategy).set((realised - predicted) / abs(predicted))
    scope.log.info(
        "plan_landed",
        plan=plan,
        strategy=strategy,
        tx_hash=tx_hash,
        block=block,
        blocks_waited=blocks_waited,
        predicted=predicted,
        realised=realised,
    )


def plan_lost(plan: str, strategy: str, result: str, *, block: int) -> None:
    """It did not land: ``result`` is ``lost``, ``reverted``, ``expired``, ``reorged`` or ``unresolved``."""
    scope = current()
    scope.metrics.bundle_results.labels(strategy, result).inc()
    scope.log.warning("plan_lost", plan=plan, strategy=strategy, result=result, block=block)


def exposure_opened(subject: str, collection: Address, capital: Wei) -> None:
    """Capital is bound in a piece, or in the right to it."""
    scope = current()
    scope.metrics.inventory.labels(collection).inc()
    scope.metrics.capital_bound.inc(capital)
    scope.log.info("exposure_opened", subject=subject, collection=collection, capital=capital)


def exposure_closed(subject: str, collection: Address, capital: Wei, how: str) -> None:
    """The capital is free again: ``how`` is ``outbid``, ``redeemed`` or ``sold``."""
    scope = current()
    scope.metrics.inventory.labels(collection).dec()
    scope.metrics.capital_bound.dec(capital)
    scope.log.info("exposure_closed", subject=subject, collection=collection, capital=capital, how=how)


def profit_booked(strategy: str, kind: str, amount: Wei) -> None:
    """One line of the ledger, in wei, with its sign; a line that is taken back comes with the opposite one."""
    scope = current()
    scope.metrics.profit.labels(strategy, kind).inc(amount)
    scope.log.info("profit_booked", strategy=strategy, kind=kind, amount=amount)


def balance_read(account: Address, asset: str, amount: Wei) -> None:
    current().metrics.balance.labels(account, asset).set(amount)
