"""JSON-RPC over a websocket: pipelined calls, subscriptions that survive reconnects and say when they were interrupted."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from keeper.chain.lifetime import Background
from keeper.chain.limits import Limiter
from keeper.chain.rpc import (
    Endpoint,
    JsonValue,
    NodeUnavailable,
    RpcRefused,
    check_chain,
    encode_request,
    result_of,
    unavailable,
)

_MAX_MESSAGE = 64 << 20
_QUEUE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Stands in a subscription's queue where messages may have been lost: fill the gap, then go on."""

    reason: str


@dataclass(eq=False, slots=True)
class Subscription:
    """One ``eth_subscribe``: its parameters and everything received, in order."""

    params: tuple[Any, ...]
    queue: asyncio.Queue[JsonValue | Interrupted] = field(default_factory=lambda: asyncio.Queue(_QUEUE_LIMIT))

    def put(self, item: JsonValue | Interrupted) -> None:
        """Queue an item; a reader that has fallen hopelessly behind finds one interruption instead of the backlog."""
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(Interrupted("the reader fell behind"))
        self.queue.put_nowait(item)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between attempts to connect: doubling, with full jitter, for ever."""

    first_seconds: float = 0.1
    longest_seconds: float = 10.0

    def wait(self, attempt: int) -> float:
        """Seconds before the given attempt, the first being 0."""
        ceiling = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt, 32))
        return ceiling * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, hides nothing


class WsClient:
    """``async with WsClient(endpoint) as client``; reconnects for ever, re-subscribing each time.

    Calls made while it is down wait for the connection within their own time-out; those under way when it breaks
    raise ``NodeUnavailable``, since nobody knows whether the node carried them out.
    """

    def __init__(self, endpoint: Endpoint, *, heartbeat_seconds: float = 5.0, backoff: Backoff | None = None) -> None:
        self.endpoint = endpoint
        self.connections = 0
        """How often a connection was made and made ready; one more than the reconnects."""
        self.strays = 0
        """Frames that were no JSON or answered nothing that was asked."""
        self._heartbeat = heartbeat_seconds
        self._backoff = backoff or Backoff()
        self._limiter = Limiter(endpoint)
        self._ids = itertools.count(1)
        self._pending: dict[int, tuple[asyncio.Future[JsonValue], Subscription | None]] = {}
        self._subscriptions: dict[Subscription, str] = {}
        self._by_server_id: dict[str, Subscription] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._ready = asyncio.Event()
        self._background: Background | None = None

    async def __aenter__(self) -> Self:
        """Connect; raises what the first attempt raised, unless it succeeds within the endpoint's time-out."""
        self._last_failure: NodeUnavailable | None = None
        self._background = Background(self._run())
        await self._background.__aenter__()
        try:
            await self._wait_ready(self.endpoint.timeout_seconds)
        except BaseException as error:
            await self._background.__aexit__(type(error), error, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._background is not None:
            await self._background.__aexit__(kind, error, trace)

    async def call(self, method: str, *params: Any, timeout_seconds: float | None = None) -> JsonValue:  # noqa: ANN401 - JSON
        """The result of one request."""
        limit = timeout_seconds or self.endpoint.timeout_seconds
        try:
            async with asyncio.timeout(limit):
                if not self._ready.is_set():
                    await self._wait_ready(limit)
                return await self._ask(method, params)
        except TimeoutError:
            raise unavailable(self.endpoint, "TIMEOUT", f"{method}: no answer in {limit} s") from None

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[JsonValue | RpcRefused]:
        """The results in order. All requests are sent before the first answer is awaited."""
        limit = self.endpoint.timeout_seconds
        sent: list[tuple[int, asyncio.Future[JsonValue]]] = []
        try:
            async with asyncio.timeout(limit):
                if not self._ready.is_set():
                    await self._wait_ready(limit)
                for method, params in calls:
                    sent.append(await self._send(method, params))
                await asyncio.gather(*(future for _, future in sent), return_exceptions=True)
        except TimeoutError:
            raise unavailable(self.endpoint, "TIMEOUT", f"{len(calls)} requests: no answer in {limit} s") from None
        finally:
            for request_id, future in sent:
                self._pending.pop(request_id, None)
                future.cancel()
        results: list[JsonValue | RpcRefused] = []
        for _, future in sent:
            error = future.exception()
            if error is not None and not isinstance(error, RpcRefused):
                raise error
            results.append(error if error is not None else future.result())
        return results

    async def subscribe(self, *params: Any) -> Subscription:  # noqa: ANN401 - JSON
        """Subscribe, e.g. ``subscribe("logs", {...})``, now and after each reconnect.

        Raises ``RpcRefused`` where the node does not offer it.
        """
        subscription = Subscription(params)
        limit = self.endpoint.timeout_seconds
        try:
            async with asyncio.timeout(limit):
                await self._wait_ready(limit)
                await self._ask("eth_subscribe", params, subscription)
        except TimeoutError:
            raise unavailable(self.endpoint, "TIMEOUT", f"eth_subscribe: no answer in {limit} s") from None
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription; that the node does not know it any more is no error."""
        server_id = self._subscriptions.pop(subscription, None)
        if server_id is not None and self._by_server_id.pop(server_id, None) is not None:
            with contextlib.suppress(RpcRefused, NodeUnavailable):
                await self.call("eth_unsubscribe", server_id)

    async def _wait_ready(self, limit: float) -> None:
        try:
            async with asyncio.timeout(limit):
                await self._ready.wait()
        except TimeoutError:
            failure = self._last_failure
            raise failure or unavailable(self.endpoint, "TIMEOUT", f"not connected in {limit} s") from None

    async def _ask(self, method: str, params: Sequence[Any], subscription: Subscription | None = None) -> JsonValue:
        request_id, future = await self._send(method, params, subscription)
        try:
            return await future
        finally:
            self._pending.pop(request_id, None)

    async def _send(
        self, method: str, params: Sequence[Any], subscription: Subscription | None = None
    ) -> tuple[int, asyncio.Future[JsonValue]]:
        async with self._limiter.one():
            socket = self._socket
            if socket is None:
                raise unavailable(self.endpoint, "CONNECTION", f"{method}: the connection is gone")
            request_id = next(self._ids)
            future: asyncio.Future[JsonValue] = asyncio.get_running_loop().create_future()
            self._pending[request_id] = (future, subscription)
            try:
                await socket.send_str(encode_request(request_id, method, params).decode())
            except (aiohttp.ClientError, OSError):
                self._pending.pop(request_id, None)
                raise unavailable(self.endpoint, "CONNECTION", f"{method}: the connection broke") from None
            except BaseException:
                self._pending.pop(request_id, None)
                raise
            return request_id, future

    async def _run(self) -> None:
        attempt = 0
        async with aiohttp.ClientSession() as session:
            while True:
                made = self.connections
                try:
                    await self._connection(session)
                except NodeUnavailable as failure:
                    self._last_failure = failure
                finally:
                    self._disconnected()
                attempt = 0 if self.connections > made else attempt + 1
                await asyncio.sleep(self._backoff.wait(attempt))

    async def _connection(self, session: aiohttp.ClientSession) -> None:
        """One connection from its making to its end."""
        limit = self.endpoint.timeout_seconds
        try:
            async with asyncio.timeout(limit):
                socket = await session.ws_connect(
                    self.endpoint.url, heartbeat=self._heartbeat, max_msg_size=_MAX_MESSAGE
                )
        except TimeoutError:
            raise unavailable(self.endpoint, "TIMEOUT", f"no connection in {limit} s") from None
        except aiohttp.WSServerHandshakeError as error:
            kind = "RATE_LIMITED" if error.status == 429 else "HTTP_STATUS"
            raise unavailable(self.endpoint, kind, f"HTTP {error.status} to the handshake") from None
        except (aiohttp.ClientError, OSError) as error:
            # Not chained: aiohttp's texts hold the whole URL, and with it a key.
            raise unavailable(self.endpoint, "CONNECTION", type(error).__name__) from None
        async with socket:
            self._socket = socket
            async with Background(self._read(socket)) as reading:
                try:
                    async with asyncio.timeout(limit):
                        await self._prepare()
                except TimeoutError:
                    raise unavailable(self.endpoint, "TIMEOUT", "the node does not answer") from None
                except RpcRefused as refused:
                    raise unavailable(self.endpoint, "CONNECTION", refused.message) from None
                self.connections += 1
                self._ready.set()
                await reading.finished()
        raise unavailable(self.endpoint, "CONNECTION", f"closed with code {socket.close_code}")

    async def _prepare(self) -> None:
        """Check the chain and renew every subscription before anybody else may call."""
        if self.endpoint.chain_id is not None:
            check_chain(self.endpoint, await self._ask("eth_chainId", ()))
        for subscription in list(self._subscriptions):
            await self._ask("eth_subscribe", subscription.params, subscription)
            subscription.put(Interrupted("the connection was lost"))

    def _disconnected(self) -> None:
        self._ready.clear()
        self._socket = None
        self._by_server_id.clear()
        pending, self._pending = self._pending, {}
        for future, _ in pending.values():
            if not future.done():
                future.set_exception(unavailable(self.endpoint, "CONNECTION", "the connection broke"))
                future.exception()  # whoever awaits it gets it; nobody has to

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                continue
            try:
                message = orjson.loads(frame.data)
            except orjson.JSONDecodeError:
                self.strays += 1
                continue
            for item in message if isinstance(message, list) else [message]:
                self._received(item)
        # Whoever still waits for an answer on this connection will not get it.
        self._disconnected()

    def _received(self, message: JsonValue) -> None:
        if not isinstance(message, dict):
            self.strays += 1
            return
        if message.get("method") == "eth_subscription":
            self._notified(message.get("params"))
            return
        waiting = self._pending.pop(message["id"], None) if isinstance(message.get("id"), int) else None
        if waiting is None:
            self.strays += 1
            return
        future, subscription = waiting
        if future.done():
            return
        try:
            result = result_of(self.endpoint, message)
        except (RpcRefused, NodeUnavailable) as error:
            future.set_exception(error)
            return
        if subscription is not None:
            # Here, not in subscribe(): its first message may stand in the very next frame.
            self._subscriptions[subscription] = str(result)
            self._by_server_id[str(result)] = subscription
        future.set_result(result)

    def _notified(self, params: JsonValue) -> None:
        params = params if isinstance(params, dict) else {}
        found = self._by_server_id.get(str(params.get("subscription")))
        if found is None:
            self.strays += 1
            return
        found.put(params.get("result"))
