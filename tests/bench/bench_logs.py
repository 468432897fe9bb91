"""Logs into the book: our codec, adapter and book, against web3's own processing of the same events, which only decodes."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, cast

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.types import LogReceipt

from keeper.book import Book
from keeper.chain.codec import Event
from keeper.chain.wire import read_logs
from keeper.domain.blocks import Log
from keeper.domain.facts import Change
from keeper.domain.units import RAY, WAD, ZERO_ADDRESS, Address, Bps, Hash32
from keeper.engine import Adapters
from keeper.protocols.benddao_v1 import BendDaoV1, abi
from keeper.protocols.benddao_v1.records import Contracts, NftRules, OracleRules, Pause
from tests.bench.frame import SECONDS, Row, Timing, benchmark, measure
from tests.support.books import address, header

LOGS = 2_000
LOANS = 500
_POOL, _LOANS, _ORACLE, _WETH = (address(number) for number in (11, 12, 13, 14))
_COLLECTIONS = [address(number) for number in range(101, 131)]
_BLOCK = Hash32("0x" + "bb" * 32)


def _word(value: int | str) -> str:
    return f"0x{int(value, 16) if isinstance(value, str) else value:064x}"


def _raw(number: int, contract: Address, topics: list[str], data: bytes) -> dict[str, Any]:
    """A log as ``eth_getLogs`` has it."""
    return {
        "address": contract,
        "topics": topics,
        "data": "0x" + data.hex(),
        "blockNumber": "0x64",
        "blockHash": _BLOCK,
        "transactionHash": _word(number),
        "transactionIndex": hex(number),
        "logIndex": hex(number),
    }


def _raw_logs() -> list[dict[str, Any]]:
    """What a busy hour of the protocol looks like: new loans, changed loans, indices, pushed prices."""
    user = _word(address(9_999))
    logs = []
    for number in range(LOGS):
        collection = _COLLECTIONS[number % len(_COLLECTIONS)]
        loan = number // 4 % LOANS
        if number % 4 == 0:
            data = encode(
                ["address", "uint256", "address", "uint256", "uint256"], [collection, loan, _WETH, WAD, RAY + number]
            )
            logs.append(_raw(number, _LOANS, [abi.LOAN_CREATED.topic, user, user, _word(loan)], data))
        elif number % 4 == 1:
            data = encode(
                ["address", "uint256", "address", "uint256", "uint256", "uint256"],
                [collection, loan, _WETH, WAD // 10, 0, RAY + number],
            )
            logs.append(_raw(number, _LOANS, [abi.LOAN_UPDATED.topic, user, _word(loan)], data))
        elif number % 4 == 2:
            data = encode(["uint256"] * 4, [RAY // 50, RAY // 20, RAY + number, RAY + 2 * number])
            logs.append(_raw(number, _POOL, [abi.RESERVE_DATA_UPDATED.topic, _word(_WETH)], data))
        else:
            data = encode(["uint256", "uint256"], [WAD + number, 1_700_000_000 + number])
            logs.append(_raw(number, _ORACLE, [abi.SET_ASSET_TWAP_PRICE.topic, _word(collection)], data))
    return logs


def _book(bend: BendDaoV1) -> Book:
    book = Book()
    keys = bend.keys
    contracts = Contracts(address(10), _POOL, _LOANS, _ORACLE, address(15), address(16))
    rules = NftRules(True, Bps(500), 86_400, 86_400, Bps(500), Bps(2_000))
    book.apply_timeless(
        [
            Change(keys.contracts(), contracts),
            Change(keys.pause(), Pause(False, 0, 0)),
            Change(keys.oracle(), OracleRules(ZERO_ADDRESS, 21_600, 0, 0, 0, 0, WAD)),
            *(Change(keys.nft(collection), rules) for collection in _COLLECTIONS),
        ]
    )
    return book


@benchmark
def logs_into_the_book() -> Iterator[Row]:
    answer = json.dumps(_raw_logs())
    bend = BendDaoV1("bend", 1, BendDaoV1.Config(addresses_provider=address(10), start_block=0))
    book = _book(bend)
    adapters = Adapters([bend], [])
    adapters.interests(book)
    logs = read_logs(json.loads(answer))
    numbers = count(1)

    def next_block() -> list[Log]:
        if book.head is not None:
            book.rollback(1)
        book.begin(header(next(numbers)))
        return logs

    def apply(block: list[Log]) -> None:
        for log in block:
            adapters.apply(log, 1_700_000_000, book, book.apply)
        book.commit()

    ours = measure(apply, next_block, repetitions=30)
    process = _web3_processing()
    receipts = [_receipt(log) for log in logs]

    def theirs_all(_: None) -> None:
        for receipt in receipts:
            process(receipt)

    theirs = measure(theirs_all, lambda: None, repetitions=5, warm_up=1)
    compared = f"web3's process_log of the same, decoded only: {_per_second(theirs.median):,.0f} a second"
    name = "BendDAO logs decoded by the codec, applied by the adapter, written to the book and its indexes"
    yield _rate(name, ours, compared, theirs.median / ours.median)
    from_json = measure(lambda text: read_logs(json.loads(text)), lambda: answer, repetitions=30)
    yield _rate("the same logs read from a node's JSON, which comes before it", from_json)


def _web3_processing() -> Callable[[LogReceipt], object]:
    """As one would with web3: a contract of the ABI, and each log processed by its event."""
    events = (abi.LOAN_CREATED, abi.LOAN_UPDATED, abi.RESERVE_DATA_UPDATED, abi.SET_ASSET_TWAP_PRICE)
    contract = Web3().eth.contract(abi=[_entry(event) for event in events])
    by_topic = {bytes.fromhex(event.topic[2:]): contract.events[event.name]() for event in events}
    return lambda receipt: by_topic[bytes(receipt["topics"][0])].process_log(receipt)


def _entry(event: Event) -> Any:
    inputs = [{"name": param.name, "type": param.base, "indexed": param.indexed} for param in event.params]
    return {"type": "event", "name": event.name, "anonymous": False, "inputs": inputs}


def _receipt(log: Log) -> LogReceipt:
    """The log as web3's middleware hands it over."""
    fields = {
        "address": to_checksum_address(log.address),
        "topics": [HexBytes(topic) for topic in log.topics],
        "data": HexBytes(log.data),
        "blockNumber": log.block_number,
        "blockHash": HexBytes(log.block_hash),
        "transactionHash": HexBytes(log.tx_hash),
        "transactionIndex": log.tx_index,
        "logIndex": log.log_index,
    }
    return cast("LogReceipt", fields)


def _per_second(nanoseconds: float) -> float:
    return LOGS * SECONDS / nanoseconds


def _rate(name: str, timing: Timing, compared: str | None = None, ratio: float | None = None) -> Row:
    """Logs a second; the percentiles are those of the slower executions."""
    percentiles = {f"p{share}": _per_second(timing.percentile(share / 100)) for share in (50, 90, 99)}
    return Row(name, _per_second(timing.median), "logs/s", percentiles, compared, ratio)
