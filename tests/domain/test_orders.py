"""Orders as values: when they are open, what they pay, whose money they share."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.facts import Change
from keeper.domain.markets import PlaceKey, PlaceKind, Quote, Refusal
from keeper.domain.orders import Listing, Maker, MakerKey, Offer, OrderStatus, Timed
from keeper.domain.units import ETHER, Address, Wei
from tests.support.venue_chain import DictFacts

MAKER = Address("0x" + "aa" * 20)
WETH = Address("0x" + "e0" * 20)
APES = Address("0x" + "c0" * 20)
ALIVE = OrderStatus(filled=False, cancelled=False, counter=5, balance=10 * ETHER, allowance=20 * ETHER)


def offer(pays: Timed, fees: tuple[Timed, ...] = (), name: str = "0x01") -> Offer:
    key = PlaceKey("book", "here", name)
    return Offer(key, APES, WETH, MAKER, 100, 200, 5, 210_000, "", pays=pays, fees=fees)


def env(*changes: Change, now: int = 150) -> Env:
    facts = DictFacts()
    facts.apply(changes)
    return Env(1, now, Wei(0), facts, MAKER)


def test_a_moving_amount_rounds_for_its_owner() -> None:
    amount = Timed(10 * ETHER, 9 * ETHER)
    assert amount.at(1_234, 0, 3_600, round_up=True) == 9657222222222222223
    assert amount.at(1_234, 0, 3_600, round_up=False) == 9657222222222222222
    assert Timed(7, 7).at(1_234, 0, 3_600, round_up=True) == 7
    assert Timed(0, 0).at(1, 0, 2, round_up=True) == 0


@given(st.integers(0, 2**200), st.integers(0, 2**200), st.integers(1, 10**9), st.data())
def test_a_moving_amount_stays_between_its_ends(start: int, end: int, seconds: int, data: st.DataObject) -> None:
    now = data.draw(st.integers(0, seconds))
    down, up = (Timed(start, end).at(now, 0, seconds, round_up=round_up) for round_up in (False, True))
    assert min(start, end) <= down <= up <= min(down + 1, max(start, end))


def test_an_offer_pays_its_amount_less_its_fees() -> None:
    place = offer(Timed(4 * ETHER, 4 * ETHER), (Timed(ETHER, 0), Timed(7, 7)))
    quote = place.quote_sale([3], env(Change(place.status_key, ALIVE)))
    assert isinstance(quote, Quote)
    assert (quote.gross, quote.fees, quote.net) == (4 * ETHER, ETHER // 2 + 7, 4 * ETHER - ETHER // 2 - 7)
    assert (quote.kind, quote.expires_at, quote.asset) == (PlaceKind.OFFER, 200, WETH)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (None, DenialCode.EXIT_NONE, "its status was not read yet"),
        (OrderStatus(True, False, 5, ETHER, ETHER), DenialCode.EXIT_ORDER_DEAD, "filled"),
        (OrderStatus(False, True, 5, ETHER, ETHER), DenialCode.EXIT_ORDER_DEAD, "cancelled"),
        (OrderStatus(False, False, 6, ETHER, ETHER), DenialCode.EXIT_ORDER_DEAD, "counter"),
        (OrderStatus(False, False, 5, ETHER - 1, ETHER), DenialCode.EXIT_MAKER_UNFUNDED, None),
        (OrderStatus(False, False, 5, ETHER, ETHER - 1), DenialCode.EXIT_MAKER_UNFUNDED, None),
    ],
)
def test_what_cannot_be_filled_is_refused_with_its_reason(
    status: OrderStatus | None, code: DenialCode, reason: str | None
) -> None:
    place = offer(Timed(ETHER, ETHER))
    refusal = place.quote_sale([1], env(*([Change(place.status_key, status)] if status else [])))
    assert isinstance(refusal, Refusal)
    assert refusal.code is code
    assert dict(refusal.numbers).get("reason") == reason


def test_an_offer_takes_one_piece_and_never_for_nothing() -> None:
    place = offer(Timed(ETHER, ETHER), (Timed(ETHER, ETHER),))
    for pieces in ([1, 2], [], [1]):
        refusal = place.quote_sale(pieces, env(Change(place.status_key, ALIVE)))
        assert isinstance(refusal, Refusal)
        assert refusal.code is DenialCode.EXIT_NONE


def test_a_listing_sells_its_piece_for_the_sum_of_what_it_asks() -> None:
    key = PlaceKey("book", "here", "0x02")
    place = Listing(
        *(key, APES, WETH, MAKER, 100, 200, 5, 180_000, ""),
        token_id=9,
        asks=(Timed(5, 6), Timed(3, 3)),
        native=True,
    )
    moment = env(Change(place.status_key, OrderStatus(False, False, 5, 1, 1)))
    quote = place.quote_purchase([9], moment)
    assert isinstance(quote, Quote)
    assert quote.net == quote.gross == 6 + 3
    for refusal in (place.quote_purchase([8], moment), place.quote_sale([9], moment)):
        assert isinstance(refusal, Refusal)
        assert refusal.code is DenialCode.EXIT_NONE


AMOUNTS = st.lists(st.integers(1, 100), min_size=1, max_size=12)


@given(AMOUNTS, st.integers(0, 400))
def test_offers_on_different_shares_can_all_be_paid(amounts: list[int], funds: int) -> None:
    maker = Maker()
    for index, amount in enumerate(amounts):
        maker = maker.with_order(amount, f"{index:03}")
    dearest: dict[int, int] = {}
    for index, amount in enumerate(amounts):
        if amount <= funds:
            share = maker.share_of(amount, f"{index:03}", funds)
            dearest[share] = max(dearest.get(share, 0), amount)
    assert sum(dearest.values()) <= max(funds, 0)


def test_a_makers_orders_are_kept_dearest_first_with_listings_last() -> None:
    maker = Maker()
    for amount, name in ((3, "c"), (0, "listing"), (9, "a"), (3, "b")):
        maker = maker.with_order(amount, name)
    assert [name for _, name in maker.orders] == ["a", "b", "c", "listing"]
    assert all(left <= right for left, right in pairwise(maker.orders))


def test_two_offers_share_a_resource_only_while_the_money_cannot_pay_both() -> None:
    first, second = offer(Timed(6, 6), name="0x01"), offer(Timed(6, 6), name="0x02")
    maker = Maker().with_order(6, "0x01").with_order(6, "0x02")
    for funds, shared in ((11, True), (12, False)):
        status = OrderStatus(False, False, 5, funds, 100)
        moment = env(
            Change(first.status_key, status),
            Change(second.status_key, status),
            Change(MakerKey("here", MAKER), maker),
        )
        quotes = [place.quote_sale([1], moment) for place in (first, second)]
        resources = [quote.resources for quote in quotes if isinstance(quote, Quote)]
        assert bool(resources[0] & resources[1]) is shared
