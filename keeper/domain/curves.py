"""Bonding curves: what a pool's next pieces cost, with the contract's own rounding.

A curve is a value. It gets the pool's ``Terms`` and a number of pieces, and answers with a ``Trade`` or with the
``Fault`` for which the contract refuses or reverts. Sources: ``LinearCurve`` and ``ExponentialCurve`` of sudoAMM v2.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from keeper.domain.fixed_point import mul_div_down, mul_div_up
from keeper.domain.units import HALF_WAD, MAX_UINT256, WAD, Wad, Wei

MAX_UINT128 = 2**128 - 1


class Fault(IntEnum):
    """Why a curve does not trade; the values up to ``AUCTION_ENDED`` are the contracts' ``CurveErrorCodes.Error``."""

    INVALID_NUMITEMS = 1
    SPOT_PRICE_OVERFLOW = 2
    DELTA_OVERFLOW = 3
    SPOT_PRICE_UNDERFLOW = 4
    AUCTION_ENDED = 5
    ARITHMETIC = 256
    """The contract's arithmetic overflows or goes below zero: it reverts instead of answering."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A pool's settings. ``spot`` is in wei (for curves that use it as a price); ``delta``'s meaning is the curve's; the
    fees are shares of the raw price at 1e18."""

    spot: int
    delta: int
    trade_fee: Wad
    protocol_fee: Wad


@dataclass(frozen=True, slots=True)
class Trade:
    """A batch at a curve's price, in wei: ``raw`` before fees, and what the pool's settings are afterwards."""

    raw: Wei
    trade_fee: Wei
    protocol_fee: Wei
    spot: int
    delta: int

    @property
    def fees(self) -> Wei:
        return Wei(self.trade_fee + self.protocol_fee)


class Curve(Protocol):
    """Prices batches of pieces."""

    def buy(self, terms: Terms, count: int) -> Trade | Fault:
        """``count`` pieces out of the pool, for raw + fees."""

    def sell(self, terms: Terms, count: int) -> Trade | Fault:
        """``count`` pieces into the pool, for raw - fees."""


@dataclass(frozen=True, slots=True)
class LinearV2:
    """Every piece bought raises the price by ``delta`` wei, every piece sold lowers it by as much, down to nothing."""

    def buy(self, terms: Terms, count: int) -> Trade | Fault:
        """The first piece costs spot + delta. Source: LinearCurve.getBuyInfo."""
        if count == 0:
            return Fault.INVALID_NUMITEMS
        spot = terms.spot + terms.delta * count
        if spot > MAX_UINT128:
            return Fault.SPOT_PRICE_OVERFLOW
        raw = count * (terms.spot + terms.delta) + count * (count - 1) * terms.delta // 2
        return _bought(terms, raw, spot)

    def sell(self, terms: Terms, count: int) -> Trade | Fault:
        """The first piece brings spot; pieces past the one at which the price is used up are taken for nothing.

        Source: LinearCurve.getSellInfo.
        """
        if count == 0:
            return Fault.INVALID_NUMITEMS
        spot = terms.spot - terms.delta * count
        if spot < 0:
            spot, count = 0, terms.spot // terms.delta + 1
        raw = count * terms.spot - count * (count - 1) * terms.delta // 2
        return _sold(terms, raw, spot)


@dataclass(frozen=True, slots=True)
class ExponentialV2:
    """Every piece bought multiplies the price by ``delta`` (at 1e18, over one), every piece sold divides it."""

    min_price: int = 1_000_000
    """Wei under which a sale may not bring the price."""

    def buy(self, terms: Terms, count: int) -> Trade | Fault:
        """Price and sum of the series round up. Source: ExponentialCurve.getBuyInfo."""
        if count == 0:
            return Fault.INVALID_NUMITEMS
        growth = _power(terms.delta, count) if terms.delta > WAD else None
        if growth is None or terms.spot * growth > MAX_UINT256:
            return Fault.ARITHMETIC
        spot = mul_div_up(terms.spot, growth, WAD)
        if spot > MAX_UINT128:
            return Fault.SPOT_PRICE_OVERFLOW
        first = mul_div_up(terms.spot, terms.delta, WAD)
        series = mul_div_up(growth - WAD, WAD, terms.delta - WAD)
        return _bought(terms, mul_div_up(first, series, WAD), spot)

    def sell(self, terms: Terms, count: int) -> Trade | Fault:
        """Price and sum of the series round down. Source: ExponentialCurve.getSellInfo."""
        if count == 0:
            return Fault.INVALID_NUMITEMS
        if terms.delta <= WAD:
            return Fault.ARITHMETIC
        shrink = mul_div_down(WAD, WAD, terms.delta)
        power = _power(shrink, count)
        if power is None:
            return Fault.ARITHMETIC
        spot = mul_div_down(terms.spot, power, WAD)
        if spot < self.min_price:
            return Fault.SPOT_PRICE_UNDERFLOW
        series = mul_div_down(WAD - power, WAD, WAD - shrink)
        return _sold(terms, mul_div_down(terms.spot, series, WAD), spot)


def _bought(terms: Terms, raw: int, spot: int) -> Trade:
    return Trade(Wei(raw), _fee(raw, terms.trade_fee), _fee(raw, terms.protocol_fee), spot, terms.delta)


def _sold(terms: Terms, raw: int, spot: int) -> Trade | Fault:
    """Where the fees exceed the price, the contract's subtraction reverts."""
    trade = Trade(Wei(raw), _fee(raw, terms.trade_fee), _fee(raw, terms.protocol_fee), spot, terms.delta)
    return Fault.ARITHMETIC if trade.fees > raw else trade


def _fee(raw: int, share: Wad) -> Wei:
    """v2 rounds every fee up (FixedPointMathLib.mulWadUp)."""
    return Wei(mul_div_up(raw, share, WAD))


def _power(base: int, exponent: int) -> int | None:
    """base ** exponent at 1e18, every product half up; ``None`` where FixedPointMathLib.rpow reverts for overflow."""
    result = base if exponent % 2 else WAD
    exponent //= 2
    while exponent:
        square = base * base + HALF_WAD
        if square > MAX_UINT256:
            return None
        base = square // WAD
        if exponent % 2:
            product = result * base + HALF_WAD
            if product > MAX_UINT256:
                return None
            result = product // WAD
        exponent //= 2
    return result
