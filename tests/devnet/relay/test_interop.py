"""The clients that searchers really use, unmodified, against the relay."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from flashbots import flashbot
from web3 import HTTPProvider, Web3

from keeper.devnet.anvil import Anvil, node_modules
from keeper.devnet.relay import Fate, Relay
from keeper.domain.units import GWEI, Address
from tests.conftest import COINBASE
from tests.support.wallets import Wallet, wallet

SOMEBODY = Address("0x" + "ab" * 20)
UUID = "4cb2dd16-9f3c-4d24-a9e1-6a2d4c5a0e1f"


@pytest.fixture
async def ticking_relay(relay_chain: Anvil) -> AsyncIterator[Relay]:
    """A relay that builds five blocks a second, since these clients wait by polling."""
    async with Relay(relay_chain.url, coinbase=COINBASE, interval_seconds=0.2) as relay:
        yield relay


@pytest.fixture
def client(relay: Relay, relay_chain: Anvil) -> Any:
    """A web3 with the flashbots package attached, signing as the fifth account."""
    web3: Any = Web3(HTTPProvider(relay_chain.url))
    flashbot(web3, wallet(4).account, relay.url)
    return web3.flashbots


def transfer(sender: Wallet, nonce: int) -> dict[str, Any]:
    fields = {
        "type": 2,
        "chainId": 31337,
        "to": sender.account.address,
        "value": 1,
        "gas": 21_000,
        "maxFeePerGas": 10 * GWEI,
        "maxPriorityFeePerGas": GWEI,
        "nonce": nonce,
    }
    return {"signer": sender.account, "transaction": fields}


async def off_the_loop(call: Callable[..., Any], *arguments: Any) -> Any:
    """The package is synchronous throughout."""
    return await asyncio.to_thread(call, *arguments)


async def test_the_python_package_sends_a_bundle_and_gets_its_receipts(client: Any, relay: Relay) -> None:
    bundle = [transfer(wallet(0), 0), {"signed_transaction": wallet(0).sign(SOMEBODY, nonce=1).raw}]
    response = await off_the_loop(client.send_bundle, bundle, 1)
    block = await relay.build_block()
    receipts = await off_the_loop(response.receipts)
    assert [receipt["status"] for receipt in receipts] == [1, 1]
    assert [receipt["transactionHash"].hex() for receipt in receipts] == list(block.tx_hashes)
    assert response.bundle_hash().hex() == block.bundles[0].hash


async def test_the_python_package_sends_a_raw_bundle_and_reads_its_hash(client: Any, relay: Relay) -> None:
    raw = [wallet(0).sign(SOMEBODY, nonce=0).raw]
    result = await off_the_loop(client.send_raw_bundle, raw, 1, {"maxTimestamp": 1_700_000_011})
    await relay.build_block()
    [outcome] = relay.outcomes
    assert result["bundleHash"] == outcome.bundle.hash
    assert outcome.fate is Fate.TIMESTAMP


async def test_the_python_package_simulates_the_next_block(client: Any) -> None:
    result = await off_the_loop(client.simulate, [transfer(wallet(0), 0), transfer(wallet(0), 1)], 1)
    assert result["totalGasUsed"] == 42_000
    assert result["coinbaseDiff"] == str(42_000 * GWEI)
    assert [each["gasUsed"] for each in result["results"]] == [21_000, 21_000]


async def test_the_python_package_cancels(client: Any, relay: Relay) -> None:
    options = {"replacementUuid": UUID}
    response = await off_the_loop(client.send_bundle, [transfer(wallet(0), 0)], 1, options)
    cancelled = await off_the_loop(client.cancel_bundles, UUID)
    assert cancelled == {"bundleHashes": [response.bundle_hash().hex()]}
    assert (await relay.build_block()).tx_hashes == ()


async def test_the_python_package_sends_a_private_transaction(client: Any, relay: Relay) -> None:
    response = await off_the_loop(client.send_private_transaction, transfer(wallet(0), 0), 20)
    await relay.build_block()
    receipt = await off_the_loop(response.receipt)
    assert receipt["blockNumber"] == 1
    again = await off_the_loop(client.send_private_transaction, transfer(wallet(0), 1), 20)
    assert await off_the_loop(client.cancel_private_transaction, again.tx["hash"].hex()) is True


async def test_the_npm_client_simulates_sends_waits_and_cancels(ticking_relay: Relay, relay_chain: Anvil) -> None:
    beside_python = Path(sys.executable).with_name("node")
    program = str(beside_python) if beside_python.exists() else shutil.which("node")
    assert program, "the interop test needs Node, which the make targets install"
    process = await asyncio.create_subprocess_exec(
        program,
        str(Path(__file__).with_name("interop.js")),
        relay_chain.url,
        ticking_relay.url,
        wallet(0).key,
        wallet(4).key,
        stdout=asyncio.subprocess.PIPE,
        env={"NODE_PATH": str(node_modules())},
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    steps = {step.pop("step"): step for step in map(json.loads, output.splitlines())}

    simulated = steps["simulate"]
    assert simulated["coinbaseDiff"] == str(42_000 * GWEI)
    assert simulated["ethSentToCoinbase"] == "0"
    assert simulated["bundleGasPrice"] == str(GWEI)
    assert simulated["totalGasUsed"] == 42_000
    assert "firstRevert" not in simulated
    assert "nonce too high" in steps["simulate gap"]["error"]["message"]
    assert steps["cancel"]["bundleHashes"] == [steps["cancel"]["sent"]]
    passed_without_inclusion, included = 1, 0
    assert steps["cancelled"]["resolution"] == passed_without_inclusion
    assert steps["send"]["bundleHash"] == steps["send"]["local"]
    assert steps["wait"]["resolution"] == included
    assert steps["receipts"]["statuses"] == [1, 1]
    assert steps["private"]["resolution"] == included
    assert steps["refused"]["message"] == "unable to decode txs"
