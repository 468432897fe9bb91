"""The daemon among relays and nodes that do not do as they should."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from keeper.devnet.relay import Behaviour, Dialect, Fault
from keeper.devnet.settings import free_port
from keeper.ledger import SubmissionState
from tests.support.keeper_world import keeper_world

RELAYS = {
    "403": (Behaviour(fault=Fault.FORBIDDEN), SubmissionState.REFUSED, "RELAY_FORBIDDEN"),
    "429": (Behaviour(fault=Fault.RATE_LIMITED), SubmissionState.REFUSED, "RELAY_RATE_LIMITED"),
    "html": (Behaviour(fault=Fault.HTML), SubmissionState.UNRESOLVED, "RELAY_SERVER_ERROR"),
    "reset": (Behaviour(fault=Fault.RESET), SubmissionState.UNRESOLVED, "RELAY_CONNECTION"),
    "nothing": (Behaviour(fault=Fault.HANG), SubmissionState.UNRESOLVED, "RELAY_TIMEOUT"),
    "error-null": (Behaviour(dialect=Dialect.TITAN), SubmissionState.ACCEPTED, "0x"),
}


@pytest.mark.parametrize("name", RELAYS)
async def test_a_bad_relay_beside_a_good_one_is_written_down_and_costs_nothing(tmp_path: Path, name: str) -> None:
    behaviour, state, words = RELAYS[name]
    async with (
        keeper_world(tmp_path, behind=[behaviour], settings={"relay_timeout": "1500 ms"}) as here,
        here.daemon() as daemon,
    ):
        await here.until_it_pays(daemon)
        bought = await here.slot(daemon)
        assert len(bought.bundles) == 1
        (purchase,) = await here.purchases()
        assert purchase["result"] == "landed"
        assert purchase["gain"] == purchase["predicted_gain"] > 0
        answers: dict[Any, Any] = {}
        for row in (await here.explained()).submissions:
            answers.setdefault(row["relay"], set()).add((row["state"], str(row["response"])[: len(words)]))
        assert answers["relay-1"] == {(state.value, words)}


async def test_without_any_relay_that_answers_nothing_is_sent_and_the_reason_is_kept(tmp_path: Path) -> None:
    async with keeper_world(tmp_path, settings={"relay_timeout": "1 s"}) as here, here.daemon() as daemon:
        await here.slot(daemon)
        here.relay.behaviour = Behaviour(fault=Fault.HTML)
        await here.price_falls(daemon)
        await here.slot(daemon)
        known = await here.explained()
        assert "SIMULATION_UNAVAILABLE" in {row["code"] for row in known.denials}
        assert not known.submissions


async def test_a_dead_node_at_the_start_ends_it_with_what_to_do(tmp_path: Path) -> None:
    nobody = free_port()
    urls = {"node_url": f"http://127.0.0.1:{nobody}", "ws_url": f"ws://127.0.0.1:{nobody}"}
    async with keeper_world(tmp_path, settings=urls) as here, here.daemon() as daemon:
        assert await daemon.wait() == 1
        assert "RPC_" in daemon.said()
        assert str(nobody) in daemon.said()


async def test_a_node_of_another_chain_ends_it_with_both_chain_ids(tmp_path: Path) -> None:
    async with keeper_world(tmp_path, settings={"chain_id": 1}) as here, here.daemon() as daemon:
        assert await daemon.wait() == 12
        assert tomllib.loads((here.files.config / "chains/devnet.toml").read_text())["chain_id"] == 1
        assert "31337" in daemon.said()
