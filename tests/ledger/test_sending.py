"""What is written before and after a bundle leaves."""

from dataclasses import replace

import pytest

from keeper.domain.errors import StopProcess
from keeper.domain.units import ETHER, Wei
from keeper.ledger import Ledger, Outcome, Result, SubmissionState
from tests.support.ledgers import NOON, block_hash, landed, make_attempt
from tests.support.plans import make_plan


async def test_amounts_beyond_64_bits_come_back_exactly(ledger: Ledger) -> None:
    huge = 2**255 + 1
    await ledger.record_intent(make_plan(gain=-huge, gas_cost=huge, binds=huge))
    (intent,) = (await ledger.explain("plan")).intents
    assert (intent["predicted_gain"], intent["predicted_gas_cost"], intent["binds"]) == (-huge, huge, huge)
    decision = intent["decision"]
    assert isinstance(decision, dict)
    assert decision["economics"]["gain"] == -huge
    assert decision["notes"] == {"floor": 80 * ETHER}


async def test_a_known_plan_gets_its_newest_decision_and_stays_one_plan(ledger: Ledger) -> None:
    assert await ledger.record_intent(make_plan(gain=1, target_block=100))
    assert not await ledger.record_intent(make_plan(gain=2, target_block=101))
    (intent,) = (await ledger.explain("plan")).intents
    assert (intent["predicted_gain"], intent["created_block"], intent["decided_block"]) == (2, 100, 101)


async def test_a_plan_is_written_for_a_relay_and_block_once(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan())
    assert await ledger.record_submission(make_attempt(relays=("one", "two"))) == ("one", "two")
    assert await ledger.record_submission(make_attempt(relays=("one", "two", "three"))) == ("three",)
    assert await ledger.record_submission(make_attempt(relays=("one", "two", "three"))) == ()
    assert await ledger.record_submission(make_attempt(target_block=101)) == ("one", "two")
    assert await ledger.record_submission(make_attempt(revision=1)) == ("one", "two")


async def test_a_plan_that_landed_may_not_be_sent_again(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan())
    await ledger.record_submission(make_attempt())
    await ledger.settle(landed())
    assert await ledger.record_submission(make_attempt(target_block=101)) == ()


async def test_what_was_never_planned_cannot_be_sent_and_what_was_never_sent_cannot_be_answered(ledger: Ledger) -> None:
    with pytest.raises(StopProcess, match="LEDGER_CONFLICT"):
        await ledger.record_submission(make_attempt())
    await ledger.record_intent(make_plan())
    with pytest.raises(StopProcess, match="LEDGER_CONFLICT"):
        await ledger.record_answer(make_attempt(), "one", SubmissionState.ACCEPTED)


async def test_a_plan_is_unresolved_until_a_relay_refuses_or_the_chain_decides(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan())
    assert await ledger.unresolved() == []
    attempt = make_attempt()
    await ledger.record_submission(attempt)
    (waiting,) = await ledger.unresolved()
    assert waiting.relays == {"one": SubmissionState.WRITTEN, "two": SubmissionState.WRITTEN}
    assert waiting.transactions == attempt.transactions
    assert await ledger.in_flight_positions() == {"lender/lender-local/1"}

    await ledger.record_answer(attempt, "one", SubmissionState.REFUSED, "no")
    await ledger.record_answer(attempt, "two", SubmissionState.UNRESOLVED, "timed out")
    (waiting,) = await ledger.unresolved()
    assert waiting.relays == {"two": SubmissionState.UNRESOLVED}

    await ledger.record_answer(attempt, "two", SubmissionState.REFUSED, "no")
    assert await ledger.unresolved() == []


async def test_later_target_blocks_stay_unresolved_when_an_earlier_one_has_passed(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan())
    for block in (100, 101, 102):
        await ledger.record_submission(make_attempt(target_block=block))
    lost = Outcome("plan", Result.LOST, 100, NOON, block_hash(100))
    assert await ledger.settle(lost)
    assert not await ledger.settle(lost)
    (waiting,) = await ledger.unresolved()
    assert (waiting.first_target, waiting.last_target) == (101, 102)
    await ledger.settle(replace(lost, block_number=102, block_hash=block_hash(102)))
    assert await ledger.unresolved() == []


async def test_an_outcome_that_is_itself_unresolved_ends_nothing(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan())
    await ledger.record_submission(make_attempt())
    await ledger.settle(Outcome("plan", Result.UNRESOLVED, 100, NOON))
    assert len(await ledger.unresolved()) == 1
    await ledger.settle(Outcome("plan", Result.EXPIRED, 100, NOON))
    assert await ledger.unresolved() == []


async def test_what_was_predicted_for_the_transaction_that_landed_is_kept(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan(gain=ETHER))
    await ledger.record_submission(replace(make_attempt(), predicted_gain=Wei(123)))
    await ledger.record_intent(make_plan(gain=2 * ETHER, target_block=101))
    await ledger.settle(landed())
    (outcome,) = (await ledger.explain("plan")).outcomes
    assert outcome["predicted_gain"] == 123
