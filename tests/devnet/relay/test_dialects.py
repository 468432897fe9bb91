"""The shapes of answers that clients meet in the wild, and the ways a server fails."""

import asyncio
import time
from typing import Any

import aiohttp
import orjson
import pytest

from keeper.devnet.relay import Behaviour, Dialect, Fate, Fault, Relay
from keeper.domain.units import Address
from tests.support.relay_client import RelayClient, Reply
from tests.support.wallets import wallet

SOMEBODY = Address("0x" + "ab" * 20)
UUID = "4cb2dd16-9f3c-4d24-a9e1-6a2d4c5a0e1f"


def bundle(**more: Any) -> dict[str, Any]:
    return {"txs": [wallet(0).sign(SOMEBODY, nonce=0).hex], "blockNumber": "0x1", **more}


async def unsigned(client: RelayClient) -> Reply:
    body = orjson.dumps({"jsonrpc": "2.0", "id": 7, "method": "eth_sendBundle", "params": [bundle()]})
    return await client.post(body, {})


async def test_flashbots_answers_in_json_rpc(relay_client: RelayClient) -> None:
    reply = await relay_client.send("eth_sendBundle", bundle())
    assert reply.json.keys() == {"jsonrpc", "id", "result"}
    assert reply.json["result"].keys() == {"bundleHash"}
    refused = await unsigned(relay_client)
    error = {"code": -32600, "message": "signature is required"}
    assert (refused.status, refused.json) == (200, {"jsonrpc": "2.0", "id": None, "error": error})


async def test_a_signature_over_another_body_is_refused(relay_client: RelayClient) -> None:
    body = orjson.dumps({"jsonrpc": "2.0", "id": 7, "method": "eth_sendBundle", "params": [bundle()]})
    header = {"X-Flashbots-Signature": relay_client.signer.relay_header(body)}
    reply = await relay_client.post(body + b" ", header)
    assert "signer address does not equal expected" in reply.json["error"]["message"]


async def test_titan_has_a_null_error_and_needs_no_signature(relay: Relay, relay_client: RelayClient) -> None:
    relay.behaviour = Behaviour(dialect=Dialect.TITAN)
    reply = await unsigned(relay_client)
    assert reply.json.keys() == {"result", "error", "id"}
    assert reply.json["error"] is None
    await relay_client.send("eth_sendBundle", bundle(replacementUuid="any text"))
    cancel = await relay_client.send("eth_cancelBundle", {"replacementUuid": "any text"})
    assert cancel.json == {"result": 200, "error": None, "id": 7}
    assert [outcome.fate for outcome in relay.outcomes] == [Fate.CANCELLED]
    missing = await relay_client.send("eth_callBundle", bundle())
    assert missing.json["error"]["code"] == -32601


async def test_buildernet_has_its_own_hashes_and_status_codes(relay: Relay, relay_client: RelayClient) -> None:
    relay.behaviour = Behaviour(dialect=Dialect.BUILDERNET)
    fields = bundle(replacementUuid=UUID, blockNumber="0x")
    first, second = [(await relay_client.send("eth_sendBundle", fields)).json["result"] for _ in range(2)]
    assert first["bundleHash"] != second["bundleHash"]
    assert abs(first["receivedTimestampMs"] / 1000 - time.time()) < 60
    expected = [
        (await unsigned(relay_client), 400, -32603, "Invalid signature"),
        (await relay_client.send("eth_cancelBundle", {"replacementUuid": UUID}), 404, -32601, "Method not found"),
        (await relay_client.send("eth_sendBundle", bundle(txs=["0x02"])), 400, -32602, "Invalid params"),
    ]
    for reply, status, code, text in expected:
        assert (reply.status, reply.json["error"]["code"]) == (status, code)
        assert reply.json["error"]["message"].startswith(text)
    await relay_client.call("eth_sendBundle", {"txs": [], "replacementUuid": UUID})
    assert (await relay.build_block()).bundles == ()


async def test_the_relay_of_2021_has_errors_without_codes(relay: Relay, relay_client: RelayClient) -> None:
    relay.behaviour = Behaviour(dialect=Dialect.LEGACY)
    refused = await unsigned(relay_client)
    error = {"error": {"message": "missing X-Flashbots-Signature header"}}
    assert (refused.status, refused.json) == (403, error)
    undecodable = await relay_client.send("eth_sendBundle", bundle(txs=["0x02"]))
    assert (undecodable.status, undecodable.json) == (400, {"error": {"message": "unable to decode txs"}})
    little = await relay_client.send("eth_callBundle", bundle())
    text = "bundle used too little gas, must use at least 42000"
    assert (little.status, little.json["error"]["message"]) == (400, text)


async def test_a_bare_builder_says_null_whatever_happens(relay: Relay, relay_client: RelayClient) -> None:
    relay.behaviour = Behaviour(dialect=Dialect.NULL)
    for fields in (bundle(), bundle(txs=["0x02"])):
        reply = await relay_client.send("eth_sendBundle", fields)
        assert reply.json == {"jsonrpc": "2.0", "id": 7, "result": None}
    assert len((await relay.build_block()).bundles) == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"txs": []}, "bundle missing txs"),
        ({"txs": None}, "bundle missing txs"),
        ({"txs": ["0x02"]}, "unable to decode txs"),
        ({"txs": ["02"]}, "unable to decode txs"),
        ({"txs": [5]}, "unable to decode txs"),
        ({"txs": ["0x02"] * 101}, "bundle has 101 txs, at most 100 are allowed"),
        ({"txs": ["0x" + "02" * 300_001]}, "bundle exceeds 300000 bytes"),
        ({"blockNumber": None}, "missing block param"),
        ({"blockNumber": 1}, "block param must be a hex int"),
        ({"blockNumber": "0x0"}, "block param must be a hex int"),
        ({"blockNumber": "0x"}, "block param must be a hex int"),
        ({"blockNumber": "latest"}, "block param must be a hex int"),
        ({"minTimestamp": "5"}, "minTimestamp must be an int"),
        ({"maxTimestamp": True}, "maxTimestamp must be an int"),
        ({"maxTimestamp": -1}, "maxTimestamp must be an int"),
        ({"revertingTxHashes": ["0x12"]}, "revertingTxHashes must be an array of hashes"),
        ({"revertingTxHashes": 5}, "revertingTxHashes must be an array of hashes"),
        ({"replacementUuid": "mine"}, "replacementUuid must be a UUID"),
        ({"replacementUuid": 5}, "replacementUuid must be a UUID"),
    ],
)
async def test_a_malformed_bundle_is_told_what_is_wrong(
    relay_client: RelayClient, fields: dict[str, Any], text: str
) -> None:
    reply = await relay_client.send("eth_sendBundle", bundle(**fields))
    assert reply.json["error"] == {"code": -32602, "message": text}


@pytest.mark.parametrize("fields", [{"revertingTxHashes": None, "replacementUuid": None, "minTimestamp": 0}])
async def test_fields_that_clients_send_empty_are_taken_as_absent(
    relay_client: RelayClient, fields: dict[str, Any]
) -> None:
    assert await relay_client.call("eth_sendBundle", bundle(**fields))


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b"{", -32700, "invalid json body"),
        (b"[]", -32600, "missing method"),
        (b'{"method":"eth_sendBundle"}', -32600, "missing params"),
        (b'{"method":"eth_sendBundle","params":[]}', -32602, "missing params"),
        (b'{"method":"eth_sendBundle","params":["0x"]}', -32602, "missing params"),
        (b'{"method":"eth_mine","params":[]}', -32601, "you provided: eth_mine"),
    ],
)
async def test_a_malformed_request_is_told_what_is_wrong(
    relay_client: RelayClient, body: bytes, code: int, text: str
) -> None:
    header = {"X-Flashbots-Signature": relay_client.signer.relay_header(body)}
    error = (await relay_client.post(body, header)).json["error"]
    assert error["code"] == code
    assert text in error["message"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"maxBlockNumber": "12"}, "MaxBlockNumber must be a valid hexadecimal string"),
        ({"tx": wallet(0).sign(SOMEBODY, tip=0).hex}, "transaction underpriced: gas tip cap 0, minimum needed 1"),
        ({"tx": None}, "unable to decode txs"),
    ],
)
async def test_a_malformed_private_transaction_is_told_what_is_wrong(
    relay_client: RelayClient, fields: dict[str, Any], text: str
) -> None:
    reply = await relay_client.send("eth_sendPrivateTransaction", {"tx": wallet(0).sign(SOMEBODY).hex} | fields)
    assert reply.json["error"]["message"] == text


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [(Fault.FORBIDDEN, 403, "Forbidden"), (Fault.RATE_LIMITED, 429, "Too Many"), (Fault.HTML, 502, "<html>")],
)
async def test_a_server_may_refuse_without_json(
    relay: Relay, relay_client: RelayClient, fault: Fault, status: int, text: str
) -> None:
    relay.behaviour = Behaviour(fault=fault, retry_after_seconds=3)
    reply = await relay_client.send("eth_sendBundle", bundle())
    assert reply.status == status
    assert text in reply.text
    assert reply.headers.get("Retry-After") == ("3" if fault is Fault.RATE_LIMITED else None)
    relay.behaviour = Behaviour()
    assert (await relay.build_block()).bundles == ()


async def test_a_connection_may_be_reset(relay: Relay, relay_client: RelayClient) -> None:
    relay.behaviour = Behaviour(fault=Fault.RESET)
    with pytest.raises((ConnectionResetError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await relay_client.send("eth_sendBundle", bundle())
    assert (await relay.build_block()).bundles == ()


@pytest.mark.parametrize(("fault", "landed"), [(Fault.HANG, 0), (Fault.ACCEPT_THEN_HANG, 1)])
async def test_no_answer_says_nothing_about_acceptance(
    relay: Relay, relay_client: RelayClient, fault: Fault, landed: int
) -> None:
    relay.behaviour = Behaviour(fault=fault)
    with pytest.raises(TimeoutError):
        await relay_client.send("eth_sendBundle", bundle(), seconds=1)
    assert len((await relay.build_block()).bundles) == landed


async def test_a_slow_server_answers_late(relay: Relay, relay_client: RelayClient) -> None:
    relay.behaviour = Behaviour(latency_seconds=0.2)
    started = time.monotonic()
    await relay_client.call("eth_sendBundle", bundle())
    assert time.monotonic() - started > 0.2


async def test_a_hanging_server_stops_at_once(relay: Relay, relay_client: RelayClient) -> None:
    relay.behaviour = Behaviour(fault=Fault.HANG)

    async def stop() -> None:
        await asyncio.sleep(0.05)
        await relay.__aexit__(None, None, None)

    started = time.monotonic()
    unanswered = relay_client.send("eth_sendBundle", bundle())
    answer, _ = await asyncio.gather(unanswered, stop(), return_exceptions=True)
    assert isinstance(answer, aiohttp.ServerDisconnectedError)
    assert time.monotonic() - started < 2
