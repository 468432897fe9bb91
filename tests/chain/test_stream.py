"""The block stream against a real chain, real reorgs, and lines that break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from keeper.chain.backfill import recent_history
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint, RpcClient
from keeper.chain.stream import BlockStream, StreamOptions
from keeper.chain.ws_client import Backoff, WsClient
from keeper.devnet.anvil import Anvil
from keeper.domain.blocks import Block, Committed, LogInterest, PendingTransaction, Reverted
from keeper.domain.errors import KeeperError, StopProcess
from keeper.domain.units import Hash32
from tests.support.bad_nodes import HttpNode, Proxy
from tests.support.logging_chain import ALICE, LOGGER, OTHER, TOPIC, emit, reorg

ALL = [LogInterest(frozenset({LOGGER}), frozenset({TOPIC, OTHER}))]
FAST = StreamOptions(poll_seconds=0.02, tick_seconds=0.02, quiet_seconds=1.0)


class Follower:
    """Applies a stream's events as a book would, and checks that each fits on the one before."""

    def __init__(self, stream: BlockStream) -> None:
        self.stream = stream
        assert stream.tip is not None
        self.base = stream.tip.hash
        self.blocks: list[Block] = []
        self.reverted = 0
        self.pending: list[PendingTransaction] = []
        self._events = stream.events()

    @property
    def tip(self) -> Hash32:
        return self.blocks[-1].header.hash if self.blocks else self.base

    async def step(self) -> None:
        event = await anext(self._events)
        if isinstance(event, Committed):
            assert event.block.header.parent_hash == self.tip
            self.blocks.append(event.block)
        elif isinstance(event, Reverted):
            for header in event.headers:
                assert self.blocks.pop().header == header
                self.reverted += 1
        else:
            self.pending.append(event)

    async def reach(self, chain: Anvil) -> None:
        """Follow until the node's head is applied, and compare every block and log with the node's."""
        head = int(await chain.rpc("eth_blockNumber"), 16)
        wanted = await chain.block_hash(head)
        async with asyncio.timeout(20):
            while self.tip != wanted:
                await self.step()
        for block in self.blocks:
            number = block.header.number
            assert block.header.hash == await chain.block_hash(number)
            logs = await chain.rpc("eth_getLogs", {"fromBlock": hex(number), "toBlock": hex(number)})
            assert [log["topics"][0] for log in logs] == [log.topics[0] for log in block.logs]


@asynccontextmanager
async def following(
    url: str, *, subscribing: bool = True, options: StreamOptions = FAST, observer: "Told | None" = None
) -> AsyncIterator[Follower]:
    endpoint = Endpoint(url, timeout_seconds=2)
    client: RpcClient = WsClient(endpoint, backoff=Backoff(0.01, 0.05)) if subscribing else HttpClient(endpoint)
    async with client:
        reader = Reader(client)
        history = await recent_history(reader, await reader.block_number())
        subscribers = [client] if isinstance(client, WsClient) else []
        stream = BlockStream(reader, ALL, history, subscribers=subscribers, options=options, observer=observer)
        async with stream:
            yield Follower(stream)


class Told:
    def __init__(self) -> None:
        self.interruptions: list[str] = []
        self.errors: list[KeeperError] = []
        self.gaps: list[tuple[int, int]] = []

    def stream_interrupted(self, endpoint: str, reason: str) -> None:
        self.interruptions.append(f"{endpoint}: {reason}")

    def stream_degraded(self, error: KeeperError) -> None:
        self.errors.append(error)

    def gap_filled(self, first: int, last: int) -> None:
        self.gaps.append((first, last))


def port_of(chain: Anvil) -> int:
    return int(chain.url.rpartition(":")[2])


@pytest.mark.parametrize("kind", ["ws", "http"])
async def test_blocks_come_in_order_with_their_logs(chain: Anvil, kind: str) -> None:
    url = chain.ws_url if kind == "ws" else chain.url
    async with following(url, subscribing=kind == "ws") as follower:
        for _ in range(5):
            await emit(chain)
            await chain.mine()
        await follower.reach(chain)
        assert sum(len(block.logs) for block in follower.blocks) == 10
        assert [block.header.number for block in follower.blocks] == list(range(1, len(follower.blocks) + 1))


@pytest.mark.parametrize("kind", ["ws", "http"])
@pytest.mark.parametrize("depth", [1, 2, 3, 5, 8, 20])
async def test_after_a_reorg_the_committed_chain_is_the_nodes(chain: Anvil, depth: int, kind: str) -> None:
    url = chain.ws_url if kind == "ws" else chain.url
    async with following(url, subscribing=kind == "ws") as follower:
        for _ in range(depth + 2):
            await emit(chain)
        await follower.reach(chain)
        await reorg(chain, depth)
        await follower.reach(chain)
        await emit(chain)
        await follower.reach(chain)
        assert follower.reverted == depth


async def test_many_reorgs_in_a_row_are_followed(chain: Anvil) -> None:
    async with following(chain.ws_url) as follower:
        await chain.mine(6)
        for depth in (1, 3, 2, 5, 1, 4):
            await emit(chain)
            await reorg(chain, depth)
            await emit(chain)
        await follower.reach(chain)


async def test_a_chain_set_back_to_a_snapshot_is_followed_from_its_next_block_on(chain: Anvil) -> None:
    async with following(chain.ws_url) as follower:
        await emit(chain)
        snapshot = await chain.snapshot()
        for _ in range(3):
            await emit(chain)
        await follower.reach(chain)
        await chain.revert(snapshot)
        await chain.rpc("anvil_setCoinbase", ALICE)
        await emit(chain)
        await follower.reach(chain)
        assert follower.reverted == 3
        assert len(follower.blocks) == 2


async def test_a_reorg_deeper_than_allowed_stops_the_process(chain: Anvil) -> None:
    options = StreamOptions(reorg_depth=3, tick_seconds=0.02)

    async def follow() -> None:
        async with following(chain.ws_url, options=options) as follower:
            await chain.mine(6)
            await follower.reach(chain)
            await reorg(chain, 5)
            await chain.mine()
            async with asyncio.timeout(10):
                while True:
                    await follower.step()

    with pytest.raises(StopProcess) as caught:
        await follow()
    assert caught.value.code == "CHAIN_REORG_TOO_DEEP"


async def test_what_happened_while_the_line_was_cut_is_filled_in_before_anything_new(chain: Anvil) -> None:
    told = Told()
    async with Proxy(port_of(chain)) as proxy, following(proxy.ws_url, observer=told) as follower:
        for _ in range(4):
            await emit(chain)
            await follower.reach(chain)
            proxy.refusing = True
            proxy.cut()
            for _ in range(3):
                await emit(chain)
            await reorg(chain, 2)
            proxy.refusing = False
            await emit(chain)
            await follower.reach(chain)
        assert len(told.interruptions) >= 4
        assert all(first <= last for first, last in told.gaps)
        assert told.gaps, "what was missed while the line was cut counts as a gap"


async def test_a_gap_larger_than_one_range_is_filled(chain: Anvil) -> None:
    options = StreamOptions(range_blocks=7, tick_seconds=0.02, poll_seconds=0.02)
    async with following(chain.url, subscribing=False, options=options) as follower:
        await chain.mine(30)
        await emit(chain)
        await follower.reach(chain)
        assert len(follower.blocks) == 31


async def test_a_subscription_that_dies_in_silence_is_noticed(chain: Anvil) -> None:
    """The node answers calls but announces nothing, as after a fault behind a provider's balancer."""

    async def mute(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            asked = frame.json()
            if asked["method"] == "eth_subscribe":
                await socket.send_json({"id": asked["id"], "result": "0x1"})
            else:
                await socket.send_json(
                    {"id": asked["id"], "result": await chain.rpc(asked["method"], *asked["params"])}
                )
        return socket

    options = StreamOptions(quiet_seconds=0.1, tick_seconds=0.02)
    async with HttpNode(mute) as node, following(node.ws_url, options=options) as follower:
        await emit(chain)
        await follower.reach(chain)
        await chain.mine(3)
        await follower.reach(chain)


async def test_a_node_whose_subscription_invents_a_log_is_not_trusted(chain: Anvil) -> None:
    invented = {
        "address": LOGGER,
        "topics": [TOPIC],
        "data": "0x",
        "transactionHash": "0x" + "99" * 32,
        "transactionIndex": "0x0",
        "logIndex": "0x7",
    }

    async def liar(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            asked = frame.json()
            if asked["method"] == "eth_subscribe":
                await socket.send_json({"id": asked["id"], "result": asked["params"][0]})
                if asked["params"][0] == "logs":
                    head = await chain.rpc("eth_getBlockByNumber", "0x1", False)
                    log = invented | {"blockNumber": head["number"], "blockHash": head["hash"]}
                    params = {"subscription": "logs", "result": log}
                    await socket.send_json({"method": "eth_subscription", "params": params})
            else:
                await socket.send_json(
                    {"id": asked["id"], "result": await chain.rpc(asked["method"], *asked["params"])}
                )
        return socket

    async def follow(url: str) -> None:
        async with WsClient(Endpoint(url)) as client:
            reader = Reader(client)
            history = await recent_history(reader, 0)
            async with BlockStream(reader, ALL, history, subscribers=[client], options=FAST) as stream:
                await asyncio.sleep(0.2)
                await chain.mine()
                async for _ in stream.events():
                    pass

    await chain.mine()
    async with HttpNode(liar) as node:
        with pytest.raises(StopProcess) as caught:
            async with asyncio.timeout(10):
                await follow(node.ws_url)
    assert caught.value.code == "CHAIN_LOG_DIVERGED"


async def test_interests_can_change_while_it_runs(chain: Anvil) -> None:
    async with following(chain.ws_url) as follower:
        await emit(chain)
        await follower.reach(chain)
        tip = follower.stream.set_interests([LogInterest(None, frozenset({OTHER}))])
        assert tip is not None
        assert tip.hash == follower.tip
        await emit(chain)
        async with asyncio.timeout(5):
            while len(follower.blocks) < 2:
                await follower.step()
        assert [log.topics[0] for log in follower.blocks[0].logs] == [TOPIC, OTHER]
        assert [log.topics[0] for log in follower.blocks[1].logs] == [OTHER]
        follower.stream.set_interests([])
        await emit(chain)
        async with asyncio.timeout(5):
            while len(follower.blocks) < 3:
                await follower.step()
        assert follower.blocks[2].logs == ()


async def test_pending_transactions_come_with_their_bodies(chain: Anvil) -> None:
    options = StreamOptions(pending=True, tick_seconds=0.02)
    async with following(chain.ws_url, options=options) as follower:
        await chain.rpc("evm_setAutomine", False)
        await asyncio.sleep(0.2)
        await chain.rpc("eth_sendTransaction", {"from": ALICE, "to": LOGGER, "gas": "0x20000", "data": "0x1234"})
        async with asyncio.timeout(5):
            while not follower.pending:
                await follower.step()
        (transaction,) = follower.pending
        assert (transaction.sender, transaction.to, transaction.data) == (ALICE, LOGGER, b"\x12\x34")


async def test_a_node_that_offers_nothing_to_subscribe_to_is_polled(chain: Anvil) -> None:
    async def old(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            asked = frame.json()
            if asked["method"] == "eth_subscribe":
                await socket.send_json({"id": asked["id"], "error": {"code": -32601, "message": "no"}})
            else:
                await socket.send_json(
                    {"id": asked["id"], "result": await chain.rpc(asked["method"], *asked["params"])}
                )
        return socket

    told = Told()
    options = StreamOptions(poll_seconds=0.02, tick_seconds=0.02, pending=True)
    async with HttpNode(old) as node, following(node.ws_url, options=options, observer=told) as follower:
        await emit(chain)
        await follower.reach(chain)
        assert {error.code for error in told.errors} == {"RPC_REFUSED"}


async def test_a_node_that_fails_every_other_time_delays_blocks_and_loses_none(chain: Anvil) -> None:
    asked = 0

    async def flaky(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        body = await request.json()
        if asked % 2:
            return web.Response(status=503, text="<html>busy</html>")
        many = body if isinstance(body, list) else [body]
        replies = [{"id": one["id"], "result": await chain.rpc(one["method"], *one["params"])} for one in many]
        return web.json_response(replies if isinstance(body, list) else replies[0])

    told = Told()
    async with HttpNode(flaky) as node, HttpClient(Endpoint(node.url)) as client:
        reader = Reader(client)
        asked = 1
        history = await recent_history(reader, 0)
        asked = 1
        async with BlockStream(reader, ALL, history, options=FAST, observer=told) as stream:
            follower = Follower(stream)
            for _ in range(5):
                await emit(chain)
                await follower.reach(chain)
        assert {error.code for error in told.errors} == {"RPC_HTTP_STATUS"}
