"""The websocket client: it survives what real nodes and networks do to long connections."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from keeper.chain.rpc import Endpoint, NodeUnavailable, RpcRefused
from keeper.chain.ws_client import Backoff, Interrupted, Subscription, WsClient
from keeper.devnet.anvil import Anvil
from keeper.domain.errors import ConfigError
from tests.support.bad_nodes import HttpNode, Proxy

FAST = Backoff(0.01, 0.05)
KEY = "s3cret-api-key-0123456789"


def port_of(chain: Anvil) -> int:
    return int(chain.url.rpartition(":")[2])


async def next_head(subscription: Subscription) -> Any:
    async with asyncio.timeout(5):
        return await subscription.queue.get()


async def test_calls_are_answered_out_of_order_and_each_gets_its_own() -> None:
    async def backwards(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked = []
        async for frame in socket:
            asked.append(frame.json())
            if len(asked) == 3:
                for question in reversed(asked):
                    await socket.send_json({"id": question["id"], "result": question["method"]})
        return socket

    async with HttpNode(backwards) as node, WsClient(Endpoint(node.ws_url)) as client:
        assert await client.batch([("a", ()), ("b", ()), ("c", ())]) == ["a", "b", "c"]


async def test_frames_that_make_no_sense_are_survived() -> None:
    async def noisy(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            await socket.send_str("<html>not json</html>")
            await socket.send_str("7")
            await socket.send_json({"id": 999_999, "result": "unasked"})
            await socket.send_json({"method": "eth_subscription", "params": {"subscription": "0xdead", "result": 1}})
            await socket.send_json({"method": "eth_subscription", "params": None})
            await socket.send_json({"jsonrpc": "2.0", "id": frame.json()["id"], "result": "0x1", "error": None})
        return socket

    async with HttpNode(noisy) as node, WsClient(Endpoint(node.ws_url)) as client:
        assert await client.call("eth_blockNumber") == "0x1"
        assert client.strays == 5


async def test_a_call_nobody_answers_times_out_and_the_connection_goes_on() -> None:
    async def deaf_to_some(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            if frame.json()["method"] != "silence":
                await socket.send_json({"id": frame.json()["id"], "result": "0x1"})
        return socket

    async with HttpNode(deaf_to_some) as node, WsClient(Endpoint(node.ws_url, timeout_seconds=0.2)) as client:
        with pytest.raises(NodeUnavailable) as caught:
            await client.call("silence")
        assert caught.value.code == "RPC_TIMEOUT"
        with pytest.raises(NodeUnavailable, match="2 requests"):
            await client.batch([("silence", ()), ("x", ())])
        assert client._pending == {}
        assert await client.call("eth_blockNumber") == "0x1"
        assert client.connections == 1


async def test_errors_carry_code_and_data(chain: Anvil) -> None:
    async with WsClient(Endpoint(chain.ws_url)) as client:
        with pytest.raises(RpcRefused) as caught:
            await client.call("eth_nonsense")
        assert caught.value.rpc_code == -32602
        assert chain.ws_url in str(caught.value)
        refused, number = await client.batch([("eth_nonsense", ()), ("eth_blockNumber", ())])
        assert isinstance(refused, RpcRefused)
        assert number == "0x0"


async def test_a_subscription_outlives_its_connection_and_says_where_it_was_cut(chain: Anvil) -> None:
    async with Proxy(port_of(chain)) as proxy, WsClient(Endpoint(proxy.ws_url), backoff=FAST) as client:
        heads = await client.subscribe("newHeads")
        await chain.mine()
        assert (await next_head(heads))["number"] == "0x1"
        for cut in range(3):
            proxy.cut()
            assert isinstance(await next_head(heads), Interrupted)
            await chain.mine()
            assert int((await next_head(heads))["number"], 16) == cut + 2
        assert client.connections == 4


async def test_calls_under_way_when_the_line_breaks_fail_and_later_ones_wait_for_the_next(chain: Anvil) -> None:
    async with Proxy(port_of(chain)) as proxy, WsClient(Endpoint(proxy.ws_url), backoff=FAST) as client:
        proxy.stall()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(outcome(client))
            await asyncio.sleep(0.05)
            proxy.cut()
            proxy.flow()
        assert task.result() == "RPC_CONNECTION"
        assert await client.call("eth_chainId") == "0x7a69"


async def outcome(client: WsClient) -> str:
    try:
        await client.call("eth_chainId")
    except NodeUnavailable as error:
        return error.code
    return "answered"


async def test_a_half_open_connection_is_noticed_by_the_heartbeat(chain: Anvil) -> None:
    async with Proxy(port_of(chain)) as proxy:
        endpoint = Endpoint(proxy.ws_url, timeout_seconds=5)
        async with WsClient(endpoint, heartbeat_seconds=0.2, backoff=FAST) as client:
            heads = await client.subscribe("newHeads")
            proxy.stall()
            await asyncio.sleep(0.5)
            proxy.flow()
            assert isinstance(await next_head(heads), Interrupted)
            await chain.mine()
            assert (await next_head(heads))["number"] == "0x1"


async def test_it_keeps_knocking_until_the_node_is_back(chain: Anvil) -> None:
    async with Proxy(port_of(chain)) as proxy, WsClient(Endpoint(proxy.ws_url), backoff=FAST) as client:
        proxy.refusing = True
        proxy.cut()
        await asyncio.sleep(0.3)
        assert proxy.accepted > 4
        proxy.refusing = False
        assert await client.call("eth_chainId") == "0x7a69"


async def test_a_reader_that_falls_behind_finds_one_interruption_instead_of_a_hole() -> None:
    subscription = Subscription(("newHeads",), asyncio.Queue(3))
    for number in range(5):
        subscription.put(number)
    found = [subscription.queue.get_nowait() for _ in range(subscription.queue.qsize())]
    assert isinstance(found[0], Interrupted)
    assert found[1:] == [3, 4]


async def test_the_first_message_of_a_subscription_is_not_lost_even_right_behind_the_answer() -> None:
    async def eager(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            await socket.send_json({"id": frame.json()["id"], "result": "0xab"})
            for number in range(3):
                params = {"subscription": "0xab", "result": number}
                await socket.send_json({"method": "eth_subscription", "params": params})
        return socket

    async with HttpNode(eager) as node, WsClient(Endpoint(node.ws_url)) as client:
        subscription = await client.subscribe("newHeads")
        assert [await next_head(subscription) for _ in range(3)] == [0, 1, 2]


async def test_an_ended_subscription_is_silent_also_after_a_reconnect(chain: Anvil) -> None:
    async with Proxy(port_of(chain)) as proxy, WsClient(Endpoint(proxy.ws_url), backoff=FAST) as client:
        heads = await client.subscribe("newHeads")
        await client.unsubscribe(heads)
        proxy.cut()
        await chain.mine()
        assert await client.call("eth_blockNumber") == "0x1"
        assert heads.queue.empty()


async def test_the_wrong_chain_is_a_configuration_error(chain: Anvil) -> None:
    with pytest.raises(ConfigError) as caught:
        async with WsClient(Endpoint(chain.ws_url, chain_id=1)):
            pytest.fail("it opened")
    assert caught.value.code == "RPC_WRONG_CHAIN"


async def test_a_node_that_turns_into_another_chain_ends_the_work(chain: Anvil) -> None:
    async def work(proxy: Proxy) -> None:
        async with WsClient(Endpoint(proxy.ws_url, chain_id=31337), backoff=FAST):
            await chain.rpc("anvil_setChainId", 5)
            proxy.cut()
            await asyncio.sleep(5)

    async with Proxy(port_of(chain)) as proxy:
        with pytest.raises(ConfigError):
            await work(proxy)


@pytest.mark.parametrize(("status", "code"), [(403, "RPC_HTTP_STATUS"), (429, "RPC_RATE_LIMITED")])
async def test_a_refused_handshake_is_told_with_its_reason_and_without_the_key(status: int, code: str) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status, text="no")

    async with HttpNode(refuse) as node:
        with pytest.raises(NodeUnavailable) as caught:
            async with WsClient(Endpoint(f"{node.ws_url}/{KEY}", timeout_seconds=0.3), backoff=FAST):
                pytest.fail("it opened")
    assert caught.value.code == code
    assert KEY not in str(caught.value)


async def test_messages_may_be_large() -> None:
    async def verbose(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            await socket.send_json({"id": frame.json()["id"], "result": "0x" + "ab" * 8_000_000})
        return socket

    async with HttpNode(verbose) as node, WsClient(Endpoint(node.ws_url)) as client:
        assert len(await client.call("debug_everything")) == 16_000_002


async def test_the_bodys_own_error_passes_through_unwrapped(chain: Anvil) -> None:
    with contextlib.suppress(LookupError):
        async with WsClient(Endpoint(chain.ws_url)):
            raise LookupError


async def test_a_server_closing_in_good_order_is_a_disconnect_too() -> None:
    async def one_answer_each(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        frame = await socket.receive()
        if frame.type is WSMsgType.TEXT:
            await socket.send_json({"id": frame.json()["id"], "result": "0x1"})
        await socket.close()
        return socket

    async with HttpNode(one_answer_each) as node, WsClient(Endpoint(node.ws_url), backoff=FAST) as client:
        assert await client.call("a") == "0x1"
        await asyncio.sleep(0.05)
        assert await client.call("b") == "0x1"


async def test_a_connection_that_breaks_before_it_is_ready_is_given_up_at_once() -> None:
    connections = 0

    async def shaky(request: web.Request) -> web.WebSocketResponse:
        nonlocal connections
        connections += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            if connections < 3:
                break
            await socket.send_json({"id": frame.json()["id"], "result": "0x1"})
        return socket

    endpoint = Endpoint("ws://unused.invalid", chain_id=1, timeout_seconds=20)
    async with (
        HttpNode(shaky) as node,
        asyncio.timeout(3),
        WsClient(replace(endpoint, url=node.ws_url), backoff=FAST) as client,
    ):
        assert await client.call("eth_blockNumber") == "0x1"
    assert connections == 3
