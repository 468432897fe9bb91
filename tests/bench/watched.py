"""The engine and its parts as they are, with a stopwatch at their doors."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

import aiohttp

from keeper.book import Book, Desk
from keeper.chain.reader import Reader
from keeper.chain.signer import LocalSigner, SignedTransaction, Signer, TransactionFields
from keeper.domain.adapters import Happening
from keeper.domain.blocks import Committed, Header, Log
from keeper.domain.denials import Denial
from keeper.domain.env import Env
from keeper.domain.facts import Change, Facts, Key
from keeper.domain.plans import Opportunity, Plan
from keeper.domain.units import Address, Hash32
from keeper.engine import Adapters, Engine, Parts
from keeper.engine.engine import Means
from keeper.engine.knowledge import Knowledge
from keeper.execution.answers import Answer
from keeper.execution.envelope import Envelope
from keeper.execution.relays import Relay, RelaySettings, SignedRequests
from keeper.planning import Context, Planner
from keeper.simulation import Proven, Simulator


@dataclass
class Watch:
    """One tick on the clock. ``sums`` adds up by stage; ``spans`` goes from a stage's first beginning to its last end."""

    sums: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    handed_over: list[int] = field(default_factory=list)
    """When each bundle was given to its relay's connection."""

    def add(self, stage: str, began: int) -> None:
        self.sums[stage] += perf_counter_ns() - began

    def span(self, stage: str, began: int) -> None:
        now = perf_counter_ns()
        first, last = self.spans.get(stage, (began, now))
        self.spans[stage] = min(first, began), max(last, now)

    def of(self, stage: str) -> int:
        first, last = self.spans.get(stage, (0, 0))
        return self.sums[stage] + last - first


class WatchedAdapters(Adapters):
    def __init__(self, adapters: Adapters, watch: Watch) -> None:
        super().__init__(adapters.protocols.values(), adapters.venues.values())
        self._watch = watch

    def apply(
        self, log: Log, timestamp: int, facts: Facts, write: Callable[[Iterable[Change]], None]
    ) -> tuple[dict[str, set[Key[object]]], list[Happening]]:
        began = perf_counter_ns()
        applied = super().apply(log, timestamp, facts, write)
        self._watch.add("logs", began)
        return applied


class WatchedKnowledge(Knowledge):
    def __init__(self, book: Book, adapters: Adapters, reader: Reader, watch: Watch) -> None:
        super().__init__(book, adapters, reader)
        self._watch = watch

    async def refresh(
        self, stale: Mapping[str, Collection[Key[object]]], block: Hash32, write: Callable[[Iterable[Change]], None]
    ) -> None:
        began = perf_counter_ns()
        await super().refresh(stale, block, write)
        self._watch.add("refresh", began)

    async def refresh_volatile(self, collections: Iterable[Address], block: Hash32) -> None:
        before, began = self._watch.sums["refresh"], perf_counter_ns()
        await super().refresh_volatile(collections, block)
        self._watch.sums["refresh"] = before
        self._watch.add("volatile", began)


@dataclass(frozen=True)
class WatchedPlanner(Planner):
    watch: Watch

    def choose(self, opportunities: Iterable[Opportunity], context: Context) -> tuple[list[Plan], list[Denial]]:
        began = perf_counter_ns()
        chosen = super().choose(opportunities, context)
        self.watch.add("planning", began)
        return chosen


class WatchedSigner:
    """A ``Signer``."""

    def __init__(self, signer: LocalSigner, watch: Watch) -> None:
        self._signer = signer
        self._watch = watch

    @property
    def address(self) -> Address:
        return self._signer.address

    async def sign_transaction(self, fields: TransactionFields) -> SignedTransaction:
        began = perf_counter_ns()
        signed = await self._signer.sign_transaction(fields)
        self._watch.add("signing", began)
        return signed

    async def sign_message(self, text: str) -> bytes:
        return await self._signer.sign_message(text)


class WatchedRequests(SignedRequests):
    def __init__(self, auth: LocalSigner, watch: Watch) -> None:
        super().__init__(auth)
        self._watch = watch

    def make(self, method: str, params: Sequence[Any]) -> tuple[bytes, dict[str, str]]:
        began = perf_counter_ns()
        made = super().make(method, params)
        self._watch.add("signing", began)
        return made


class WatchedRelay(Relay):
    def __init__(self, settings: RelaySettings, session: aiohttp.ClientSession, watch: Watch) -> None:
        super().__init__(settings, session)
        self._watch = watch

    async def send(self, request: tuple[bytes, dict[str, str]]) -> Answer:
        self._watch.handed_over.append(perf_counter_ns())
        return await super().send(request)


@dataclass(frozen=True)
class WatchedSimulator(Simulator):
    watch: Watch

    async def prove(self, envelope: Envelope, signer: Signer, parent: Header) -> Proven | Denial:
        began = perf_counter_ns()
        outcome = await super().prove(envelope, signer, parent)
        self.watch.span("simulation", began)
        return outcome


class WatchedEngine(Engine):
    def __init__(self, parts: Parts, watch: Watch) -> None:
        super().__init__(parts)
        self._watch = watch

    async def tick(self, committed: Committed) -> None:
        """One block, as the newest that there is."""
        await self._tick(committed, newest=True)

    async def _open_desk(self, env: Env, block: Hash32) -> Desk:
        began = perf_counter_ns()
        desk = await super()._open_desk(env, block)
        self._watch.add("index", began)
        self._watch.sums["index"] -= self._watch.sums["volatile"]
        return desk

    def _ask_strategies(self, desk: Desk, env: Env) -> tuple[list[Opportunity], list[Denial]]:
        began = perf_counter_ns()
        answer = super()._ask_strategies(desk, env)
        self._watch.add("strategy", began)
        return answer

    async def _means(self, block: Hash32) -> Means:
        began = perf_counter_ns()
        means = await super()._means(block)
        self._watch.add("means", began)
        return means

    def _envelope(self, plan: Plan, sender: Address, nonce: int) -> Envelope:
        began = perf_counter_ns()
        envelope = super()._envelope(plan, sender, nonce)
        self._watch.add("signing", began)
        return envelope

    async def _send(self, proven: Sequence[Proven]) -> list[Denial]:
        began = perf_counter_ns()
        denials = await super()._send(proven)
        self._watch.add("sending", began)
        return denials
