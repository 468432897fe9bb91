"""Selling several pieces over many places: never worse than trying every split."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.denials import DenialCode
from keeper.domain.markets import PlaceKind
from keeper.domain.units import Address
from keeper.planning.exits import sell
from tests.support.markets import WETH, Ladder, env

POOLS = frozenset({PlaceKind.POOL})
EVERYWHERE = frozenset({PlaceKind.POOL, PlaceKind.OFFER})


def best_by_trying(ladders: list[Ladder], pieces: int, base_fee: int) -> int:
    """The most that any split nets after gas, by brute force."""
    counts = product(*(range(min(pieces, len(ladder.prices)) + 1) for ladder in ladders))
    return max(
        sum(sum(ladder.prices[:n]) - ladder.gas * n * base_fee for ladder, n in zip(ladders, split, strict=True))
        for split in counts
        if sum(split) == pieces
    )


@given(
    st.lists(st.lists(st.integers(1, 10**20), min_size=1, max_size=4), min_size=1, max_size=4),
    st.integers(1, 6),
    st.integers(0, 10),
)
def test_the_split_nets_what_the_best_of_all_splits_nets(prices: list[list[int]], pieces: int, base_fee: int) -> None:
    ladders = [Ladder(f"pool {i}", tuple(sorted(each, reverse=True)), gas=i * 1000) for i, each in enumerate(prices)]
    room = sum(len(ladder.prices) for ladder in ladders)
    sale = sell(range(pieces), ladders, env(base_fee=base_fee), WETH, EVERYWHERE)
    if sale.unsold:
        worst = max(ladder.gas * base_fee for ladder in ladders)
        assert room < pieces or min(min(ladder.prices) for ladder in ladders) <= worst
        return
    gas = sum(quote.gas for quote in sale.quotes) * base_fee
    assert sale.net - gas == best_by_trying(ladders, pieces, base_fee)
    assert sorted(token for quote in sale.quotes for token in quote.token_ids) == list(range(pieces))


def test_a_place_of_a_kind_that_is_not_wanted_is_left_alone() -> None:
    offer = Ladder("offer", (100,), kind=PlaceKind.OFFER)
    pool = Ladder("pool", (90,))
    sale = sell([7], [offer, pool], env(), WETH, POOLS)
    assert [quote.place for quote in sale.quotes] == [pool.key]


def test_what_is_taken_by_another_plan_is_not_used_again() -> None:
    rich, poor = Ladder("rich", (100,)), Ladder("poor", (60,))
    sale = sell([7], [rich, poor], env(), WETH, POOLS, taken=frozenset({str(rich.key)}))
    assert [quote.place for quote in sale.quotes] == [poor.key]


def test_two_offers_that_one_maker_can_pay_only_once_are_not_both_used() -> None:
    maker = frozenset({"maker:0xabc"})
    offers = [Ladder(f"offer {i}", (100 - i,), kind=PlaceKind.OFFER, shared=maker) for i in range(2)]
    sale = sell([1, 2], offers, env(), WETH, EVERYWHERE)
    assert [quote.place for quote in sale.quotes] == [offers[0].key]
    assert sale.unsold == 1


def test_a_place_that_pays_in_another_asset_is_refused_by_name() -> None:
    foreign = Ladder("usdc", (10**9,), asset=Address("0x" + "cc" * 20))
    sale = sell([1], [foreign], env(), WETH, POOLS)
    assert sale.unsold == 1
    assert sale.refusals[0].code is DenialCode.FUNDING_ASSET_UNSUPPORTED


def test_a_piece_that_would_not_pay_its_own_gas_stays_unsold() -> None:
    sale = sell([1], [Ladder("dust", (1_000,), gas=100_000)], env(base_fee=10**9), WETH, POOLS)
    assert sale.unsold == 1
