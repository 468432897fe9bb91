"""From a node's JSON to nouns; what does not have the right form raises ``RPC_MALFORMED`` and is never guessed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from keeper.chain.rpc import JsonValue, NodeUnavailable
from keeper.domain.blocks import Header, Log, PendingTransaction
from keeper.domain.units import Address, Hash32, Wei, to_address, to_hash

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mined transaction."""

    tx_hash: Hash32
    tx_index: int
    block_number: int
    block_hash: Hash32
    sender: Address
    to: Address | None
    created: Address | None
    """The contract it made, if it made one."""
    succeeded: bool
    gas_used: int
    effective_gas_price: Wei
    logs: tuple[Log, ...]


def _read(make: Callable[[Any], T], what: str, raw: JsonValue) -> T:
    try:
        return make(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NodeUnavailable(
            "RPC_MALFORMED", f"the node's {what} is malformed: {type(error).__name__} {error}", "look at the node"
        ) from error


def read_header(raw: JsonValue) -> Header:
    """A header from a block or a ``newHeads`` message. Before EIP-1559 the base fee is 0."""
    return _read(_header, "header", raw)


def read_log(raw: JsonValue) -> Log:
    """A log from ``eth_getLogs``, a receipt or a subscription."""
    return _read(_log, "log", raw)


def read_logs(raw: JsonValue) -> list[Log]:
    """The logs of an ``eth_getLogs`` answer, as they came."""
    return _read(_logs, "list of logs", raw)


def read_receipt(raw: JsonValue) -> Receipt:
    """A receipt with its logs."""
    return _read(_receipt, "receipt", raw)


def read_pending(raw: JsonValue) -> PendingTransaction:
    """A transaction's body from the pool."""
    return _read(_pending, "pending transaction", raw)


def read_quantity(raw: JsonValue) -> int:
    """A hex quantity."""
    return _read(_quantity, "quantity", raw)


def read_bytes(raw: JsonValue) -> bytes:
    """Hex data."""
    return _read(_data, "data", raw)


def _quantity(raw: str) -> int:
    if raw[:2] != "0x":
        raise ValueError(f"{raw!r} is no hex quantity")
    return int(raw, 16)


def _data(raw: str) -> bytes:
    if raw[:2] != "0x":
        raise ValueError(f"{raw[:20]!r} is no hex data")
    return bytes.fromhex(raw[2:])


def _hash(raw: str) -> Hash32:
    if len(raw) != 66 or raw[:2] != "0x":
        raise ValueError(f"{raw!r} is no hash")
    return Hash32(raw.lower())


def _optional_address(raw: str | None) -> Address | None:
    return None if raw is None else to_address(raw)


def _header(raw: dict[str, Any]) -> Header:
    return Header(
        number=_quantity(raw["number"]),
        hash=to_hash(raw["hash"]),
        parent_hash=to_hash(raw["parentHash"]),
        timestamp=_quantity(raw["timestamp"]),
        base_fee=Wei(_quantity(raw.get("baseFeePerGas") or "0x0")),
        gas_used=_quantity(raw["gasUsed"]),
        gas_limit=_quantity(raw["gasLimit"]),
        coinbase=to_address(raw["miner"]),
    )


def _log(raw: dict[str, Any]) -> Log:
    address = raw["address"]
    if len(address) != 42 or address[:2] != "0x":
        raise ValueError(f"{address!r} is no address")
    return Log(
        address=Address(address.lower()),
        topics=tuple([_hash(topic) for topic in raw["topics"]]),
        data=_data(raw["data"]),
        block_number=_quantity(raw["blockNumber"]),
        block_hash=_hash(raw["blockHash"]),
        tx_hash=_hash(raw["transactionHash"]),
        tx_index=_quantity(raw["transactionIndex"]),
        log_index=_quantity(raw["logIndex"]),
    )


def _logs(raw: list[Any]) -> list[Log]:
    if not isinstance(raw, list):
        raise TypeError(f"{type(raw).__name__} where a list belongs")
    return [_log(item) for item in raw]


def _receipt(raw: dict[str, Any]) -> Receipt:
    return Receipt(
        tx_hash=to_hash(raw["transactionHash"]),
        tx_index=_quantity(raw["transactionIndex"]),
        block_number=_quantity(raw["blockNumber"]),
        block_hash=to_hash(raw["blockHash"]),
        sender=to_address(raw["from"]),
        to=_optional_address(raw.get("to")),
        created=_optional_address(raw.get("contractAddress")),
        succeeded=_quantity(raw["status"]) == 1,
        gas_used=_quantity(raw["gasUsed"]),
        effective_gas_price=Wei(_quantity(raw["effectiveGasPrice"])),
        logs=tuple(_logs(raw["logs"])),
    )


def _pending(raw: dict[str, Any]) -> PendingTransaction:
    return PendingTransaction(
        hash=to_hash(raw["hash"]),
        sender=to_address(raw["from"]),
        to=_optional_address(raw.get("to")),
        data=_data(raw["input"]),
    )
