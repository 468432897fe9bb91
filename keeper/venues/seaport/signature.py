"""Order hashes and signatures, by EIP-712, without asking anybody.

Source of types and layout: Seaport 1.6, ConsiderationBase, GettersAndDerivers and SignatureVerification.
"""

from functools import cache

from coincurve import PublicKey
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.domain.errors import SkipItem
from keeper.domain.units import Address, Hash32
from keeper.venues.seaport.order import Item, SignedOrder

_OFFER_ITEM = (
    "OfferItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount)"
)
_CONSIDERATION_ITEM = "ConsiderationItem" + _OFFER_ITEM.removeprefix("OfferItem")[:-1] + ",address recipient)"
_ORDER = (
    "OrderComponents(address offerer,address zone,OfferItem[] offer,ConsiderationItem[] consideration,uint8 orderType,"
    "uint256 startTime,uint256 endTime,bytes32 zoneHash,uint256 salt,bytes32 conduitKey,uint256 counter)"
)
_OFFER_ITEM_HASH = keccak(text=_OFFER_ITEM)
_CONSIDERATION_ITEM_HASH = keccak(text=_CONSIDERATION_ITEM)
_ORDER_HASH = keccak(text=_ORDER + _CONSIDERATION_ITEM + _OFFER_ITEM)
_DOMAIN_HASH = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")

_OFFER_TYPES = ("bytes32", "uint8", "address", "uint256", "uint256", "uint256")
_CONSIDERATION_TYPES = (*_OFFER_TYPES, "address")
_ORDER_TYPES = (
    *("bytes32", "address", "address", "bytes32", "bytes32", "uint8"),
    *("uint256", "uint256", "bytes32", "uint256", "bytes32", "uint256"),
)
_LOW_BITS = 2**255 - 1
_INDEX_BYTES = 3
_TALLEST_TREE = 24


def domain_separator(version: str, chain_id: int, seaport: Address) -> bytes:
    """EIP-712's domain of one Seaport on one chain."""
    values = (_DOMAIN_HASH, keccak(text="Seaport"), keccak(text=version), chain_id, seaport)
    return bytes(keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], values)))


def order_hash(order: SignedOrder) -> Hash32:
    """The hash by which Seaport knows the order: equal to ``getOrderHash`` of its components."""
    components = (
        _ORDER_HASH,
        order.offerer,
        order.zone,
        keccak(b"".join(_item_hash(item) for item in order.offer)),
        keccak(b"".join(_item_hash(item) for item in order.consideration)),
        order.order_type,
        order.start_time,
        order.end_time,
        order.zone_hash,
        order.salt,
        order.conduit_key,
        order.counter,
    )
    return Hash32("0x" + keccak(encode(_ORDER_TYPES, components)).hex())


def check_signature(order: SignedOrder, order_id: Hash32, domain: bytes) -> None:
    """Raises ``SkipItem`` (``ORDER_SIGNATURE``) unless the offerer's own key signed the order, alone or in bulk.

    Otherwise it was altered, or signed under another counter, chain or Seaport; or its offerer is a contract, whose
    word (EIP-1271) only the chain could tell.
    """
    signed = bytes.fromhex(order_id[2:])
    size = len(order.signature)
    if size not in {64, 65}:
        size, signed = _bulk(order.signature, signed)
    signer = _signer(order.signature[:size], keccak(b"\x19\x01" + domain + signed))
    if signer != order.offerer:
        raise _unsigned(f"it is signed by {signer or 'nobody'}, not by {order.offerer}")


def _bulk(signature: bytes, leaf: bytes) -> tuple[int, bytes]:
    """The size of the signature proper, and the hash of the tree of orders that it signs.

    Behind it stand three bytes of the order's place in the tree and a word for every level. Source: SignatureVerification
    and Verifiers._computeBulkOrderProof.
    """
    height, rest = divmod(len(signature) - 64 - _INDEX_BYTES, 32)
    if not 1 <= height <= _TALLEST_TREE or rest > 1:
        raise _unsigned(f"a signature of {len(signature)} bytes")
    size = 64 + rest
    place = int.from_bytes(signature[size : size + _INDEX_BYTES])
    proof = signature[size + _INDEX_BYTES :]
    node = leaf
    for level in range(height):
        beside = proof[32 * level : 32 * level + 32]
        node = keccak(beside + node if place >> level & 1 else node + beside)
    return size, bytes(keccak(_bulk_type_hash(height) + node))


@cache
def _bulk_type_hash(height: int) -> bytes:
    tree = f"BulkOrder(OrderComponents{'[2]' * height} tree)"
    return bytes(keccak(text=tree + _CONSIDERATION_ITEM + _OFFER_ITEM + _ORDER))


def _signer(signature: bytes, digest: bytes) -> Address | None:
    """Of r, s, v; or, in 64 bytes, of r and s with v in its highest bit (EIP-2098)."""
    r, s = signature[:32], int.from_bytes(signature[32:64])
    v = signature[64] if len(signature) == 65 else 27 + (s >> 255)
    s = s if len(signature) == 65 else s & _LOW_BITS
    if v not in {27, 28}:
        return None
    try:
        key = PublicKey.from_signature_and_message(r + s.to_bytes(32) + bytes([v - 27]), digest, hasher=None)
    except ValueError:
        return None
    return Address("0x" + keccak(key.format(compressed=False)[1:])[12:].hex())


def _item_hash(item: Item) -> bytes:
    if item.recipient is None:
        return bytes(keccak(encode(_OFFER_TYPES, (_OFFER_ITEM_HASH, *item.values()))))
    return bytes(keccak(encode(_CONSIDERATION_TYPES, (_CONSIDERATION_ITEM_HASH, *item.values()))))


def _unsigned(why: str) -> SkipItem:
    return SkipItem("ORDER_SIGNATURE", why, "it was altered, or belongs to another counter, chain or Seaport")
