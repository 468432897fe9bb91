"""Engines on the proving ground, with strategies of a few lines, and waiting that ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from keeper import observe
from keeper.book import Book
from keeper.chain.reader import Reader
from keeper.chain.stream import BlockStream, StreamOptions
from keeper.config.schema import Mode
from keeper.domain.blocks import Header, LogInterest
from keeper.domain.denials import Denial
from keeper.domain.env import Env
from keeper.domain.plans import Appetite, Opportunity, Shape
from keeper.domain.positions import PositionKey
from keeper.domain.steps import Delivery, Kind, Role, Settlement, Step
from keeper.domain.strategy import Desk, Strategy
from keeper.domain.triggers import TriggerResult
from keeper.domain.units import ETHER, Wei
from keeper.engine import Adapters, Engine, Parts
from keeper.engine.knowledge import Knowledge
from keeper.execution.fanout import Fanout
from keeper.execution.lanes import Lanes
from keeper.ledger import Ledger
from keeper.planning import Planner
from keeper.risk import KillSwitch, Limits, RiskGate
from keeper.venues.flash import FlashLenders
from tests.support.ground import FLAT_TIP, GAS, PRIORITY_FEE, TIP, Ground

_PLENTY = Wei(10_000 * ETHER)
_FAST = StreamOptions(reorg_depth=16, poll_seconds=0.02, tick_seconds=0.02)


@dataclass
class Gifts:
    """Proposes every block to take its gifts, until none is left; remembers which blocks it was asked about."""

    place: Ground
    amounts: dict[str, int]
    name: str = "gifts"
    asked: list[int] = field(default_factory=list)

    def decide(self, desk: Desk, env: Env) -> Iterable[Opportunity | Denial]:  # noqa: ARG002 - gifts are not in the book
        self.asked.append(env.block)
        for native_id, amount in self.amounts.items():
            yield self._opportunity(native_id, amount)

    def _opportunity(self, native_id: str, amount: int) -> Opportunity:
        key = PositionKey(31337, "gifts", "local", native_id)
        step = Step(
            kind=Kind.SEIZE_TOKENS,
            position=key,
            piece=None,
            role=Role.ANYONE,
            pre=TriggerResult(True),
            settlement=Settlement.SYNC,
            call=self.place.take(amount),
            gas=GAS,
            receives=(Delivery(self.place.weth, amount),),
        )
        return Opportunity(
            strategy=self.name,
            position=key,
            version=(1, 1),
            shape=Shape.ATOMIC,
            steps=(step,),
            pieces=(),
            exits=frozenset(),
            appetite=Appetite(Wei(0), TIP, FLAT_TIP),
        )


@dataclass
class Broken:
    """Fails in the middle of what it has to say."""

    name: str = "broken"
    asked: int = 0

    def decide(self, desk: Desk, env: Env) -> Iterable[Opportunity | Denial]:  # noqa: ARG002 - it never looks
        self.asked += 1
        yield from ()
        raise ZeroDivisionError("no floor under this price")


@dataclass(frozen=True, slots=True)
class Running:
    """An engine at work."""

    place: Ground
    ledger: Ledger
    parts: Parts

    async def evaluated(self, block: int) -> None:
        """Until it has decided about a block."""

        def has() -> bool:
            seen = self.parts.health.liveness()["block"]
            return isinstance(seen, int) and seen >= block

        await until(has)

    async def next_block(self) -> Header:
        """The relay builds one; returns when the engine has looked at it."""
        built = await self.place.relay.build_block()
        await self.evaluated(built.header.number)
        return await self.place.head()


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)


def make_parts(
    place: Ground,
    ledger: Ledger,
    folder: Path,
    strategies: Sequence[Strategy],
    *,
    adapters: Adapters | None = None,
    reader: Reader | None = None,
    mode: Mode = Mode.LIVE,
) -> Parts:
    reader = reader or place.reader
    adapters = adapters or Adapters([], [])
    lenders = place.world.lenders
    relay = place.client_of(place.relay.url)

    def make_stream(interests: frozenset[LogInterest], history: Sequence[Header]) -> BlockStream:
        return BlockStream(reader, interests, history, options=_FAST)

    return Parts(
        chain_id=31337,
        weth=place.weth,
        executor=place.world.executor,
        block_seconds=12,
        reorg_depth=16,
        priority_fee=PRIORITY_FEE,
        reader=reader,
        make_stream=make_stream,
        knowledge=Knowledge(Book(), adapters, reader),
        adapters=adapters,
        strategies=strategies,
        feeds=(),
        lenders=FlashLenders(FlashLenders.Config(tokens=(place.weth,), morpho=(lenders.morpho.address,))),
        planner=Planner(),
        simulator=place.simulator(relay, reader=reader),
        lanes=Lanes(place.operators),
        gate=RiskGate(Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY, _PLENTY, None), mode, KillSwitch(folder / "halt")),
        fanout=Fanout((relay,), place.requests, ledger),
        ledger=ledger,
        health=observe.Health(stale_after=60),
    )


@asynccontextmanager
async def running(parts: Parts, place: Ground) -> AsyncIterator[Running]:
    """The engine, from its first decision until the context is left; what ends it before is raised."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(Engine(parts).run())
        engine = Running(place, parts.ledger, parts)
        await engine.evaluated((await place.head()).number)
        yield engine
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
