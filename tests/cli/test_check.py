"""``keeper check``: what is wrong is found before money runs on it, and a dead part is a finding, never a crash."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from keeper import observe
from keeper.devnet.running import Running
from keeper.devnet.settings import free_port
from tests.support.command import Ran, keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


def findings(ran: Ran, verdict: str) -> dict[str, str]:
    return {row["subject"]: row["found"] for row in ran.json if row["verdict"] == verdict}


async def test_a_world_that_is_right_has_nothing_wrong_but_an_old_head(town: Running) -> None:
    ran = await keeper("check", "-c", town.files.config, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert findings(ran, "wrong") == {}
    well = findings(ran, "ok")
    for subject in (
        "configuration",
        "kill switch",
        "ledger",
        "orders of seaport",
        "key of operator 4",
        "key for relays",
        "relay relay-1",
        "code of executor",
        "adapter benddao-v1",
        f"gas of {town.world.keys.operator_addresses[0]}",
        "executor",
    ):
        assert subject in well
    assert town.world.keys.owner_address in well["executor"]
    assert "eth_simulateV1" in well["node devnet-http"]
    assert "s old by this clock" in findings(ran, "warning")["node devnet-ws"]


async def test_a_dead_relay_is_a_finding(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("chains/devnet.toml", town.relay.url, f"http://127.0.0.1:{free_port()}")
    ran = await keeper("check", "-c", config, "--json")
    assert ran.code == 1
    wrong = findings(ran, "wrong")
    assert list(wrong) == ["relay relay-1"]
    assert "does not answer" in wrong["relay relay-1"]
    assert ran.err.strip() == "1 wrong"


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_a_relay_that_turns_us_away_is_a_warning(spoilt: Callable[..., Path], town: Running, status: int) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>no</html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with observe.serving(app, "127.0.0.1", 0) as port:
        config = spoilt("chains/devnet.toml", town.relay.url, f"http://127.0.0.1:{port}/with/SECRET-KEY")
        ran = await keeper("check", "-c", config, "--json")
    assert ran.code == 0
    assert f"answers HTTP {status}" in findings(ran, "warning")["relay relay-1"]
    assert "SECRET-KEY" not in ran.out + ran.err


async def test_a_dead_node_is_a_finding_for_each_that_needs_it(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("chains/devnet.toml", town.world.anvil.url, f"http://127.0.0.1:{free_port()}")
    ran = await keeper("check", "-c", config, "--json")
    assert ran.code == 1
    wrong = findings(ran, "wrong")
    assert list(wrong) == ["node devnet-http", "chain"]
    assert all(said.startswith("RPC_CONNECTION: ") for said in wrong.values())


async def test_a_wrong_chain_is_a_finding(spoilt: Callable[..., Path]) -> None:
    ran = await keeper("check", "-c", spoilt("chains/devnet.toml", "31337", "31338"), "--json")
    assert ran.code == 1
    assert set(findings(ran, "wrong")) == {"node devnet-ws", "node devnet-http", "chain"}
    assert "RPC_WRONG_CHAIN" in findings(ran, "wrong")["chain"]


async def test_an_address_without_code_is_a_finding(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("chains/devnet.toml", town.world.lenders.morpho.address, "0x" + "12" * 20)
    wrong = findings(await keeper("check", "-c", config, "--json"), "wrong")
    assert list(wrong) == ["code of lender morpho"]


async def test_an_executor_that_is_none_is_a_finding(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("chains/devnet.toml", town.world.executor, town.world.para.pool.address)
    wrong = findings(await keeper("check", "-c", config, "--json"), "wrong")
    assert wrong == {"executor": "not an executor of this chain's WETH"}


async def test_an_operator_without_gas_that_the_executor_does_not_know_is_two_findings(
    spoilt: Callable[..., Path], town: Running, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger"
    stranger.touch(mode=0o600)
    stranger.write_text("77" * 32)
    config = spoilt("keeper.toml", str(town.files.config / "keys/operator-1"), str(stranger))
    ran = await keeper("check", "-c", config, "--json")
    wrong = findings(ran, "wrong")
    address = findings(ran, "ok")["key of operator 1"]
    assert wrong.keys() == {f"gas of {address}", "executor"}
    assert wrong["executor"].startswith(f"not its operators: {address};")


async def test_a_protocol_at_a_wrong_address_is_a_finding(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("protocols/benddao-v1.toml", town.world.bend.provider.address, town.world.weth.address)
    wrong = findings(await keeper("check", "-c", config, "--json"), "wrong")
    assert list(wrong) == ["adapter benddao-v1"]


async def test_a_key_that_is_not_there_and_one_that_others_can_read_are_findings(
    spoilt: Callable[..., Path], town: Running
) -> None:
    keys = town.files.config / "keys"
    config = spoilt("keeper.toml", str(keys / "operator-1"), "/nowhere/operator")
    copy = config / "keys/operator-2"
    spoilt("keeper.toml", str(keys / "operator-2"), str(copy))
    copy.chmod(0o644)
    ran = await keeper("check", "-c", config, "--json")
    assert ran.code == 1
    wrong = findings(ran, "wrong")
    assert list(wrong) == ["key of operator 1", "key of operator 2"]
    assert "/nowhere/operator" in wrong["key of operator 1"]
    assert "chmod 600" in wrong["key of operator 2"]


async def test_a_switch_that_is_on_is_a_warning_with_its_reason(spoilt: Callable[..., Path], town: Running) -> None:
    switch = town.files.root / "other-halt"
    switch.write_text("2026-01-01T00:00:00Z maintenance\n")
    config = spoilt("keeper.toml", str(town.files.kill_switch), str(switch))
    ran = await keeper("check", "-c", config, "--json")
    assert ran.code == 0
    assert findings(ran, "warning")["kill switch"] == "on: 2026-01-01T00:00:00Z maintenance"


async def test_its_table_says_the_same_to_people(town: Running) -> None:
    ran = await keeper("check", "-c", town.files.config)
    assert ran.code == 0
    assert f"owner {town.world.keys.owner_address}" in ran.out
    assert "key for relays" in ran.out
