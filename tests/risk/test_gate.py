"""Limits, modes and reservations: what may go on, what may be sent, and why not."""

import asyncio
import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keeper.config import Mode
from keeper.domain.denials import DenialCode
from keeper.domain.plans import Plan
from keeper.domain.units import ETHER, Address, Wei
from keeper.risk import Exposed, KillSwitch, Limits, RiskGate, at_risk
from tests.support.plans import APES, PUNKS, make_plan

WIDE = Limits(
    transaction=Wei(100 * ETHER),
    collection=Wei(100 * ETHER),
    day_capital=Wei(100 * ETHER),
    day_loss=Wei(ETHER),
    total=Wei(100 * ETHER),
    collections=None,
)
RICH = Exposed(available=Wei(1_000 * ETHER))


@pytest.fixture
def switch(tmp_path: Path) -> KillSwitch:
    return KillSwitch(tmp_path / "halt")


def bid(id_: str = "plan", capital: int = 10 * ETHER, collections: Iterable[Address] = (APES,)) -> Plan:
    return make_plan(id_, gain=-capital, tip=0, gas_cost=0, own_capital=capital, binds=capital, collections=collections)


def only_denial(gate: RiskGate, plan: Plan, exposed: Exposed = RICH) -> tuple[DenialCode, Mapping[str, int | str]]:
    admission = gate.admit([plan], exposed)
    assert admission.admitted == ()
    (denial,) = admission.denials
    assert denial.subject == str(plan.position)
    assert denial.numbers["plan"] == plan.id
    return denial.code, denial.numbers


def test_a_plan_within_all_limits_may_be_sent_in_live_mode(switch: KillSwitch) -> None:
    gate = RiskGate(WIDE, Mode.LIVE, switch)
    plan = bid()
    assert gate.admit([plan], RICH).admitted == (plan,)
    assert gate.permit(plan) is None


def test_a_dry_run_admits_and_sends_nothing(switch: KillSwitch) -> None:
    gate = RiskGate(WIDE, Mode.DRY_RUN, switch)
    plan = bid()
    assert gate.admit([plan], RICH).admitted == (plan,)
    denial = gate.permit(plan)
    assert denial is not None
    assert (denial.code, denial.numbers["mode"]) == (DenialCode.RISK_MODE, "dry-run")


def test_observing_admits_nothing(switch: KillSwitch) -> None:
    gate = RiskGate(WIDE, Mode.OBSERVE, switch)
    assert only_denial(gate, bid())[0] is DenialCode.RISK_MODE
    assert gate.reserved() == ()


def test_what_was_not_admitted_cannot_be_permitted(switch: KillSwitch) -> None:
    gate = RiskGate(WIDE, Mode.LIVE, switch)
    with pytest.raises(ValueError, match="not admitted"):
        gate.permit(bid())
    gate.admit([bid()], RICH)
    gate.release("plan")
    with pytest.raises(ValueError, match="not admitted"):
        gate.permit(bid())


@pytest.mark.parametrize("mode", list(Mode))
def test_halted_nothing_is_admitted_and_nothing_permitted(switch: KillSwitch, mode: Mode) -> None:
    gate = RiskGate(WIDE, mode, switch)
    before = make_plan("before")
    admitted = gate.admit([before], RICH).admitted
    switch.halt("drill")
    for number in range(50):
        code, numbers = only_denial(gate, make_plan(f"plan{number}"))
        assert code is DenialCode.RISK_HALTED
        assert str(numbers["reason"]).endswith("drill")
    if admitted:
        denial = gate.permit(before)
        assert denial is not None
        assert denial.code is DenialCode.RISK_HALTED


@pytest.mark.parametrize(
    ("limit", "code", "exposed"),
    [
        ("transaction", DenialCode.RISK_LIMIT_TRANSACTION, RICH),
        ("collection", DenialCode.RISK_LIMIT_COLLECTION, RICH),
        ("day_capital", DenialCode.RISK_LIMIT_DAY, RICH),
        ("total", DenialCode.RISK_LIMIT_TOTAL, RICH),
        ("collection", DenialCode.RISK_LIMIT_COLLECTION, replace(RICH, by_collection={APES: Wei(7 * ETHER)})),
        ("day_capital", DenialCode.RISK_LIMIT_DAY, replace(RICH, capital_today=Wei(7 * ETHER))),
        ("total", DenialCode.RISK_LIMIT_TOTAL, replace(RICH, open_capital=Wei(7 * ETHER))),
    ],
)
def test_a_limit_may_be_reached_and_not_passed_by_a_wei(
    switch: KillSwitch, limit: str, code: DenialCode, exposed: Exposed
) -> None:
    there = exposed.by_collection.get(APES, 0) or exposed.capital_today or exposed.open_capital
    changed: dict[str, Any] = {limit: Wei(there + 10 * ETHER)}
    limits = replace(WIDE, **changed)
    denied, numbers = only_denial(RiskGate(limits, Mode.LIVE, switch), bid(capital=10 * ETHER + 1), exposed)
    assert denied is code
    assert numbers["limit"] == there + 10 * ETHER
    assert RiskGate(limits, Mode.LIVE, switch).admit([bid(capital=10 * ETHER)], exposed).admitted


def test_a_day_that_has_lost_enough_begins_nothing_new(switch: KillSwitch) -> None:
    gate = RiskGate(WIDE, Mode.LIVE, switch)
    assert gate.admit([make_plan("early")], replace(RICH, loss_today=Wei(ETHER - 1))).admitted
    code, numbers = only_denial(gate, make_plan("late"), replace(RICH, loss_today=Wei(ETHER)))
    assert code is DenialCode.RISK_LIMIT_DAY
    assert numbers["loss_today"] == ETHER


def test_only_collections_on_the_list_are_touched(switch: KillSwitch) -> None:
    gate = RiskGate(replace(WIDE, collections=frozenset({APES})), Mode.LIVE, switch)
    assert gate.admit([make_plan("apes", collections=(APES,))], RICH).admitted
    code, numbers = only_denial(gate, make_plan("both", collections=(APES, PUNKS)))
    assert (code, numbers["collection"]) == (DenialCode.RISK_COLLECTION_NOT_ALLOWED, PUNKS)


def test_flash_funded_plans_bind_nothing_and_pass_full_limits(switch: KillSwitch) -> None:
    full = replace(
        RICH,
        available=Wei(0),
        open_capital=WIDE.total,
        capital_today=WIDE.day_capital,
        by_collection={APES: WIDE.collection},
    )
    gate = RiskGate(WIDE, Mode.LIVE, switch)
    assert len(gate.admit([make_plan("flash")], full).admitted) == 1


def test_own_capital_is_never_promised_twice(switch: KillSwitch) -> None:
    gate = RiskGate(WIDE, Mode.LIVE, switch)
    plans = [make_plan(f"plan{n}", own_capital=4 * ETHER) for n in range(3)]
    admission = gate.admit(plans, Exposed(available=Wei(10 * ETHER)))
    assert [plan.id for plan in admission.admitted] == ["plan0", "plan1"]
    (denial,) = admission.denials
    assert denial.code is DenialCode.FUNDING_UNAVAILABLE
    assert (denial.numbers["reserved"], denial.numbers["available"]) == (8 * ETHER, 10 * ETHER)


def test_a_released_plan_makes_room(switch: KillSwitch) -> None:
    gate = RiskGate(replace(WIDE, total=Wei(10 * ETHER)), Mode.LIVE, switch)
    assert gate.admit([bid("one")], RICH).admitted
    assert not gate.admit([bid("two")], RICH).admitted
    gate.release("one")
    assert gate.admit([bid("two")], RICH).admitted


def test_a_plan_that_comes_again_is_not_counted_against_itself(switch: KillSwitch) -> None:
    gate = RiskGate(replace(WIDE, total=Wei(10 * ETHER)), Mode.LIVE, switch)
    for _ in range(3):
        assert gate.admit([bid("one")], RICH).admitted
    assert len(gate.reserved()) == 1


def test_a_plan_in_flight_that_is_denied_later_keeps_what_it_had(switch: KillSwitch) -> None:
    gate = RiskGate(replace(WIDE, total=Wei(10 * ETHER)), Mode.LIVE, switch)
    assert gate.admit([bid("one", 10 * ETHER)], RICH).admitted
    assert not gate.admit([bid("one", 11 * ETHER)], RICH).admitted
    assert not gate.admit([bid("two", 1 * ETHER)], RICH).admitted, "the first bundle may still land"


def test_what_is_at_risk_is_capital_gas_and_the_tip_that_no_gain_covers() -> None:
    assert at_risk(make_plan(gain=ETHER, tip=ETHER // 2, gas_cost=5)) == 5
    assert at_risk(make_plan(gain=3, tip=10, gas_cost=5)) == 12
    assert at_risk(make_plan(gain=-70, tip=10, gas_cost=5, own_capital=70, binds=70)) == 85


async def test_a_hundred_plans_at_the_same_time_stay_within_every_limit(switch: KillSwitch) -> None:
    chance = random.Random(1)
    limits = replace(
        WIDE, collection=Wei(20 * ETHER), total=Wei(30 * ETHER), day_capital=Wei(33 * ETHER), transaction=Wei(9 * ETHER)
    )
    exposed = Exposed(
        Wei(25 * ETHER), open_capital=Wei(3 * ETHER), by_collection={APES: Wei(3 * ETHER)}, capital_today=Wei(6 * ETHER)
    )
    gate = RiskGate(limits, Mode.LIVE, switch)
    plans = [bid(f"plan{n}", chance.randrange(1, 10 * ETHER), [chance.choice((APES, PUNKS))]) for n in range(100)]
    sent: dict[str, Plan] = {}

    async def want(plan: Plan) -> None:
        for _ in range(5):
            await asyncio.sleep(chance.random() / 100)
            if gate.admit([plan], exposed).admitted:
                await asyncio.sleep(chance.random() / 100)
                if chance.random() < 0.3:
                    gate.release(plan.id)
                elif gate.permit(plan) is None:
                    sent[plan.id] = plan
                    return

    async with asyncio.TaskGroup() as group:
        for plan in plans:
            group.create_task(want(plan))

    assert sent, "some of them fit"
    assert {each.plan_id for each in gate.reserved()} == set(sent)
    bound = sum(plan.binds for plan in sent.values())
    assert bound <= exposed.available
    assert exposed.open_capital + bound <= limits.total
    assert exposed.capital_today + bound <= limits.day_capital
    for collection in (APES, PUNKS):
        held = sum(plan.binds for plan in sent.values() if collection in plan.collections)
        assert exposed.by_collection.get(collection, 0) + held <= limits.collection
    assert all(at_risk(plan) <= limits.transaction for plan in sent.values())
    # And it is not that everything was refused: nothing that is left over would fit.
    left_over = [plan for plan in plans if plan.id not in sent]
    assert min(plan.binds for plan in left_over) > 0
    assert len(gate.admit(left_over, exposed).admitted) < len(left_over)
