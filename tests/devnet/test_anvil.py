"""The local chain's process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from keeper.devnet.anvil import Anvil, AnvilOptions, AnvilProcess
from keeper.devnet.node import NodeRefused, NodeRpc, NodeUnreachable
from keeper.domain.errors import StopProcess
from keeper.domain.units import ETHER, Address, Wei

SOMEBODY = Address("0x" + "ab" * 20)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_starts_with_what_was_asked_for_and_ends_with_its_context() -> None:
    options = AnvilOptions(chain_id=1, timestamp=1_700_000_000, mining=False, gas_limit=60_000_000)
    async with Anvil(options) as chain:
        pid = chain.pid
        genesis = await chain.rpc("eth_getBlockByNumber", "latest", False)
        assert await chain.rpc("eth_chainId") == "0x1"
        assert int(genesis["timestamp"], 16) == 1_700_000_000
        assert int(genesis["gasLimit"], 16) == 60_000_000
        assert is_alive(pid)
    assert not is_alive(pid)


async def test_mines_at_the_time_that_was_set_and_undoes_it() -> None:
    async with Anvil(AnvilOptions(timestamp=1000)) as chain:
        before = await chain.snapshot()
        assert await chain.mine(at=5000) == 1
        await chain.set_balance(SOMEBODY, Wei(3 * ETHER))
        block, balance = await chain.batch(
            [("eth_getBlockByNumber", ["latest", False]), ("eth_getBalance", [SOMEBODY, "latest"])]
        )
        assert int(block["timestamp"], 16) == 5000
        assert int(balance, 16) == 3 * ETHER
        assert await chain.block_hash(1) == block["hash"]
        await chain.revert(before)
        assert await chain.rpc("eth_blockNumber") == "0x0"
        with pytest.raises(StopProcess, match="DEVNET_SNAPSHOT_UNKNOWN"):
            await chain.revert(before)
        assert await chain.mine(3) == 3


async def test_state_survives_from_one_process_to_the_next(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    async with Anvil(AnvilOptions(dump_state=state)) as chain:
        await chain.set_balance(SOMEBODY, Wei(7))
        await chain.mine(2)
        head = await chain.block_hash(2)
    async with Anvil(AnvilOptions(load_state=state)) as chain:
        assert int(await chain.rpc("eth_getBalance", SOMEBODY, "latest"), 16) == 7
        assert await chain.block_hash(2) == head


async def test_an_error_of_the_node_carries_its_code_message_and_data() -> None:
    async with Anvil() as chain:
        with pytest.raises(
            NodeRefused, match=r"DEVNET_NODE_REFUSED: eth_nothing: Method not found \(-32601\)"
        ) as caught:
            await chain.rpc("eth_nothing")
        assert caught.value.rpc_code == -32601
        await chain.rpc("anvil_setCode", SOMEBODY, "0x60ff60005260206000fd")
        with pytest.raises(NodeRefused) as caught:
            await chain.rpc("eth_call", {"to": SOMEBODY}, "latest")
        assert caught.value.data == "0x" + "ff".rjust(64, "0")
    with pytest.raises(StopProcess, match="DEVNET_ANVIL_STOPPED"):
        await chain.rpc("eth_chainId")
    async with NodeRpc(chain.url) as client:
        with pytest.raises(NodeUnreachable, match="DEVNET_NODE_UNREACHABLE"):
            await client.call("eth_chainId")


async def test_a_port_that_is_taken_is_refused() -> None:
    async with Anvil() as chain:
        taken = int(chain.url.rsplit(":", 1)[1])
        with pytest.raises(StopProcess, match=r"Address already in use.*is port \d+ taken"):
            await Anvil(AnvilOptions(port=taken)).__aenter__()
        assert await chain.rpc("eth_chainId") == hex(31337)


async def test_logs_to_a_file_on_request(tmp_path: Path) -> None:
    log = tmp_path / "anvil.log"
    async with Anvil(AnvilOptions(log=log)) as chain:
        await chain.rpc("eth_gasPrice")
    assert "eth_gasPrice" in log.read_text()


async def test_serves_from_a_process_started_without_an_event_loop() -> None:
    with AnvilProcess() as process:
        async with aiohttp.ClientSession() as session, session.ws_connect(process.ws_url) as socket:
            await socket.send_json({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})
            assert (await socket.receive_json())["result"] == hex(31337)
    assert process.pid == 0


def test_does_not_outlive_a_parent_that_is_killed() -> None:
    program = (
        "import time; from keeper.devnet.anvil import AnvilProcess\n"
        "with AnvilProcess() as process: print(process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)
