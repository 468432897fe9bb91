"""The oracle's averages: known vectors, and every push on chain as it was forecast."""

import random

import pytest

from keeper.domain.blocks import PendingTransaction
from keeper.domain.units import ETHER, Address, Hash32, Wei
from keeper.protocols.benddao_v1 import abi
from keeper.protocols.benddao_v1.oracle import accepts, pushed, twap
from keeper.protocols.benddao_v1.records import OracleRules, Round
from tests.protocols.bend_world import BendWorld
from tests.protocols.local import Refused

WINDOW = 21_600
NOW = 1_700_000_000
RULES = OracleRules(Address(""), WINDOW, 2 * 10**17, 10**17, 1800, 600, 10**18)


def history(*rounds: tuple[int, int]) -> tuple[Round, ...]:
    return tuple(Round(i, Wei(price), NOW + offset) for i, (offset, price) in enumerate(rounds))


def test_a_push_weighs_nothing_until_the_next_one() -> None:
    rounds = history((-30_000, 100 * ETHER), (-10_800, 90 * ETHER))
    rounds = pushed(rounds, Wei(70 * ETHER), NOW, WINDOW)
    assert twap(rounds, NOW, WINDOW) == 95 * ETHER
    rounds = pushed(rounds, Wei(70 * ETHER), NOW + 3600, WINDOW)
    assert twap(rounds, NOW + 3600, WINDOW) == 90 * ETHER


def test_after_a_long_silence_the_old_price_counts_until_the_second_push() -> None:
    rounds = pushed(history((-90_000, 100)), Wei(50), NOW, WINDOW)
    assert twap(rounds, NOW, WINDOW) == 100
    assert twap(pushed(rounds, Wei(50), NOW + 600, WINDOW), NOW + 600, WINDOW) == 98


def test_rounds_that_do_not_reach_back_give_no_average() -> None:
    assert twap((Round(7, Wei(5), NOW - 10), Round(8, Wei(6), NOW)), NOW, WINDOW) is None
    assert twap((), NOW, WINDOW) is None


def test_the_oracle_takes_no_price_that_moves_too_far_or_too_soon() -> None:
    rounds = history((0, 100))
    assert accepts(rounds, Wei(120), NOW + 1800, RULES)
    assert not accepts(rounds, Wei(121), NOW + 1800, RULES)
    assert not accepts(rounds, Wei(111), NOW + 1799, RULES)
    assert accepts(rounds, Wei(110), NOW + 600, RULES)
    assert not accepts(rounds, Wei(110), NOW + 599, RULES)
    assert accepts(rounds, Wei(100), NOW + 1, RULES)
    assert not accepts(rounds, Wei(100), NOW, RULES)
    assert not accepts(rounds, Wei(0), NOW + 1800, RULES)


def test_every_push_stores_the_average_that_was_forecast(bend: BendWorld) -> None:
    follower = bend.follower()
    follower.bootstrap()
    adapter, keys = follower.adapter, follower.adapter.keys
    dice = random.Random(1)
    now, prices = bend.chain.now(), {bend.apes: 100 * ETHER, bend.punks: 40 * ETHER}
    stored = refused = 0
    while stored < 520:
        now += dice.choice((dice.randint(500, 1700), dice.randint(1800, 5000), dice.randint(5000, 60_000)))
        wanted = {nft: price * dice.randint(88, 112) // 100 for nft, price in prices.items()}
        call = abi.SET_MANY.call(bend.nft_oracle, list(wanted), list(wanted.values()))
        pending = PendingTransaction(Hash32("0x"), bend.admin, bend.nft_oracle, call.data)
        env = follower.env(now, bend.bidders[0])
        forecast = adapter.forecast(pending, env)
        if forecast is None:
            with pytest.raises(Refused, match="NFTOracle: invalid price data"):
                bend.chain.attempt(bend.admin, call, at=now)
            refused += 1
            continue
        bend.chain.send(bend.admin, call, at=now)
        follower.follow()
        prices = wanted
        averages = bend.chain.views([(abi.GET_ASSET_PRICE, bend.nft_oracle, (nft,)) for nft in wanted])
        told = dict(forecast.prices)
        for nft, average in zip(wanted, averages, strict=True):
            assert told[keys.twap(nft)].value == average
            assert follower.book.get(keys.twap(nft)) == told[keys.twap(nft)]
            assert follower.book.get(keys.spot(nft)) == told[keys.spot(nft)]
            stored += 1
    assert refused > 10


def test_a_push_by_somebody_else_or_to_another_contract_forecasts_nothing(bend: BendWorld) -> None:
    follower = bend.follower()
    follower.bootstrap()
    call = abi.SET_ONE.call(bend.nft_oracle, bend.apes, 101 * ETHER)
    env = follower.env(bend.chain.now() + 3600, bend.bidders[0])
    ours = PendingTransaction(Hash32("0x"), bend.admin, bend.nft_oracle, call.data)
    assert follower.adapter.forecast(ours, env) is not None
    stranger = PendingTransaction(Hash32("0x"), bend.lender, bend.nft_oracle, call.data)
    elsewhere = PendingTransaction(Hash32("0x"), bend.admin, bend.pool, call.data)
    broken = PendingTransaction(Hash32("0x"), bend.admin, bend.nft_oracle, call.data[:-3])
    assert [follower.adapter.forecast(pending, env) for pending in (stranger, elsewhere, broken)] == [None] * 3


def test_another_window_is_noticed_by_the_first_average_that_differs(bend: BendWorld) -> None:
    follower = bend.follower()
    follower.bootstrap()
    start = bend.chain.now()
    for hours in range(1, 9):
        bend.push(bend.apes, (100 + hours) * ETHER, at=start + 3600 * hours)
    follower.follow()
    bend.chain.do(bend.admin, bend.nft_oracle, "setTwapInterval(uint256)", 3 * WINDOW)
    bend.push(bend.apes, 109 * ETHER, at=start + 9 * 3600)
    follower.follow()
    keys = follower.adapter.keys
    rules, rounds = follower.book.get(keys.oracle()), follower.book.get(keys.rounds(bend.apes))
    assert rules is not None
    assert rules.twap_seconds == 3 * WINDOW
    assert rounds is not None
    assert [round_.index for round_ in rounds] == list(range(10))
