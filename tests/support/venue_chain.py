"""What drives a venue's adapter in tests: facts in a dictionary, readings answered by a local chain, blocks followed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from keeper.domain.adapters import Adapter
from keeper.domain.blocks import Log
from keeper.domain.calls import Answer, BalanceOf, Call, Read, Reading, ViewFailed
from keeper.domain.env import Env
from keeper.domain.facts import Change, Key
from keeper.domain.units import Address, Wei, to_address, to_hash
from tests.execution.contracts.chain import LocalChain, Receipt

T = TypeVar("T")
V = TypeVar("V")
_BATCH = 200


class DictFacts:
    """The book's read side over a dictionary."""

    def __init__(self) -> None:
        self.known: dict[Key[Any], Any] = {}

    def get(self, key: Key[V]) -> V | None:
        value: V | None = self.known.get(key)
        return value

    def keys(self, kind: type[Key[V]]) -> Iterator[Key[V]]:
        return iter([key for key in self.known if type(key) is kind])

    def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.value is None:
                self.known.pop(change.key, None)
            else:
                self.known[change.key] = change.value


def batch(chain: LocalChain, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[dict[str, Any]]:
    """The answers, errors included, to many requests; several requests a body, as far as anvil takes them."""
    answers: list[dict[str, Any]] = []
    for start in range(0, len(calls), _BATCH):
        requests = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
            for index, (method, params) in enumerate(calls[start : start + _BATCH])
        ]
        chain.connection.request("POST", "/", orjson.dumps(requests), {"Content-Type": "application/json"})
        said = orjson.loads(chain.connection.getresponse().read())
        answers += sorted(said, key=lambda answer: int(answer["id"]))
    return answers


def drive(
    chain: LocalChain, reading: Reading[T], alter: Callable[[Read, Answer], Answer] = lambda _, answer: answer
) -> T:
    """What a reading learns from the chain's head, where ``alter`` may put other words into its mouth."""
    answers: list[Answer] | None = None
    while True:
        try:
            reads = next(reading) if answers is None else reading.send(answers)
        except StopIteration as done:
            result: T = done.value
            return result
        said = batch(chain, [_request(read) for read in reads])
        answers = [alter(read, _answer(read, word)) for read, word in zip(reads, said, strict=True)]


def _request(read: Read) -> tuple[str, Sequence[Any]]:
    if isinstance(read, BalanceOf):
        return "eth_getBalance", [read.account, "latest"]
    return "eth_call", [{"to": read.to, "data": "0x" + read.data.hex()}, "latest"]


def _answer(read: Read, said: Mapping[str, Any]) -> Answer:
    if "error" in said:
        return ViewFailed(bytes.fromhex(said["error"].get("data", "0x")[2:]))
    if isinstance(read, BalanceOf):
        return int(said["result"], 16).to_bytes(32)
    return bytes.fromhex(said["result"][2:])


@dataclass
class Follower:
    """An adapter kept up with the chain, block by block, as the engine does it."""

    chain: LocalChain
    adapter: Adapter
    facts: DictFacts = field(default_factory=DictFacts)
    next_block: int = 0

    def sync(self) -> list[Key[object]]:
        """Applies every block up to the head; returns what was read again."""
        refreshed: list[Key[object]] = []
        head = self.chain.head()
        if head < self.next_block:
            return refreshed
        entries = self.chain.rpc("eth_getLogs", {"fromBlock": hex(self.next_block), "toBlock": hex(head)})
        blocks: dict[int, list[Log]] = {}
        for entry in entries:
            log = log_of(entry)
            blocks.setdefault(log.block_number, []).append(log)
        for number, logs in blocks.items():
            timestamp = int(self.chain.rpc("eth_getBlockByNumber", hex(number), False)["timestamp"], 16)
            stale: dict[Key[object], None] = {}
            interests = self.adapter.interests(self.facts)
            for log in logs:
                if any(interest.wants(log) for interest in interests):
                    applied = self.adapter.apply(log, timestamp, self.facts)
                    self.facts.apply(applied.changes)
                    stale.update(dict.fromkeys(applied.stale))
            self.refresh(list(stale))
            refreshed.extend(stale)
        self.next_block = head + 1
        return refreshed

    def bootstrap(self) -> None:
        self.facts.apply(drive(self.chain, self.adapter.bootstrap(self.facts)))

    def refresh(self, keys: Sequence[Key[object]]) -> None:
        if keys:
            self.facts.apply(drive(self.chain, self.adapter.refresh(keys, self.facts)))

    def env(self, who: Address, timestamp: int | None = None) -> Env:
        head = self.chain.rpc("eth_getBlockByNumber", "latest", False)
        time = int(head["timestamp"], 16) + 1 if timestamp is None else timestamp
        return Env(int(head["number"], 16) + 1, time, Wei(0), self.facts, who)


def log_of(entry: Mapping[str, Any]) -> Log:
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


def send_all(chain: LocalChain, sender: Address, calls: Sequence[Call]) -> list[Receipt]:
    """Carries the calls out one by one, as an account of its own would."""
    return [chain.send(sender, call.to, call.data, call.value) for call in calls]
