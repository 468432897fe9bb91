"""What is at risk, as the ledger knows it."""

from collections import defaultdict

from keeper.domain.units import Address, Wei
from keeper.ledger import Ledger
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
