"""Bonding curves against numbers that the protocol's own contracts gave, and against what must hold for any curve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.curves import MAX_UINT128, Curve, ExponentialV2, Fault, LinearV2, Terms, Trade
from keeper.domain.units import ETHER, WAD, Wad

ROUND = Terms(3 * ETHER, ETHER // 10, Wad(WAD // 200), Wad(3 * WAD // 1000))
LINEAR_ODD = Terms(1234567890123456789, 98765432109876543, Wad(50000000000000001), Wad(5000000000000003))
EXPONENTIAL_ODD = Terms(1234567890123456789, 1_050_000_000_000_000_000, Wad(25 * 10**15), Wad(5 * 10**15))


def doubling(terms: Terms) -> Terms:
    return Terms(terms.spot, 2 * WAD, terms.trade_fee, terms.protocol_fee)


@pytest.mark.parametrize(
    ("curve", "terms", "count", "spot", "cost", "trade_fee", "protocol_fee"),
    [
        (LinearV2(), ROUND, 5, 3500 * 10**15, 16632 * 10**15, 825 * 10**14, 495 * 10**14),
        (ExponentialV2(), doubling(ROUND), 5, 96 * ETHER, 187488 * 10**15, 93 * 10**16, 558 * 10**15),
        (LinearV2(), LINEAR_ODD, 3, 1530864186453086418, 4532592557496259273, 214814813151481486, 21481481315148162),
        (
            ExponentialV2(),
            EXPONENTIAL_ODD,
            7,
            1737160999990550858,
            10871088966425244715,
            263861382680224387,
            52772276536044878,
        ),
    ],
)
def test_a_purchase_costs_what_the_contract_charged(
    curve: Curve, terms: Terms, count: int, spot: int, cost: int, trade_fee: int, protocol_fee: int
) -> None:
    trade = curve.buy(terms, count)
    assert isinstance(trade, Trade)
    assert (trade.spot, trade.raw + trade.fees, trade.trade_fee, trade.protocol_fee) == (
        spot,
        cost,
        trade_fee,
        protocol_fee,
    )


@pytest.mark.parametrize(
    ("curve", "terms", "count", "spot", "proceeds", "trade_fee", "protocol_fee"),
    [
        (LinearV2(), ROUND, 5, 2500 * 10**15, 13888 * 10**15, 7 * 10**16, 42 * 10**15),
        (
            ExponentialV2(),
            doubling(ROUND),
            5,
            93750 * 10**12,
            5766 * 10**15,
            290625 * 10**11,
            174375 * 10**11,
        ),
        (LinearV2(), LINEAR_ODD, 3, 938271593793827160, 3219999968468499983, 170370368702037041, 17037036870203714),
        (
            ExponentialV2(),
            EXPONENTIAL_ODD,
            7,
            877384350288876042,
            7275828706430409665,
            187521358413154889,
            37504271682630978,
        ),
        (LinearV2(), Terms(ETHER, 4 * ETHER // 10, Wad(0), Wad(0)), 5, 0, 1800000000000000000, 0, 0),
    ],
)
def test_a_sale_brings_what_the_contract_paid(
    curve: Curve, terms: Terms, count: int, spot: int, proceeds: int, trade_fee: int, protocol_fee: int
) -> None:
    trade = curve.sell(terms, count)
    assert isinstance(trade, Trade)
    assert (trade.spot, trade.raw - trade.fees, trade.trade_fee, trade.protocol_fee) == (
        spot,
        proceeds,
        trade_fee,
        protocol_fee,
    )


def test_an_exponential_sale_below_the_lowest_price_is_refused_by_name() -> None:
    terms = Terms(10**9, 2 * WAD, Wad(0), Wad(0))
    assert isinstance(ExponentialV2().sell(terms, 9), Trade)
    assert ExponentialV2().sell(terms, 11) is Fault.SPOT_PRICE_UNDERFLOW


@pytest.mark.parametrize("curve", [LinearV2(), ExponentialV2()])
def test_no_pieces_are_no_trade(curve: Curve) -> None:
    assert curve.buy(doubling(ROUND), 0) is Fault.INVALID_NUMITEMS
    assert curve.sell(doubling(ROUND), 0) is Fault.INVALID_NUMITEMS


def test_a_price_that_does_not_fit_its_word_is_refused_by_name() -> None:
    assert LinearV2().buy(Terms(MAX_UINT128, 1, Wad(0), Wad(0)), 1) is Fault.SPOT_PRICE_OVERFLOW
    assert ExponentialV2().buy(Terms(MAX_UINT128, 2 * WAD, Wad(0), Wad(0)), 1) is Fault.SPOT_PRICE_OVERFLOW


def test_fees_that_eat_the_whole_price_revert() -> None:
    greedy = Terms(1, 0, Wad(WAD // 2), Wad(1))
    assert LinearV2().sell(greedy, 1) is Fault.ARITHMETIC


def test_an_exponential_curve_that_does_not_grow_is_no_curve() -> None:
    flat = Terms(ETHER, WAD, Wad(0), Wad(0))
    assert ExponentialV2().buy(flat, 1) is Fault.ARITHMETIC
    assert ExponentialV2().sell(flat, 1) is Fault.ARITHMETIC


SPOTS = st.integers(10**9, 10**22)
COUNTS = st.integers(1, 50)
FEES = st.integers(0, WAD // 2).map(Wad)


@given(SPOTS, st.integers(0, 10**19), COUNTS, FEES)
def test_a_linear_batch_costs_the_sum_of_its_pieces(spot: int, delta: int, count: int, fee: Wad) -> None:
    raw, terms = 0, Terms(spot, delta, fee, Wad(0))
    for _ in range(count):
        piece = LinearV2().buy(terms, 1)
        assert isinstance(piece, Trade)
        raw += piece.raw
        terms = Terms(piece.spot, piece.delta, fee, Wad(0))
    batch = LinearV2().buy(Terms(spot, delta, fee, Wad(0)), count)
    assert isinstance(batch, Trade)
    assert (batch.raw, batch.spot) == (raw, terms.spot)


@given(SPOTS, st.integers(WAD + 10**12, 3 * WAD), st.integers(1, 49), FEES)
def test_another_piece_never_makes_a_batch_cheaper(spot: int, delta: int, count: int, fee: Wad) -> None:
    terms = Terms(spot, delta, fee, Wad(0))
    fewer, more = ExponentialV2().buy(terms, count), ExponentialV2().buy(terms, count + 1)
    if not isinstance(more, Fault):
        assert isinstance(fewer, Trade)
        assert fewer.raw < more.raw
