"""Debts, limits and health against the vectors of the fact sheets, and what unknown prices do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from keeper.domain.auctions import Auction, Clearing, English
from keeper.domain.debt import IndexScaled, Sum
from keeper.domain.env import Env
from keeper.domain.facts import AssetTerms, Compounding, Index, IndexKey, Key, Price, PriceKey, TermsKey
from keeper.domain.fixed_point import compounded_interest, compounded_interest_v3, percent_mul, ray_div, wad_div
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionKey, PositionState
from keeper.domain.triggers import AllOf, OracleBelow, TimeAfter, Trigger, TriggerResult
from keeper.domain.units import ETHER, WAD, Address, Bps, Ray, Wei

V = TypeVar("V")
WETH, DOLLAR, APE = (Address("0x" + digit * 40) for digit in "abc")
NFT, TOKEN, USD = TermsKey("d", APE), TermsKey("d", WETH), TermsKey("d", DOLLAR)
FLOOR, FEED = PriceKey("d", APE, "twap"), PriceKey("d", DOLLAR)


@dataclass
class Known:
    facts: dict[Key[Any], Any] = field(default_factory=dict)

    def get(self, key: Key[V]) -> V | None:
        return self.facts.get(key)

    def keys(self, kind: type[Key[V]]) -> Iterator[Key[V]]:
        yield from (key for key in self.facts if isinstance(key, kind))


def env(facts: dict[Key[Any], Any], timestamp: int = 0, block: int = 0) -> Env:
    return Env(block, timestamp, Wei(0), Known(facts), Address(""))


def loan(debt: IndexScaled, trigger: Trigger) -> Position:
    key = PositionKey(1, "p", "d", "1")
    item = CollateralItem(ItemKind.ERC721, APE, NFT, 7)
    return Position(key, PositionState.OPEN, Address(""), (item,), debt, {"default": trigger}, (0, 0))


@pytest.mark.parametrize(
    ("rate", "seconds", "start", "amount", "scaled", "factor", "end", "owed"),
    [
        (
            2 * 10**26,
            2_592_000,
            105 * 10**25,
            10 * ETHER,
            9523809523809523810,
            1016574205994088589241344000,
            1067402916293793018703411200,
            10165742059940885893,
        ),
        (
            10**27,
            86_400,
            1234567890123456789012345678,
            7 * ETHER,
            5670000051030000464,
            1002743482460684374498700800,
            1237954905476534606728484314,
            7019204377224790621,
        ),
    ],
)
def test_a_debt_grows_as_benddaos(
    rate: int, seconds: int, start: int, amount: int, scaled: int, factor: int, end: int, owed: int
) -> None:
    assert compounded_interest(rate, seconds) == factor
    index = Index(Ray(start), Ray(rate), 1000, Compounding.AAVE_V2)
    assert ray_div(amount, start) == scaled
    assert index.at(1000 + seconds) == end
    debt = IndexScaled(scaled, IndexKey("d", WETH), TOKEN)
    assert debt.owed(env({debt.index: index}, 1000 + seconds)) == owed
    assert debt.owed(env({})) is None


def test_the_powers_of_the_rate_are_cut_elsewhere_in_aave_v3() -> None:
    assert compounded_interest_v3(2 * 10**26, 2_592_000) != compounded_interest(2 * 10**26, 2_592_000)
    assert compounded_interest_v3(2 * 10**26, 0) == compounded_interest(2 * 10**26, 0) == 10**27


def test_debts_of_one_asset_add_up_and_others_do_not() -> None:
    index = Index(Ray(10**27), Ray(0), 0, Compounding.LINEAR)
    one = IndexScaled(5, IndexKey("d", WETH), TOKEN)
    other = IndexScaled(7, IndexKey("d", DOLLAR), USD)
    known: dict[Key[Any], Any] = {one.index: index, other.index: index}
    assert Sum((one, one)).owed(env(known)) == 10
    assert Sum((one, one)).owed(env({})) is None
    with pytest.raises(ValueError, match="no common amount"):
        Sum((one, other)).owed(env(known))


def test_the_limit_is_strict_and_follows_the_health_factor() -> None:
    collateral, owed = 12000345678901234567, 9876543210123456789
    threshold = Bps(8000)
    assert percent_mul(collateral, threshold) == 9600276543120987654
    assert wad_div(percent_mul(collateral, threshold), owed) == 972027999966699300
    index = IndexKey("d", WETH)
    facts: dict[Key[Any], Any] = {
        NFT: AssetTerms(FLOOR, 1, threshold, is_nft=True),
        TOKEN: AssetTerms(None, WAD),
        FLOOR: Price(Wei(collateral), 0, 0),
        index: Index(Ray(10**27), Ray(0), 0, Compounding.AAVE_V2),
    }
    for debt, verdict in ((owed, True), (9600276543120987655, True), (9600276543120987654, False)):
        position = loan(IndexScaled(debt, index, TOKEN), OracleBelow(NFT, TOKEN))
        result = position.triggers["default"].eval(position, env(facts))
        assert (result.now, result.needs) == (verdict, frozenset({FLOOR}))
    at_limit = loan(IndexScaled(9600276543120987654, index, TOKEN), OracleBelow(NFT, TOKEN, strict=False))
    assert at_limit.triggers["default"].eval(at_limit, env(facts)).now
    unknown = at_limit.triggers["default"].eval(at_limit, env({**facts, FLOOR: None}))
    assert (unknown.now, unknown.needs) == (None, frozenset({FLOOR}))


def test_a_price_is_unknown_after_its_last_block() -> None:
    facts: dict[Key[Any], Any] = {FEED: Price(Wei(5), 0, 10, expires_after_block=30)}
    assert env(facts, block=30).price(FEED) is not None
    assert env(facts, block=31).price(FEED) is None


class Fixed:
    def __init__(self, now: bool | None) -> None:
        self.now = now

    def eval(self, position: Position, env: Env) -> TriggerResult:  # noqa: ARG002
        return TriggerResult(self.now)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((True, True), True),
        ((True, None), None),
        ((None, False), False),
        ((True, False), False),
        ((), True),
    ],
)
def test_false_beats_unknown_and_unknown_beats_true(parts: tuple[bool | None, ...], whole: bool | None) -> None:
    trigger = AllOf([Fixed(part) for part in parts])
    position = loan(IndexScaled(0, IndexKey("d", WETH), TOKEN), trigger)
    assert trigger.eval(position, env({})).now is whole


def test_a_clock_is_strict_where_it_says_so() -> None:
    position = loan(IndexScaled(0, IndexKey("d", WETH), TOKEN), TimeAfter(100))
    assert TimeAfter(100).eval(position, env({}, 100)).now
    late = TimeAfter(100, strict=True).eval(position, env({}, 100))
    assert (late.now, late.earliest_timestamp) == (False, 101)
    both = AllOf([TimeAfter(100), TimeAfter(200)]).eval(position, env({}, 150))
    assert (both.now, both.earliest_timestamp) == (False, 200)


def test_an_english_auction_asks_for_the_debt_and_for_a_share_of_it_over_the_last_bid() -> None:
    curve = English(86_400, 43_200, Bps(100))
    auction = Auction(APE, 7, curve, 1000, high_bid=Wei(1000), extension_seconds=60)
    assert curve.clearing is Clearing.HIGHEST_AT_CLOSE
    assert auction.closes_at() == 87_460
    assert curve.redeemable_until(auction) == 44_260
    assert auction.price(87_460, Wei(900)) == 1009
    assert auction.price(87_460, Wei(2000)) == 2000
    assert auction.price(87_461, Wei(900)) is None
    assert curve.first_second_at_or_below(auction, Wei(1), Wei(1)) is None
