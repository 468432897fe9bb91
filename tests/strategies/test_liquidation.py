"""What the liquidation strategy proposes and refuses, by its three ways out."""

from dataclasses import replace

from keeper.domain.denials import Denial, DenialCode
from keeper.domain.markets import PlaceKind
from keeper.domain.plans import Appetite, Opportunity, Shape, TipRule
from keeper.domain.positions import Position
from keeper.domain.steps import Kind, Role, Step
from keeper.domain.units import Bps, Wei
from strategies.liquidation import Liquidation, Settings, Way
from tests.support.markets import EXECUTOR, Ladder, MarketDesk, env
from tests.support.positions import APPETITE, DEBTOR, SHUT, UNKNOWN, english, position, step

ALL = frozenset(Way)


def decide(
    here: Position,
    steps: list[Step],
    *places: Ladder,
    ways: frozenset[Way] = ALL,
    appetite: Appetite = APPETITE,
    margin_bps: int = 0,
    further: dict[str, list[Step]] | None = None,
) -> list[Opportunity | Denial]:
    strategy = Liquidation(Settings({"house": ways}, appetite, Bps(margin_bps)))
    desk = MarketDesk((here,), {str(here.key): steps} | (further or {}), places)
    return list(strategy.decide(desk, env()))


def only(decisions: list[Opportunity | Denial]) -> Opportunity | Denial:
    (decision,) = decisions
    return decision


def code_of(decision: Opportunity | Denial) -> DenialCode:
    assert isinstance(decision, Denial)
    return decision.code


def test_a_bid_is_proposed_where_the_exit_brings_the_bid_the_margin_and_the_minimum() -> None:
    here = position()
    hungry = replace(APPETITE, min_profit=Wei(5))
    bid = step(Kind.BID, here, 100)
    enough = only(decide(here, [bid], Ladder("pool", (115,)), appetite=hungry, margin_bps=1_000))
    assert isinstance(enough, Opportunity)
    assert (enough.shape, enough.binds) == (Shape.INVENTORY, 100)
    short = only(decide(here, [bid], Ladder("pool", (114,)), appetite=hungry, margin_bps=1_000))
    assert isinstance(short, Denial)
    assert short.code is DenialCode.EXIT_BELOW_COST
    assert short.numbers["needed"] == 115


def test_a_bid_on_a_piece_without_any_exit_is_refused() -> None:
    here = position()
    assert code_of(only(decide(here, [step(Kind.BID, here, 100)]))) is DenialCode.EXIT_NONE


def test_our_own_standing_bid_is_not_raised() -> None:
    here = position(auctions=(english(100, EXECUTOR),))
    decision = only(decide(here, [step(Kind.BID, here, 101)], Ladder("pool", (500,))))
    assert code_of(decision) is DenialCode.STATE_AUCTION_HELD


def test_somebody_elses_bid_is_raised_while_it_pays() -> None:
    here = position(auctions=(english(100, DEBTOR),))
    assert isinstance(only(decide(here, [step(Kind.BID, here, 101)], Ladder("pool", (500,)))), Opportunity)


def test_an_auction_that_we_won_is_finalised_at_the_cost_of_the_bid() -> None:
    here = position(auctions=(english(100, EXECUTOR),))
    won = step(Kind.FINALISE, here, role=Role.WINNER)
    decision = only(decide(here, [won], Ladder("pool", (120,))))
    assert isinstance(decision, Opportunity)
    assert (decision.shape, decision.cost_basis) == (Shape.ATOMIC, 100)


def test_an_auction_that_somebody_else_won_is_left_to_them() -> None:
    here = position(auctions=(english(100, DEBTOR),))
    decision = only(decide(here, [step(Kind.FINALISE, here, role=Role.ANYONE)], Ladder("pool", (120,))))
    assert code_of(decision) is DenialCode.STATE_NOT_OPEN


def test_a_price_that_is_unknown_is_neither_healthy_nor_liquidatable() -> None:
    here = position()
    assert code_of(only(decide(here, []))) is DenialCode.STATE_PRICE_UNKNOWN
    unknown = [step(Kind.BID, here, 100, pre=UNKNOWN)]
    assert code_of(only(decide(here, unknown, Ladder("pool", (500,))))) is DenialCode.STATE_PRICE_UNKNOWN


def test_an_auction_is_started_where_there_is_an_exit_to_fall_to() -> None:
    here = position(token_ids=(1, 2))
    starts = [step(Kind.START_AUCTION, here, token_id=token_id) for token_id in (1, 2)]
    decision = only(decide(here, starts, Ladder("pool", (5,))))
    assert isinstance(decision, Opportunity)
    assert decision.shape is Shape.GROUNDWORK
    assert len(decision.steps) == 2
    assert code_of(only(decide(here, starts))) is DenialCode.EXIT_NONE


def test_every_number_of_pieces_is_proposed_with_and_without_what_the_purchase_opens() -> None:
    here = position(token_ids=(1, 2))
    after_one = replace(here, key=replace(here.key, native_id="after one"))
    after_two = replace(here, key=replace(here.key, native_id="after two"))
    first = step(Kind.BUY, here, 10, token_id=1, after=after_one)
    dearer = step(Kind.BUY, here, 20, token_id=2)
    second = step(Kind.BUY, here, 20, token_id=2, after=after_two)
    seize = step(Kind.SEIZE_TOKENS, here, 5, token_id=None, seizes=6)
    further = {str(after_one.key): [second, seize], str(after_two.key): [seize]}
    decisions = decide(here, [dearer, first], Ladder("pool", (50, 40)), further=further)
    paths = [[each.kind for each in d.steps] for d in decisions if isinstance(d, Opportunity)]
    assert paths == [
        [Kind.BUY],
        [Kind.BUY, Kind.SEIZE_TOKENS],
        [Kind.BUY, Kind.BUY],
        [Kind.BUY, Kind.BUY, Kind.SEIZE_TOKENS],
    ]
    assert (
        [each.piece for each in decisions[0].steps] == [first.piece] if isinstance(decisions[0], Opportunity) else False
    )


def test_the_amm_way_sells_to_pools_alone() -> None:
    here = position()
    decision = only(decide(here, [step(Kind.BUY, here, 10)], ways=frozenset({Way.AMM})))
    assert isinstance(decision, Opportunity)
    assert decision.exits == {PlaceKind.POOL}


def test_a_purchase_that_is_not_open_yet_is_denied_with_its_time() -> None:
    here = position()
    decision = only(decide(here, [step(Kind.BUY, here, 10, pre=SHUT)]))
    assert isinstance(decision, Denial)
    assert decision.code is DenialCode.STATE_NOT_OPEN
    assert decision.numbers["earliest"] == SHUT.earliest_timestamp


def test_a_protocol_that_the_configuration_does_not_allow_is_not_touched() -> None:
    here = position(protocol="elsewhere")
    assert decide(here, [step(Kind.BUY, here, 10)], Ladder("pool", (50,))) == []


def test_gas_of_both_ends_counts_against_a_bid() -> None:
    here = position()
    bid = step(Kind.BID, here, 100, gas=10)
    strategy = Liquidation(Settings({"house": ALL}, Appetite(Wei(0), TipRule(Bps(0), Wei(0)), Wei(0)), Bps(0)))
    desk = MarketDesk((here,), {str(here.key): [bid]}, (Ladder("pool", (139,)),))
    (decision,) = strategy.decide(desk, env(base_fee=2))
    assert isinstance(decision, Denial)
    assert decision.numbers["needed"] == 140
