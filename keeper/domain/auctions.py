"""Auctions: curves that say what a taker pays, or what the next bid has to be, at a moment."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from keeper.domain.fixed_point import percent_mul
from keeper.domain.prb import prb_div, prb_exp, prb_ln, prb_mul
from keeper.domain.units import WAD, Address, Bps, Wad, Wei


class Clearing(StrEnum):
    FIRST_TAKER = "first_taker"
    HIGHEST_AT_CLOSE = "highest_at_close"


class AuctionCurve(Protocol):
    """``price`` is what the first taker pays, or the least that the next bid may be; ``value`` is what the curve is
    measured by (the oracle's value of the piece for a Dutch curve, the debt now for an English one)."""

    @property
    def clearing(self) -> Clearing: ...

    def price(self, auction: "Auction", timestamp: int, value: Wei) -> Wei | None:
        """``None``: not open at this second."""

    def first_second_at_or_below(self, auction: "Auction", target: Wei, value: Wei) -> int | None:
        """The first second at which ``price`` is ``target`` or less; ``None``: never, or not a falling curve."""

    def closes_at(self, auction: "Auction") -> int | None:
        """The last second in which it can be taken or raised; ``None``: it does not close by itself."""


@dataclass(frozen=True, slots=True)
class Auction:
    """A running auction of one piece. ``high_bid`` and the bidders are those of an English one."""

    token: Address
    token_id: int
    curve: AuctionCurve
    opened_at: int
    high_bid: Wei = Wei(0)
    high_bidder: Address | None = None
    first_bidder: Address | None = None
    extension_seconds: int = 0
    """By how much the protocol's pauses have lengthened it."""

    def price(self, timestamp: int, value: Wei) -> Wei | None:
        return self.curve.price(self, timestamp, value)

    def closes_at(self) -> int | None:
        return self.curve.closes_at(self)


@dataclass(frozen=True, slots=True)
class English:
    """The highest bid at the end wins; each raise is over the last by a share of the debt at that moment.

    Source: BendDAO LiquidateLogic.executeAuction: a bid is at least the debt, and at least the last bid plus
    percentMul(debt, ``raise_bps``); the end, and the last second of redemption, count from the first bid.
    """

    duration_seconds: int
    redeem_seconds: int
    raise_bps: Bps

    @property
    def clearing(self) -> Clearing:
        return Clearing.HIGHEST_AT_CLOSE

    def price(self, auction: Auction, timestamp: int, value: Wei) -> Wei | None:
        if timestamp > self.closes_at(auction):
            return None
        return max(value, Wei(auction.high_bid + percent_mul(value, self.raise_bps)))

    def first_second_at_or_below(self, auction: Auction, target: Wei, value: Wei) -> int | None:  # noqa: ARG002 - it never falls
        return None

    def closes_at(self, auction: Auction) -> int:
        return auction.opened_at + auction.extension_seconds + self.duration_seconds

    def redeemable_until(self, auction: Auction) -> int:
        """The last second in which the borrower can take the piece back."""
        return auction.opened_at + auction.extension_seconds + self.redeem_seconds


@dataclass(frozen=True, slots=True)
class DutchExpThenLinear:
    """A multiplier of the piece's value that falls from ``highest``, first exponentially, then in a line, to ``lowest``.

    Multipliers and steps are at 1e18; a step is what one tick takes off. Source: ParaSpace DefaultReserveAuctionStrategy;
    the price is the value times the multiplier, half up (LiquidationLogic).
    """

    highest: Wad
    exponential_until: Wad
    lowest: Wad
    step_linear: Wad
    step_exponential: Wad
    tick_seconds: int

    @property
    def clearing(self) -> Clearing:
        return Clearing.FIRST_TAKER

    def multiplier(self, elapsed: int) -> Wad:
        """The multiplier so many seconds after the start."""
        ticks = prb_div(elapsed, self.tick_seconds)
        if ticks < WAD:
            return self.highest
        turn = self._turn()
        if ticks <= turn:
            return self._exponential(ticks)
        at_turn = self._exponential(turn)
        if ticks <= turn + prb_div(at_turn - self.lowest, self.step_linear):
            return Wad(at_turn - prb_mul(self.step_linear, ticks - turn))
        return self.lowest

    def price(self, auction: Auction, timestamp: int, value: Wei) -> Wei | None:
        if timestamp < auction.opened_at:
            return None
        return Wei(prb_mul(value, self.multiplier(timestamp - auction.opened_at)))

    def first_second_at_or_below(self, auction: Auction, target: Wei, value: Wei) -> int | None:
        if prb_mul(value, self.lowest) > target:
            return None
        early, late = 0, self.seconds_to_lowest()
        while early < late:
            middle = (early + late) // 2
            if prb_mul(value, self.multiplier(middle)) <= target:
                late = middle
            else:
                early = middle + 1
        return auction.opened_at + early

    def closes_at(self, auction: Auction) -> int | None:  # noqa: ARG002 - at the lowest price it stays for ever
        return None

    def seconds_to_lowest(self) -> int:
        """Seconds after the start from which on the multiplier is ``lowest`` for good."""
        turn = self._turn()
        ticks = turn + prb_div(self._exponential(turn) - self.lowest, self.step_linear)
        return max(self.tick_seconds, -(-ticks * self.tick_seconds // WAD)) + 1

    def _turn(self) -> int:
        """The tick, at 1e18, at which the line begins."""
        return prb_div(prb_ln(self.highest) - prb_ln(self.exponential_until), self.step_exponential)

    def _exponential(self, ticks: int) -> Wad:
        return Wad(prb_div(self.highest, prb_exp(prb_mul(self.step_exponential, ticks))))
