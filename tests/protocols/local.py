"""A local chain for adapters: batches of calls at any moment, and a book that follows the chain through one adapter."""

import http.client
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson

from keeper.book.book import Book
from keeper.chain.codec import Function, revert_reason
from keeper.devnet.anvil import AnvilOptions, AnvilProcess, node_modules
from keeper.devnet.artifacts import Artifact
from keeper.devnet.compiler import CONTRACTS, compile_folder
from keeper.domain.adapters import Adapter, Happening
from keeper.domain.blocks import Header, Log
from keeper.domain.calls import Answer, BalanceOf, Call, Read, Reading, View, ViewFailed
from keeper.domain.env import Env
from keeper.domain.units import Address, Wei, to_address, to_hash

T = TypeVar("T")
A = TypeVar("A", bound=Adapter)
GENESIS = 1_700_000_000
GAS = 8_000_000


class Refused(Exception):
    """A transaction was reverted; ``data`` is what it reverted with."""

    def __init__(self, data: bytes) -> None:
        super().__init__(revert_reason(data))
        self.data = data


@dataclass(frozen=True, slots=True)
class Local:
    """Transactions come from anvil's own accounts, at no gas price, and are mined at once."""

    connection: http.client.HTTPConnection
    accounts: tuple[Address, ...] = ()
    artifacts: dict[str, Artifact] = field(default_factory=dict, repr=False)

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[dict[str, Any]]:
        if not requests:
            return []
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in enumerate(requests)
        ]
        self.connection.request("POST", "/", orjson.dumps(body), {"Content-Type": "application/json"})
        answers = orjson.loads(self.connection.getresponse().read())
        return sorted(answers, key=lambda answer: int(answer["id"]))

    def rpc(self, method: str, *params: Any) -> Any:
        (answer,) = self.batch([(method, params)])
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def deploy(self, name: str, *arguments: object) -> Address:
        receipt = self._mined(self.accounts[0], None, self.artifacts[name].creation_code(*arguments))
        return to_address(receipt["contractAddress"])

    def send(self, sender: Address, call: Call, at: int | None = None) -> int:
        """Carries a call out, in a block of its own (at a timestamp); returns the gas used. Raises ``Refused``."""
        if at is not None:
            self.rpc("evm_setNextBlockTimestamp", hex(at))
        return int(self._mined(sender, call.to, call.data, call.value)["gasUsed"], 16)

    def do(self, sender: Address, to: Address, function: str, *arguments: object, at: int | None = None) -> int:
        return self.send(sender, Function.parse(function).call(to, *arguments), at)

    def post(self, sender: Address, call: Call) -> None:
        """Hands a call to a chain that does not mine by itself."""
        self.rpc("eth_sendTransaction", _transaction(sender, call.to, call.data, call.value))

    def moved_by(
        self, who: Address, calls: Sequence[tuple[int, Call]], tokens: Sequence[Address]
    ) -> list[dict[Address, int]]:
        """By how much each call, at its own timestamp on the newest state, moves the caller's balances."""
        balance = Function.parse("balanceOf(address) returns (uint256)")
        before = self.views([(balance, token, (who,)) for token in tokens])
        requests = []
        for at, call in calls:
            steps = [_simulated(who, call.to, call.data)]
            steps += [_simulated(who, token, balance.encode(who)) for token in tokens]
            requests.append(
                (
                    "eth_simulateV1",
                    [{"blockStateCalls": [{"blockOverrides": {"time": hex(at)}, "calls": steps}]}, "latest"],
                )
            )
        moved = []
        for answer in self.batch(requests):
            done, *after = answer["result"][0]["calls"]
            assert done["status"] == "0x1", done
            moved.append(
                {
                    token: int(row["returnData"], 16) - known
                    for token, row, known in zip(tokens, after, before, strict=True)
                }
            )
        return moved

    def attempt(self, sender: Address, call: Call, at: int, block: int | None = None) -> bytes:
        """What a transaction at a moment would return; raises ``Refused``."""
        (outcome,) = self.attempts(sender, [call], at, block)
        if isinstance(outcome, ViewFailed):
            raise Refused(outcome.data)
        return outcome

    def attempts(self, sender: Address, calls: Sequence[Call], at: int, block: int | None = None) -> list[Answer]:
        overrides = {"time": hex(at)} | ({} if block is None else {"number": hex(block)})
        requests = [
            ("eth_call", [_transaction(sender, call.to, call.data, call.value), "latest", {}, overrides])
            for call in calls
        ]
        return [_answer(answer) for answer in self.batch(requests)]

    def views(self, asked: Sequence[tuple[Function, Address, Sequence[Any]]], at: int | None = None) -> list[Any]:
        """Views, decoded; ``None`` for one that reverts."""
        requests = [(function.view(to, *arguments), at) for function, to, arguments in asked]
        answers = self.views_at(requests)
        return [
            None if isinstance(answer, ViewFailed) else function.decode(answer)
            for (function, _, _), answer in zip(asked, answers, strict=True)
        ]

    def views_at(self, views: Sequence[tuple[View, int | None]]) -> list[Answer]:
        """Raw views, each at its own timestamp on the newest state."""
        requests = []
        for view, at in views:
            params: list[Any] = [{"to": view.to, "data": "0x" + view.data.hex()}, "latest"]
            requests.append(("eth_call", params if at is None else [*params, {}, {"time": hex(at)}]))
        return [_answer(answer) for answer in self.batch(requests)]

    def view(self, to: Address, function: str, *arguments: Any, at: int | None = None) -> Any:
        (value,) = self.views([(Function.parse(function), to, arguments)], at)
        return value

    def drive(self, reading: Reading[T]) -> T:
        """Carries a reading's dialogue on, at the newest block."""
        answers: list[Answer] | None = None
        try:
            while True:
                reads = next(reading) if answers is None else reading.send(answers)
                answers = self._answers(reads)
        except StopIteration as done:
            value: T = done.value
            return value

    def _answers(self, reads: Sequence[Read]) -> list[Answer]:
        assert not any(isinstance(read, BalanceOf) for read in reads)
        return self.views_at([(read, None) for read in reads if isinstance(read, View)])

    def header(self, number: int | None = None) -> Header:
        block = self.rpc("eth_getBlockByNumber", "latest" if number is None else hex(number), False)
        return _header(block)

    def headers(self, first: int, last: int) -> list[Header]:
        requests = [("eth_getBlockByNumber", [hex(number), False]) for number in range(first, last + 1)]
        return [_header(answer["result"]) for answer in self.batch(requests)] if requests else []

    def logs(self, first: int, last: int) -> list[Log]:
        found = self.rpc("eth_getLogs", {"fromBlock": hex(first), "toBlock": hex(last)}) if first <= last else []
        return [_log(entry) for entry in found]

    def now(self) -> int:
        return self.header().timestamp

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards."""
        snapshot = self.rpc("evm_snapshot")
        try:
            yield
        finally:
            assert self.rpc("evm_revert", snapshot)

    def _mined(self, sender: Address, to: Address | None, data: bytes, value: int = 0) -> dict[str, Any]:
        transaction = _transaction(sender, to, data, value)
        receipt: dict[str, Any] = self.rpc("eth_sendTransactionSync", transaction)
        if receipt["status"] != "0x1":
            number = int(receipt["blockNumber"], 16)
            at = self.header(number).timestamp
            (outcome,) = self.batch(
                [("eth_call", [transaction, hex(number - 1), {}, {"number": hex(number), "time": hex(at)}])]
            )
            answer = _answer(outcome)
            raise Refused(answer.data if isinstance(answer, ViewFailed) else b"")
        return receipt


@dataclass(slots=True)
class Follower(Generic[A]):
    """A book that one adapter fills from the chain, block by block."""

    chain: Local
    adapter: A
    book: Book = field(default_factory=lambda: Book(depth=1000))
    happenings: list[Happening] = field(default_factory=list)

    def bootstrap(self) -> None:
        """As a daemon that starts now: reads, then replays every log since the deployment's first block."""
        self.book.apply_timeless(self.chain.drive(self.adapter.bootstrap(self.book)))
        self.follow(self.adapter.start_block)

    def follow(self, first: int | None = None) -> None:
        """Applies the blocks that the book has not seen."""
        start = first if first is not None else (self.book.head.number + 1 if self.book.head else 0)
        head = self.chain.header().number
        logs = self.chain.logs(start, head)
        headers = self.chain.headers(start, head)
        for header in headers:
            self.apply(header, [log for log in logs if log.block_number == header.number])

    def apply(self, header: Header, logs: Sequence[Log]) -> None:
        self.book.begin(header)
        stale: dict[Any, None] = {}
        interests = self.adapter.interests(self.book)
        for log in logs:
            if any(interest.wants(log) for interest in interests):
                applied = self.adapter.apply(log, header.timestamp, self.book)
                self.book.apply(applied.changes)
                self.happenings.extend(applied.happenings)
                stale.update(dict.fromkeys(applied.stale))
        if stale:
            self.book.apply(self.chain.drive(self.adapter.refresh(list(stale), self.book)))
        self.book.commit()

    def env(self, at: int, who: Address, ahead: int = 1) -> Env:
        assert self.book.head
        return Env(self.book.head.number + ahead, at, Wei(0), self.book, who)


@contextmanager
def local_chain() -> Iterator[Local]:
    options = AnvilOptions(base_fee=Wei(0), gas_limit=1_000_000_000, timestamp=GENESIS, accounts=10)
    with AnvilProcess(options) as process:
        connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=120)
        accounts = tuple(to_address(account) for account in Local(connection).rpc("eth_accounts"))
        artifacts = compile_folder(CONTRACTS, node_modules=node_modules()) | compile_folder(
            Path(__file__).with_name("contracts"), node_modules=node_modules()
        )
        try:
            yield Local(connection, accounts, artifacts)
        finally:
            connection.close()


def _transaction(sender: Address, to: Address | None, data: bytes, value: int) -> dict[str, Any]:
    entry = {"from": sender, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(GAS), "gasPrice": "0x0"}
    return entry if to is None else entry | {"to": to}


def _simulated(sender: Address, to: Address, data: bytes) -> dict[str, Any]:
    return {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(GAS)}


def _answer(answer: dict[str, Any]) -> Answer:
    if error := answer.get("error"):
        if error.get("code") != 3:
            raise AssertionError(error)
        return ViewFailed(bytes.fromhex(error.get("data", "0x")[2:]))
    return bytes.fromhex(answer["result"][2:])


def _header(block: dict[str, Any]) -> Header:
    return Header(
        number=int(block["number"], 16),
        hash=to_hash(block["hash"]),
        parent_hash=to_hash(block["parentHash"]),
        timestamp=int(block["timestamp"], 16),
        base_fee=Wei(int(block["baseFeePerGas"], 16)),
        gas_used=int(block["gasUsed"], 16),
        gas_limit=int(block["gasLimit"], 16),
        coinbase=to_address(block["miner"]),
    )


def _log(entry: dict[str, Any]) -> Log:
    return Log(
        address=to_address(entry["address"]),
        topics=tuple(to_hash(topic) for topic in entry["topics"]),
        data=bytes.fromhex(entry["data"][2:]),
        block_number=int(entry["blockNumber"], 16),
        block_hash=to_hash(entry["blockHash"]),
        tx_hash=to_hash(entry["transactionHash"]),
        tx_index=int(entry["transactionIndex"], 16),
        log_index=int(entry["logIndex"], 16),
    )
