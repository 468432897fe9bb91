"""Pools as values: what they quote, from what they hold, and why they refuse."""

from dataclasses import replace

import pytest

from keeper.domain.curves import LinearV2, Terms
from keeper.domain.denials import DenialCode
from keeper.domain.env import Env, Overlay
from keeper.domain.markets import PlaceKey, PlaceKind, Quote, Refusal
from keeper.domain.pools import Pool, PoolGas, PoolSide, Royalty
from keeper.domain.units import ETHER, WAD, Address, Wad, Wei
from tests.support.venue_chain import DictFacts

ANYBODY = Address("0x" + "a1" * 20)
POOL = Pool(
    key=PlaceKey("amm", "here", "0x01"),
    collection=Address("0x" + "c0" * 20),
    asset=Address("0x" + "e0" * 20),
    native=True,
    side=PoolSide.TRADE,
    curve=LinearV2(),
    terms=Terms(ETHER, ETHER // 10, Wad(WAD // 100), Wad(WAD // 200)),
    balance=Wei(10 * ETHER),
    royalty=Royalty((500, 33)),
    gas=PoolGas(sale=100, sale_piece=7, purchase=200, purchase_piece=9),
    asset_recipient=ANYBODY,
    fee_recipient=ANYBODY,
    inventory=frozenset({1, 2, 3}),
)
ENV = Env(1, 1, Wei(0), Overlay(DictFacts(), {}), ANYBODY)


def refused(quote: Quote | Refusal) -> tuple[DenialCode, dict[str, int | str]]:
    assert isinstance(quote, Refusal)
    return quote.code, dict(quote.numbers)


def test_a_sale_is_net_of_fees_and_of_a_royalty_on_what_the_fees_leave() -> None:
    quote = POOL.quote_sale([7, 8], ENV)
    assert isinstance(quote, Quote)
    assert quote.gross == 19 * ETHER // 10
    assert quote.fees == quote.gross * 15 // 1000
    assert quote.royalty == (quote.gross - quote.fees) * 533 // 10_000
    assert quote.net == quote.gross - quote.fees - quote.royalty
    assert (quote.gas, quote.kind, sorted(quote.resources)) == (114, PlaceKind.POOL, ["amm/here/0x01"])


def test_a_purchase_adds_fees_and_a_royalty_on_the_raw_price() -> None:
    quote = POOL.quote_purchase([2], ENV)
    assert isinstance(quote, Quote)
    assert quote.royalty == quote.gross * 533 // 10_000
    assert quote.net == quote.gross + quote.fees + quote.royalty
    assert quote.gas == 209


def test_every_receivers_royalty_is_rounded_down_by_itself() -> None:
    assert Royalty((5_000, 5_000)).on(3) == 2
    assert Royalty((10_000,)).on(3) == 3
    assert Royalty().on(3) == 0


@pytest.mark.parametrize("ways", [("quote_sale", PoolSide.NFT), ("quote_purchase", PoolSide.TOKEN)])
def test_a_one_sided_pool_trades_one_way(ways: tuple[str, PoolSide]) -> None:
    way, side = ways
    pool = replace(POOL, side=side)
    assert (pool.buys, pool.sells) == (side is PoolSide.TOKEN, side is PoolSide.NFT)
    assert refused(getattr(pool, way)([1], ENV)) == (DenialCode.EXIT_NONE, {"side": side.value})


def test_what_cannot_be_trusted_or_computed_is_not_traded_with() -> None:
    for pool, reason in (
        (replace(POOL, curve=None), "unknown curve"),
        (replace(POOL, curve=None, distrust="curve 0x5"), "curve 0x5"),
    ):
        for quote in (pool.quote_sale([1], ENV), pool.quote_purchase([1], ENV)):
            assert refused(quote) == (DenialCode.EXIT_UNTRUSTED, {"reason": reason})


def test_a_royalty_over_a_quarter_is_refused_as_the_contract_would() -> None:
    pool = replace(POOL, royalty=Royalty((2_501,)))
    for quote in (pool.quote_sale([7], ENV), pool.quote_purchase([1], ENV)):
        code, numbers = refused(quote)
        assert (code, numbers["reason"]) == (DenialCode.EXIT_UNTRUSTED, "royalty over a quarter")
    assert isinstance(replace(POOL, royalty=Royalty((2_500,))).quote_sale([7], ENV), Quote)


def test_a_piece_cannot_be_traded_twice_and_only_what_is_there_is_sold() -> None:
    assert refused(POOL.quote_sale([7, 7], ENV))[1] == {"reason": "the same piece twice"}
    assert refused(POOL.quote_purchase([1, 9], ENV))[1] == {"reason": "not in the pool", "token_id": 9}


def test_a_curves_fault_is_named_with_its_numbers() -> None:
    code, numbers = refused(POOL.quote_sale([], ENV))
    assert (code, numbers["curve"], numbers["pieces"]) == (DenialCode.EXIT_NONE, "INVALID_NUMITEMS", 0)


def test_a_pool_without_the_money_says_what_it_would_need() -> None:
    code, numbers = refused(replace(POOL, balance=Wei(ETHER // 2)).quote_sale([7], ENV))
    assert code is DenialCode.EXIT_POOL_SHORT
    assert numbers["needs"] == ETHER * 99 // 100
    assert numbers["balance"] == ETHER // 2
