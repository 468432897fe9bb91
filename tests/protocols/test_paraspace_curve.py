"""The Dutch curve, bit for bit: against the strategy's bytecode, and against the published table's hours."""

import random

import pytest

from keeper.domain.auctions import Auction, DutchExpThenLinear
from keeper.domain.units import WAD, Address, Wad, Wei
from keeper.protocols.paraspace import abi
from tests.protocols.para_world import ParaWorld

# highest, end of the exponential part, lowest, linear step, exponential step; hours to: that end, 1.0, the lowest
TABLE = {
    "BAYC": ("2.5", "1.2", "0.8", "0.01102276665", "0.02022592736", 9.1, 13.6, 18.1),
    "WPunks": ("5", "1.2", "0.8", "0.01149268155", "0.04100348452", 8.7, 13.1, 17.4),
    "MAYC": ("2", "1.2", "0.8", "0.01830333903", "0.02337453645", 5.5, 8.2, 10.9),
    "Doodles": ("3.5", "1.2", "0.7", "0.02106053073", "0.04508812849", 5.9, 8.3, 11.9),
    "Otherdeed": ("3", "1.9", "0.8", "0.06875", "0.0285474001559822", 4.0, 7.3, 8.0),
    "CloneX": ("3", "1.5", "0.8", "0.02584044038", "0.02558746914", 6.8, 11.6, 13.5),
    "Moonbird": ("2", "1.1", "0.8", "0.01136311018", "0.02264429236", 6.6, 8.8, 13.2),
    "Meebits": ("5", "1.2", "0.8", "0.0114491225", "0.04084807493", 8.7, 13.1, 17.5),
    "Azuki": ("3", "1.2", "0.7", "0.02957356117", "0.05419596001", 4.2, 5.9, 8.5),
    "BAKC": ("2", "1.2", "0.8", "0.01102276665", "0.02022592736", 6.3, 10.9, 15.4),
    "Pudgy Penguins": ("2.6", "1.2", "0.8", "0.025", "0.0483", 4.0, 6.0, 8.0),
    "BEANZ": ("2.6", "1.1", "0.7", "0.025", "0.0537625790764445", 4.0, 5.0, 8.0),
    "HVMTL": ("3", "1.2", "0.8", "0.06875", "0.0285474001559822", 8.0, 8.8, 9.5),
    "BLOCKS": ("10", "1.1", "0.8", "0.00625", "0.0459848940247859", 12.0, 16.0, 24.0),
    "Uniswap V3": ("1.2", "1", "0.8", "0.003102276665", "0.2022592736", 0.2, 0.2, 16.3),
    "Stakefish": ("1", "1", "0.95", "0.00000364583", "0.0483", 0.0, 0.0, 3429.0),
}
NAMES = list(TABLE)


def wad(text: str) -> Wad:
    whole, _, part = text.partition(".")
    return Wad(int(whole) * WAD + int(part.ljust(18, "0") or "0"))


def curve_of(name: str) -> DutchExpThenLinear:
    highest, turn, lowest, linear, exponential = (wad(str(text)) for text in TABLE[name][:5])
    return DutchExpThenLinear(highest, turn, lowest, linear, exponential, 900)


@pytest.mark.parametrize("name", NAMES)
def test_falls_in_the_published_hours(name: str) -> None:
    curve, (turn, one, lowest) = curve_of(name), TABLE[name][5:]
    auction, value = Auction(Address(""), 1, curve, 1_000_000), Wei(10**20)

    def hours(multiplier: int) -> float:
        second = auction.curve.first_second_at_or_below(auction, Wei(value * multiplier // WAD), value)
        assert second is not None
        price = auction.price(second, value)
        assert price is not None
        assert price <= value * multiplier // WAD
        before = auction.price(second - 1, value)
        assert before is None or before > value * multiplier // WAD
        return (second - auction.opened_at) / 3600

    tolerance = 1.0 if name == "Stakefish" else 0.26
    assert hours(curve.exponential_until) == pytest.approx(turn, abs=tolerance)
    assert hours(WAD) == pytest.approx(one, abs=tolerance)
    assert hours(curve.lowest) == pytest.approx(lowest, abs=tolerance)
    assert auction.curve.first_second_at_or_below(auction, Wei(value * curve.lowest // WAD - 1), value) is None
    assert auction.price(auction.opened_at - 1, value) is None
    assert auction.closes_at() is None


def test_equals_the_strategys_bytecode_at_every_moment(para: ParaWorld) -> None:
    """Every production strategy and 20 random ones, 40 moments each."""
    dice = random.Random(8)
    curves = [curve_of(name) for name in NAMES]
    for _ in range(20):
        lowest = dice.randint(3 * 10**17, WAD)
        turn = dice.randint(max(lowest, WAD), 2 * WAD)
        curves.append(
            DutchExpThenLinear(
                Wad(dice.randint(turn, 12 * WAD)),
                Wad(turn),
                Wad(lowest),
                Wad(dice.randint(10**14, 10**17)),
                Wad(dice.randint(10**15, 3 * 10**17)),
                dice.choice((60, 900, 3600)),
            )
        )
    for curve in curves:
        strategy = para.chain.deploy(
            "DefaultReserveAuctionStrategy",
            curve.highest,
            curve.exponential_until,
            curve.lowest,
            curve.step_linear,
            curve.step_exponential,
            curve.tick_seconds,
        )
        end = curve.seconds_to_lowest()
        moments = [0, curve.tick_seconds - 1, curve.tick_seconds, end - 1, end]
        moments += [dice.randint(0, end + 1000) for _ in range(35)]
        told = para.chain.views([(abi.MULTIPLIER_AT, strategy, (7, 7 + moment)) for moment in moments])
        assert told == [curve.multiplier(moment) for moment in moments]
