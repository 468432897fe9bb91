"""Pools: places that trade at a bonding curve's price, as far as their balance and inventory go."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from keeper.domain.curves import Curve, Fault, Terms, Trade
from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.markets import PlaceKey, PlaceKind, Quote, Refusal
from keeper.domain.units import BPS, Address, Wei


class PoolSide(StrEnum):
    """What a pool holds and so what it can pay with: money, pieces, or both."""

    TOKEN = "token"  # noqa: S105 - the field's word for money
    NFT = "nft"
    TRADE = "trade"


@dataclass(frozen=True, slots=True)
class Royalty:
    """Shares of a sale's price, in bps, one for each receiver; every part is rounded down by itself."""

    parts: tuple[int, ...] = ()

    def on(self, amount: int) -> Wei:
        return Wei(sum(amount * part // BPS for part in self.parts))


@dataclass(frozen=True, slots=True)
class PoolGas:
    """What a trade uses, roughly: once, and for every piece; approvals and wrapping included."""

    sale: int
    sale_piece: int
    purchase: int
    purchase_piece: int


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool at one block. ``asset`` is what a trade is paid in; a ``native`` pool's ETH goes in and out wrapped.

    ``balance`` is what the pool really holds of it; ``distrust`` says why it may not be traded with ("" if it may).
    """

    key: PlaceKey
    collection: Address
    asset: Address
    native: bool
    side: PoolSide
    curve: Curve | None
    """``None`` for one whose arithmetic is not known."""
    terms: Terms
    balance: Wei
    royalty: Royalty
    gas: PoolGas
    asset_recipient: Address
    fee_recipient: Address
    inventory: frozenset[int] = frozenset()
    distrust: str = ""

    @property
    def kind(self) -> PlaceKind:
        return PlaceKind.POOL

    @property
    def buys(self) -> bool:
        return self.side is not PoolSide.NFT

    @property
    def sells(self) -> bool:
        return self.side is not PoolSide.TOKEN

    def quote_sale(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:  # noqa: ARG002 - no clock in a curve
        """Net is raw - trade fee - protocol fee - royalty, the last a share of what is left after the fees.

        The pool has to hold net + royalty + protocol fee, or the swap reverts. Source: LSSVMPairERC721 of sudoAMM v2,
        ``_swapNFTsForToken``.
        """
        curve = self._trusted_curve(token_ids, possible=self.buys)
        if isinstance(curve, Refusal):
            return curve
        trade = curve.sell(self.terms, len(token_ids))
        if isinstance(trade, Fault):
            return self._faulty(trade, token_ids)
        base = trade.raw - trade.fees
        royalty = self.royalty.on(base)
        if royalty > base >> 2:
            return self._refusal(DenialCode.EXIT_UNTRUSTED, reason="royalty over a quarter", royalty=royalty, base=base)
        needs = base + trade.protocol_fee
        if needs > self.balance:
            return self._refusal(
                DenialCode.EXIT_POOL_SHORT, needs=needs, balance=self.balance, spot=self.terms.spot, net=base - royalty
            )
        gas = self.gas.sale + self.gas.sale_piece * len(token_ids)
        return self._quote(token_ids, trade, royalty, base - royalty, gas)

    def quote_purchase(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:  # noqa: ARG002 - see quote_sale
        """Net is raw + trade fee + protocol fee + royalty, the last a share of raw.

        Source: LSSVMPairERC721 of sudoAMM v2, ``swapTokenForSpecificNFTs``.
        """
        curve = self._trusted_curve(token_ids, possible=self.sells)
        if isinstance(curve, Refusal):
            return curve
        if missing := [token_id for token_id in token_ids if token_id not in self.inventory]:
            return self._refusal(DenialCode.EXIT_NONE, reason="not in the pool", token_id=missing[0])
        trade = curve.buy(self.terms, len(token_ids))
        if isinstance(trade, Fault):
            return self._faulty(trade, token_ids)
        royalty = self.royalty.on(trade.raw)
        if royalty > trade.raw >> 2:
            return self._refusal(
                DenialCode.EXIT_UNTRUSTED, reason="royalty over a quarter", royalty=royalty, base=trade.raw
            )
        gas = self.gas.purchase + self.gas.purchase_piece * len(token_ids)
        return self._quote(token_ids, trade, royalty, trade.raw + trade.fees + royalty, gas)

    def _trusted_curve(self, token_ids: Sequence[int], *, possible: bool) -> Curve | Refusal:
        if self.distrust or self.curve is None:
            return self._refusal(DenialCode.EXIT_UNTRUSTED, reason=self.distrust or "unknown curve")
        if not possible:
            return self._refusal(DenialCode.EXIT_NONE, side=self.side.value)
        if len(set(token_ids)) != len(token_ids):
            return self._refusal(DenialCode.EXIT_NONE, reason="the same piece twice")
        return self.curve

    def _faulty(self, fault: Fault, token_ids: Sequence[int]) -> Refusal:
        return self._refusal(
            DenialCode.EXIT_NONE,
            curve=fault.name,
            pieces=len(token_ids),
            spot=self.terms.spot,
            delta=self.terms.delta,
        )

    def _refusal(self, code: DenialCode, **numbers: int | str) -> Refusal:
        return Refusal(self.key, code, tuple(numbers.items()))

    def _quote(self, token_ids: Sequence[int], trade: Trade, royalty: int, net: int, gas: int) -> Quote:
        return Quote(
            place=self.key,
            kind=self.kind,
            collection=self.collection,
            token_ids=tuple(token_ids),
            asset=self.asset,
            gross=trade.raw,
            fees=trade.fees,
            royalty=Wei(royalty),
            net=Wei(net),
            gas=gas,
            resources=frozenset({str(self.key)}),
        )
