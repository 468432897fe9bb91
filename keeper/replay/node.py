"""A node that serves recorded blocks over HTTP and websocket, up to a head that is moved by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import WSMsgType, web

from keeper.replay.recording import Json, RecordedBlock


class _Refusal(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(eq=False, slots=True)
class _Listener:
    socket: web.WebSocketResponse
    subscriptions: dict[str, tuple[str, Json]] = field(default_factory=dict)


class RecordedNode:
    """``async with RecordedNode(blocks) as node``: at ``node.url`` and ``node.ws_url`` until it is left.

    At first nothing but the first block is there; ``play`` and ``advance`` add the next ones and tell subscribers.
    """

    def __init__(self, blocks: Sequence[RecordedBlock], *, chain_id: int = 1, port: int = 0) -> None:
        self._blocks = sorted(blocks, key=lambda block: block.number)
        self._by_number = {block.number: block for block in blocks}
        self._by_hash = {block.hash: block for block in blocks}
        self._chain_id = chain_id
        self._wanted_port = port
        self._at = 0
        self._listeners: set[_Listener] = set()
        self._made = 0
        self.port = 0
        self._methods: dict[str, Callable[..., Any]] = {
            "eth_chainId": lambda: hex(self._chain_id),
            "net_version": lambda: str(self._chain_id),
            "web3_clientVersion": lambda: "keeper/recorded",
            "eth_blockNumber": lambda: hex(self.head.number),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockReceipts": self._receipts,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getLogs": self._logs,
        }

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/", self._http)
        app.router.add_get("/", self._websocket)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._wanted_port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in list(self._listeners):
            await listener.socket.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it answers over HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where it answers over a websocket."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def head(self) -> RecordedBlock:
        """The newest block that is visible."""
        return self._blocks[self._at]

    async def advance(self) -> bool:
        """Make the next block visible and tell subscribers; ``False`` if there is none."""
        if self._at + 1 >= len(self._blocks):
            return False
        self._at += 1
        block = self.head
        for listener in list(self._listeners):
            for server_id, (kind, query) in list(listener.subscriptions.items()):
                news = [block.header] if kind == "newHeads" else [log for log in block.logs if _matches(log, query)]
                for item in news:
                    await _notify(listener.socket, server_id, item)
        return True

    async def play(self) -> None:
        """Make all blocks visible, one by one."""
        while await self.advance():
            pass

    async def _http(self, request: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(self._reply(await request.read())), content_type="application/json")

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=64 << 20)
        await socket.prepare(request)
        listener = _Listener(socket)
        self._listeners.add(listener)
        try:
            async for frame in socket:
                if frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    await socket.send_str(orjson.dumps(self._reply(frame.data, listener)).decode())
        finally:
            self._listeners.discard(listener)
        return socket

    def _reply(self, body: bytes | str, listener: _Listener | None = None) -> Json | list[Json]:
        try:
            asked = orjson.loads(body)
        except orjson.JSONDecodeError:
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}}
        if isinstance(asked, list):
            return [self._one(item, listener) for item in asked]
        return self._one(asked, listener)

    def _one(self, asked: Any, listener: _Listener | None) -> Json:  # noqa: ANN401 - whatever a client sends
        envelope: Json = {"jsonrpc": "2.0", "id": asked.get("id") if isinstance(asked, dict) else None}
        try:
            return envelope | {"result": self._result(asked["method"], asked.get("params") or [], listener)}
        except _Refusal as refusal:
            error = {"code": refusal.code, "message": str(refusal)}
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
            error = {"code": -32602, "message": f"invalid params: {problem}"}
        return envelope | {"error": error}

    def _result(self, method: str, params: Sequence[Any], listener: _Listener | None) -> Any:  # noqa: ANN401 - JSON
        if listener is not None and method == "eth_subscribe":
            return self._subscribe(listener, *params)
        if listener is not None and method == "eth_unsubscribe":
            return listener.subscriptions.pop(params[0], None) is not None
        handler = self._methods.get(method)
        if handler is None:
            raise _Refusal(-32601, f"a recorded node has no {method}")
        return handler(*params)

    def _subscribe(self, listener: _Listener, kind: str, query: Json | None = None) -> str:
        if kind not in {"newHeads", "logs"}:
            raise _Refusal(-32601, f"a recorded node has no subscription to {kind}")
        self._made += 1
        server_id = hex(self._made)
        listener.subscriptions[server_id] = (kind, query or {})
        return server_id

    def _number(self, block: str) -> int:
        if block in {"latest", "safe", "finalized", "pending"}:
            return self.head.number
        return self._blocks[0].number if block == "earliest" else int(block, 16)

    def _visible(self, block: RecordedBlock | None) -> RecordedBlock | None:
        return block if block is not None and block.number <= self.head.number else None

    def _block_by_number(self, number: str, _full: bool = False) -> Json | None:
        block = self._visible(self._by_number.get(self._number(number)))
        return block.header if block else None

    def _block_by_hash(self, block_hash: str, _full: bool = False) -> Json | None:
        block = self._visible(self._by_hash.get(block_hash))
        return block.header if block else None

    def _receipts(self, block: str | Json) -> list[Json] | None:
        name = block["blockHash"] if isinstance(block, dict) else block
        found = self._by_hash.get(name) if len(name) == 66 else self._by_number.get(self._number(name))
        found = self._visible(found)
        return list(found.receipts) if found else None

    def _receipt(self, tx_hash: str) -> Json | None:
        for block in self._blocks[: self._at + 1]:
            for receipt in block.receipts:
                if receipt["transactionHash"] == tx_hash:
                    return receipt
        return None

    def _logs(self, query: Json) -> list[Json]:
        if "blockHash" in query:
            block = self._visible(self._by_hash.get(query["blockHash"]))
            if block is None:
                raise _Refusal(-32000, "unknown block")
            blocks = [block]
        else:
            first = self._number(query.get("fromBlock", "latest"))
            last = min(self._number(query.get("toBlock", "latest")), self.head.number)
            blocks = [block for block in self._blocks if first <= block.number <= last]
        return [log for block in blocks for log in block.logs if _matches(log, query)]


def _matches(log: Json, query: Json) -> bool:
    """Whether a log fits a filter's addresses and topics, by the rules of ``eth_getLogs``."""
    addresses = query.get("address")
    if addresses is not None and log["address"] not in {a.lower() for a in _listed(addresses)}:
        return False
    wanted = query.get("topics") or []
    if len(wanted) > len(log["topics"]):
        return False
    return all(one is None or topic in _listed(one) for one, topic in zip(wanted, log["topics"], strict=False))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


async def _notify(socket: web.WebSocketResponse, server_id: str, item: Json) -> None:
    message = {"jsonrpc": "2.0", "method": "eth_subscription", "params": {"subscription": server_id, "result": item}}
    try:
        await socket.send_str(orjson.dumps(message).decode())
    except ConnectionError:
        return
