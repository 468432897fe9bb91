"""Reading history by ranges, against a real chain and against nodes that limit and fail."""

from typing import Any

import pytest
from aiohttp import web

from keeper.chain.backfill import Span, backfill, recent_history, whole_range
from keeper.chain.http_client import HttpClient
from keeper.chain.interests import LogFilter
from keeper.chain.reader import Reader, UnknownBlock
from keeper.chain.rpc import Endpoint, NodeUnavailable, RpcRefused
from keeper.devnet.anvil import Anvil
from keeper.domain.blocks import LogInterest
from tests.support.bad_nodes import HttpNode
from tests.support.logging_chain import LOGGER, OTHER, TOPIC, emit

WANTED = LogFilter([LogInterest(frozenset({LOGGER}), frozenset({TOPIC, OTHER}))])
QUICK = Span(pause_seconds=0.001, attempts=4)


async def populate(chain: Anvil) -> list[int]:
    """Blocks with logs among blocks without; returns the numbers of those with."""
    with_logs = []
    for gap in (0, 3, 7, 0, 12):
        if gap:
            await chain.mine(gap)
        await emit(chain)
        with_logs.append(int(await chain.rpc("eth_blockNumber"), 16))
    return with_logs


class Middleman:
    """A node in front of the chain that can refuse; it keeps count of the ranges it was asked for."""

    def __init__(self, chain: Anvil, *, most_blocks: int = 10**9, failures: int = 0, error: Any = None) -> None:
        self.chain = chain
        self.most_blocks = most_blocks
        self.failures = failures
        self.error = error
        self.ranges: list[int] = []
        self.headers = 0

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        many = body if isinstance(body, list) else [body]
        replies = [await self.one(item) for item in many]
        return web.json_response(replies if isinstance(body, list) else replies[0])

    async def one(self, asked: Any) -> Any:
        method, params = asked["method"], asked["params"]
        if method == "eth_getLogs":
            size = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
            self.ranges.append(size)
            if self.failures:
                self.failures -= 1
                return {"id": asked["id"], "error": self.error}
            if size > self.most_blocks:
                return {"id": asked["id"], "error": {"code": -32602, "message": "range is too large"}}
        if method == "eth_getBlockByNumber":
            self.headers += 1
        return {"id": asked["id"], "result": await self.chain.rpc(method, *params)}


async def test_blocks_with_logs_come_in_order_and_only_their_headers_are_read(chain: Anvil) -> None:
    with_logs = await populate(chain)
    middleman = Middleman(chain)
    async with HttpNode(middleman.handle) as node, HttpClient(Endpoint(node.url)) as client:
        blocks = [block async for block in backfill(Reader(client), WANTED, 0, with_logs[-1])]
    assert [block.header.number for block in blocks] == with_logs
    assert all([log.topics[0] for log in block.logs] == [TOPIC, OTHER] for block in blocks)
    assert (middleman.ranges, middleman.headers) == ([with_logs[-1] + 1], len(with_logs))


@pytest.mark.parametrize("most_blocks", [1, 2, 5, 11])
async def test_ranges_shrink_to_what_the_node_bears(chain: Anvil, most_blocks: int) -> None:
    with_logs = await populate(chain)
    middleman = Middleman(chain, most_blocks=most_blocks)
    async with HttpNode(middleman.handle) as node, HttpClient(Endpoint(node.url)) as client:
        reader = Reader(client)
        blocks = [block async for block in backfill(reader, WANTED, 0, with_logs[-1], span=QUICK)]
        assert [block.header.number for block in blocks] == with_logs
        span = await whole_range(reader, WANTED, 1, with_logs[-1])
    assert [header.number for header, logs in span if logs] == with_logs
    assert [header.number for header, _ in span] == list(range(1, with_logs[-1] + 1))


async def test_a_rate_limit_is_waited_out_without_shrinking(chain: Anvil) -> None:
    with_logs = await populate(chain)
    middleman = Middleman(chain, failures=3, error={"code": -32005, "message": "limit exceeded"})
    async with HttpNode(middleman.handle) as node, HttpClient(Endpoint(node.url)) as client:
        blocks = [block async for block in backfill(Reader(client), WANTED, 0, with_logs[-1], span=QUICK)]
    assert [block.header.number for block in blocks] == with_logs
    assert middleman.ranges == [with_logs[-1] + 1] * 4


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": -32005, "message": "limit exceeded"}, NodeUnavailable),
        ({"code": -32601, "message": "no such method"}, RpcRefused),
    ],
)
async def test_a_node_that_always_fails_is_an_error_in_the_end_not_an_empty_history(
    chain: Anvil, error: Any, kind: type[Exception]
) -> None:
    middleman = Middleman(chain, failures=10**6, error=error)
    async with HttpNode(middleman.handle) as node, HttpClient(Endpoint(node.url)) as client:
        with pytest.raises(kind):
            _ = [block async for block in backfill(Reader(client), WANTED, 0, 20, span=QUICK)]


async def test_many_logs_make_the_next_range_smaller_and_few_a_larger(chain: Anvil) -> None:
    with_logs = await populate(chain)
    middleman = Middleman(chain)
    span = Span(first=4, comfortable_logs=1)
    async with HttpNode(middleman.handle) as node, HttpClient(Endpoint(node.url)) as client:
        blocks = [block async for block in backfill(Reader(client), WANTED, 0, with_logs[-1], span=span)]
    assert [block.header.number for block in blocks] == with_logs
    assert min(middleman.ranges) < 4 < max(middleman.ranges)


async def test_history_beyond_the_head_is_unknown(chain: Anvil) -> None:
    async with HttpClient(Endpoint(chain.url)) as client:
        with pytest.raises(UnknownBlock):
            await recent_history(Reader(client), 5)
        await chain.mine(5)
        history = await recent_history(Reader(client), 5, depth=3)
    assert [header.number for header in history] == [2, 3, 4, 5]


class Changing(Middleman):
    """A node whose chain changes while it is read: headers answered later are not those answered first."""

    def __init__(self, chain: Anvil, *, changed: range) -> None:
        super().__init__(chain)
        self._changed = changed

    async def one(self, asked: Any) -> Any:
        reply = await super().one(asked)
        if asked["method"] == "eth_getBlockByNumber" and self.headers in self._changed:
            reply["result"]["hash"] = "0x" + "99" * 32
        return reply


async def test_a_range_whose_chain_changes_while_it_is_read_is_not_taken_for_one_without_logs(chain: Anvil) -> None:
    await chain.mine(3)
    changing = Changing(chain, changed=range(4, 5))
    async with HttpNode(changing.handle) as node, HttpClient(Endpoint(node.url)) as client:
        with pytest.raises(UnknownBlock):
            await whole_range(Reader(client), WANTED, 1, 3)
        assert len(await whole_range(Reader(client), WANTED, 1, 3)) == 3


async def test_a_log_of_a_block_that_left_the_chain_makes_the_range_be_read_again(chain: Anvil) -> None:
    with_logs = await populate(chain)
    changing = Changing(chain, changed=range(1, 3))
    async with HttpNode(changing.handle) as node, HttpClient(Endpoint(node.url)) as client:
        blocks = [block async for block in backfill(Reader(client), WANTED, 0, with_logs[-1], span=QUICK)]
    assert [block.header.number for block in blocks] == with_logs
    assert len(changing.ranges) == 2
