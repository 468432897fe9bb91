"""The adapter: signed orders become offers and listings, Seaport's events and reads their status, quotes its calls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from keeper.config import AddressField, Section
from keeper.domain.adapters import NOTHING, Applied, Capability
from keeper.domain.blocks import Log, LogInterest
from keeper.domain.calls import Call, Reading
from keeper.domain.env import Env
from keeper.domain.errors import HaltAdapter, SkipItem
from keeper.domain.facts import Change, Facts, Key, ParameterKey
from keeper.domain.markets import PlaceKey, Quote
from keeper.domain.orders import Listing, Maker, MakerKey, Offer, Order, OrderStatus, OrderStatusKey
from keeper.domain.units import Address
from keeper.venues import tokens
from keeper.venues.answers import decoded, explained
from keeper.venues.seaport import contracts
from keeper.venues.seaport.order import ListingLayout, OfferLayout, SignedOrder, layout_of, parse_order
from keeper.venues.seaport.signature import check_signature, domain_separator, order_hash
from keeper.venues.seaport.status import Subject, read_conduits, read_statuses

_NO_CONDUIT = bytes(32)
_CONSIDERATION_SIDE = 1
_OFFER_GAS, _LISTING_GAS = 215_000, 155_000
_MOST_VOLATILE = 20


class Seaport:
    """One Seaport on one chain."""

    name = "seaport"
    capability: ClassVar[Capability] = Capability(
        "signed collection offers in WETH and listings in ETH or WETH", ways=("sell to offer", "buy listing")
    )

    class Config(Section):
        """``orders_file``: JSON lines of signed orders, followed as it grows."""

        seaport: AddressField
        version: Literal["1.5", "1.6"] = "1.6"
        weth: AddressField
        collections: tuple[AddressField, ...]
        orders_file: Path | None = None

    def __init__(self, deployment: str, chain_id: int, config: Config) -> None:
        self.deployment = deployment
        self.chain_id = chain_id
        self.config = config
        self._collections = frozenset(config.collections)
        self._domain = domain_separator(config.version, chain_id, config.seaport)
        self._interests = (
            LogInterest(frozenset({config.seaport}), frozenset(event.topic for event in contracts.EVENTS)),
        )

    @property
    def start_block(self) -> None:
        """An order's status is read when the order comes; what the log said before is in it."""
        return None

    @property
    def orders_file(self) -> Path | None:
        """The file whose documents are for ``accept``."""
        return self.config.orders_file

    def interests(self, facts: Facts) -> Sequence[LogInterest]:  # noqa: ARG002 - the same whatever is known
        return self._interests

    def bootstrap(self, facts: Facts) -> Reading[Sequence[Change]]:  # noqa: ARG002 - reads nothing that depends on it
        """Asks for the EIP-712 domain, which has to be ours, and for the conduit controller."""
        (answer,) = yield [contracts.INFORMATION.view(self.config.seaport)]
        said = decoded(contracts.INFORMATION, answer)
        if said is None or said.domainSeparator != self._domain:
            raise HaltAdapter(
                "VENUE_SEAPORT",
                f"{self.deployment}: {self.config.seaport} is no Seaport {self.config.version} of this chain",
                "check `seaport`, `version` and the chain in the venue's configuration",
            )
        return [Change(self._parameter("controller"), Address(said.conduitController))]

    def accept(self, document: Mapping[str, Any], facts: Facts) -> Sequence[Change]:
        """The changes, none of a block's, by which an order enters the book; none if it is there already. Its status
        (``status_key`` of the place) is to be read next.

        Raises ``SkipItem``: ORDER_MALFORMED, ORDER_LAYOUT, ORDER_COLLECTION, ORDER_SIGNATURE.
        """
        signed = parse_order(document)
        layout = layout_of(signed, self.config.weth, self._collections)
        order_id = order_hash(signed)
        key = PlaceKey(self.name, self.deployment, order_id)
        if facts.get(key) is not None:
            return []
        check_signature(signed, order_id, self._domain)
        place = self._place(key, signed, layout)
        maker_key = MakerKey(self.deployment, signed.offerer)
        maker = facts.get(maker_key) or Maker()
        of_collection = self._offers_key(layout.collection)
        offers = facts.get(of_collection) or Maker()
        spends = place.most if isinstance(place, Offer) else 0
        changes = [
            Change(self._parameter("signed", order_id), signed),
            Change(maker_key, maker.with_order(spends, order_id)),
            Change(key, place),
        ]
        if isinstance(place, Offer):
            changes.append(Change(of_collection, offers.with_order(place.most, order_id)))
        return changes

    def apply(self, log: Log, timestamp: int, facts: Facts) -> Applied:
        """Of orders and makers that are known; and of any other event the time, by which ``volatile`` leaves out what
        has expired."""
        if log.address != self.config.seaport:
            return NOTHING
        applied = self._apply_known(log, facts)
        return replace(applied, changes=(*applied.changes, Change(self._parameter("seen"), timestamp)))

    def refresh(self, keys: Sequence[Key[object]], facts: Facts) -> Reading[Sequence[Change]]:
        """Reads statuses anew; conduits, which never change, once."""
        orders = [
            order
            for key in dict.fromkeys(keys)
            if isinstance(key, OrderStatusKey)
            and key.place.deployment == self.deployment
            and isinstance(order := facts.get(key.place), Offer | Listing)
        ]
        conduit_keys = {order.key: self._signed(order.key, facts).conduit_key for order in orders}
        conduits = {
            key: self.config.seaport if key == _NO_CONDUIT else facts.get(self._parameter("conduit", _hex(key)))
            for key in conduit_keys.values()
        }
        unknown = [key for key, conduit in conduits.items() if conduit is None]
        controller = facts.get(self._parameter("controller"))
        found = (yield from read_conduits(controller, unknown)) if controller else {}
        conduits |= found
        subjects = [
            Subject(order, spender) for order in orders if (spender := conduits[conduit_keys[order.key]]) is not None
        ]
        statuses = yield from read_statuses(self.config.seaport, subjects)
        changes = [Change(self._parameter("conduit", _hex(key)), conduit) for key, conduit in found.items() if conduit]
        read = zip((subject.order for subject in subjects), statuses, strict=True)
        lost = (
            (order, OrderStatus(filled=False, cancelled=False, counter=order.counter, balance=0, allowance=0))
            for order in orders
            if conduits[conduit_keys[order.key]] is None
        )
        return [*changes, *(Change(order.status_key, status) for order, status in (*read, *lost))]

    def volatile(self, collection: Address, facts: Facts) -> Iterable[Key[object]]:
        """The statuses of the collection's best offers: a maker may have spent its money without a log of Seaport."""
        offers = facts.get(self._offers_key(collection)) or Maker()
        live = []
        for _, order_id in offers.orders:
            offer = facts.get(PlaceKey(self.name, self.deployment, order_id))
            if isinstance(offer, Offer) and not offer.distrust and not self._is_over(offer, facts):
                live.append(offer.status_key)
            if len(live) == _MOST_VOLATILE:
                break
        return live

    def sale_calls(self, quote: Quote, env: Env) -> Sequence[Call]:
        """Approves exactly the fees, which the seller pays out of what it just got, and the piece; fills the offer."""
        offer = env.facts.get(quote.place)
        if not isinstance(offer, Offer):
            raise SkipItem("VENUE_PLACE_UNKNOWN", f"{quote.place} is no offer in the book")
        signed = self._signed(quote.place, env.facts)
        layout = layout_of(signed, self.config.weth, self._collections)
        assert isinstance(layout, OfferLayout)  # noqa: S101 - as it was when the offer was made of it
        (token_id,) = quote.token_ids
        seaport = self.config.seaport
        calls = [tokens.APPROVE.call(quote.asset, seaport, quote.fees)] if quote.fees else []
        calls.append(tokens.APPROVE.call(quote.collection, seaport, token_id))
        resolver: tuple[Any, ...] = (0, _CONSIDERATION_SIDE, layout.index, token_id, [])
        return [*calls, self._fulfil(signed, [resolver], env.who)]

    def purchase_calls(self, quote: Quote, env: Env) -> Sequence[Call]:
        """Unwraps, or approves to Seaport, exactly the net, and fills the listing."""
        listing = env.facts.get(quote.place)
        if not isinstance(listing, Listing):
            raise SkipItem("VENUE_PLACE_UNKNOWN", f"{quote.place} is no listing in the book")
        signed = self._signed(quote.place, env.facts)
        if listing.native:
            unwrap = tokens.WITHDRAW.call(self.config.weth, quote.net)
            return [unwrap, replace(self._fulfil(signed, [], env.who), value=quote.net)]
        approval = tokens.APPROVE.call(self.config.weth, self.config.seaport, quote.net)
        return [approval, self._fulfil(signed, [], env.who)]

    def explain_failure(self, revert: bytes) -> str:
        return explained(revert, contracts.ERRORS)

    def _apply_known(self, log: Log, facts: Facts) -> Applied:
        if contracts.ORDER_FULFILLED.matches(log):
            event = contracts.ORDER_FULFILLED.decode(log)
            # Its maker has less money now, so its other orders are read again as well.
            touched = [_hex(event.orderHash), *self._orders(event.offerer, facts)]
            return Applied(stale=self._known_statuses(touched, facts))
        if contracts.ORDER_CANCELLED.matches(log):
            cancelled = _hex(contracts.ORDER_CANCELLED.decode(log).orderHash)
            return Applied(stale=self._known_statuses([cancelled], facts))
        if contracts.ORDERS_MATCHED.matches(log):
            hashes = [_hex(order) for order in contracts.ORDERS_MATCHED.decode(log).orderHashes]
            return Applied(stale=self._known_statuses(hashes, facts))
        if contracts.COUNTER_INCREMENTED.matches(log):
            event = contracts.COUNTER_INCREMENTED.decode(log)
            keys = self._known_statuses(self._orders(event.offerer, facts), facts)
            known = [(key, status) for key in keys if (status := facts.get(key)) is not None]
            return Applied([Change(key, replace(status, counter=event.newCounter)) for key, status in known])
        return NOTHING

    def _fulfil(self, signed: SignedOrder, resolvers: Sequence[tuple[Any, ...]], recipient: Address) -> Call:
        """The whole order, with Seaport itself, not a conduit, as the one that takes from us."""
        advanced = (signed.parameters(), 1, 1, signed.signature, b"")
        return contracts.FULFILL.call(self.config.seaport, advanced, resolvers, _NO_CONDUIT, recipient)

    def _place(self, key: PlaceKey, signed: SignedOrder, layout: OfferLayout | ListingLayout) -> Offer | Listing:
        common: dict[str, Any] = {
            "key": key,
            "collection": layout.collection,
            "asset": self.config.weth,
            "maker": signed.offerer,
            "opens": signed.start_time,
            "closes": signed.end_time,
            "counter": signed.counter,
            "distrust": f"zone {signed.zone}" if signed.is_restricted else "",
        }
        if isinstance(layout, OfferLayout):
            return Offer(**common, gas=_OFFER_GAS, pays=layout.pays, fees=layout.fees)
        return Listing(**common, gas=_LISTING_GAS, token_id=layout.token_id, asks=layout.asks, native=layout.native)

    def _known_statuses(self, order_ids: Iterable[str], facts: Facts) -> list[OrderStatusKey]:
        places = (PlaceKey(self.name, self.deployment, order_id) for order_id in dict.fromkeys(order_ids))
        return [OrderStatusKey(place) for place in places if facts.get(place) is not None]

    def _orders(self, account: Address, facts: Facts) -> list[str]:
        maker = facts.get(MakerKey(self.deployment, account))
        return [order_id for _, order_id in maker.orders] if maker else []

    def _is_over(self, order: Order, facts: Facts) -> bool:
        if order.closes <= (facts.get(self._parameter("seen")) or 0):
            return True
        status = facts.get(order.status_key)
        return status is not None and (status.filled or status.cancelled or status.counter != order.counter)

    def _signed(self, place: PlaceKey, facts: Facts) -> SignedOrder:
        signed = facts.get(self._parameter("signed", place.id))
        if not isinstance(signed, SignedOrder):
            raise SkipItem("VENUE_PLACE_UNKNOWN", f"{place} is not in the book")
        return signed

    def _offers_key(self, collection: Address) -> ParameterKey:
        return self._parameter("offers", collection)

    def _parameter(self, name: str, subject: str = "") -> ParameterKey:
        return ParameterKey(self.deployment, name, subject)


def _hex(word: bytes) -> str:
    return "0x" + word.hex()
