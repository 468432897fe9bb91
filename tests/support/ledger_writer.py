"""A process that writes into a ledger as fast as it can, telling what it has written, until it is killed.

Run as ``python -m tests.support.ledger_writer URL NAME``; each line of output is a write that has returned.
"""

import asyncio
import ctypes
import itertools
import signal
import sys

from keeper.domain.denials import Denial, DenialCode
from keeper.domain.units import ETHER, Wei
from keeper.ledger import ExposureState, Ledger, LineKind, SubmissionState
from tests.support.ledgers import bid, block_hash, landed, make_attempt, where
from tests.support.plans import make_plan

_PR_SET_PDEATHSIG = 1


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def write(url: str, name: str) -> None:
    async with Ledger.open(url) as ledger:
        await ledger.begin_run("live", 1, name)
        for number in itertools.count():
            await _one_round(ledger, f"{name}-{number}", 1_000 + number, number)


async def _one_round(ledger: Ledger, plan: str, block: int, number: int) -> None:
    """One plan from intent to outcome; every third is a bid that is redeemed, every fifth is taken back and lands again."""
    if number % 3 == 0:
        exposure = await bid(ledger, plan, block)
        tell("landed", plan)
        lines = ((LineKind.REFUND, exposure.capital), (LineKind.FINE, Wei(ETHER)))
        await ledger.move_exposure(exposure.id, ExposureState.REDEEMED, where(block + 1, tx=plan), lines)
        tell("redeemed", exposure.id)
        return
    await ledger.record_intent(make_plan(plan))
    tell("intent", plan)
    attempt = make_attempt(plan, block)
    await ledger.record_submission(attempt)
    tell("submission", plan)
    await ledger.record_answer(attempt, "one", SubmissionState.ACCEPTED)
    await ledger.settle(landed(plan, block, fork=plan))
    if number % 5:
        tell("landed", plan)
    else:
        await ledger.unsettle(block_hash(block, plan))
        await ledger.settle(landed(plan, block, fork="again" + plan))
        tell("landed", plan)
    await ledger.deny([Denial(DenialCode.EXIT_NONE, plan, block)])


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    asyncio.run(write(*sys.argv[1:]))
