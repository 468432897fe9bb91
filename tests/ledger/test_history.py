"""Whatever happens, and however often it is taken back, the ledger equals what the canonical blocks alone would say."""

import asyncio
import itertools
import tempfile
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keeper.domain.units import ETHER, Hash32, Wei
from keeper.ledger import Exposure, ExposureState, Ledger, LineKind, Opening, Outcome, Result, Where
from tests.support.ledgers import NOON, digest, make_attempt
from tests.support.plans import APES, make_plan

GAS, TIP = 7, 11


@dataclass
class Block:
    """What a block did to us: the plans that landed with what they realised, capital bound and freed, by exposure."""

    hash: Hash32
    landed: dict[str, int] = field(default_factory=dict)
    bound: dict[int, int] = field(default_factory=dict)
    moved: dict[int, ExposureState] = field(default_factory=dict)
    realised: int = 0


class History:
    """A chain, and a ledger that is told of it."""

    def __init__(self, ledger: Ledger, draw: st.DataObject) -> None:
        self.ledger = ledger
        self.draw = draw
        self.blocks: list[Block] = []
        self.sent: set[str] = set()
        self.forks = itertools.count()

    def where(self, what: object) -> Where:
        return Where(len(self.blocks), self.blocks[-1].hash, digest(what, self.blocks[-1].hash), NOON)

    def begin_block(self) -> None:
        self.blocks.append(Block(digest("block", next(self.forks))))

    async def send(self) -> str:
        plan = f"plan{len(self.sent)}"
        await self.ledger.record_intent(make_plan(plan))
        await self.ledger.record_submission(make_attempt(plan, 10**6))
        self.sent.add(plan)
        return plan

    async def land(
        self, plan: str, gain: int, opened: tuple[Opening, ...] = (), closes: Exposure | None = None
    ) -> None:
        where = self.where(plan)
        outcome = Outcome(
            plan, Result.LANDED, where.block_number, NOON, where.block_hash, where.tx_hash,
            gas_cost=Wei(GAS), tip=Wei(TIP), gain=Wei(gain),
        )  # fmt: skip
        assert await self.ledger.settle(outcome, opened, None if closes is None else closes.id)
        block = self.blocks[-1]
        block.landed[plan] = gain
        cost = closes.capital if closes is not None else 0
        block.realised += gain + sum(opening.capital for opening in opened) - cost - GAS - TIP

    async def something(self) -> None:
        """One thing that may happen now."""
        waiting = sorted(plan for plan in self.sent if not any(plan in block.landed for block in self.blocks))
        held = await self.ledger.open_exposures()
        what = self.draw.draw(st.sampled_from(["block", "send", "land", "bid", "move", "sell", "reorg", "repeat"]))
        if what == "block" or not self.blocks:
            self.begin_block()
        elif what == "send":
            await self.send()
        elif what == "land":
            plan = self.draw.draw(st.sampled_from(waiting)) if waiting else await self.send()
            await self.land(plan, self.draw.draw(st.integers(-10, 10**24)))
        elif what == "bid":
            capital = self.draw.draw(st.integers(1, 10**30))
            await self.land(await self.send(), -capital, (Opening(APES, capital, Wei(capital)),))
            exposure = (await self.ledger.open_exposures())[-1]
            self.blocks[-1].bound[exposure.id] = capital
        elif what == "sell" and held:
            exposure = self.draw.draw(st.sampled_from(held))
            await self.land(await self.send(), self.draw.draw(st.integers(0, 10**30)), closes=exposure)
            self.blocks[-1].moved[exposure.id] = ExposureState.SOLD
        elif what == "move" and held:
            await self.move(self.draw.draw(st.sampled_from(held)))
        elif what == "reorg":
            await self.reorg(self.draw.draw(st.integers(1, 3)))
        elif what == "repeat":
            await self.repeat()

    async def move(self, exposure: Exposure) -> None:
        if exposure.state is ExposureState.WON:
            return
        entered = self.draw.draw(st.sampled_from([ExposureState.WON, ExposureState.OUTBID, ExposureState.REDEEMED]))
        lines: list[tuple[LineKind, Wei]] = []
        if entered is not ExposureState.WON:
            lines.append((LineKind.REFUND, exposure.capital))
        if entered is ExposureState.REDEEMED:
            lines.append((LineKind.FINE, Wei(ETHER)))
            self.blocks[-1].realised += ETHER
        assert await self.ledger.move_exposure(exposure.id, entered, self.where(exposure.id), lines)
        self.blocks[-1].moved[exposure.id] = entered

    async def reorg(self, depth: int) -> None:
        for block in [self.blocks.pop() for _ in range(min(depth, len(self.blocks) - 1))]:
            gone = await self.ledger.unsettle(block.hash)
            assert set(gone.plans) == set(block.landed)

    async def repeat(self) -> None:
        """The newest block is told again, as after a restart: nothing changes."""
        for plan, gain in self.blocks[-1].landed.items():
            where = self.where(plan)
            outcome = Outcome(
                plan, Result.LANDED, where.block_number, NOON, where.block_hash, where.tx_hash, gain=Wei(gain)
            )
            assert not await self.ledger.settle(outcome)

    async def check(self) -> None:
        bound: dict[int, int] = {}
        for block in self.blocks:
            bound |= block.bound
            for exposure_id, state in block.moved.items():
                if state is not ExposureState.WON:
                    bound.pop(exposure_id)
        landed = {plan for block in self.blocks for plan in block.landed}
        assert await self.ledger.verify() == []
        assert {each.id: each.capital for each in await self.ledger.open_exposures()} == bound
        assert {each.plan_id for each in await self.ledger.unresolved()} == self.sent - landed
        profit = await self.ledger.profit()
        assert profit.net == sum(block.realised for block in self.blocks)
        assert profit.bound == sum(bound.values())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_the_ledger_is_a_function_of_the_canonical_chain(data: st.DataObject) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with Ledger.open(f"sqlite:///{folder}/keeper.db") as ledger:
                history = History(ledger, data)
                history.begin_block()
                for _ in range(data.draw(st.integers(5, 30))):
                    await history.something()
                    await history.check()

    asyncio.run(live())
