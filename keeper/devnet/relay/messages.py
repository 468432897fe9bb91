"""What clients ask, read strictly: a method's parameters as a record, or a refusal in the real relay's words."""

import re
from dataclasses import dataclass
from uuid import UUID

import orjson

from keeper.devnet.node import Json
from keeper.devnet.relay.dialects import Dialect, Refusal, RefusalKind
from keeper.devnet.relay.pool import PRIVATE_TRANSACTION_BLOCKS, Bundle, PrivateTransaction
from keeper.devnet.relay.transactions import SignedTransaction, UndecodableTransaction, decode_transaction
from keeper.domain.units import Address, Hash32, Wei, to_address, to_hash

MAX_BUNDLE_TXS = 100
MAX_BUNDLE_BYTES = 300_000

_QUANTITY = re.compile("0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class RpcRequest:
    """A JSON-RPC request whose parameters are not looked at yet."""

    id: Json
    method: str
    params: list[Json]


@dataclass(frozen=True, slots=True)
class Cancellation:
    """All bundles of one uuid, of whoever signed this."""

    uuid: str


@dataclass(frozen=True, slots=True)
class CallBundle:
    """A bundle to be simulated. ``None`` leaves the header's field to the state's block."""

    txs: tuple[SignedTransaction, ...]
    block: int
    state: str
    """A block number as hex, or a tag."""
    timestamp: int | None
    coinbase: Address | None
    base_fee: Wei | None
    gas_limit: int | None


def read_request(body: bytes) -> RpcRequest:
    """The envelope. Raises ``Refusal``."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(RefusalKind.PARSE, "invalid json body") from error
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise Refusal(RefusalKind.REQUEST, "missing method")
    params = message.get("params")
    if not isinstance(params, list):
        raise Refusal(RefusalKind.REQUEST, "missing params")
    return RpcRequest(message.get("id"), message["method"], params)


def read_bundle(params: list[Json], signer: Address | None, dialect: Dialect, head: int) -> Bundle | Cancellation:
    """``eth_sendBundle``; no transactions but a uuid cancel, for builders that know no other way.

    ``head`` is the newest block's number: BuilderNet takes a missing block for the one after it.
    """
    fields = _only_object(params)
    uuid = _uuid(fields, dialect)
    cancels_by_emptiness = dialect in {Dialect.BUILDERNET, Dialect.TITAN}
    if cancels_by_emptiness and uuid is not None and not fields.get("txs"):
        return Cancellation(uuid)
    txs = _transactions(fields.get("txs"))
    block = fields.get("blockNumber")
    if dialect is Dialect.BUILDERNET and block in {None, "0x"}:
        block = hex(head + 1)
    return Bundle(
        txs=txs,
        block=_block_number(block),
        signer=signer,
        min_timestamp=_timestamp(fields, "minTimestamp"),
        max_timestamp=_timestamp(fields, "maxTimestamp"),
        reverting=_hashes(fields, "revertingTxHashes"),
        dropping=_hashes(fields, "droppingTxHashes"),
        uuid=uuid,
        sequence=_integer(fields, "replacementNonce") or _integer(fields, "replacementSeqNumber"),
    )


def read_cancellation(params: list[Json], dialect: Dialect) -> Cancellation:
    """``eth_cancelBundle``."""
    uuid = _uuid(_only_object(params), dialect)
    if uuid is None:
        raise Refusal(RefusalKind.PARAMS, "missing replacementUuid")
    return Cancellation(uuid)


def read_call_bundle(params: list[Json]) -> CallBundle:
    """``eth_callBundle``; a zero timestamp is none, as clients that always send one mean it."""
    fields = _only_object(params)
    if not fields.get("txs"):
        raise Refusal(RefusalKind.EXECUTION, "bundle missing txs")
    if not fields.get("blockNumber"):
        raise Refusal(RefusalKind.EXECUTION, "bundle missing blockNumber")
    state = fields.get("stateBlockNumber", "latest")
    if state not in {"latest", "pending", "earliest"}:
        state = hex(_block_number(state, lowest=0))
    coinbase = fields.get("coinbase")
    base_fee = _integer(fields, "baseFee")
    try:
        return CallBundle(
            txs=_transactions(fields["txs"]),
            block=_block_number(fields["blockNumber"]),
            state="latest" if state == "pending" else state,
            timestamp=_integer(fields, "timestamp") or None,
            coinbase=None if coinbase is None else to_address(coinbase),
            base_fee=None if base_fee is None else Wei(base_fee),
            gas_limit=_integer(fields, "gasLimit"),
        )
    except (ValueError, AttributeError) as error:
        raise Refusal(RefusalKind.PARAMS, f"invalid coinbase {coinbase!r}") from error


def read_private_transaction(params: list[Json], signer: Address | None, head: int) -> PrivateTransaction:
    """``eth_sendPrivateTransaction``; the highest block is documented as hex, and taken as an integer too."""
    fields = _only_object(params)
    [tx] = _transactions([fields.get("tx")])
    highest = fields.get("maxBlockNumber")
    if highest is None:
        last_block = head + PRIVATE_TRANSACTION_BLOCKS
    elif type(highest) is int:
        last_block = highest
    elif isinstance(highest, str) and _QUANTITY.fullmatch(highest):
        last_block = int(highest, 16)
    else:
        raise Refusal(RefusalKind.PARAMS, "MaxBlockNumber must be a valid hexadecimal string")
    if tx.max_priority_fee == 0:
        raise Refusal(RefusalKind.EXECUTION, "transaction underpriced: gas tip cap 0, minimum needed 1")
    return PrivateTransaction(tx, signer, min(last_block, head + PRIVATE_TRANSACTION_BLOCKS))


def read_private_cancellation(params: list[Json]) -> Hash32:
    """``eth_cancelPrivateTransaction``."""
    try:
        return to_hash(_only_object(params)["txHash"])
    except (KeyError, ValueError, AttributeError) as error:
        raise Refusal(RefusalKind.PARAMS, "missing txHash") from error


def _only_object(params: list[Json]) -> dict[str, Json]:
    if not params or not isinstance(params[0], dict):
        raise Refusal(RefusalKind.PARAMS, "missing params")
    return params[0]


def _transactions(raws: Json) -> tuple[SignedTransaction, ...]:
    if not isinstance(raws, list) or not raws:
        raise Refusal(RefusalKind.PARAMS, "bundle missing txs")
    if len(raws) > MAX_BUNDLE_TXS:
        raise Refusal(RefusalKind.PARAMS, f"bundle has {len(raws)} txs, at most {MAX_BUNDLE_TXS} are allowed")
    try:
        payloads = [_hex_bytes(raw) for raw in raws]
        if sum(map(len, payloads)) > MAX_BUNDLE_BYTES:
            raise Refusal(RefusalKind.PARAMS, f"bundle exceeds {MAX_BUNDLE_BYTES} bytes")
        return tuple(map(decode_transaction, payloads))
    except (UndecodableTransaction, ValueError) as error:
        raise Refusal(RefusalKind.PARAMS, "unable to decode txs") from error


def _hex_bytes(text: Json) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(text)
    return bytes.fromhex(text[2:])


def _block_number(value: Json, *, lowest: int = 1) -> int:
    if value is None:
        raise Refusal(RefusalKind.PARAMS, "missing block param")
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value) or int(value, 16) < lowest:
        raise Refusal(RefusalKind.PARAMS, "block param must be a hex int")
    return int(value, 16)


def _integer(fields: dict[str, Json], name: str) -> int | None:
    value = fields.get(name)
    if value is not None and (type(value) is not int or value < 0):
        raise Refusal(RefusalKind.PARAMS, f"{name} must be an int")
    return value


def _timestamp(fields: dict[str, Json], name: str) -> int:
    return _integer(fields, name) or 0


def _hashes(fields: dict[str, Json], name: str) -> frozenset[Hash32]:
    values = fields.get(name) or []
    try:
        return frozenset(map(to_hash, values))
    except (TypeError, ValueError, AttributeError) as error:
        raise Refusal(RefusalKind.PARAMS, f"{name} must be an array of hashes") from error


def _uuid(fields: dict[str, Json], dialect: Dialect) -> str | None:
    value = fields.get("replacementUuid") or fields.get("uuid")
    if not value:
        return None
    try:
        return str(value) if dialect is Dialect.TITAN else str(UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise Refusal(RefusalKind.PARAMS, "replacementUuid must be a UUID") from error
