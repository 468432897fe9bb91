"""What eth_callBundle answers, to the field and the type."""

from typing import Any

import pytest

from keeper.devnet.anvil import Anvil
from keeper.devnet.relay import Relay
from keeper.domain.units import ETHER, GWEI, Address
from tests.conftest import COINBASE
from tests.support.bytecode import (
    BURNS_ALL_GAS,
    PAYS_COINBASE,
    RETURNS_TIME_NUMBER_COINBASE_PARENT,
    REVERTS_WITH_HELLO,
)
from tests.support.relay_client import RelayClient
from tests.support.wallets import Signed, wallet

SOMEBODY = Address("0x" + "ab" * 20)
CONTRACT = Address("0x" + "cd" * 20)


def request(*txs: Signed, block: int = 1, **more: Any) -> dict[str, Any]:
    return {"txs": [tx.hex for tx in txs], "blockNumber": hex(block), "stateBlockNumber": "latest", **more}


async def refusal(client: RelayClient, *txs: Signed, **more: Any) -> str:
    reply = await client.send("eth_callBundle", request(*txs, **more))
    assert reply.json["error"]["code"] == -32000
    return str(reply.json["error"]["message"])


async def test_the_documented_example_comes_out_to_the_wei(relay_client: RelayClient) -> None:
    alice, bob = wallet(0), wallet(1)
    txs = [who.sign(COINBASE, value=10**16, gas=21_000, tip=3) for who in (alice, bob)]
    result = await relay_client.call("eth_callBundle", request(*txs))
    each = {
        "coinbaseDiff": "10000000000063000",
        "gasFees": "63000",
        "ethSentToCoinbase": "10000000000000000",
        "gasPrice": "476190476193",
        "gasUsed": 21_000,
        "value": "0x",
    }
    bundle_hash = result.pop("bundleHash")
    results = result.pop("results")
    assert result == {
        "coinbaseDiff": "20000000000126000",
        "gasFees": "126000",
        "ethSentToCoinbase": "20000000000000000",
        "bundleGasPrice": "476190476193",
        "totalGasUsed": 42_000,
        "stateBlockNumber": 0,
    }
    assert len(bundle_hash) == 66
    for got, tx, who in zip(results, txs, (alice, bob), strict=True):
        assert got.pop("toAddress").lower() == COINBASE
        assert got == {
            **each,
            "txHash": tx.hash,
            "fromAddress": who.account.address,
        }


async def test_payments_from_a_contract_count_as_sent_to_the_coinbase(
    relay_chain: Anvil, relay_client: RelayClient
) -> None:
    await relay_chain.rpc("anvil_setCode", CONTRACT, PAYS_COINBASE)
    result = await relay_client.call("eth_callBundle", request(wallet(0).sign(CONTRACT, value=ETHER, tip=2)))
    assert result["ethSentToCoinbase"] == str(ETHER)
    assert result["gasFees"] == str(2 * result["totalGasUsed"])


async def test_a_revert_does_not_stop_the_rest(relay_chain: Anvil, relay_client: RelayClient) -> None:
    await relay_chain.rpc("anvil_setCode", CONTRACT, REVERTS_WITH_HELLO)
    alice = wallet(0)
    reverting, fine = alice.sign(CONTRACT), alice.sign(SOMEBODY)
    first, second = (await relay_client.call("eth_callBundle", request(reverting, fine)))["results"]
    assert (first["error"], first["revert"]) == ("execution reverted", "hello")
    assert "value" not in first
    assert second["value"] == "0x"
    assert "error" not in second


async def test_running_out_of_gas_is_told_apart_from_a_revert(relay_chain: Anvil, relay_client: RelayClient) -> None:
    await relay_chain.rpc("anvil_setCode", CONTRACT, BURNS_ALL_GAS)
    [result] = (await relay_client.call("eth_callBundle", request(wallet(0).sign(CONTRACT, gas=50_000))))["results"]
    assert (result["error"], result["gasUsed"]) == ("out of gas", 50_000)
    assert "revert" not in result


async def test_the_block_is_the_one_that_was_asked_for(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    await relay_chain.rpc("anvil_setCode", CONTRACT, RETURNS_TIME_NUMBER_COINBASE_PARENT)
    parent = (await relay.build_block()).header

    async def seen(**more: Any) -> list[int]:
        result = await relay_client.call("eth_callBundle", request(wallet(0).sign(CONTRACT, nonce=0), **more))
        words = result["results"][0]["value"][2:]
        return [int(words[place : place + 64], 16) for place in range(0, len(words), 64)]

    expected = [parent.timestamp + 12, 2, int(COINBASE, 16), int(parent.hash, 16)]
    assert await seen(block=2) == expected
    assert await seen(block=2, timestamp=0) == expected
    other = await seen(block=7, timestamp=2_000_000_000, coinbase=SOMEBODY)
    assert other[:3] == [2_000_000_000, 7, int(SOMEBODY, 16)]
    earlier = await relay_client.call(
        "eth_callBundle", {**request(wallet(0).sign(CONTRACT, nonce=0)), "stateBlockNumber": "0x0"}
    )
    assert earlier["stateBlockNumber"] == 0


async def test_the_next_base_fee_is_the_one_of_the_formula_unless_given(relay_client: RelayClient) -> None:
    tx = wallet(0).sign(SOMEBODY, max_fee=GWEI, tip=GWEI)
    by_formula = await relay_client.call("eth_callBundle", request(tx))
    assert by_formula["gasFees"] == str(21_000 * (GWEI - 875_000_000))
    given = await relay_client.call("eth_callBundle", request(tx, baseFee=GWEI - 5))
    assert given["gasFees"] == str(21_000 * 5)


async def test_what_cannot_be_in_a_block_is_refused_with_its_hash(relay_client: RelayClient) -> None:
    alice = wallet(0)
    gap = alice.sign(SOMEBODY, nonce=1000)
    expected = f"nonce too high: address {alice.account.address}, tx: 1000 state: 0"
    assert await refusal(relay_client, gap) == f"err: {expected}; txhash {gap.hash}"
    cheap = alice.sign(SOMEBODY, nonce=0, max_fee=5, tip=1)
    assert "maxFeePerGas: 5, baseFee: 875000000" in await refusal(relay_client, cheap)


async def test_a_creation_is_refused_since_the_node_cannot_simulate_one(relay_client: RelayClient) -> None:
    assert 'missing keys: ["to"]' in await refusal(relay_client, wallet(0).sign(None, data=b"\x00"))


async def test_a_sender_that_cannot_pay_is_found_where_it_stands(relay_chain: Anvil, relay_client: RelayClient) -> None:
    alice, poor = wallet(0), wallet(1)
    await relay_chain.rpc("anvil_setBalance", poor.address, "0x0")
    gift = alice.sign(poor.address, value=10**15)
    spend = poor.sign(SOMEBODY, value=7, gas=21_000, max_fee=100 * GWEI)
    want = 21_000 * 100 * GWEI + 7
    assert await refusal(relay_client, gift, spend) == (
        "err: insufficient funds for gas * price + value: "
        f"address {poor.account.address} have {10**15} want {want}; txhash {spend.hash}"
    )
    result = await relay_client.call("eth_callBundle", request(alice.sign(poor.address, value=want, nonce=0), spend))
    assert result["totalGasUsed"] == 42_000


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"txs": []}, "bundle missing txs"),
        ({"blockNumber": None}, "bundle missing blockNumber"),
        ({"stateBlockNumber": "0xffff"}, "header not found"),
    ],
)
async def test_missing_parts_are_named(relay_client: RelayClient, fields: dict[str, Any], message: str) -> None:
    reply = await relay_client.send("eth_callBundle", request(wallet(0).sign(SOMEBODY)) | fields)
    assert message in reply.json["error"]["message"]
