"""Funding: the cheapest money first, never more than there is, never less than needed."""

from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.plans import FlashKind, Lender
from keeper.domain.units import Address, Wei
from keeper.planning.funding import fund
from tests.support.markets import WETH


def lender(number: int, available: int, fee_ppm: int) -> Lender:
    return Lender(FlashKind.BALANCER_V2, Address(f"0x{number:040x}"), WETH, Wei(available), fee_ppm)


def test_a_free_loan_goes_before_own_capital_and_own_capital_before_a_dear_loan() -> None:
    free, dear = lender(1, 50, 0), lender(2, 1_000, 500)
    funding = fund(Wei(70), WETH, [dear, free], Wei(20))
    assert funding is not None
    assert [(flash.lender, flash.amount) for flash in funding.flashes] == [(free.address, 50)]
    assert funding.own == 20
    assert funding.fees == 0


def test_a_lender_of_another_token_is_no_help() -> None:
    other = Lender(FlashKind.MORPHO, Address("0x" + "01" * 20), Address("0x" + "02" * 20), Wei(10**20), 0)
    assert fund(Wei(1), WETH, [other], Wei(0)) is None


def test_nothing_to_pay_needs_no_money() -> None:
    funding = fund(Wei(0), WETH, [], Wei(0))
    assert funding is not None
    assert funding.flashes == ()


@given(
    st.integers(1, 10**21),
    st.lists(st.tuples(st.integers(0, 10**21), st.integers(0, 1_000)), max_size=5),
    st.integers(0, 10**21),
)
def test_it_adds_up_to_exactly_what_is_needed_or_there_is_not_enough(
    amount: int, offers: list[tuple[int, int]], own: int
) -> None:
    lenders = [lender(i, available, fee) for i, (available, fee) in enumerate(offers)]
    funding = fund(Wei(amount), WETH, lenders, Wei(own))
    total = sum(available for available, _ in offers) + own
    if funding is None:
        assert total < amount
        return
    assert sum(flash.amount for flash in funding.flashes) + funding.own == amount
    assert funding.own <= own
    held = {each.address: each for each in lenders}
    for flash in funding.flashes:
        assert flash.amount <= held[flash.lender].available
        assert flash.fee == held[flash.lender].fee(flash.amount)
