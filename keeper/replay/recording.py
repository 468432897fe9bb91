"""Recorded blocks on disk: one gzipped JSON file per block, read into what a node answers.

A file holds the block with its transactions, each with its receipt and logs; numbers are ints or decimal strings.
"""

import gzip
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from keeper.domain.errors import ConfigError

Json = dict[str, Any]

_HEADER_NUMBERS = (
    "baseFeePerGas",
    "difficulty",
    "gasLimit",
    "gasUsed",
    "number",
    "size",
    "timestamp",
    "totalDifficulty",
    "blobGasUsed",
    "excessBlobGas",
)
_RECEIPT_NUMBERS = ("blockNumber", "cumulativeGasUsed", "effectiveGasPrice", "gasUsed", "transactionIndex", "type")


@dataclass(frozen=True, slots=True)
class RecordedBlock:
    """One block as JSON-RPC gives it: numbers in hex, addresses in lower case."""

    number: int
    hash: str
    header: Json
    """With the hashes of its transactions."""
    receipts: tuple[Json, ...]
    logs: tuple[Json, ...]


def load_recording(folder: Path, numbers: Iterable[int] | None = None) -> list[RecordedBlock]:
    """The recorded blocks of a folder, or those with the given numbers, in order.

    Raises ``ConfigError``: ``REPLAY_MISSING`` or ``REPLAY_MALFORMED``.
    """
    paths = sorted(folder.glob("*.json.gz")) if numbers is None else [folder / f"{n}.json.gz" for n in sorted(numbers)]
    if not paths:
        raise ConfigError("REPLAY_MISSING", f"no recorded blocks in {folder}", "name a folder of <number>.json.gz")
    return [_load(path) for path in paths]


def _load(path: Path) -> RecordedBlock:
    try:
        raw = orjson.loads(gzip.decompress(path.read_bytes()))
        return recorded_block(raw)
    except (gzip.BadGzipFile, EOFError, zlib.error, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError("REPLAY_MALFORMED", f"{path}: {error!r}", "record the block again") from error
    except OSError as error:
        raise ConfigError("REPLAY_MISSING", f"{path}: {error}", "name a folder of <number>.json.gz") from error


def recorded_block(raw: Json) -> RecordedBlock:
    """A block from its recorded form."""
    transactions = raw["transactions"]
    header = {key: value for key, value in raw.items() if key in _HEADER_KEYS}
    header |= {name: _hex(raw[name]) for name in _HEADER_NUMBERS if raw.get(name) is not None}
    header["miner"] = raw["miner"].lower()
    header["transactions"] = [transaction["hash"] for transaction in transactions]
    receipts = tuple(_receipt(transaction) for transaction in transactions)
    logs = tuple(log for receipt in receipts for log in receipt["logs"])
    return RecordedBlock(raw["number"], raw["hash"], header, receipts, logs)


_HEADER_KEYS = frozenset(
    {
        "extraData",
        "hash",
        "logsBloom",
        "mixHash",
        "nonce",
        "parentHash",
        "receiptsRoot",
        "sha3Uncles",
        "stateRoot",
        "transactionsRoot",
        "uncles",
        "withdrawalsRoot",
        "parentBeaconBlockRoot",
    }
)


def _receipt(transaction: Json) -> Json:
    raw = transaction["receipt"]
    receipt: Json = {name: _hex(raw[name]) for name in _RECEIPT_NUMBERS}
    return receipt | {
        "blockHash": raw["blockHash"],
        "transactionHash": raw["transactionHash"],
        "contractAddress": _lower(raw.get("contractAddress")),
        "from": raw["from"].lower(),
        "to": _lower(raw.get("to")),
        "logsBloom": raw["logsBloom"],
        "status": "0x1" if raw["status"] else "0x0",
        "logs": [_log(log) for log in raw["logs"]],
    }


def _log(raw: Json) -> Json:
    return {
        "address": raw["address"].lower(),
        "topics": raw["topics"],
        "data": raw["data"],
        "blockNumber": _hex(raw["blockNumber"]),
        "blockHash": raw["blockHash"],
        "transactionHash": raw["transactionHash"],
        "transactionIndex": _hex(raw["transactionIndex"]),
        "logIndex": _hex(raw["logIndex"]),
        "removed": False,
    }


def _hex(value: int | str) -> str:
    """Whatever form the recorder chose, as a hex quantity."""
    if isinstance(value, str):
        return hex(int(value, 16)) if value.startswith("0x") else hex(int(value))
    return hex(value)


def _lower(address: str | None) -> str | None:
    return None if address is None else address.lower()
