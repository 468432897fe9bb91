"""Keeping the book true: history at the start, logs and refreshed facts block by block, and all of it taken back.

This is the one writer. Nothing else applies a change.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from keeper import observe
from keeper.book import Book
from keeper.chain.backfill import backfill
from keeper.chain.interests import LogFilter
from keeper.chain.reader import Reader
from keeper.domain.adapters import Adapter, Happening
from keeper.domain.blocks import Block, Header, LogInterest
from keeper.domain.calls import Reading
from keeper.domain.errors import HaltAdapter, RetryLater, SkipItem
from keeper.domain.facts import Change, Facts, Key
from keeper.domain.units import Address, Hash32
from keeper.engine.adapters import Adapters

T = TypeVar("T")
Stale = Mapping[str, Collection[Key[object]]]

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0


class Knowledge:
    """The book and everything that writes to it."""

    def __init__(
        self, book: Book, adapters: Adapters, reader: Reader, on_progress: Callable[[], None] = lambda: None
    ) -> None:
        """``on_progress`` is called for every block of history that was read."""
        self.book = book
        self.adapters = adapters
        self._reader = reader
        self._on_progress = on_progress
        self.left: set[Hash32] = set()
        """Blocks that have left the chain and are still to be taken back: nothing need be read at them any more."""

    async def learn_history(self, anchor: Header, who: Address) -> list[Happening]:
        """Everything up to ``anchor``: what the adapters ask for first, then every log since their deployments.

        Returns what happened to ``who``, each adapter's in order: an earlier process may not have seen it.
        """
        for adapter in self.adapters.live:
            reading = partial(adapter.bootstrap, self.book)
            changes = await self._guarded_drive(adapter.deployment, reading, anchor.hash)
            self.book.apply_timeless(changes)
        known: frozenset[LogInterest] = frozenset()
        happened: list[Happening] = []
        while (wanted := self.adapters.interests(self.book)) != known:
            happened += await self.learn_past(wanted - known, anchor, who)
            known = wanted
        return happened

    async def learn_past(self, interests: frozenset[LogInterest], last: Header, who: Address) -> list[Happening]:
        """The history of some logs up to a block, written as what no reorganisation takes back; what happened to ``who``."""
        happened: list[Happening] = []
        for adapter in self.adapters.live:
            own = interests.intersection(adapter.interests(self.book))
            if own and adapter.start_block is not None:
                happened += await self._learn_past_of(adapter, own, adapter.start_block, last, who)
        return happened

    async def _learn_past_of(
        self, adapter: Adapter, interests: frozenset[LogInterest], first: int, last: Header, who: Address
    ) -> list[Happening]:
        stale: set[Key[object]] = set()
        happened: list[Happening] = []
        async for block in backfill(self._reader, LogFilter(interests), first, last.number):
            self._on_progress()
            for log in block.logs:
                applied = self.adapters.apply_to(
                    adapter, log, block.header.timestamp, self.book, self.book.apply_timeless
                )
                stale.update(applied.stale)
                happened += (happening for happening in applied.happenings if happening.account == who)
        await self.refresh({adapter.deployment: stale}, last.hash, self.book.apply_timeless)
        return happened

    def learn(self, learning: Callable[[Facts], Sequence[Change]]) -> None:
        """Take in what no block brought; what is no good is told and left out."""
        try:
            self.book.apply_timeless(learning(self.book))
        except SkipItem as error:
            observe.endpoint_failed("feed", error)

    async def commit(self, block: Block, before_closing: Callable[[], Awaitable[None]]) -> list[Happening]:
        """Apply a block: its logs in order, then what they made stale, then what ``before_closing`` still reads."""
        self.book.begin(block.header)
        stale: dict[str, set[Key[object]]] = {}
        happenings: list[Happening] = []
        for log in block.logs:
            became_stale, happened = self.adapters.apply(log, block.header.timestamp, self.book, self.book.apply)
            happenings += happened
            for deployment, keys in became_stale.items():
                stale.setdefault(deployment, set()).update(keys)
        await self.refresh(stale, block.header.hash, self.book.apply)
        await before_closing()
        self.book.commit()
        observe.block_committed(block)
        return happenings

    async def refresh(self, stale: Stale, block: Hash32, write: Callable[[Iterable[Change]], None]) -> None:
        """Read stale facts anew at one block."""
        for deployment, keys in stale.items():
            if not keys:
                continue
            reading = partial(self.adapters.refreshing, deployment, tuple(keys), self.book)
            write(await self._guarded_drive(deployment, reading, block))

    async def refresh_volatile(self, collections: Iterable[Address], block: Hash32) -> None:
        """Read what can change without a log of ours, before decisions about these collections hang on it."""
        await self.refresh(self.adapters.volatile(collections, self.book), block, self.book.apply)

    async def _guarded_drive(
        self, deployment: str, reading: Callable[[], Reading[Sequence[Change]]], block: Hash32
    ) -> Sequence[Change]:
        """A dialogue to its end, however long the node takes to come back; nothing from an adapter that halts in it, nor of
        a block that leaves the chain meanwhile."""
        if deployment in self.adapters.halted:
            return ()
        try:
            changes = await patiently(lambda: self._reader.drive(reading(), block), lambda: block in self.left)
        except Overtaken:
            return ()
        except HaltAdapter as error:
            self.adapters.halt(self.adapters.adapter(deployment), error)
            return ()
        return changes


class Overtaken(Exception):
    """What was tried is not wanted any more."""


async def patiently(attempt: Callable[[], Awaitable[T]], overtaken: Callable[[], bool] = lambda: False) -> T:
    """The result of an attempt that is made until the node answers: a block cannot be closed without it.

    Raises ``Overtaken`` after a failed attempt if by then nobody wants it any more.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await attempt()
        except (RetryLater, SkipItem) as error:
            if overtaken():
                raise Overtaken from error
            observe.endpoint_failed("reader", error)
            await asyncio.sleep(getattr(error, "after_seconds", None) or pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
