"""``keeper run``: it ends when it is told to, cleanly and soon; and says why where it ends by itself."""

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from keeper.devnet.running import Running
from keeper.ledger import Ledger, Listing
from tests.support.command import environment, keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


@asynccontextmanager
async def daemon(config: Path) -> AsyncIterator[Process]:
    """As strict as Python can be: debug mode, and every warning an error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "keeper", "run", "-c", str(config)),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=environment(PYTHONASYNCIODEBUG="1"),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def works(process: Process, port: int) -> None:
    """Until it has evaluated a block."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(f"http://127.0.0.1:{port}/livez") as answer:
                    if (await answer.json())["block"] is not None:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
    _, err = await process.communicate()
    raise AssertionError(err.decode())


def events(err: bytes) -> list[dict[str, object]]:
    """What it logged; every line has to be one event, so that no library has complained."""
    return [json.loads(line) for line in err.decode().splitlines()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly_within_two_seconds(town: Running, number: signal.Signals) -> None:
    async with daemon(town.files.config) as process:
        await works(process, town.daemon.http_port)
        started = time.perf_counter()
        process.send_signal(number)
        out, err = await asyncio.wait_for(process.communicate(), 10)
        assert time.perf_counter() - started < 2
    assert process.returncode == 0
    assert out == b""
    said = events(err)
    assert [event["event"] for event in said if event["event"] in {"keeper_started", "keeper_stopped"}] == [
        "keeper_started",
        "keeper_stopped",
    ]
    assert said[-1]["reason"] == "asked to"
    async with Ledger.open(town.files.ledger_url, writer=False) as ledger:
        (last,) = await ledger.listing(Listing.RUNS, 1)
    assert last["ended_at"] is not None


async def test_a_signal_while_it_starts_ends_it_too(town: Running) -> None:
    async with daemon(town.files.config) as process:
        async with asyncio.timeout(20), aiohttp.ClientSession() as session:
            while True:
                try:
                    await session.get(f"http://127.0.0.1:{town.daemon.http_port}/livez")
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.005)
        process.terminate()
        _, err = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
    events(err)


async def test_sigusr1_halts_it_and_resume_sets_it_going_again(town: Running) -> None:
    async with daemon(town.files.config) as process:
        await works(process, town.daemon.http_port)
        process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(5):
            while not town.files.kill_switch.exists():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.01)
        ran = await keeper("check", "-c", town.files.config, "--json")
        (switch,) = [row for row in ran.json if row["subject"] == "kill switch"]
        assert switch["verdict"] == "warning"
        assert switch["found"].endswith(" signal")
        assert process.returncode is None
        assert (await keeper("halt", "--resume", "-c", town.files.config)).code == 0
        process.terminate()
        _, err = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
    assert ("trading_state_changed", "halted") in {(event["event"], event.get("state")) for event in events(err)}


async def test_a_second_one_on_the_same_ledger_is_refused(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("keeper.toml", f"port = {town.daemon.http_port}", "port = 0")
    async with daemon(town.files.config) as first:
        await works(first, town.daemon.http_port)
        second = await keeper("run", "-c", config)
        assert second.code == 10
        assert second.err.splitlines()[-2].startswith("LEDGER_IN_USE ")
        first.terminate()
        await first.communicate()
    assert first.returncode == 0


async def test_an_error_out_of_the_depth_of_its_tasks_is_told_as_any_other(town: Running) -> None:
    node = town.world.bench.node
    before = await node.call("evm_snapshot")
    await town.world.anvil.mine(60)
    async with daemon(town.files.config) as process:
        await works_after_a_block(process, town)
        await node.call("anvil_reorg", 40, [])
        await town.world.anvil.mine(2)
        _, err = await asyncio.wait_for(process.communicate(), 30)
    await node.call("evm_revert", before)
    assert process.returncode == 10
    *logged, message, remedy = err.decode().splitlines()
    stopped = json.loads(logged[-1])
    assert stopped["event"] == "keeper_stopped"
    assert message.startswith(f"{stopped['reason']} ")
    assert remedy.startswith("  → ")
    assert "Traceback" not in err.decode()


async def works_after_a_block(process: Process, town: Running) -> None:
    await town.world.anvil.mine(1)
    await works(process, town.daemon.http_port)
