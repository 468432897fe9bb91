"""What is at risk, as the ledger knows it."""

from collections import defaultdict

from keeper.domain.units import Address, Wei
from keeper.ledger import Ledger
from keeper.risk.gate import Reservation, RiskGate
from keeper.risk.limits import Exposed


async def exposed(ledger: Ledger, available: Wei, now: int) -> Exposed:
    """``available`` is the executor's own ETH and WETH as the chain has it; ``now`` the second that says which UTC day it
    is."""
    by_collection: dict[Address, int] = defaultdict(int)
    for exposure in await ledger.open_exposures():
        by_collection[exposure.collection] += exposure.capital
    spent = await ledger.spent_today(now)
    return Exposed(
        available,
        Wei(sum(by_collection.values())),
        {collection: Wei(capital) for collection, capital in by_collection.items()},
        spent.capital,
        spent.loss,
    )


async def keep_reservations(gate: RiskGate, ledger: Ledger) -> None:
    """At start: what plans that were sent by an earlier run, and may still land, have reserved."""
    gate.keep(
        Reservation(plan.plan_id, Wei(max(plan.own_capital, plan.binds)), plan.binds, plan.collections)
        for plan in await ledger.unresolved()
    )
