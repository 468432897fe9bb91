"""The daemon killed between submission and receipt: after a restart the ledger says what happened, and nothing is sent
twice."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.support.keeper_world import UNTIL_IT_PAYS, KeeperWorld, keeper_world


def sent(here: KeeperWorld) -> Counter[tuple[str | None, int]]:
    """How often the relay was given a bundle, by uuid and target block."""
    return Counter((outcome.bundle.uuid, outcome.bundle.block) for outcome in here.relay.outcomes)


async def test_what_landed_while_the_keeper_was_dead_is_booked_once_and_not_sent_again(tmp_path: Path) -> None:
    async with keeper_world(tmp_path) as here:
        async with here.daemon() as first:
            await here.until_it_pays(first)
            await first.kill()
        landed = await here.relay.build_block()
        assert len(landed.bundles) == 1
        async with here.daemon() as second:
            for _ in range(3):
                await here.slot(second)
            (purchase,) = await here.purchases()
            assert purchase["result"] == "landed"
            assert purchase["block_hash"] == landed.header.hash
            assert purchase["gain"] == purchase["predicted_gain"] > 0
        uuid = landed.bundles[0].uuid
        assert sum(count for (each, _), count in sent(here).items() if each == uuid) == 1


async def test_what_was_lost_while_the_keeper_was_dead_is_tried_again_for_a_later_block(tmp_path: Path) -> None:
    async with keeper_world(tmp_path) as here:
        async with here.daemon() as first:
            await here.until_it_pays(first)
            await first.kill()
        here.relay.lose_slots()
        lost = await here.relay.build_block()
        assert not lost.bundles
        async with here.daemon() as second:
            await here.slot(second)
            bought = await here.slot(second)
            assert len(bought.bundles) == 1
            (first_try, purchase) = await here.purchases()
            assert (first_try["result"], purchase["result"]) == ("expired", "landed")
            assert purchase["gain"] == purchase["predicted_gain"] > 0
        assert set(sent(here).values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_killed_at_any_moment_it_neither_sends_nor_books_twice(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)
    async with keeper_world(tmp_path) as here:
        async with here.daemon() as daemon:
            await here.slot(daemon)
            await here.price_falls(daemon)
            await here.slot(daemon)
        await here.relay.advance(UNTIL_IT_PAYS)
        for lost_afterwards in (1, 1, 0):
            async with here.daemon() as daemon:
                here.relay.lose_slots(2)
                await here.slot(daemon)
                await here.relay.build_block()
                await asyncio.sleep(moments.uniform(0, 0.05))
                await daemon.kill()
            here.relay.lose_slots(lost_afterwards)
            await here.relay.build_block()
        async with here.daemon() as daemon:
            for _ in range(3):
                await here.slot(daemon)
            landed = [row for row in await here.purchases() if row["result"] == "landed"]
            assert [row["gain"] - row["predicted_gain"] for row in landed] == [0]
        assert set(sent(here).values()) == {1}
