"""The daemon as a process, against the local chain and its relay: from an oracle update to money."""

from pathlib import Path

from tests.support.keeper_world import keeper_world


async def test_an_oracle_update_becomes_a_liquidation_with_the_predicted_profit(tmp_path: Path) -> None:
    async with keeper_world(tmp_path) as here, here.daemon() as daemon:
        await here.slot(daemon)
        before = await here.money()
        update = await here.price_falls(daemon)
        started = await here.slot(daemon)
        assert len(started.bundles) == 1
        await here.time_passes(daemon)
        bought = await here.slot(daemon)
        assert len(bought.bundles) == 1
        (purchase,) = await here.purchases()
        known = await here.explained()
        assert min(row["created_block"] for row in known.intents) == update.header.number + 1
        assert purchase["result"] == "landed"
        assert purchase["block_number"] == bought.header.number
        assert purchase["gain"] == purchase["predicted_gain"] > 0
        flat_tip = sum(row["tip"] for row in known.outcomes if row["plan_id"] != purchase["plan_id"])
        assert await here.money() - before == purchase["gain"] - purchase["tip"] - flat_tip
        assert await daemon.stop() == 0


async def test_dry_run_decides_and_sends_nothing(tmp_path: Path) -> None:
    async with keeper_world(tmp_path, settings={"mode": "dry-run"}) as here, here.daemon() as daemon:
        await here.slot(daemon)
        await here.price_falls(daemon)
        for _ in range(3):
            assert not (await here.slot(daemon)).bundles
        known = await here.explained()
        assert here.relay.outcomes == []
        assert not known.submissions
        assert {row["code"] for row in known.denials} == {"RISK_MODE"}
