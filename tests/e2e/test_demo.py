"""``keeper demo`` and ``keeper devnet`` as somebody types them."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

CODES = (
    "EXIT_BELOW_COST",
    "EXIT_MAKER_UNFUNDED",
    "EXIT_POOL_SHORT",
    "FUNDING_ASSET_UNSUPPORTED",
    "RISK_LIMIT_TRANSACTION",
    "SIMULATION_REVERTED",
)


@asynccontextmanager
async def keeper(folder: Path, *arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "keeper", *arguments), cwd=folder, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read_until(process: Process, words: str) -> str:
    """Everything that it says up to a line with these words."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(60):
        while words not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
    return said


async def answers(url: str) -> bool:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}) as answer:
                return answer.status < 500
        except aiohttp.ClientError:
            return False


def pids(folder: Path) -> list[int]:
    """Processes that were started with a path below ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{folder}/".encode() in line:
            found.append(int(process.name))
    return found


@pytest.mark.slow
async def test_the_demo_tells_the_whole_story_and_leaves_nothing_behind(tmp_path: Path) -> None:
    picture = tmp_path / "pictures" / "demo.svg"
    async with keeper(tmp_path, "demo", "--picture", str(picture)) as process:
        said, _ = await asyncio.wait_for(process.communicate(), 120)
        text = said.decode()
        assert process.returncode == 0, text
    assert "not as expected" not in text
    assert all(code in text for code in CODES)
    assert text.count(" 0 wei ") == 6
    assert "still bound 0.000000 ETH" in text
    assert picture.read_text().startswith("<svg")
    assert pids(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_kept_up_it_can_be_looked_at_until_it_is_ended(tmp_path: Path, ending: signal.Signals) -> None:
    async with keeper(tmp_path, "demo", "--keep") as process:
        said = await read_until(process, "Ctrl-C ends it")
        node, relay, port = re.findall(r"http://127\.0\.0\.1:\d+", said)[:3]
        config = tmp_path / "build/devnet/demo/config"
        async with keeper(tmp_path, "positions", "--config", str(config), "--json") as looking:
            listed, _ = await asyncio.wait_for(looking.communicate(), 60)
        assert len(json.loads(listed)) > 4
        for url in (node, relay, port):
            assert await answers(url)
        process.send_signal(ending)
        await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == (0 if ending is signal.SIGINT else -ending)
    async with asyncio.timeout(10):
        while pids(tmp_path) or await answers(node):  # noqa: ASYNC110 - other processes end
            await asyncio.sleep(0.1)


async def test_a_keeper_of_ones_own_runs_against_the_devnet(tmp_path: Path) -> None:
    async with keeper(tmp_path, "devnet", "--interval", "0.2") as chain:
        said = await read_until(chain, "Ctrl-C ends")
        config = tmp_path / "build/devnet/local/config"
        async with keeper(tmp_path, "run", "--config", str(config)) as running:
            await read_until(running, "keeper_started")
            port = re.findall(r"http://127\.0\.0\.1:\d+", said)[2]
            async with asyncio.timeout(20), aiohttp.ClientSession() as session:
                while (await (await session.get(f"{port}/livez")).json())["block"] is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            running.terminate()
            await running.communicate()
            assert running.returncode == 0
        chain.send_signal(signal.SIGINT)
        await chain.communicate()
        assert chain.returncode == 0


async def test_a_keeper_that_dies_in_the_middle_ends_the_demo_with_what_it_said(tmp_path: Path) -> None:
    async with keeper(tmp_path, "demo") as process:
        await read_until(process, "the keeper is watching")
        for pid in pids(tmp_path):
            os.kill(pid, signal.SIGKILL)
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 10
        assert "DEVNET_KEEPER_FAILED" in said.decode()
        assert "exit code -9" in said.decode()
    assert pids(tmp_path) == []
