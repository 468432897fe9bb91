"""What the chain decides, and what it takes back."""

import pytest

from keeper.domain.errors import StopProcess
from keeper.domain.units import ETHER, Wei
from keeper.ledger import ExposureState, Ledger, LineKind, Outcome, Result
from tests.support.ledgers import NOON, bid, block_hash, landed, make_attempt, where
from tests.support.plans import make_plan

GAS, TIP = ETHER // 100, ETHER // 10
BID = 70 * ETHER


async def submit(ledger: Ledger, plan_id: str = "plan", block: int = 100, gain: int = ETHER) -> None:
    await ledger.record_intent(make_plan(plan_id, gain=gain, target_block=block))
    await ledger.record_submission(make_attempt(plan_id, block))


async def test_a_landed_plan_is_booked_once(ledger: Ledger) -> None:
    await submit(ledger)
    assert await ledger.settle(landed())
    assert not await ledger.settle(landed())
    profit = await ledger.profit()
    assert profit.by_strategy == {
        "liquidation": {LineKind.GAS: -GAS, LineKind.TIP: -TIP, LineKind.GAIN: ETHER},
    }
    assert profit.net == ETHER - GAS - TIP
    assert await ledger.unresolved() == []


async def test_a_reverted_transaction_costs_its_gas_and_nothing_else(ledger: Ledger) -> None:
    await submit(ledger)
    sent = make_attempt().transactions[0]
    reverted = Outcome("plan", Result.REVERTED, 100, NOON, block_hash(100), sent.hash, 90_000, Wei(GAS))
    await ledger.settle(reverted)
    assert (await ledger.profit()).net == -GAS
    assert (await ledger.spent_today(NOON)).loss == GAS


async def test_a_plan_cannot_land_twice(ledger: Ledger) -> None:
    await submit(ledger)
    await ledger.settle(landed())
    with pytest.raises(StopProcess, match="LEDGER_CONFLICT"):
        await ledger.settle(landed(fork="other"))


def test_an_outcome_on_chain_says_where() -> None:
    with pytest.raises(ValueError, match="a block and a transaction"):
        Outcome("plan", Result.LANDED, 100, NOON)


async def test_a_bid_binds_capital_and_is_no_loss(ledger: Ledger) -> None:
    exposure = await bid(ledger)
    assert (exposure.capital, exposure.token_id, exposure.state) == (BID, 2**200 + 1, ExposureState.OPEN)
    assert await ledger.capital_open() == BID
    profit = await ledger.profit()
    assert profit.total(LineKind.BID) == -BID
    assert profit.total(LineKind.GAIN) == 0
    assert profit.net == -GAS - TIP
    spent = await ledger.spent_today(NOON)
    assert (spent.capital, spent.loss) == (BID, GAS + TIP)


async def test_a_redeemed_bid_gives_the_capital_back_and_the_fine(ledger: Ledger) -> None:
    exposure = await bid(ledger)
    lines = ((LineKind.REFUND, Wei(BID)), (LineKind.FINE, Wei(3 * ETHER)))
    assert await ledger.move_exposure(exposure.id, ExposureState.REDEEMED, where(105), lines)
    assert not await ledger.move_exposure(exposure.id, ExposureState.REDEEMED, where(105), lines)
    assert await ledger.capital_open() == 0
    assert (await ledger.profit()).net == 3 * ETHER - GAS - TIP


async def test_the_first_bidder_gets_the_fine_though_outbid(ledger: Ledger) -> None:
    exposure = await bid(ledger)
    await ledger.move_exposure(exposure.id, ExposureState.OUTBID, where(103), ((LineKind.REFUND, Wei(BID)),))
    await ledger.move_exposure(exposure.id, ExposureState.REDEEMED, where(105), ((LineKind.FINE, Wei(ETHER)),))
    assert (await ledger.profit()).net == ETHER - GAS - TIP


async def test_a_won_piece_binds_its_capital_until_it_is_sold(ledger: Ledger) -> None:
    exposure = await bid(ledger)
    await ledger.move_exposure(exposure.id, ExposureState.WON, where(110))
    assert await ledger.capital_open() == BID
    await submit(ledger, "sale", 111, 75 * ETHER)
    assert await ledger.settle(landed("sale", 111, gain=75 * ETHER), closes=exposure.id)
    assert await ledger.capital_open() == 0
    profit = await ledger.profit()
    assert profit.total(LineKind.SALE) == 75 * ETHER
    assert profit.net == 5 * ETHER - 2 * (GAS + TIP)


async def test_an_exposure_that_is_over_cannot_begin_again(ledger: Ledger) -> None:
    exposure = await bid(ledger)
    await ledger.move_exposure(exposure.id, ExposureState.REDEEMED, where(105), ((LineKind.REFUND, Wei(BID)),))
    with pytest.raises(StopProcess, match="LEDGER_CONFLICT"):
        await ledger.move_exposure(exposure.id, ExposureState.WON, where(106))


async def test_a_block_that_leaves_the_chain_takes_its_profit_with_it(ledger: Ledger) -> None:
    await submit(ledger)
    await ledger.settle(landed())
    gone = await ledger.unsettle(block_hash(100))
    assert gone.plans == ("plan",)
    assert sum(line.amount for line in gone.lines) == ETHER - GAS - TIP
    assert (await ledger.profit()).net == 0
    assert [each.plan_id for each in await ledger.unresolved()] == ["plan"]
    assert await ledger.unsettle(block_hash(100)) == type(gone)()

    assert await ledger.settle(landed(fork="other"))
    assert (await ledger.profit()).net == ETHER - GAS - TIP


async def test_a_block_that_comes_back_is_booked_again(ledger: Ledger) -> None:
    await submit(ledger)
    await ledger.settle(landed())
    await ledger.unsettle(block_hash(100))
    assert await ledger.settle(landed())
    assert (await ledger.profit()).net == ETHER - GAS - TIP


async def test_a_plan_that_lost_in_a_block_that_left_the_chain_may_land_after_all(ledger: Ledger) -> None:
    await submit(ledger)
    await ledger.settle(Outcome("plan", Result.LOST, 100, NOON, block_hash(100)))
    await ledger.unsettle(block_hash(100))
    assert len(await ledger.unresolved()) == 1
    await ledger.settle(landed(fork="other"))
    assert (await ledger.profit()).net == ETHER - GAS - TIP


async def test_a_reorganisation_reopens_what_its_block_had_closed(ledger: Ledger) -> None:
    exposure = await bid(ledger)
    await ledger.move_exposure(exposure.id, ExposureState.WON, where(110))
    await submit(ledger, "sale", 111, 75 * ETHER)
    await ledger.settle(landed("sale", 111, gain=75 * ETHER), closes=exposure.id)

    (reopened,) = (await ledger.unsettle(block_hash(111))).exposures
    assert reopened.state is ExposureState.WON
    assert await ledger.capital_open() == BID
    (reopened,) = (await ledger.unsettle(block_hash(110))).exposures
    assert reopened.state is ExposureState.OPEN
    (undone,) = (await ledger.unsettle(block_hash(100))).exposures
    assert undone.state is ExposureState.UNDONE
    assert await ledger.capital_open() == 0
    assert (await ledger.profit()).net == 0

    assert (await bid(ledger, block=100)).state is ExposureState.OPEN
    assert await ledger.capital_open() == BID


async def test_today_begins_at_midnight_utc(ledger: Ledger) -> None:
    midnight = NOON - NOON % 86_400
    for plan, at in (("yesterday", midnight - 1), ("today", midnight)):
        await submit(ledger, plan, gain=-ETHER)
        await ledger.settle(landed(plan, gain=-ETHER, at=at))
    assert (await ledger.spent_today(midnight)).loss == ETHER + GAS + TIP
    assert (await ledger.profit()).net == -2 * (ETHER + GAS + TIP)
