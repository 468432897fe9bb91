"""The engine: one loop, one writer, one tick a block.

    logs of block N → book → what became of our plans → what could be done in N+1 → plans → proof → gate → relays

A tick that is late does not decide: while newer blocks are waiting, the book catches up first.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from time import perf_counter

from keeper import observe
from keeper.book import Desk
from keeper.chain.backfill import recent_history
from keeper.chain.reader import Reader
from keeper.chain.stream import BlockStream
from keeper.domain.adapters import LenderSource
from keeper.domain.blocks import ChainEvent, Committed, Header, LogInterest, PendingTransaction, Reverted
from keeper.domain.calls import BalanceOf
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.env import Env
from keeper.domain.facts import Change, Facts
from keeper.domain.plans import Lender, Opportunity, Plan
from keeper.domain.positions import ItemKind
from keeper.domain.strategy import Strategy
from keeper.domain.tokens import balance_of
from keeper.domain.units import Address, Hash32, Wei
from keeper.engine.adapters import Adapters
from keeper.engine.knowledge import Knowledge, Overtaken, patiently
from keeper.engine.settlement import Settlement
from keeper.execution.envelope import Envelope, calldata
from keeper.execution.fanout import Fanout, Sending
from keeper.execution.lanes import Lanes
from keeper.ledger import Ledger, Unresolved
from keeper.planning import Context, Planner
from keeper.risk import RiskGate, exposed, keep_reservations
from keeper.simulation import Proven, Simulator, prove_all

Learning = Callable[[Facts], Sequence[Change]]
"""News that do not come from blocks (a signed order), to be turned into changes by whoever writes the book."""
Feed = Callable[[], AsyncIterator[Learning]]
MakeStream = Callable[[frozenset[LogInterest], Sequence[Header]], AbstractAsyncContextManager[BlockStream]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the engine is made of. Without lanes or relays (observe, dry-run without keys) nothing is signed."""

    chain_id: int
    weth: Address
    executor: Address
    """The zero address where there is none yet: then nothing is owned, and nothing can be sent."""
    block_seconds: int
    reorg_depth: int
    priority_fee: Wei
    reader: Reader
    make_stream: MakeStream
    knowledge: Knowledge
    adapters: Adapters
    strategies: Sequence[Strategy]
    feeds: Sequence[Feed]
    lenders: LenderSource
    planner: Planner
    simulator: Simulator
    lanes: Lanes
    gate: RiskGate
    fanout: Fanout
    ledger: Ledger
    health: observe.Health


@dataclass(frozen=True, slots=True)
class Means:
    """What can be spent in the next block."""

    capital: Wei
    lenders: Sequence[Lender]
    nonces: dict[Address, int]


class Engine:
    """``run`` ends only by being cancelled, or by an error that stops the process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settlement = Settlement(parts.ledger, parts.reader, parts.gate, parts.executor)
        self._news: asyncio.Queue[ChainEvent | Learning] = asyncio.Queue()
        self._blocks_waiting = 0
        self._denied: dict[tuple[str, str], DenialCode] = {}
        self._halted_strategies: set[str] = set()

    async def run(self) -> None:
        """Learn the past, settle what an earlier process left open, then follow the chain."""
        parts = self._parts
        head = await patiently(lambda: parts.reader.block("latest"))
        anchor_number = max(0, head.number - parts.reorg_depth)
        history = await patiently(lambda: recent_history(parts.reader, anchor_number, depth=parts.reorg_depth))
        await keep_reservations(parts.gate, parts.ledger)
        happened = await parts.knowledge.learn_history(history[-1], parts.executor)
        await self._settlement.settle(history[-1], happened)
        settle_memory()
        interests = parts.adapters.interests(parts.knowledge.book)
        async with parts.make_stream(interests, history) as stream, asyncio.TaskGroup() as group:
            group.create_task(self._pump(stream))
            for feed in parts.feeds:
                group.create_task(self._follow(feed))
            await self._work(stream)

    async def _pump(self, stream: BlockStream) -> None:
        async for event in stream.events():
            self._blocks_waiting += isinstance(event, Committed | Reverted)
            if isinstance(event, Reverted):
                self._parts.knowledge.left.update(header.hash for header in event.headers)
            elif isinstance(event, Committed):
                self._parts.knowledge.left.discard(event.block.header.hash)
            self._news.put_nowait(event)

    async def _follow(self, feed: Feed) -> None:
        async for learning in feed():
            self._news.put_nowait(learning)

    async def _work(self, stream: BlockStream) -> None:
        interests = self._parts.adapters.interests(self._parts.knowledge.book)
        while True:
            news = await self._news.get()
            self._blocks_waiting -= isinstance(news, Committed | Reverted)
            if isinstance(news, Committed):
                await self._tick(news, newest=not self._blocks_waiting)
                interests = await self._widen(stream, interests)
            elif isinstance(news, Reverted):
                await self._take_back(news)
            elif isinstance(news, PendingTransaction):
                self._look_ahead(news)
            else:
                self._parts.knowledge.learn(news)

    async def _tick(self, committed: Committed, *, newest: bool) -> None:
        parts, block = self._parts, committed.block
        started = perf_counter()
        env = Env.after(block.header, parts.knowledge.book, parts.executor, parts.block_seconds)
        desk: Desk | None = None

        async def look() -> None:
            nonlocal desk
            if newest:
                desk = await self._open_desk(env, block.header.hash)

        self._tell_state()
        happenings = await parts.knowledge.commit(block, look)
        observe.stage_timed("book", perf_counter() - started)
        in_flight = await self._settlement.settle(block.header, happenings)
        if desk is not None:
            await self._decide(desk, env, block.header, in_flight)
            parts.health.book_completed()
            parts.health.block_evaluated(block.header.number)
            observe.block_evaluated(block.header.number, perf_counter() - started, parts.block_seconds)

    def _tell_state(self) -> None:
        """The kill switch can be thrown by a file that somebody else makes: look, and say so."""
        gate, health = self._parts.gate, self._parts.health
        if health.state != gate.state.value:
            health.state_changed(gate.state.value)
            observe.trading_state_changed(gate.state.value, gate.reason)

    async def _open_desk(self, env: Env, block: Hash32) -> Desk:
        """What is worth a look, with everything volatile about it read at this block."""
        book = self._parts.knowledge.book
        desk = Desk(book, book.triggers.due(env), self._parts.adapters.steps, self._parts.adapters.halted)
        collections = {
            item.token for position in desk.actionable() for item in position.collateral if item.kind is ItemKind.ERC721
        }
        await self._parts.knowledge.refresh_volatile(sorted(collections), block)
        for protocol, count in Counter(position.key.protocol for position in desk.actionable()).items():
            observe.positions_evaluated(protocol, count)
        for protocol, count in book.census.by_protocol.items():
            observe.positions_counted(protocol, count)
        return desk

    async def _decide(self, desk: Desk, env: Env, head: Header, in_flight: Sequence[Unresolved]) -> None:
        started = perf_counter()
        busy_positions = {plan.position for plan in in_flight}
        opportunities, denials = self._ask_strategies(desk, env)
        free = [each for each in opportunities if str(each.position) not in busy_positions]
        denials += [
            Denial(DenialCode.STATE_ALREADY_IN_FLIGHT, each.subject, env.block, each.strategy)
            for each in opportunities
            if str(each.position) in busy_positions
        ]
        observe.stage_timed("decide", perf_counter() - started)
        if free:
            denials += await self._act(free, desk, env, head, in_flight)
        await self._deny(denials)

    async def _act(
        self,
        opportunities: Sequence[Opportunity],
        desk: Desk,
        env: Env,
        head: Header,
        in_flight: Sequence[Unresolved],
    ) -> list[Denial]:
        """From opportunities to bundles on the wire; returns the reasons of all that did not get there."""
        parts = self._parts
        started = perf_counter()
        try:
            means = await patiently(lambda: self._means(head.hash), lambda: bool(self._blocks_waiting))
        except Overtaken:
            return []
        busy = {transaction.sender for plan in in_flight for transaction in plan.transactions}
        lanes = parts.lanes.free(means.nonces, busy)
        context = Context(
            desk=desk,
            env=env,
            weth=parts.weth,
            capital=means.capital,
            lenders=means.lenders,
            sale_calls=parts.adapters.sale_calls,
            block_gas=head.gas_limit,
            lanes=len(lanes) if parts.lanes.signers else len(opportunities),
        )
        plans, denials = parts.planner.choose(opportunities, context)
        for plan in plans:
            observe.plan_chosen(plan)
        observe.stage_timed("plan", perf_counter() - started)
        snapshot = await exposed(parts.ledger, means.capital, head.timestamp)
        admission = parts.gate.admit(plans, snapshot)
        denials += admission.denials
        if not parts.lanes.signers:
            return denials + [self._unsigned(plan) for plan in admission.admitted]
        started = perf_counter()
        envelopes = [
            (self._envelope(plan, lane.signer.address, lane.nonce), lane.signer)
            for plan, lane in zip(admission.admitted, lanes, strict=False)
        ]
        proven, disproven = await prove_all(parts.simulator, envelopes, head)
        observe.stage_timed("simulate", perf_counter() - started)
        for plan_id in {plan.id for plan in admission.admitted} - {each.plan.id for each in proven}:
            parts.gate.release(plan_id)
        started = perf_counter()
        denials += disproven + await self._send(proven)
        observe.stage_timed("send", perf_counter() - started)
        return denials

    def _unsigned(self, plan: Plan) -> Denial:
        """Without an operator's key there is nothing to simulate as: the decision is all there is."""
        self._parts.gate.release(plan.id)
        numbers: dict[str, int | str] = {
            "plan": plan.id,
            "net": plan.economics.net,
            "reason": "no operator key is configured",
        }
        return Denial(DenialCode.RISK_MODE, str(plan.position), plan.target_block, plan.strategy, numbers)

    def _envelope(self, plan: Plan, sender: Address, nonce: int) -> Envelope:
        parts = self._parts
        return Envelope(plan, parts.chain_id, sender, nonce, parts.executor, parts.priority_fee, calldata(plan))

    async def _send(self, proven: Sequence[Proven]) -> list[Denial]:
        """Write down and send, all at once; the gate has the last word on each."""
        parts = self._parts
        await parts.ledger.record_intents(each.plan for each in proven)
        denials: list[Denial] = []
        sendings: list[Sending] = []
        for each in proven:
            denial = parts.gate.permit(each.plan)
            if denial is not None:
                denials.append(denial)
            else:
                sendings.append(Sending(each.plan, each.transaction, each.envelope.sender, each.envelope.nonce))
        denials += await parts.fanout.send(sendings, parts.gate.permit)
        for denial in denials:
            parts.gate.release(str(denial.numbers["plan"]))
        return denials

    async def _means(self, block: Hash32) -> Means:
        parts = self._parts
        accounts = parts.lanes.accounts
        weth, *gas = await parts.reader.call_many(
            [balance_of(parts.weth, parts.executor), *map(BalanceOf, accounts)], block
        )
        for account, balance in zip(accounts, gas, strict=True):
            observe.balance_read(account, "ETH", _wei(balance))
        observe.balance_read(parts.executor, "WETH", _wei(weth))
        lenders = await parts.reader.drive(parts.lenders.read(), block)
        nonces = await parts.reader.nonces(accounts, block)
        return Means(_wei(weth), lenders, dict(zip(accounts, nonces, strict=True)))

    def _ask_strategies(self, desk: Desk, env: Env) -> tuple[list[Opportunity], list[Denial]]:
        opportunities: list[Opportunity] = []
        denials: list[Denial] = []
        for strategy in self._parts.strategies:
            if strategy.name in self._halted_strategies:
                continue
            try:
                for decision in strategy.decide(desk, env):
                    if isinstance(decision, Denial):
                        denials.append(decision)
                    else:
                        opportunities.append(decision)
                        observe.opportunity_found(decision)
            except Exception as error:  # noqa: BLE001 - a plug-in's fault halts the plug-in, whatever it is
                self._halted_strategies.add(strategy.name)
                numbers = {"error": f"{type(error).__name__}: {error}"}
                denials.append(Denial(DenialCode.STRATEGY_FAILED, strategy.name, env.block, strategy.name, numbers))
        return opportunities, denials

    async def _deny(self, denials: Sequence[Denial]) -> None:
        latest: dict[tuple[str, str], DenialCode] = {}
        for denial in denials:
            key = (denial.strategy, denial.subject)
            latest[key] = denial.code
            observe.opportunity_denied(denial, again=self._denied.get(key) is denial.code)
        self._denied = latest
        if denials:
            await self._parts.ledger.deny(denials)

    async def _take_back(self, reverted: Reverted) -> None:
        self._parts.knowledge.book.rollback(len(reverted.headers))
        observe.chain_reorged(reverted.headers)
        for header in reverted.headers:
            self._parts.knowledge.left.discard(header.hash)
            undone = await self._parts.ledger.unsettle(header.hash)
            for plan_id in undone.plans:
                observe.plan_lost(plan_id, "", "reorged", block=header.number)

    def _look_ahead(self, transaction: PendingTransaction) -> None:
        """A pending oracle update is the earliest news there is: say what it would make liquidatable."""
        parts, book = self._parts, self._parts.knowledge.book
        if book.head is None:
            return
        env = Env.after(book.head, book, parts.executor, parts.block_seconds)
        for forecast in parts.adapters.forecasts(transaction, env):
            observe.oracle_update_pending(forecast.prices[0][0].source, transaction.hash, len(forecast.prices))

    async def _widen(self, stream: BlockStream, known: frozenset[LogInterest]) -> frozenset[LogInterest]:
        """Ask for logs that nobody wanted before this block (a new reserve, a new feed), and read their past."""
        parts = self._parts
        wanted = parts.adapters.interests(parts.knowledge.book)
        if wanted != known:
            tip = stream.set_interests(wanted)
            if wanted - known and tip is not None:
                await parts.knowledge.learn_past(wanted - known, tip, parts.executor)
        return wanted


def settle_memory() -> None:
    """Take what is there out of the garbage collector's sight: the book stays, and walking all of it in the middle of a
    block takes longer than the block's own work."""
    gc.collect()
    gc.freeze()


def _wei(answer: object) -> Wei:
    return Wei(int.from_bytes(answer)) if isinstance(answer, bytes) else Wei(0)
