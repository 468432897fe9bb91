"""What a keeper would write into a ledger, made of a few numbers."""

import hashlib

from keeper.domain.units import ETHER, Address, Hash32, Wei
from keeper.ledger import Attempt, Exposure, Ledger, Opening, Outcome, Result, SentTransaction, Where
from tests.support.plans import APES, make_plan

OPERATOR = Address("0x" + "0f" * 20)
NOON = 1_700_049_600
"""12:00 UTC of a day."""


def digest(*parts: object) -> Hash32:
    """A hash that differs wherever the parts do."""
    return Hash32("0x" + hashlib.sha256(repr(parts).encode()).hexdigest())


def make_attempt(
    plan_id: str = "plan", target_block: int = 100, relays: tuple[str, ...] = ("one", "two"), revision: int = 0
) -> Attempt:
    transaction = SentTransaction(digest(plan_id, target_block, revision), OPERATOR, 7)
    return Attempt(
        plan_id, f"uuid-{plan_id}", target_block, relays, (transaction,), Wei(ETHER), Wei(ETHER // 10), revision
    )


def landed(plan_id: str = "plan", block: int = 100, *, fork: str = "", gain: int = ETHER, at: int = NOON) -> Outcome:
    """It landed in the block of that number on a fork; gas 0.01 ETH, tip 0.1 ETH."""
    return Outcome(
        plan_id,
        Result.LANDED,
        block,
        at,
        block_hash(block, fork),
        digest(plan_id, block, 0),
        410_000,
        Wei(ETHER // 100),
        Wei(ETHER // 10),
        Wei(gain),
    )


def block_hash(block: int, fork: str = "") -> Hash32:
    return digest("block", block, fork)


def where(block: int, *, fork: str = "", at: int = NOON, tx: str = "theirs") -> Where:
    return Where(block, block_hash(block, fork), digest(tx, block), at)


async def bid(ledger: Ledger, plan_id: str = "bid", block: int = 100, *, capital: int = 70 * ETHER) -> Exposure:
    """A bid that has landed and stands."""
    await ledger.record_intent(make_plan(plan_id, gain=-capital, tip=0, binds=capital, target_block=block))
    await ledger.record_submission(make_attempt(plan_id, block))
    opening = Opening(APES, 2**200 + 1, Wei(capital))
    await ledger.settle(landed(plan_id, block, gain=-capital), opened=(opening,))
    return (await ledger.open_exposures())[-1]
