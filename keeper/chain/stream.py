"""The block stream: the thin shell around the block clock, which subscribes, fetches and passes events on."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from keeper.chain.backfill import whole_range
from keeper.chain.clock import BlockClock
from keeper.chain.interests import LogFilter
from keeper.chain.lifetime import Background, sole_error
from keeper.chain.reader import Reader, UnknownBlock
from keeper.chain.rpc import JsonValue, NodeUnavailable, RpcRefused
from keeper.chain.wire import read_header, read_log, read_pending
from keeper.chain.wishes import FetchHead, FetchHeader, FetchHeaderAt, FetchLogs, Output, Wish
from keeper.chain.ws_client import Interrupted, Subscription, WsClient
from keeper.domain.blocks import ChainEvent, Committed, Header, LogInterest, PendingTransaction, Reverted
from keeper.domain.errors import KeeperError

T = TypeVar("T")

_PENDING_BACKLOG = 5_000


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How the stream watches."""

    reorg_depth: int = 64
    range_blocks: int = 64
    """How many blocks of a gap are read at once."""
    tick_seconds: float = 0.25
    """How soon something that failed is tried again."""
    quiet_seconds: float = 30.0
    """After so long without a header the head is asked for: a subscription can die in silence."""
    poll_seconds: float = 1.0
    """How often the head is asked for where nothing can be subscribed to."""
    pending: bool = False
    """Whether to watch the public pool, if a node offers transactions with their bodies."""


class StreamObserver(Protocol):
    """Who is told what the stream lives through."""

    def stream_interrupted(self, endpoint: str, reason: str) -> None:
        """A subscription lost messages; the gap is being filled."""

    def stream_degraded(self, error: KeeperError) -> None:
        """Something the stream needs failed and will be tried again, or is not offered."""

    def gap_filled(self, first: int, last: int) -> None:
        """Blocks that nobody announced were fetched, both ends included."""


class Unobserved:
    """An observer that is told everything and tells nobody."""

    def stream_interrupted(self, endpoint: str, reason: str) -> None:
        """See ``StreamObserver``."""

    def stream_degraded(self, error: KeeperError) -> None:
        """See ``StreamObserver``."""

    def gap_filled(self, first: int, last: int) -> None:
        """See ``StreamObserver``."""


class BlockStream:
    """``async with BlockStream(...) as stream: async for event in stream.events()``.

    ``history`` is the chain already known, oldest first (see ``recent_history``); the first block committed is the one
    after its last. Without subscribers the head is polled. Raises ``StopProcess`` as the clock does.
    """

    def __init__(
        self,
        reader: Reader,
        interests: Iterable[LogInterest],
        history: Sequence[Header],
        *,
        subscribers: Sequence[WsClient] = (),
        options: StreamOptions | None = None,
        observer: StreamObserver | None = None,
    ) -> None:
        self._reader = reader
        self._options = options or StreamOptions()
        self._observer = observer or Unobserved()
        self._subscribers = tuple(subscribers)
        self._wanted = LogFilter(interests)
        self._clock = BlockClock(
            self._wanted,
            history,
            reorg_depth=self._options.reorg_depth,
            range_blocks=self._options.range_blocks,
            quiet_seconds=self._options.quiet_seconds if self._subscribers else math.inf,
        )
        self._events: asyncio.Queue[ChainEvent] = asyncio.Queue()
        self._group: asyncio.TaskGroup | None = None
        self._changed = {subscriber: asyncio.Event() for subscriber in self._subscribers}
        self._background: Background | None = None

    async def __aenter__(self) -> Self:
        self._background = Background(self.run())
        await self._background.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._background is not None:
            await self._background.__aexit__(kind, error, trace)

    @property
    def tip(self) -> Header | None:
        """The newest block that was committed, whether or not its event has been taken yet."""
        return self._clock.tip

    async def events(self) -> AsyncIterator[ChainEvent]:
        """Everything that happens from the history's end on, without an end of its own."""
        while True:
            yield await self._events.get()

    def set_interests(self, interests: Iterable[LogInterest]) -> Header | None:
        """Change which logs blocks carry from now on.

        Returns the tip: blocks up to it were closed with the old interests, some of them perhaps still waiting in
        ``events``; whoever adds an interest reads its history up to that block by ``backfill``.
        """
        self._wanted = LogFilter(interests)
        self._take(self._clock.set_wanted(self._wanted))
        for changed in self._changed.values():
            changed.set()
        return self.tip

    async def run(self) -> None:
        """Watch until cancelled; for those who have a task group of their own."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for subscriber in self._subscribers:
                    group.create_task(self._watch_heads(subscriber))
                    group.create_task(self._watch_logs(subscriber))
                    if self._options.pending:
                        group.create_task(self._watch_pending(subscriber))
                if not self._subscribers:
                    group.create_task(self._poll())
                group.create_task(self._tick())
        except BaseExceptionGroup as failed:
            raise sole_error(failed) from None
        finally:
            self._group = None

    def _take(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Committed | Reverted):
                self._events.put_nowait(output)
            elif self._group is not None:
                self._group.create_task(self._fulfil(output))

    async def _fulfil(self, wish: Wish) -> None:
        """Fetch what the clock wants and give it the answer."""
        try:
            outputs = await self._fetch(wish)
        except (NodeUnavailable, RpcRefused) as error:
            self._observer.stream_degraded(error)
            outputs = self._clock.failed(wish)
        self._take(outputs)

    async def _fetch(self, wish: Wish) -> list[Output]:
        reader, clock = self._reader, self._clock
        if isinstance(wish, FetchHead):
            return clock.head_found(await reader.block("latest"), time.monotonic())
        if isinstance(wish, FetchHeaderAt):
            at = await _or_none(reader.block(wish.number))
            return clock.header_at(wish, at, time.monotonic())
        if isinstance(wish, FetchHeader):
            found = await _or_none(reader.block(wish.hash))
            return clock.header_found(wish, found, time.monotonic())
        if isinstance(wish, FetchLogs):
            return clock.logs_found(wish, await _or_none(reader.logs_of(wish.wanted, wish.hash)))
        blocks = await _or_none(whole_range(reader, wish.wanted, wish.first, wish.last))
        if blocks is not None:
            self._observer.gap_filled(wish.first, wish.last)
        return clock.range_found(wish, blocks, time.monotonic())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._options.tick_seconds)
            self._take(self._clock.tick(time.monotonic()))

    async def _poll(self) -> None:
        while True:
            await self._fulfil(FetchHead())
            await asyncio.sleep(self._options.poll_seconds)

    async def _watch_heads(self, subscriber: WsClient) -> None:
        try:
            subscription = await self._subscribe(subscriber, "newHeads")
        except RpcRefused as refused:
            self._observer.stream_degraded(refused)
            await self._poll()
            return
        await self._fulfil(FetchHead())  # only now: nothing can fall between the head and the first announcement
        while True:
            item = await subscription.queue.get()
            now = time.monotonic()
            if isinstance(item, Interrupted):
                self._observer.stream_interrupted(subscriber.endpoint.label, item.reason)
                await self._fulfil(FetchHead())
            else:
                self._received(lambda raw: self._clock.header_seen(read_header(raw), now), item)  # noqa: B023 - at once

    async def _watch_logs(self, subscriber: WsClient) -> None:
        """Subscribe to the wanted logs, and anew whenever they change; the new before the old ends."""
        watched: dict[Subscription, asyncio.Task[None]] = {}
        while True:
            self._changed[subscriber].clear()
            old, watched = watched, {}
            try:
                for query in self._wanted.queries():
                    subscription = await self._subscribe(subscriber, "logs", query)
                    watched[subscription] = self._start(self._follow_logs(subscription))
            except RpcRefused as refused:
                self._observer.stream_degraded(refused)  # blocks are closed by eth_getLogs all the same
            for subscription, task in old.items():
                task.cancel()
                await subscriber.unsubscribe(subscription)
            await self._changed[subscriber].wait()

    async def _follow_logs(self, subscription: Subscription) -> None:
        while True:
            item = await subscription.queue.get()
            if not isinstance(item, Interrupted):
                self._received(lambda raw: self._clock.log_seen(read_log(raw), removed=bool(raw.get("removed"))), item)

    async def _watch_pending(self, subscriber: WsClient) -> None:
        try:
            subscription = await self._subscribe(subscriber, "newPendingTransactions", True)
        except RpcRefused as refused:
            self._observer.stream_degraded(refused)
            return
        while True:
            item = await subscription.queue.get()
            if isinstance(item, Interrupted):
                continue
            if not isinstance(item, dict):
                why = f"{subscriber.endpoint.label} tells only the hashes of pending transactions"
                self._observer.stream_degraded(RpcRefused(why, 0, b""))
                await subscriber.unsubscribe(subscription)
                return
            self._pending(item)

    def _pending(self, raw: JsonValue) -> None:
        try:
            transaction: PendingTransaction = read_pending(raw)
        except NodeUnavailable as error:
            self._observer.stream_degraded(error)
            return
        if self._events.qsize() < _PENDING_BACKLOG:  # old news is worth less than memory
            self._events.put_nowait(transaction)

    def _received(self, give: Callable[[JsonValue], list[Output]], raw: JsonValue) -> None:
        """Give the clock an announcement; a malformed one is as good as lost, so the head is asked for."""
        try:
            outputs = give(raw)
        except NodeUnavailable as error:
            self._observer.stream_degraded(error)
            outputs = [FetchHead()]
        self._take(outputs)

    async def _subscribe(self, subscriber: WsClient, *params: Any) -> Subscription:  # noqa: ANN401 - JSON
        while True:
            try:
                return await subscriber.subscribe(*params)
            except NodeUnavailable as error:
                self._observer.stream_degraded(error)
                await asyncio.sleep(self._options.tick_seconds)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._group is not None  # noqa: S101 - only called by the group's own tasks
        return self._group.create_task(work)


async def _or_none(answer: Awaitable[T]) -> T | None:
    """``None`` for a block that the node does not know."""
    try:
        return await answer
    except UnknownBlock:
        return None
