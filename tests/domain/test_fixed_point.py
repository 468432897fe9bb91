"""Fixed-point arithmetic against the contracts' published figures."""

from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.fixed_point import (
    compounded_interest,
    mul_div_down,
    mul_div_up,
    percent_mul,
    ray_div,
    ray_mul,
    wad_div,
    wad_pow,
)
from keeper.domain.units import RAY, WAD

DAY = 86_400


def test_a_real_purchase_of_eight_from_an_exponential_pool_of_sudoswap_v1() -> None:
    """Mainnet's own figures: that version rounds every product and every fee down."""
    spot, delta = 8818298150065495, 1069 * 10**15
    power = wad_pow(delta, 8)
    first = mul_div_down(spot, delta, WAD)
    raw = mul_div_down(first, mul_div_down(power - WAD, WAD, delta - WAD), WAD)
    trade_fee, protocol_fee = mul_div_down(raw, 10**17, WAD), mul_div_down(raw, 5 * 10**15, WAD)
    assert mul_div_down(spot, power, WAD) == 15038565789541442
    assert protocol_fee == 481845370043462
    assert raw + trade_fee + protocol_fee == 106487826779605292


def test_a_months_interest_at_a_fifth_a_year() -> None:
    index = 1_050_000_000_000_000_000_000_000_000
    factor = compounded_interest(RAY // 5, 30 * DAY)
    scaled = ray_div(10 * WAD, index)
    assert factor == 1016574205994088589241344000
    assert scaled == 9523809523809523810
    assert ray_mul(scaled, ray_mul(factor, index)) == 10165742059940885893


def test_a_days_interest_at_the_whole_a_year() -> None:
    index = 1234567890123456789012345678
    factor = compounded_interest(RAY, DAY)
    assert factor == 1002743482460684374498700800
    assert ray_mul(factor, index) == 1237954905476534606728484314
    assert ray_mul(ray_div(7 * WAD, index), ray_mul(factor, index)) == 7019204377224790621


def test_a_health_factor_under_one() -> None:
    threshold = percent_mul(12000345678901234567, 8000)
    assert threshold == 9600276543120987654
    assert wad_div(threshold, 9876543210123456789) == 972027999966699300


@given(st.integers(0, 2**128), st.integers(0, 2**128), st.integers(1, 2**128))
def test_up_and_down_enclose_the_exact_quotient(a: int, b: int, c: int) -> None:
    down, up = mul_div_down(a, b, c), mul_div_up(a, b, c)
    assert down * c <= a * b <= up * c
    assert up - down == (a * b % c != 0)
