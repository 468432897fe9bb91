"""A local chain without an event loop, so that property tests can drive it: send, read, and see why it was refused."""

import http.client
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from keeper.devnet.anvil import AnvilOptions, AnvilProcess
from keeper.devnet.artifacts import Artifact
from keeper.domain.blocks import Log
from keeper.domain.units import Address, Wei, to_address, to_hash
from keeper.execution.program import Revert, decode_revert

GAS = 8_000_000


class Reverted(Exception):
    """A call or a transaction was reverted by the EVM."""

    def __init__(self, revert: Revert) -> None:
        super().__init__(str(revert))
        self.revert = revert


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction that was carried out."""

    gas_used: int
    logs: tuple[Log, ...]
    contract: Address | None
    block_number: int


@dataclass(frozen=True, slots=True)
class LocalChain:
    """Transactions come from anvil's own accounts, at no gas price, and are mined at once."""

    connection: http.client.HTTPConnection
    accounts: tuple[Address, ...]

    def rpc(self, method: str, *params: Any) -> Any:
        answer = self._request(method, *params)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def view(self, to: Address, signature: str, *arguments: Any, returns: str = "(uint256)") -> Any:
        """What a view answers, decoded; a single value by itself."""
        answer = self._request("eth_call", {"to": to, "data": "0x" + calldata(signature, *arguments).hex()}, "latest")
        values = decode(_types(returns), _result(answer))
        return values[0] if len(values) == 1 else values

    def call(self, sender: Address, to: Address, data: bytes, value: int = 0) -> bytes:
        """What a transaction would return; raises ``Reverted``."""
        return _result(self._request("eth_call", _transaction(sender, to, data, value), "latest"))

    def send(self, sender: Address, to: Address | None, data: bytes, value: int = 0) -> Receipt:
        """Carries a transaction out; raises ``Reverted`` if it was mined but failed."""
        transaction = _transaction(sender, to, data, value)
        receipt = self._receipt(self.rpc("eth_sendTransaction", transaction))
        if receipt["status"] != "0x1":
            raise Reverted(self._reason(transaction, int(receipt["blockNumber"], 16)))
        contract = receipt["contractAddress"]
        return Receipt(
            gas_used=int(receipt["gasUsed"], 16),
            logs=tuple(_log(entry) for entry in receipt["logs"]),
            contract=to_address(contract) if contract else None,
            block_number=int(receipt["blockNumber"], 16),
        )

    def invoke(self, sender: Address, to: Address, signature: str, *arguments: Any, value: int = 0) -> Receipt:
        return self.send(sender, to, calldata(signature, *arguments), value)

    def deploy(self, artifact: Artifact, *arguments: Any) -> Address:
        contract = self.send(self.accounts[0], None, artifact.creation_code(*arguments)).contract
        assert contract is not None
        return contract

    def balance(self, account: Address) -> Wei:
        return Wei(int(self.rpc("eth_getBalance", account, "latest"), 16))

    def head(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards."""
        snapshot = self.rpc("evm_snapshot")
        try:
            yield
        finally:
            assert self.rpc("evm_revert", snapshot)

    def _receipt(self, hash_: str) -> dict[str, Any]:
        """Asked for until it is there: the chain's own waiting call sometimes misses the block and times out, and on a busy
        machine its automatic mining sometimes misses a transaction."""
        started = time.monotonic()
        nudge = started + 2
        while (now := time.monotonic()) < started + 30:
            receipt: dict[str, Any] | None = self.rpc("eth_getTransactionReceipt", hash_)
            if receipt is not None:
                return receipt
            if now > nudge:
                self.rpc("evm_mine")
                nudge = now + 2
            time.sleep(0.0002)
        raise AssertionError(f"{hash_} was not mined")

    def _reason(self, transaction: dict[str, Any], block: int) -> Revert:
        try:
            _result(self._request("eth_call", transaction, hex(block - 1), {}, {"number": hex(block)}))
        except Reverted as refusal:
            return refusal.revert
        return Revert("failed only when mined", ())

    def _request(self, method: str, *params: Any) -> dict[str, Any]:
        body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer: dict[str, Any] = orjson.loads(self.connection.getresponse().read())
        return answer


@contextmanager
def local_chain() -> Iterator[LocalChain]:
    with AnvilProcess(AnvilOptions(base_fee=Wei(0), gas_limit=1_000_000_000)) as process:
        connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=60)
        chain = LocalChain(connection, ())
        accounts = tuple(to_address(account) for account in chain.rpc("eth_accounts"))
        try:
            yield LocalChain(connection, accounts)
        finally:
            connection.close()


def calldata(signature: str, *arguments: Any) -> bytes:
    """A call of ``name(types)``; no data at all for an empty signature."""
    if not signature:
        return b""
    return keccak(text=signature)[:4] + encode(_types(signature[signature.index("(") :]), arguments)


def _types(signature: str) -> Sequence[str]:
    """The types in ``(a,b,(c,d)[])``, split at the top level."""
    parts, depth, current = [], 0, ""
    for letter in signature[1:-1]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [*parts, current] if current else parts


def _transaction(sender: Address, to: Address | None, data: bytes, value: int) -> dict[str, Any]:
    entry = {"from": sender, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(GAS), "gasPrice": "0x0"}
    return entry if to is None else entry | {"to": to}


def _result(answer: dict[str, Any]) -> bytes:
    if error := answer.get("error"):
        if error.get("code") != 3:
            raise AssertionError(error)
        raise Reverted(decode_revert(bytes.fromhex(error.get("data", "0x")[2:])))
    return bytes.fromhex(answer["result"][2:])


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
