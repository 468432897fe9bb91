"""Signed orders as they come: JSON read strictly, laid out as one of the two shapes that the keeper can fill.

Errors: ``SkipItem`` with the codes ORDER_MALFORMED (no order), ORDER_LAYOUT (an order of another shape),
ORDER_COLLECTION (of a collection that is not configured).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from keeper.domain.errors import SkipItem
from keeper.domain.orders import Timed
from keeper.domain.units import MAX_UINT256, Address, to_address


class ItemType(IntEnum):
    """As Seaport numbers them."""

    NATIVE = 0
    ERC20 = 1
    ERC721 = 2
    ERC1155 = 3
    ERC721_WITH_CRITERIA = 4
    ERC1155_WITH_CRITERIA = 5


@dataclass(frozen=True, slots=True)
class Item:
    """An item that is offered or, with a recipient, asked for."""

    type: ItemType
    token: Address
    identifier: int
    amount: Timed
    recipient: Address | None = None

    def values(self) -> tuple[Any, ...]:
        """In the order of the ABI's struct."""
        plain = (int(self.type), self.token, self.identifier, self.amount.start, self.amount.end)
        return plain if self.recipient is None else (*plain, self.recipient)


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """Seaport's OrderParameters with the counter it was signed under, and the signature."""

    offerer: Address
    zone: Address
    offer: tuple[Item, ...]
    consideration: tuple[Item, ...]
    order_type: int
    start_time: int
    end_time: int
    zone_hash: bytes
    salt: int
    conduit_key: bytes
    counter: int
    signature: bytes

    def parameters(self) -> tuple[Any, ...]:
        """In the order of the ABI's OrderParameters."""
        return (
            self.offerer,
            self.zone,
            [item.values() for item in self.offer],
            [item.values() for item in self.consideration],
            self.order_type,
            self.start_time,
            self.end_time,
            self.zone_hash,
            self.salt,
            self.conduit_key,
            len(self.consideration),
        )

    @property
    def is_restricted(self) -> bool:
        """Whether a zone, or the offerer's own contract, has a say in filling it."""
        return self.order_type > 1


@dataclass(frozen=True, slots=True)
class OfferLayout:
    """Pays ``pays`` for any piece of ``collection``, asked for at ``index``; ``fees`` go on from the seller."""

    collection: Address
    index: int
    pays: Timed
    fees: tuple[Timed, ...]


@dataclass(frozen=True, slots=True)
class ListingLayout:
    """Sells one piece for ``asks``, in ETH if ``native``."""

    collection: Address
    token_id: int
    asks: tuple[Timed, ...]
    native: bool


def parse_order(document: Mapping[str, Any]) -> SignedOrder:
    """The order in ``{"parameters": {...}, "signature": "0x..."}``, every field checked.

    Numbers are integers, or text in decimal or 0x hex. The counter stands in the parameters or beside them; 0 if it
    stands nowhere.
    """
    parameters = _mapping(document, "parameters")
    consideration = tuple(
        _item(entry, f"consideration[{index}]", asked=True)
        for index, entry in enumerate(_list(parameters, "consideration"))
    )
    original = _number(parameters.get("totalOriginalConsiderationItems", len(consideration)), "totalOriginal…Items")
    if original != len(consideration):
        raise _layout(f"{len(consideration)} consideration items where {original} were signed")
    order = SignedOrder(
        offerer=_address(parameters.get("offerer"), "offerer"),
        zone=_address(parameters.get("zone"), "zone"),
        offer=tuple(
            _item(entry, f"offer[{index}]", asked=False) for index, entry in enumerate(_list(parameters, "offer"))
        ),
        consideration=consideration,
        order_type=_number(parameters.get("orderType"), "orderType", most=4),
        start_time=_number(parameters.get("startTime"), "startTime"),
        end_time=_number(parameters.get("endTime"), "endTime"),
        zone_hash=_bytes(parameters.get("zoneHash"), "zoneHash", size=32),
        salt=_number(parameters.get("salt"), "salt"),
        conduit_key=_bytes(parameters.get("conduitKey"), "conduitKey", size=32),
        counter=_number(parameters.get("counter", document.get("counter", 0)), "counter"),
        signature=_bytes(document.get("signature"), "signature"),
    )
    if order.start_time >= order.end_time:
        raise _malformed(f"it opens at {order.start_time} and closes at {order.end_time}")
    return order


def layout_of(order: SignedOrder, weth: Address, collections: Collection[Address]) -> OfferLayout | ListingLayout:
    """The shape of an order: one payment in WETH for any piece of a collection, or one piece for ETH or WETH."""
    if len(order.offer) != 1:
        raise _layout(f"it offers {len(order.offer)} items, not one")
    (given,) = order.offer
    if given.type is ItemType.ERC20:
        layout: OfferLayout | ListingLayout = _offer_layout(order, given, weth)
    elif given.type is ItemType.ERC721:
        layout = _listing_layout(order, given, weth)
    else:
        raise _layout(f"it offers {given.type.name}")
    if layout.collection not in collections:
        raise SkipItem("ORDER_COLLECTION", f"collection {layout.collection} is not configured")
    return layout


def _offer_layout(order: SignedOrder, given: Item, weth: Address) -> OfferLayout:
    _check_money(given, weth, {ItemType.ERC20})
    pieces = [(index, item) for index, item in enumerate(order.consideration) if item.type is not ItemType.ERC20]
    if len(pieces) != 1:
        raise _layout(f"it asks for {len(pieces)} things besides fees, not one")
    ((index, piece),) = pieces
    if piece.type is not ItemType.ERC721_WITH_CRITERIA or piece.identifier:
        raise _layout(f"it asks for {piece.type.name} {piece.identifier:#x}, not for any piece of a collection")
    if piece.amount != Timed(1, 1) or piece.recipient != order.offerer:
        raise _layout("it does not ask for one piece for the offerer")
    fees = [item for item in order.consideration if item.type is ItemType.ERC20]
    for fee in fees:
        _check_money(fee, weth, {ItemType.ERC20})
    return OfferLayout(piece.token, index, given.amount, tuple(fee.amount for fee in fees))


def _listing_layout(order: SignedOrder, given: Item, weth: Address) -> ListingLayout:
    if given.amount != Timed(1, 1):
        raise _layout("it does not sell exactly one piece")
    if not order.consideration:
        raise _layout("it asks for nothing")
    kinds = {item.type for item in order.consideration}
    if len(kinds) != 1:
        raise _layout("it asks for more than one kind of thing")
    for item in order.consideration:
        _check_money(item, weth, {ItemType.NATIVE, ItemType.ERC20})
    native = kinds == {ItemType.NATIVE}
    return ListingLayout(given.token, given.identifier, tuple(item.amount for item in order.consideration), native)


def _check_money(item: Item, weth: Address, kinds: Collection[ItemType]) -> None:
    if item.type not in kinds:
        raise _layout(f"{item.type.name} stands where money should")
    token = weth if item.type is ItemType.ERC20 else "0x" + "00" * 20
    if item.token != token or item.identifier:
        raise _layout(f"it pays in {item.type.name} {item.token}, not in WETH or ETH")
    if not max(item.amount.start, item.amount.end):
        raise _layout("a payment of nothing")


def _item(entry: object, where: str, *, asked: bool) -> Item:
    if not isinstance(entry, Mapping):
        raise _malformed(f"{where} is no object")
    return Item(
        ItemType(_number(entry.get("itemType"), f"{where}.itemType", most=5)),
        _address(entry.get("token"), f"{where}.token"),
        _number(entry.get("identifierOrCriteria"), f"{where}.identifierOrCriteria"),
        Timed(
            _number(entry.get("startAmount"), f"{where}.startAmount"),
            _number(entry.get("endAmount"), f"{where}.endAmount"),
        ),
        _address(entry.get("recipient"), f"{where}.recipient") if asked else None,
    )


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    if not isinstance(value, Mapping):
        raise _malformed(f"{name} is no object")
    return value


def _list(document: Mapping[str, Any], name: str) -> Sequence[object]:
    value = document.get(name)
    if not isinstance(value, list | tuple):
        raise _malformed(f"{name} is no list")
    return value


def _number(value: object, where: str, most: int = MAX_UINT256) -> int:
    if isinstance(value, str):
        text = value.removeprefix("0x")
        try:
            value = int(text, 10 if text == value else 16) if text.isalnum() and text.isascii() else None
        except ValueError:
            value = None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise _malformed(f"{where} is no whole number up to {most}")
    return value


def _address(value: object, where: str) -> Address:
    try:
        return to_address(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _malformed(f"{where} is no address") from error


def _bytes(value: object, where: str, size: int | None = None) -> bytes:
    try:
        data = bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) and value.startswith("0x") else None
    except ValueError:
        data = None
    if data is None or (size is not None and len(data) != size):
        raise _malformed(f"{where} is not {'' if size is None else f'{size} '}bytes of 0x hex")
    return data


def _malformed(why: str) -> SkipItem:
    return SkipItem("ORDER_MALFORMED", why, "an order is {parameters: OrderParameters, signature}, as APIs publish it")


def _layout(why: str) -> SkipItem:
    return SkipItem("ORDER_LAYOUT", why, "collection offers in WETH and listings of one ERC-721 are understood")
