"""Orders: places made of somebody's signature. Offers pay money for any piece of a collection, listings ask it for one.

What an order says never changes and belongs to no block. Whether it can still be filled does: that is its
``OrderStatus``, a fact of its own.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, replace

from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.facts import Key
from keeper.domain.markets import PlaceKey, PlaceKind, Quote, Refusal
from keeper.domain.units import Address, Wei


@dataclass(frozen=True, slots=True)
class OrderStatusKey(Key["OrderStatus"]):
    """The status of the order at ``place``."""

    place: PlaceKey


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What the chain says of an order and its maker. ``balance`` and ``allowance`` are of what the maker gives: wei for
    an offer; for a listing 1 or 0, whether it owns the piece and lets it be taken."""

    filled: bool
    cancelled: bool
    counter: int
    balance: int
    allowance: int

    @property
    def funds(self) -> int:
        return min(self.balance, self.allowance)


@dataclass(frozen=True, slots=True)
class MakerKey(Key["Maker"]):
    """Somebody whose orders are known at one deployment."""

    deployment: str
    account: Address


@dataclass(frozen=True, slots=True)
class Maker:
    """A maker's orders, the dearest first: what each takes of its money at most (0 for a listing), negated, and id."""

    orders: tuple[tuple[int, str], ...] = ()

    def with_order(self, amount: int, order: str) -> "Maker":
        orders = list(self.orders)
        insort(orders, (-amount, order))
        return replace(self, orders=tuple(orders))

    def share_of(self, amount: int, order: str, funds: int) -> int:
        """The part of the maker's money from which an order is paid.

        The money makes as many parts as it can pay the dearest offer; the offers are dealt over them, dearest first. So
        offers on different parts can all be paid, however many; offers on one part exclude each other.
        """
        dearest = -self.orders[0][0]
        return bisect_left(self.orders, (-amount, order)) % max(funds // max(dearest, 1), 1)


@dataclass(frozen=True, slots=True)
class Timed:
    """An amount that moves in a straight line from ``start`` to ``end`` while its order is open."""

    start: int
    end: int

    def at(self, now: int, opens: int, closes: int, *, round_up: bool) -> Wei:
        """Source: Seaport's AmountDeriver._locateCurrentAmount: offered amounts round down, asked ones up."""
        if self.start == self.end:
            return Wei(self.start)
        total = self.start * (closes - now) + self.end * (now - opens)
        return Wei(-(-total // (closes - opens)) if round_up else total // (closes - opens))


@dataclass(frozen=True, slots=True)
class Order:
    """What offers and listings have in common. It is open while opens <= now < closes (seconds), under ``counter``.

    ``distrust`` says why it may not be filled ("" if it may). ``gas`` is what filling it uses, roughly.
    """

    key: PlaceKey
    collection: Address
    asset: Address
    maker: Address
    opens: int
    closes: int
    counter: int
    gas: int
    distrust: str

    @property
    def status_key(self) -> OrderStatusKey:
        return OrderStatusKey(self.key)

    def _check(self, env: Env, gives: int) -> OrderStatus | Refusal:
        """The status, if the order can be filled at this moment and its maker has what it gives."""
        if self.distrust:
            return self._refusal(DenialCode.EXIT_UNTRUSTED, reason=self.distrust)
        status = env.facts.get(self.status_key)
        if status is None:
            return self._refusal(DenialCode.EXIT_NONE, reason="its status was not read yet")
        if death := self._death(status, env.timestamp):
            return self._refusal(DenialCode.EXIT_ORDER_DEAD, **death)
        if status.funds < gives:
            return self._refusal(
                DenialCode.EXIT_MAKER_UNFUNDED, gives=gives, balance=status.balance, allowance=status.allowance
            )
        return status

    def _refusal(self, code: DenialCode, **numbers: int | str) -> Refusal:
        return Refusal(self.key, code, tuple(numbers.items()))

    def _death(self, status: OrderStatus, now: int) -> dict[str, int | str]:
        """Why it cannot be filled by anybody; empty while it can."""
        if status.filled or status.cancelled:
            return {"reason": "filled" if status.filled else "cancelled"}
        if status.counter != self.counter:
            return {"reason": "counter", "signed": self.counter, "counter": status.counter}
        if not self.opens <= now < self.closes:
            return {"reason": "not open", "opens": self.opens, "closes": self.closes, "now": now}
        return {}


@dataclass(frozen=True, slots=True)
class Offer(Order):
    """Somebody pays for any one piece of a collection; ``fees`` go from the pay to others, in the same asset."""

    pays: Timed
    fees: tuple[Timed, ...]

    @property
    def kind(self) -> PlaceKind:
        return PlaceKind.OFFER

    @property
    def buys(self) -> bool:
        return True

    @property
    def sells(self) -> bool:
        return False

    @property
    def most(self) -> int:
        """What it takes of the maker's money at most."""
        return max(self.pays.start, self.pays.end)

    def fees_at(self, timestamp: int) -> Wei:
        """What the seller passes on, every fee rounded up by itself."""
        return Wei(sum(fee.at(timestamp, self.opens, self.closes, round_up=True) for fee in self.fees))

    def quote_sale(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:
        """Net is the pay, rounded down, - fees, rounded up."""
        if len(token_ids) != 1:
            return self._refusal(DenialCode.EXIT_NONE, reason="takes one piece", pieces=len(token_ids))
        gross = self.pays.at(env.timestamp, self.opens, self.closes, round_up=False)
        status = self._check(env, gross)
        if isinstance(status, Refusal):
            return status
        fees = self.fees_at(env.timestamp)
        if fees >= gross:
            return self._refusal(DenialCode.EXIT_NONE, reason="fees eat the offer", gross=gross, fees=fees)
        return Quote(
            place=self.key,
            kind=self.kind,
            collection=self.collection,
            token_ids=tuple(token_ids),
            asset=self.asset,
            gross=gross,
            fees=fees,
            royalty=Wei(0),
            net=Wei(gross - fees),
            gas=self.gas,
            expires_at=self.closes,
            resources=frozenset({str(self.key), self._money(status.funds, env)}),
        )

    def quote_purchase(self, token_ids: Sequence[int], env: Env) -> Refusal:  # noqa: ARG002 - it never sells
        return self._refusal(DenialCode.EXIT_NONE, reason="an offer sells nothing")

    def _money(self, funds: int, env: Env) -> str:
        maker = env.facts.get(MakerKey(self.key.deployment, self.maker))
        share = maker.share_of(self.most, self.key.id, funds) if maker else 0
        return f"maker:{self.maker}:{share}"


@dataclass(frozen=True, slots=True)
class Listing(Order):
    """Somebody asks money for one piece; ``asks`` is every payment, to the maker and to others. A ``native`` listing is
    paid in ETH, which is taken from ``asset``, its wrapped form."""

    token_id: int
    asks: tuple[Timed, ...]
    native: bool

    @property
    def kind(self) -> PlaceKind:
        return PlaceKind.LISTING

    @property
    def buys(self) -> bool:
        return False

    @property
    def sells(self) -> bool:
        return True

    def quote_sale(self, token_ids: Sequence[int], env: Env) -> Refusal:  # noqa: ARG002 - it never buys
        return self._refusal(DenialCode.EXIT_NONE, reason="a listing buys nothing")

    def quote_purchase(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:
        """Net is the sum of the payments, every one rounded up; what is fee among them cannot be told."""
        if tuple(token_ids) != (self.token_id,):
            return self._refusal(DenialCode.EXIT_NONE, reason="sells another piece", token_id=self.token_id)
        status = self._check(env, 1)
        if isinstance(status, Refusal):
            return status
        net = Wei(sum(ask.at(env.timestamp, self.opens, self.closes, round_up=True) for ask in self.asks))
        return Quote(
            place=self.key,
            kind=self.kind,
            collection=self.collection,
            token_ids=(self.token_id,),
            asset=self.asset,
            gross=net,
            fees=Wei(0),
            royalty=Wei(0),
            net=net,
            gas=self.gas,
            expires_at=self.closes,
            resources=frozenset({str(self.key), f"piece:{self.collection}:{self.token_id}"}),
        )
