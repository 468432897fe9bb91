"""PRBMath's exponentials and logarithms: against real numbers, and at their limits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.prb import prb_div, prb_exp, prb_exp2, prb_ln, prb_log2, prb_mul
from keeper.domain.units import WAD


@given(st.integers(0, 40 * WAD))
def test_exp_is_the_exponential_to_fifteen_digits(x: int) -> None:
    assert prb_exp(x) / WAD == pytest.approx(math.exp(x / WAD), rel=1e-14)


@given(st.integers(WAD, 10**30))
def test_ln_is_the_logarithm_to_fifteen_digits(x: int) -> None:
    assert prb_ln(x) / WAD == pytest.approx(math.log(x / WAD), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("power", [0, 1, 2, 64, 127, 191])
def test_whole_powers_of_two_are_exact(power: int) -> None:
    assert prb_exp2(power * WAD) == WAD << power
    assert prb_log2(WAD << power) == power * WAD


def test_known_values() -> None:
    assert prb_exp(WAD) == 2_718281828459045234
    assert prb_ln(WAD) == 0
    assert prb_exp(0) == WAD


def test_products_round_half_up_and_quotients_down() -> None:
    assert prb_mul(1, WAD // 2) == 1
    assert prb_mul(1, WAD // 2 - 1) == 0
    assert prb_div(2, 3) == 666_666_666_666_666_666


def test_refuses_what_the_library_refuses() -> None:
    with pytest.raises(ValueError, match="limit"):
        prb_exp2(192 * WAD)
    with pytest.raises(ValueError, match="limit"):
        prb_exp(133_084258667509499441)
    with pytest.raises(ValueError, match="less than one"):
        prb_ln(WAD - 1)
