"""Reads against a real chain and against nodes that answer something else."""

from collections.abc import AsyncIterator

import orjson
import pytest
from aiohttp import web

from keeper.chain.codec import Function
from keeper.chain.http_client import HttpClient
from keeper.chain.interests import LogFilter
from keeper.chain.reader import Reader, UnknownBlock, is_revert
from keeper.chain.rpc import Endpoint, NodeUnavailable, RpcClient, RpcRefused
from keeper.chain.signer import LocalSigner, TransactionFields
from keeper.chain.ws_client import WsClient
from keeper.devnet.anvil import Anvil
from keeper.domain.blocks import LogInterest
from keeper.domain.calls import Answer, BalanceOf, Read, Reading, View, ViewFailed
from keeper.domain.units import Address, Hash32, Wei
from tests.support.bad_nodes import HttpNode
from tests.support.logging_chain import ALICE, LOGGER, OTHER, TOPIC, emit

KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
NUMBER = Address("0x" + "40" * 20)
REVERTER = Address("0x" + "41" * 20)
INVALID = Address("0x" + "42" * 20)
NOBODY = Address("0x" + "44" * 20)
UNKNOWN = Hash32("0x" + "33" * 32)


@pytest.fixture(params=["http", "ws"])
async def reader(request: pytest.FixtureRequest, chain: Anvil) -> AsyncIterator[Reader]:
    code = {
        NUMBER: "0x4360005260206000f3",  # returns block.number
        REVERTER: "0x63deadbeef6000526004601cfd",  # reverts with 0xdeadbeef
        INVALID: "0xfe",
    }
    for address, runtime in code.items():
        await chain.rpc("anvil_setCode", address, runtime)
    client: RpcClient = HttpClient(Endpoint(chain.url)) if request.param == "http" else WsClient(Endpoint(chain.ws_url))
    async with client:
        yield Reader(client)


async def test_many_reads_are_answered_in_order_and_reverts_stay_answers(reader: Reader, chain: Anvil) -> None:
    await chain.mine()
    head = await reader.block("latest")
    reads: list[Read] = [
        View(NUMBER, b""),
        View(REVERTER, b""),
        BalanceOf(ALICE),
        View(INVALID, b""),
        View(NOBODY, b""),
    ]
    answers = await reader.call_many(reads, head.hash)
    assert answers == [
        head.number.to_bytes(32),
        ViewFailed(bytes.fromhex("deadbeef")),
        (10_000 * 10**18).to_bytes(32),
        ViewFailed(b""),
        b"",
    ]
    assert await reader.call_many([], "latest") == []


async def test_reads_are_of_the_block_that_was_named(reader: Reader, chain: Anvil) -> None:
    await chain.mine(3)
    first = await reader.block(1)
    assert await reader.call_many([View(NUMBER, b"")], first.hash) == [(1).to_bytes(32)]
    assert await reader.call_many([View(NUMBER, b"")], 2) == [(2).to_bytes(32)]
    with pytest.raises(UnknownBlock):
        await reader.call_many([View(NUMBER, b"")], UNKNOWN)
    with pytest.raises(UnknownBlock):
        await reader.call_many([BalanceOf(ALICE)], UNKNOWN)


async def test_a_dialogue_is_driven_to_its_result(reader: Reader, chain: Anvil) -> None:
    await chain.mine()

    def dialogue() -> Reading[tuple[int, list[Answer]]]:
        (number,) = yield [View(NUMBER, b"")]
        assert isinstance(number, bytes)
        answers = yield [View(REVERTER, b"")] * int.from_bytes(number)
        return int.from_bytes(number), answers

    assert await reader.drive(dialogue(), "latest") == (1, [ViewFailed(bytes.fromhex("deadbeef"))])


async def test_unknown_blocks_are_errors_everywhere(reader: Reader) -> None:
    wanted = LogFilter([LogInterest(None, frozenset({TOPIC}))])
    with pytest.raises(UnknownBlock):
        await reader.block(99)
    with pytest.raises(UnknownBlock):
        await reader.block(UNKNOWN)
    with pytest.raises(UnknownBlock):
        await reader.logs_of(wanted, UNKNOWN)
    with pytest.raises(UnknownBlock):
        await reader.receipts(UNKNOWN)


async def test_logs_are_those_wanted_in_order(reader: Reader, chain: Anvil) -> None:
    await emit(chain)
    await emit(chain)
    head = await reader.block_number()
    of_logger = LogFilter([LogInterest(frozenset({LOGGER}), frozenset({TOPIC}))])
    of_anybody = LogFilter(
        [LogInterest(None, frozenset({OTHER, TOPIC})), LogInterest(frozenset({NOBODY}), frozenset({TOPIC}))]
    )
    assert [log.topics for log in await reader.logs(of_logger, 0, head)] == [(TOPIC,)] * 2
    both = await reader.logs(of_anybody, 0, head)
    assert [log.topics[0] for log in both] == [TOPIC, OTHER] * 2
    assert await reader.logs_of(of_anybody, both[0].block_hash) == both[:2]
    assert await reader.logs(LogFilter([]), 0, head) == ()
    assert await reader.logs(LogFilter([LogInterest(frozenset(), frozenset({TOPIC}))]), 0, head) == ()


async def test_accounts_code_chain_and_transactions(reader: Reader, chain: Anvil) -> None:
    assert await reader.chain_id() == 31337
    assert await reader.code(INVALID) == b"\xfe"
    assert await reader.code(NOBODY) == b""
    assert await reader.nonce(ALICE) == 0
    fields = TransactionFields(31337, 0, LOGGER, b"", Wei(0), 100_000, Wei(3 * 10**9), Wei(10**9))
    signed = await LocalSigner(KEY).sign_transaction(fields)
    assert await reader.receipt(signed.hash) is None
    assert await reader.send_raw(signed.raw) == signed.hash
    await chain.mine()
    receipt = await reader.receipt(signed.hash)
    assert receipt is not None
    assert (receipt.succeeded, receipt.sender, receipt.to, len(receipt.logs)) == (True, ALICE, LOGGER, 2)
    assert await reader.receipts(receipt.block_hash) == [receipt]
    assert await reader.nonce(ALICE) == 1
    spent = receipt.gas_used * receipt.effective_gas_price
    assert await reader.balance(ALICE, receipt.block_hash) == 10_000 * 10**18 - spent
    with pytest.raises(RpcRefused):
        await reader.send_raw(signed.raw[:-1])


async def test_a_simulated_call_tells_what_it_returned(reader: Reader) -> None:
    overrides = {"number": hex(77)}
    payload = {"blockStateCalls": [{"blockOverrides": overrides, "calls": [{"to": NUMBER}, {"to": REVERTER}]}]}
    (block,) = await reader.simulate(payload, "latest")
    good, bad = block["calls"]
    assert Function.parse("number() returns (uint256)").decode(bytes.fromhex(good["returnData"][2:])) == 77
    assert bad["status"] == "0x0"


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        {},
        {"number": "7", "hash": "0x1"},
        {"number": 1},
        "text",
    ],
)
async def test_a_malformed_answer_is_an_error_and_never_taken_for_an_empty_one(result: object) -> None:
    async def handle(request: web.Request) -> web.Response:
        asked = await request.json()
        many = asked if isinstance(asked, list) else [asked]
        replies = [{"id": item["id"], "result": result} for item in many]
        return web.Response(body=orjson.dumps(replies if isinstance(asked, list) else replies[0]))

    wanted = LogFilter([LogInterest(None, frozenset({TOPIC}))])
    async with HttpNode(handle) as node, HttpClient(Endpoint(node.url)) as client:
        reader = Reader(client)
        for read in (
            reader.block(1),
            reader.balance(ALICE),
            reader.code(ALICE),
            reader.call_many([View(NUMBER, b"")], 1),
            reader.call_many([BalanceOf(ALICE)], 1),
        ):
            with pytest.raises((NodeUnavailable, UnknownBlock)):
                await read
        if result != []:
            with pytest.raises((NodeUnavailable, UnknownBlock)):
                await reader.logs(wanted, 0, 1)


@pytest.mark.parametrize(
    ("code", "message", "data", "reverted"),
    [
        (3, "execution reverted", b"", True),
        (-32000, "execution reverted", b"", True),
        (-32015, "VM execution error.", b"", True),
        (-32000, "VM error", bytes(4), True),
        (-32000, "invalid opcode: INVALID", b"", True),
        (-32000, "header not found", b"", False),
        (-32601, "method not found", b"", False),
        (-32000, "internal error", b"", False),
    ],
)
def test_what_the_contract_refused_is_told_from_what_the_node_refused(
    code: int, message: str, data: bytes, reverted: bool
) -> None:
    assert is_revert(RpcRefused(message, code, data)) is reverted
