"""The relay as a process sees it: JSON-RPC over HTTP in front of a node, and a builder behind it."""

import asyncio
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import orjson
from aiohttp import web
from eth_utils.crypto import keccak

from keeper.devnet.node import Json, NodeRpc
from keeper.devnet.relay.builder import Builder, BuiltBlock
from keeper.devnet.relay.call_bundle import call_bundle
from keeper.devnet.relay.dialects import (
    Behaviour,
    Dialect,
    Fault,
    Refusal,
    RefusalKind,
    bundle_accepted,
    cancelled,
    error_answer,
    result_body,
)
from keeper.devnet.relay.messages import (
    Cancellation,
    RpcRequest,
    read_bundle,
    read_call_bundle,
    read_cancellation,
    read_private_cancellation,
    read_private_transaction,
    read_request,
)
from keeper.devnet.relay.pool import Bundle, BundlePool, Outcome
from keeper.devnet.relay.signature import HEADER, SignatureRefused, verify_signature
from keeper.devnet.relay.transactions import decode_transaction
from keeper.domain.errors import StopProcess
from keeper.domain.units import Address, Hash32, to_hash

_MAX_BODY = 10 * 1024 * 1024
_LEAST_GAS_OF_LEGACY = 42_000
_METHODS = {
    Dialect.FLASHBOTS: frozenset(
        {
            "eth_sendBundle",
            "eth_callBundle",
            "eth_cancelBundle",
            "eth_sendPrivateTransaction",
            "eth_cancelPrivateTransaction",
        }
    ),
    Dialect.TITAN: frozenset({"eth_sendBundle", "eth_cancelBundle", "eth_sendPrivateTransaction"}),
    Dialect.BUILDERNET: frozenset({"eth_sendBundle"}),
    Dialect.LEGACY: frozenset({"eth_sendBundle", "eth_callBundle"}),
    Dialect.NULL: frozenset({"eth_sendBundle", "eth_cancelBundle"}),
}


class Relay:
    """A relay with its builder; use as an async context manager.

    The node has to run without mining and in ``fifo`` order. ``coinbase`` should hold something: a payment to an
    empty account costs 25,000 gas more than one to a real builder. With ``interval_seconds`` blocks come by
    themselves at that pace; each is still a slot (12 s of chain time) after its parent.
    """

    def __init__(self, node_url: str, *, coinbase: Address, interval_seconds: float | None = None) -> None:
        self.behaviour = Behaviour()
        """May be replaced at any time."""
        self._node = NodeRpc(node_url)
        self._coinbase = coinbase
        self._interval_seconds = interval_seconds
        self._pool = BundlePool()
        self._blocks: list[BuiltBlock] = []
        self._block_built = asyncio.Condition()
        self._lost_slots = 0
        self._received = 0
        self._chain_id = 0
        self._builder: Builder | None = None
        self._port = 0
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What became of every bundle that is settled, oldest first."""
        return self._pool.outcomes

    def outcome(self, bundle_hash: Hash32, block: int) -> Outcome | None:
        """The newest word on a bundle (by keccak of its transactions' hashes) for a block; ``None`` while open."""
        found = [
            outcome
            for outcome in self._pool.outcomes
            if outcome.bundle.hash == bundle_hash and outcome.bundle.block == block
        ]
        return found[-1] if found else None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._node)
            self._chain_id = int(await self._node.call("eth_chainId"), 16)
            self._builder = Builder(self._node, self._pool, self._coinbase, self._chain_id)
            self._port = await self._serve(stack)
            if self._interval_seconds is not None:
                group = await stack.enter_async_context(asyncio.TaskGroup())
                task = group.create_task(self._keep_building(self._interval_seconds))
                stack.callback(task.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def build_block(self, timestamp: int | None = None) -> BuiltBlock:
        """Mines the next block now, 12 s after its parent unless another ``timestamp`` is given."""
        lost = self._lost_slots > 0
        self._lost_slots -= lost
        return await self._build(timestamp, with_bundles=not lost)

    async def advance(self, seconds: int) -> BuiltBlock:
        """Moves the chain's time by one block that late, built from the public pool alone.

        Bundles for that block are lost with the slot, since nobody could have foreseen its time.
        """
        latest = await self._node.call("eth_getBlockByNumber", "latest", False)
        timestamp = int(latest["timestamp"], 16) + seconds
        return await self._build(timestamp, with_bundles=False)

    async def next_block(self) -> BuiltBlock:
        """Waits for the next block, whoever asks for it."""
        async with self._block_built:
            await self._block_built.wait()
            return self._blocks[-1]

    def lose_slots(self, count: int = 1) -> None:
        """Lets the next blocks be built by somebody who has none of our bundles."""
        self._lost_slots = count

    async def inject(self, raws: Sequence[bytes], block: int | None = None) -> Bundle:
        """Adds a competitor's bundle, which needs no signature; by default for the next block."""
        target = block if block is not None else await self._head() + 1
        bundle = Bundle(txs=tuple(map(decode_transaction, raws)), block=target)
        self._pool.add(bundle)
        return bundle

    @property
    def blocks(self) -> Sequence[BuiltBlock]:
        """Every block built here, oldest first."""
        return self._blocks

    async def _build(self, timestamp: int | None, *, with_bundles: bool) -> BuiltBlock:
        if self._builder is None:
            raise StopProcess("DEVNET_RELAY_STOPPED", "the relay is not running", "use it inside its context")
        block = await self._builder.build(timestamp, with_bundles=with_bundles)
        async with self._block_built:
            self._blocks.append(block)
            self._block_built.notify_all()
        return block

    async def _keep_building(self, interval_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + interval_seconds, loop.time())
            await asyncio.sleep(due - loop.time())
            await self.build_block()

    async def _serve(self, stack: AsyncExitStack) -> int:
        application = web.Application(client_max_size=_MAX_BODY)
        application.router.add_post("/", self._handle)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.05)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        listener = socket.create_server(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        await web.SockSite(runner, listener).start()
        return port

    async def _head(self) -> int:
        return int(await self._node.call("eth_blockNumber"), 16)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        behaviour = self.behaviour
        if behaviour.latency_seconds:
            await asyncio.sleep(behaviour.latency_seconds)
        match behaviour.fault:
            case Fault.NONE:
                pass
            case Fault.FORBIDDEN:
                return web.Response(status=403, text="Forbidden")
            case Fault.RATE_LIMITED:
                retry = {"Retry-After": str(behaviour.retry_after_seconds)}
                return web.Response(status=429, text="Too Many Requests", headers=retry)
            case Fault.HTML:
                page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
                return web.Response(status=502, text=page, content_type="text/html")
            case Fault.RESET:
                _reset(request)
                return web.Response(status=500)
            case Fault.HANG:
                await asyncio.Event().wait()
            case Fault.ACCEPT_THEN_HANG:
                await self._answer(request, body, behaviour.dialect)
                await asyncio.Event().wait()
        status, message = await self._answer(request, body, behaviour.dialect)
        return web.Response(status=status, body=orjson.dumps(message), content_type="application/json")

    async def _answer(self, request: web.Request, body: bytes, dialect: Dialect) -> tuple[int, Json]:
        request_id: Json = None
        try:
            signer = _signer(request.headers.get(HEADER), body, dialect)
            call = read_request(body)
            request_id = call.id
            result = await self._dispatch(call, signer, dialect)
        except Refusal as refusal:
            return error_answer(dialect, request_id, refusal)
        return 200, result_body(dialect, request_id, result)

    async def _dispatch(self, call: RpcRequest, signer: Address | None, dialect: Dialect) -> Json:
        if call.method not in _METHODS[dialect]:
            known = ", ".join(sorted(_METHODS[dialect]))
            message = f"invalid method, only {known} supported, you provided: {call.method}"
            raise Refusal(RefusalKind.METHOD, message)
        match call.method:
            case "eth_sendBundle":
                return await self._send_bundle(call, signer, dialect)
            case "eth_callBundle":
                return await self._call_bundle(call, dialect)
            case "eth_cancelBundle":
                return self._cancel(read_cancellation(call.params, dialect), signer, dialect)
            case "eth_sendPrivateTransaction":
                private = read_private_transaction(call.params, signer, await self._head())
                self._pool.add_private(private)
                return 200 if dialect is Dialect.TITAN else private.tx.hash
            case _:
                return self._pool.cancel_private(read_private_cancellation(call.params), signer)

    async def _send_bundle(self, call: RpcRequest, signer: Address | None, dialect: Dialect) -> Json:
        wanted = read_bundle(call.params, signer, dialect, await self._head())
        if isinstance(wanted, Cancellation):
            return self._cancel(wanted, signer, dialect)
        self._pool.add(wanted)
        self._received += 1
        opaque = to_hash(keccak(bytes.fromhex(wanted.hash[2:]) + self._received.to_bytes(8, "big")))
        return bundle_accepted(dialect, wanted.hash, opaque, time.time() * 1000)

    async def _call_bundle(self, call: RpcRequest, dialect: Dialect) -> Json:
        result = await call_bundle(self._node, read_call_bundle(call.params), self._coinbase, self._chain_id)
        if dialect is Dialect.LEGACY and result["totalGasUsed"] < _LEAST_GAS_OF_LEGACY:
            message = f"bundle used too little gas, must use at least {_LEAST_GAS_OF_LEGACY}"
            raise Refusal(RefusalKind.PARAMS, message)
        return result

    def _cancel(self, cancellation: Cancellation, signer: Address | None, dialect: Dialect) -> Json:
        return cancelled(dialect, [bundle.hash for bundle in self._pool.cancel(cancellation.uuid, signer)])


def _signer(header: str | None, body: bytes, dialect: Dialect) -> Address | None:
    if header is None and dialect is Dialect.TITAN:
        return None
    if header is None and dialect is Dialect.FLASHBOTS:
        raise Refusal(RefusalKind.SIGNATURE, "signature is required")
    try:
        return verify_signature(header, body)
    except SignatureRefused as refused:
        raise Refusal(RefusalKind.SIGNATURE, str(refused)) from refused


def _reset(request: web.Request) -> None:
    """Ends the connection with a RST instead of an orderly close."""
    if request.transport is None:
        return
    peer: socket.socket = request.transport.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
