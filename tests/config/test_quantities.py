"""Amounts, durations and rates: exact, with their unit, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.config.quantities import format_amount, parse_address, parse_amount, parse_duration, parse_rate
from keeper.domain.units import MAX_UINT256


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("0.05 ETH", 5 * 10**16),
        ("0.000000000000000001 ETH", 1),
        ("123456789012345678901234567890.123456789012345678 ETH", 123456789012345678901234567890123456789012345678),
        ("30 gwei", 30 * 10**9),
        ("1.5gwei", 15 * 10**8),
        ("1_000 wei", 1000),
        ("0 wei", 0),
        ("1.50 wei".replace("1.50", "1.0"), 1),
    ],
)
def test_an_amount_is_exact_to_the_wei(text: str, wei: int) -> None:
    assert parse_amount(text) == wei


@pytest.mark.parametrize(
    "bad", ["0.05", 0.05, 5, "-1 ETH", "1 eth", "1,5 ETH", "0.5 wei", "1e18 wei", "", "ETH", True, f"{2**256} wei"]
)
def test_an_amount_without_its_unit_or_finer_than_a_wei_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"unit|whole number|256 bits"):
        parse_amount(bad)


@given(st.integers(0, MAX_UINT256))
def test_an_amount_written_is_read_as_the_same(wei: int) -> None:
    assert parse_amount(format_amount(wei)) == wei


def test_amounts_are_written_in_the_unit_in_which_they_are_short() -> None:
    assert [format_amount(n) for n in (0, 7, 30 * 10**9, 5 * 10**16, 10**18 + 1)] == [
        "0 wei",
        "7 wei",
        "30 gwei",
        "0.05 ETH",
        "1000000000000000001 wei",
    ]


@pytest.mark.parametrize(
    ("text", "seconds"), [("12 s", 12.0), ("500 ms", 0.5), ("1.5 min", 90.0), ("24h", 86_400.0), ("1 d", 86_400.0)]
)
def test_a_duration_is_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("bad", ["12", 12, "-1 s", "12 seconds", ""])
def test_a_duration_without_its_unit_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="with its unit"):
        parse_duration(bad)


def test_a_rate_is_a_count_in_a_time() -> None:
    rate = parse_rate("1800 / 60 s")
    assert (rate.count, rate.seconds, rate.per_second) == (1800, 60.0, 30.0)
    assert parse_rate(str(rate)) == rate
    for bad in ("0 / 1 s", "5", 5, "5 / s", "-1 / 1 s"):
        with pytest.raises(ValueError, match="expected"):
            parse_rate(bad)


def test_an_address_is_lower_case_inside() -> None:
    assert parse_address("0x" + "AB" * 20) == "0x" + "ab" * 20
    for bad in ("0x12", 5, None, "0x" + "zz" * 20):
        with pytest.raises(ValueError, match="an address is expected"):
            parse_address(bad)
