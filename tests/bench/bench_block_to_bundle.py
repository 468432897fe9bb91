"""From a block in hand to bundles at a relay: the engine's own tick on a full book, split by stage.

The node is an anvil, the relay the devnet's, each a process of its own on this machine; the loans that the update makes
liquidatable, the pools and the offers' makers are on that chain, and every bid is simulated by both. Not in it: the
block's way to us, and the network to a real node and a real relay.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter_ns
from typing import NoReturn

import aiohttp
import uvloop

from keeper import observe
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.chain.signer import LocalSigner
from keeper.config.schema import Mode
from keeper.devnet.world import deployed
from keeper.domain.blocks import Block, Committed
from keeper.domain.env import Env
from keeper.domain.plans import Appetite, TipRule
from keeper.domain.units import ETHER, Bps, Wei
from keeper.engine import Parts
from keeper.engine.engine import settle_memory
from keeper.execution.fanout import Fanout
from keeper.execution.lanes import Lanes
from keeper.execution.relays import RelaySettings, open_session
from keeper.ledger import Ledger
from keeper.risk import KillSwitch, Limits, RiskGate
from keeper.venues.flash import FlashLenders
from strategies.liquidation import Liquidation, Settings, Way
from tests.bench.frame import MS, Row, Timing, benchmark, time_row
from tests.bench.full_book import HITS, ORDERS, POOLS, POSITIONS, Market, gather_market
from tests.bench.relay_process import relay_process
from tests.bench.watched import (
    Watch,
    WatchedAdapters,
    WatchedEngine,
    WatchedKnowledge,
    WatchedPlanner,
    WatchedRelay,
    WatchedRequests,
    WatchedSigner,
    WatchedSimulator,
)

REPETITIONS, QUIET_REPETITIONS, WARM_UP = 50, 200, 5
_PLENTY = Wei(10_000 * ETHER)
_STRATEGY = Liquidation(
    Settings(
        {"benddao_v1": frozenset({Way.AUCTION})},
        Appetite(Wei(ETHER // 20), TipRule(Bps(3_000), Wei(2 * ETHER)), Wei(ETHER // 1_000)),
        Bps(500),
    )
)
_STAGES = (
    ("logs", "its logs decoded and applied"),
    ("refresh", "what they made stale read from the node"),
    ("index", "trigger index asked"),
    ("volatile", "the collection's best pools and offers read from the node"),
    ("strategy", "strategy: steps, and exits over all pools and offers"),
    ("means", "capital, lenders and nonces read from the node"),
    ("planning", "planning"),
    ("simulation", "simulated by the node, signed, simulated by the relay"),
    ("signing", "signing and encoding alone, summed up"),
    ("sending", "written to the ledger, sent, answered, written"),
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A market and what a keeper of it needs; each tick gets a ledger and an engine of its own."""

    market: Market
    reader: Reader
    session: aiohttp.ClientSession
    relay_url: str
    folder: Path

    async def tick(self, block: Block) -> tuple[int, Watch, int]:
        """Nanoseconds of one tick, its stages, and how many bundles went out; the book is as before afterwards."""
        watch = Watch()
        async with Ledger.open(f"sqlite:///{self.folder / f'{perf_counter_ns()}.db'}") as ledger:
            await ledger.begin_run("live", 31337, "bench")
            engine = WatchedEngine(self._parts(ledger, watch), watch)
            began = perf_counter_ns()
            await engine.tick(Committed(block))
            total = perf_counter_ns() - began
            watch.handed_over = [moment - began for moment in watch.handed_over]
            sent = len(await ledger.unresolved())
        self.market.book.rollback(1)
        return total, watch, sent

    def _parts(self, ledger: Ledger, watch: Watch) -> Parts:
        market, world = self.market, self.market.world
        lenders = world.lenders
        relay = WatchedRelay(RelaySettings("relay", self.relay_url, simulates=True), self.session, watch)
        requests = WatchedRequests(LocalSigner(world.keys.auth), watch)
        adapters = WatchedAdapters(market.adapters, watch)
        adapters.interests(market.book)
        return Parts(
            chain_id=31337,
            weth=world.weth.address,
            executor=market.executor,
            block_seconds=12,
            reorg_depth=16,
            priority_fee=Wei(1),
            reader=self.reader,
            make_stream=_no_stream,
            knowledge=WatchedKnowledge(market.book, adapters, self.reader, watch),
            adapters=adapters,
            strategies=(_STRATEGY,),
            feeds=(),
            lenders=FlashLenders(
                FlashLenders.Config(
                    tokens=(world.weth.address,),
                    morpho=(lenders.morpho.address,),
                    balancer_v2=(lenders.balancer.address,),
                    aave_v3=(lenders.aave.address,),
                )
            ),
            planner=WatchedPlanner(watch),
            simulator=WatchedSimulator(
                self.reader, (relay,), requests, world.weth.address, lambda _, revert: revert.hex(), watch
            ),
            lanes=Lanes([WatchedSigner(signer, watch) for signer in market.operators]),
            gate=RiskGate(
                Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY, _PLENTY, None), Mode.LIVE, KillSwitch(self.folder / "halt")
            ),
            fanout=Fanout((relay,), requests, ledger),
            ledger=ledger,
            health=observe.Health(stale_after=60),
        )


def _no_stream(*_: object) -> NoReturn:
    raise AssertionError("the blocks are given by hand")


@benchmark
def block_to_bundle() -> Iterator[Row]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, tempfile.TemporaryDirectory() as folder:
        yield from runner.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Row]:
    with observe.observing(observe.make_scope(form="json", level="critical")):
        async with _bench(folder) as bench:
            return [*await _update(bench), *await _quiet(bench)]


@asynccontextmanager
async def _bench(folder: Path) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(deployed())
        client = await stack.enter_async_context(HttpClient(Endpoint(world.anvil.url)))
        session = await stack.enter_async_context(open_session())
        reader = Reader(client)
        market = await gather_market(world, reader)
        relay_url = stack.enter_context(relay_process(world.anvil.url))
        settle_memory()
        yield Bench(market, reader, session, relay_url, folder)


async def _update(bench: Bench) -> list[Row]:
    """The block with the oracle update, over and over."""
    block = bench.market.block
    outcomes = [await bench.tick(block) for _ in range(WARM_UP + REPETITIONS)][WARM_UP:]
    if any(sent != HITS for _, _, sent in outcomes):
        raise AssertionError(f"{HITS} bids were to go out, not {[sent for _, _, sent in outcomes]}")
    book = f"{POSITIONS:,} positions, {POOLS} pools, {ORDERS:,} orders"
    last = Timing(tuple(max(watch.handed_over) for _, watch, _ in outcomes))
    first = Timing(tuple(min(watch.handed_over) for _, watch, _ in outcomes))
    whole = Timing(tuple(total for total, _, _ in outcomes))
    rows = [
        time_row(
            f"block to bundle: {book}; update of {len(block.logs)} logs to last of {HITS} bundles sent", last, unit=MS
        ),
        time_row("block to bundle: to the first bundle sent", first, unit=MS),
        time_row("block to bundle: to the relay's last answer written down", whole, unit=MS),
    ]
    for stage, name in _STAGES:
        timing = Timing(tuple(watch.of(stage) for _, watch, _ in outcomes))
        rows.append(time_row(f"block to bundle, of which: {name}", timing, unit=MS))
    return rows


async def _quiet(bench: Bench) -> list[Row]:
    """The same block without a log, on which nothing is due."""
    empty = replace(bench.market.block, logs=())
    if bench.market.book.triggers.due(Env.after(empty.header, bench.market.book, bench.market.executor, 12)).now:
        raise AssertionError("something is due before the update")
    outcomes = [await bench.tick(empty) for _ in range(WARM_UP + QUIET_REPETITIONS)][WARM_UP:]
    timing = Timing(tuple(total for total, _, _ in outcomes))
    return [time_row("block without anything to do, start to end of the tick, same book", timing, unit=MS)]
