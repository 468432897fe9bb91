"""The HTTP client against nodes that misbehave: each failure has its own code, and no answer is ever invented."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from keeper.chain.http_client import HttpClient
from keeper.chain.rpc import Endpoint, NodeUnavailable, RpcRefused
from keeper.devnet.anvil import Anvil
from keeper.domain.errors import ConfigError
from tests.support.bad_nodes import HttpNode

KEY = "s3cret-api-key-0123456789"


def answering(body: str, status: int = 200, **headers: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        asked = await request.json()
        request_id = asked["id"] if isinstance(asked, dict) else 0
        return web.Response(
            text=body.replace("ID", str(request_id)), status=status, headers=headers, content_type="application/json"
        )

    return handle


async def failure(handler: Any, *, timeout_seconds: float = 2.0) -> NodeUnavailable:
    async with HttpNode(handler) as node:
        endpoint = Endpoint(f"{node.url}/v3/{KEY}", timeout_seconds=timeout_seconds)
        async with HttpClient(endpoint) as client:
            with pytest.raises(NodeUnavailable) as caught:
                await client.call("eth_blockNumber")
            assert KEY not in str(caught.value)
            assert caught.value.__cause__ is None
            return caught.value


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("<html>Forbidden</html>", 403, "RPC_HTTP_STATUS"),
        ("<html>Bad gateway</html>", 502, "RPC_HTTP_STATUS"),
        ("<html>Welcome</html>", 200, "RPC_NOT_JSON"),
        ("", 200, "RPC_NOT_JSON"),
        ("null", 200, "RPC_MALFORMED"),
        ("[]", 200, "RPC_MALFORMED"),
        ("7", 200, "RPC_MALFORMED"),
        ('{"jsonrpc":"2.0","id":ID}', 200, "RPC_MALFORMED"),
        ('{"jsonrpc":"2.0","id":ID,"error":null}', 200, "RPC_MALFORMED"),
        ('{"jsonrpc":"2.0","id":ID,"error":{"code":-32005,"message":"slow down"}}', 200, "RPC_RATE_LIMITED"),
        ('{"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"Too Many Requests"}}', 200, "RPC_RATE_LIMITED"),
    ],
)
async def test_every_unusable_answer_is_an_error_with_its_code(body: str, status: int, code: str) -> None:
    assert (await failure(answering(body, status))).code == code


async def test_429_says_when_to_come_back() -> None:
    error = await failure(answering("slow", 429, **{"Retry-After": "7"}))
    assert (error.code, error.after_seconds) == ("RPC_RATE_LIMITED", 7.0)


async def test_a_node_that_hangs_times_out() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    began = time.monotonic()
    assert (await failure(hang, timeout_seconds=0.2)).code == "RPC_TIMEOUT"
    assert time.monotonic() - began < 2


async def test_a_connection_dropped_in_the_middle_of_an_answer_is_an_error() -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"jsonrpc":"2.0",')
        assert request.transport is not None
        request.transport.abort()
        return response

    assert (await failure(drop)).code == "RPC_CONNECTION"


async def test_a_dead_node_is_a_connection_error() -> None:
    async with HttpNode(answering("")) as node:
        url = node.url
    async with HttpClient(Endpoint(f"{url}/{KEY}")) as client:
        with pytest.raises(NodeUnavailable) as caught:
            await client.call("eth_blockNumber")
    assert caught.value.code == "RPC_CONNECTION"
    assert KEY not in str(caught.value)


async def test_error_null_beside_a_result_is_a_result() -> None:
    async with (
        HttpNode(answering('{"jsonrpc":"2.0","id":ID,"result":"0x1","error":null}')) as node,
        HttpClient(Endpoint(node.url)) as client,
    ):
        assert await client.call("eth_blockNumber") == "0x1"


@pytest.mark.parametrize(
    ("error", "code", "data"),
    [
        ('{"code":3,"message":"execution reverted","data":"0x1234"}', 3, b"\x12\x34"),
        ('{"code":-32015,"message":"VM execution error.","data":"Reverted 0x1234"}', -32015, b"\x12\x34"),
        ('{"code":3,"message":"reverted","data":{"data":"0x1234"}}', 3, b"\x12\x34"),
        ('{"code":3,"message":"reverted","data":"0x123"}', 3, b""),
        ('"just text"', 0, b""),
        ('{"message":"no code"}', 0, b""),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_what_the_node_refuses_comes_with_its_code_and_data(
    error: str, code: int, data: bytes, status: int
) -> None:
    handler = answering('{"jsonrpc":"2.0","id":ID,"error":' + error + "}", status)
    async with HttpNode(handler) as node, HttpClient(Endpoint(node.url)) as client:
        with pytest.raises(RpcRefused) as caught:
            await client.call("eth_call")
    assert (caught.value.code, caught.value.rpc_code, caught.value.data) == ("RPC_REFUSED", code, data)


async def test_the_wrong_chain_is_a_configuration_error(chain: Anvil) -> None:
    with pytest.raises(ConfigError) as caught:
        async with HttpClient(Endpoint(chain.url, chain_id=1)):
            pytest.fail("it opened")
    assert caught.value.code == "RPC_WRONG_CHAIN"
    assert "31337, not 1" in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://a", "http://", "not a url"])
def test_an_unusable_url_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Endpoint(url)
    assert caught.value.code == "RPC_URL"


def test_an_endpoint_never_shows_its_key() -> None:
    endpoint = Endpoint(f"https://user:hunter2pass@node.example:8545/v3/{KEY}?token={KEY}2")
    assert str(endpoint) == "https://node.example:8545"
    assert KEY not in repr(endpoint)
    assert "hunter2" not in repr(endpoint)
    assert endpoint.redact(f"bad project {KEY} of hunter2pass") == "bad project … of …"


async def test_a_batch_keeps_its_order_and_puts_errors_in_their_place(chain: Anvil) -> None:
    async with HttpClient(Endpoint(chain.url, batch_size=3)) as client:
        results = await client.batch(
            [("eth_chainId", ()), ("eth_nonsense", ()), ("eth_blockNumber", ()), ("eth_chainId", ())]
        )
        assert await client.batch([]) == []
    assert results[0] == results[3] == "0x7a69"
    assert isinstance(results[1], RpcRefused)
    assert results[2] == "0x0"


@pytest.mark.parametrize(
    ("body", "code"),
    [('[{"id":999,"result":1}]', "RPC_MALFORMED"), ("7", "RPC_MALFORMED"), ("[1,2]", "RPC_MALFORMED")],
)
async def test_a_batch_with_a_missing_answer_fails_as_a_whole(body: str, code: str) -> None:
    async with HttpNode(answering(body)) as node, HttpClient(Endpoint(node.url)) as client:
        with pytest.raises(NodeUnavailable) as caught:
            await client.batch([("eth_chainId", ()), ("eth_blockNumber", ())])
    assert caught.value.code == code


async def test_requests_stay_under_the_endpoints_rate(chain: Anvil) -> None:
    async with HttpClient(Endpoint(chain.url, requests_per_second=20)) as client:
        began = time.monotonic()
        for _ in range(30):
            await client.call("eth_chainId")
        assert time.monotonic() - began > 0.9
