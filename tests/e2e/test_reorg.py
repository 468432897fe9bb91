"""A block with a purchase of ours leaves the chain: what was booked for it is taken back."""

import asyncio
from pathlib import Path

from tests.support.keeper_world import keeper_world


async def test_a_purchase_in_a_block_that_left_the_chain_is_unbooked_and_made_again(tmp_path: Path) -> None:
    async with keeper_world(tmp_path) as here, here.daemon() as daemon:
        await here.until_it_pays(daemon)
        bought = await here.slot(daemon)
        assert len(bought.bundles) == 1
        await here.world.bench.node.call("anvil_setCoinbase", "0x" + "cc" * 20)
        await here.world.bench.node.call("anvil_reorg", 1, [])
        async with asyncio.timeout(10):
            while (await here.purchases())[0]["result"] == "landed":  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
        known = await here.explained()
        undone = [row for row in known.entries if row["block_hash"] == bought.header.hash]
        assert undone
        assert all(row["reverted"] for row in undone)
        for _ in range(3):
            await here.slot(daemon)
        landed = [row for row in await here.purchases() if row["result"] == "landed"]
        assert [row["gain"] - row["predicted_gain"] for row in landed] == [0]
        assert landed[0]["block_hash"] != bought.header.hash
