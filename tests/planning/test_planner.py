"""The planner: what is worth doing, funded and written out; and of what competes, the set that earns most."""

from dataclasses import replace
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.domain.calls import Call
from keeper.domain.denials import DenialCode
from keeper.domain.markets import PlaceKind, Quote
from keeper.domain.plans import Appetite, FlashKind, Lender, Opportunity, Plan, Shape, TipRule
from keeper.domain.positions import Position
from keeper.domain.steps import Kind, Role, Step
from keeper.domain.tokens import approve
from keeper.domain.units import Address, Bps, Wei
from keeper.planning import Context, Planner
from keeper.planning.planner import best_plan
from tests.support.markets import WETH, Ladder, MarketDesk, env
from tests.support.positions import APPETITE, POOL, position, step

LENDER = Lender(FlashKind.BALANCER_V2, Address("0x" + "1e" * 20), WETH, Wei(10**24), 0)
EVERYWHERE = frozenset({PlaceKind.POOL, PlaceKind.OFFER})


def sale_calls(quote: Quote, _env: object) -> list[Call]:
    return [Call(Address("0x" + "5a" * 20), repr(quote.token_ids).encode())]


def context(*places: Ladder, capital: int = 0, lenders: tuple[Lender, ...] = (LENDER,), lanes: int = 9) -> Context:
    return Context(MarketDesk(places=places), env(), WETH, Wei(capital), lenders, sale_calls, 30_000_000, lanes)


def atomic(of: Position, *path: Step, appetite: Appetite = APPETITE, cost_basis: int = 0) -> Opportunity:
    pieces = tuple(each.piece for each in path if each.piece is not None)
    return Opportunity(
        "test", of.key, of.version, Shape.ATOMIC, path, pieces, EVERYWHERE, appetite, cost_basis=Wei(cost_basis)
    )


def purchase(number: int, cost: int, token_id: int = 7) -> Opportunity:
    here = position(number, token_ids=(token_id,))
    return atomic(here, step(Kind.BUY, here, cost, token_id=token_id))


def only(plans: list[Plan]) -> Plan:
    (plan,) = plans
    return plan


def test_a_purchase_under_the_exit_is_funded_by_flash_loan_and_written_out_in_order() -> None:
    plans, denials = Planner().choose([purchase(1, 60)], context(Ladder("pool", (100,))))
    plan = only(plans)
    assert not denials
    assert [(flash.lender, flash.amount) for flash in plan.flashes] == [(LENDER.address, 60)]
    assert plan.calls == (approve(WETH, POOL, 60), Call(POOL, b"buy"), Call(Address("0x" + "5a" * 20), b"(7,)"))
    assert (plan.economics.proceeds, plan.economics.pays, plan.economics.gain) == (100, 60, 40)


def test_the_dearer_tokens_of_the_split_go_where_they_bring_most() -> None:
    here = position(token_ids=(1, 2, 3))
    path = [step(Kind.BUY, here, 10, token_id=token_id) for token_id in (1, 2, 3)]
    plans, _ = Planner().choose([atomic(here, *path)], context(Ladder("a", (50, 20)), Ladder("b", (40, 30))))
    sales = {str(quote.place): quote.net for quote in only(plans).sales}
    assert sorted(sales.values()) == [50, 70]


def test_a_piece_that_costs_more_than_it_brings_is_denied_with_both_numbers() -> None:
    plans, denials = Planner().choose([purchase(1, 110)], context(Ladder("pool", (100,))))
    assert not plans
    assert denials[0].code is DenialCode.EXIT_BELOW_COST
    assert denials[0].numbers["pays"] == 110
    assert denials[0].numbers["exit"] == 100


def test_a_profit_under_the_minimum_is_denied() -> None:
    here = position()
    greedy = Appetite(Wei(41), TipRule(Bps(0), Wei(0)), Wei(0))
    opportunity = atomic(here, step(Kind.BUY, here, 60), appetite=greedy)
    _, denials = Planner().choose([opportunity], context(Ladder("pool", (100,))))
    assert denials[0].code is DenialCode.PROFIT_TOO_SMALL
    assert denials[0].numbers["net"] == 40


def test_a_piece_nobody_takes_is_denied_by_that_name() -> None:
    _, denials = Planner().choose([purchase(1, 60)], context())
    assert denials[0].code is DenialCode.EXIT_NONE


def test_the_reason_of_the_only_place_that_refuses_is_passed_on() -> None:
    here = position(token_ids=(1, 2))
    path = [step(Kind.BUY, here, 10, token_id=token_id) for token_id in (1, 2)]
    _, denials = Planner().choose([atomic(here, *path)], context(Ladder("shallow", ())))
    assert denials[0].code is DenialCode.EXIT_POOL_SHORT


def test_without_lender_and_capital_there_is_no_plan() -> None:
    _, denials = Planner().choose([purchase(1, 60)], context(Ladder("pool", (100,)), lenders=()))
    assert denials[0].code is DenialCode.FUNDING_UNAVAILABLE


def test_what_has_to_be_paid_in_another_asset_is_denied() -> None:
    here = position()
    foreign = step(Kind.BUY, here, 60, token=Address("0x" + "cc" * 20))
    _, denials = Planner().choose([atomic(here, foreign)], context(Ladder("pool", (100,))))
    assert denials[0].code is DenialCode.FUNDING_ASSET_UNSUPPORTED


def test_the_tip_is_the_builders_share_of_the_gain_cut_and_capped() -> None:
    here = position()
    generous = Appetite(Wei(0), TipRule(Bps(3_333), Wei(10)), Wei(1))
    plans, _ = Planner().choose(
        [atomic(here, step(Kind.BUY, here, 80), appetite=generous)], context(Ladder("p", (101,)))
    )
    assert only(plans).economics.tip == 21 * 3_333 // 10_000
    plans, _ = Planner().choose(
        [atomic(here, step(Kind.BUY, here, 1), appetite=generous)], context(Ladder("p", (101,)))
    )
    assert only(plans).economics.tip == 10


def test_what_was_paid_for_before_counts_as_cost_and_pays_the_flat_tip() -> None:
    here = position()
    appetite = Appetite(Wei(0), TipRule(Bps(5_000), Wei(10**18)), Wei(3))
    won = atomic(here, step(Kind.FINALISE, here, role=Role.WINNER), appetite=appetite, cost_basis=90)
    plan = only(Planner().choose([won], context(Ladder("pool", (100,))))[0])
    assert (plan.economics.gain, plan.economics.tip, plan.economics.net) == (100, 3, 7)
    assert not plan.flashes


def test_a_bid_needs_own_capital_and_binds_it() -> None:
    here = position()
    bid = Opportunity(
        "test", here.key, here.version, Shape.INVENTORY, (step(Kind.BID, here, 60),), (), EVERYWHERE, APPETITE, binds=Wei(60)
    )  # fmt: skip
    _, denials = Planner().choose([bid], context(capital=59))
    assert denials[0].code is DenialCode.FUNDING_UNAVAILABLE
    plan = only(Planner().choose([bid], context(capital=60))[0])
    assert (plan.own_capital, plan.binds, plan.economics.gain) == (60, 60, -60)
    assert plan.proofs
    assert not plan.flashes


def test_of_several_ways_about_one_position_the_richest_is_taken() -> None:
    here = position(token_ids=(1, 2))
    one = step(Kind.BUY, here, 30, token_id=1)
    two = step(Kind.BUY, here, 30, token_id=2)
    seize = step(Kind.SEIZE_TOKENS, here, 10, token_id=None, seizes=12)
    ways = [atomic(here, one), atomic(here, one, two), atomic(here, one, seize), atomic(here, one, two, seize)]
    plan = only(Planner().choose(ways, context(Ladder("pool", (50, 20)), Ladder("thin", (1,))))[0])
    assert [each.kind for each in plan.steps] == [Kind.BUY, Kind.SEIZE_TOKENS]
    assert plan.economics.gain == (50 - 30) + 2


def test_two_that_want_the_same_pool_share_what_there_is_so_that_together_they_earn_most() -> None:
    """Alone the first would take the pool; it may sell to the offer nearly as well, the second may not."""
    cheap = purchase(1, 10)
    choosy = replace(purchase(2, 80, token_id=8), exits=frozenset({PlaceKind.POOL}))
    market = context(Ladder("pool", (100,)), Ladder("offer", (98,), kind=PlaceKind.OFFER))
    plans, denials = Planner().choose([cheap, choosy], market)
    assert not denials
    assert sum(plan.economics.gain for plan in plans) == (98 - 10) + (100 - 80)


def test_who_gives_way_to_a_rival_does_not_step_on_a_third() -> None:
    """Two want the rich pool; the one that gives way would like what the third, elsewhere, has taken."""
    rivals = [purchase(1, 10), purchase(2, 11, token_id=8)]
    third = replace(purchase(3, 50, token_id=9), exits=frozenset({PlaceKind.OFFER}))
    market = context(Ladder("rich", (100,)), Ladder("offer", (90,), kind=PlaceKind.OFFER))
    plans, denials = Planner().choose([*rivals, third], market)
    used = [resource for plan in plans for resource in plan.resources]
    assert len(used) == len(set(used))
    assert sum(plan.economics.gain for plan in plans) == (100 - 10) + (90 - 11)
    assert [denial.subject for denial in denials] == [third.subject]


def test_without_a_free_account_the_poorer_plan_waits() -> None:
    plans, denials = Planner().choose(
        [purchase(1, 10), purchase(2, 20, token_id=8)], context(Ladder("a", (100,)), Ladder("b", (100,)), lanes=1)
    )
    assert only(plans).economics.gain == 90
    assert [denial.code for denial in denials] == [DenialCode.PLAN_NO_LANE]


def test_a_plan_keeps_its_name_from_block_to_block_and_changes_it_with_the_position() -> None:
    here = position()
    first = only(Planner().choose([purchase(1, 60)], context(Ladder("pool", (100,))))[0])
    later = only(Planner().choose([purchase(1, 61)], context(Ladder("pool", (99,))))[0])
    moved = Opportunity(
        "test",
        here.key,
        (2, 0),
        Shape.ATOMIC,
        (step(Kind.BUY, here, 60),),
        purchase(1, 60).pieces,
        EVERYWHERE,
        APPETITE,
    )
    assert first.id == later.id
    assert only(Planner().choose([moved], context(Ladder("pool", (100,))))[0]).id != first.id


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 100), min_size=1, max_size=4),
    st.lists(st.integers(1, 120), min_size=1, max_size=4),
)
def test_small_sets_of_rivals_earn_what_the_best_order_of_them_earns(costs: list[int], exits: list[int]) -> None:
    opportunities = [purchase(i, cost, token_id=i) for i, cost in enumerate(costs)]
    market = context(*(Ladder(f"pool {i}", (price,)) for i, price in enumerate(exits)))
    plans, denials = Planner().choose(opportunities, market)
    assert sum(plan.economics.gain for plan in plans) == best_by_assignment(costs, exits)
    used = [resource for plan in plans for resource in plan.resources]
    assert len(used) == len(set(used))
    assert len(plans) + len(denials) == len(opportunities)


def best_by_assignment(costs: list[int], exits: list[int]) -> int:
    """The most that pairing pieces with pools can earn, by trying every pairing."""
    padded = exits + [0] * len(costs)
    return max(
        sum(max(0, price - cost) for cost, price in zip(costs, chosen, strict=True))
        for chosen in set(permutations(padded, len(costs)))
    )


def test_a_position_that_is_spoken_for_is_not_planned_again() -> None:
    opportunity = purchase(1, 60)
    outcome = best_plan([opportunity], context(Ladder("pool", (100,))), frozenset({str(opportunity.position)}))
    assert getattr(outcome, "code", None) is DenialCode.PLAN_CONFLICT
