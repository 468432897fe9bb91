"""``keeper protocols``, ``venues``, ``strategies``: what is installed, what it can do, how it is configured."""

from collections.abc import Callable
from pathlib import Path

import pytest

from keeper.devnet.running import Running
from tests.support.command import keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]
SHIPPED = Path(__file__).parents[2] / "config"


async def test_protocols_are_listed_with_their_deployments_and_settings(town: Running) -> None:
    ran = await keeper("protocols", "-c", town.files.config, "--json")
    assert (ran.code, ran.err) == (0, "")
    bend, para = ran.json
    assert (bend["adapter"], bend["deployment"], bend["enabled"]) == ("benddao_v1", "benddao-v1", True)
    assert bend["settings"]["addresses_provider"] == town.world.bend.provider.address
    assert "auction" in bend["ways"]
    assert para["settings"]["floor_oracle"] == town.world.para.floor.address


async def test_venues_are_listed_with_their_deployments(town: Running) -> None:
    rows = (await keeper("venues", "-c", town.files.config, "--json")).json
    assert {row["adapter"]: row["deployment"] for row in rows} == {"seaport": "seaport", "sudoswap_v2": "sudoswap-v2"}


async def test_strategies_show_what_each_may_do(town: Running) -> None:
    (row,) = (await keeper("strategies", "-c", town.files.config, "--json")).json
    assert row["settings"]["appetite"]["min_profit"] == "0.05 ETH"
    ran = await keeper("strategies", "-c", town.files.config)
    assert "protocols.benddao_v1.ways = auction" in ran.out


async def test_an_adapter_that_nobody_uses_is_listed_all_the_same(spoilt: Callable[..., Path]) -> None:
    config = spoilt("venues/seaport.toml", 'adapter = "seaport"', 'adapter = "seaport"\nenabled = false')
    rows = (await keeper("venues", "-c", config, "--json")).json
    assert [row["enabled"] for row in rows if row["adapter"] == "seaport"] == [False]
    (config / "venues/seaport.toml").unlink()
    rows = (await keeper("venues", "-c", config, "--json")).json
    assert [row["deployment"] for row in rows if row["adapter"] == "seaport"] == [None]


@pytest.mark.parametrize("command", ["protocols", "venues", "strategies"])
async def test_the_shipped_configuration_can_be_listed(command: str) -> None:
    ran = await keeper(command, "-c", SHIPPED)
    assert (ran.code, ran.err) == (0, "")
    assert "yes" in ran.out
