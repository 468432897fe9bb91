"""Many tasks, one writer: what is asked for at the same time is done one after the other, whole."""

import asyncio

import pytest

from keeper.ledger import Ledger, Listing
from tests.support.ledgers import landed, make_attempt
from tests.support.plans import make_plan


async def test_of_many_that_want_to_send_the_same_bundle_one_may(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan())
    async with asyncio.TaskGroup() as group:
        wanting = [group.create_task(ledger.record_submission(make_attempt())) for _ in range(50)]
    assert sorted((task.result() for task in wanting), key=len)[-2:] == [(), ("one", "two")]
    assert len(await ledger.listing(Listing.SUBMISSIONS)) == 2


async def test_a_cancelled_caller_leaves_its_write_whole(ledger: Ledger) -> None:
    for number in range(30):
        name = f"plan{number}"
        await ledger.record_intent(make_plan(name))
        await ledger.record_submission(make_attempt(name))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await ledger.settle(landed(name))
    assert await ledger.verify() == []


async def test_the_loop_turns_while_the_disk_is_waited_for(ledger: Ledger) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as group:
        turner = group.create_task(turn())
        for number in range(20):
            await ledger.record_intent(make_plan(f"plan{number}"))
        turner.cancel()
    assert turns > 20 * 5, "each write took turns of the loop, so none was made on it"
