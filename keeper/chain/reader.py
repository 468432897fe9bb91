"""Reads of a node in the domain's terms. A read that failed is an error, never an empty answer."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from keeper.chain.interests import LogFilter
from keeper.chain.rpc import JsonValue, NodeUnavailable, RpcClient, RpcRefused
from keeper.chain.wire import Receipt, read_bytes, read_header, read_logs, read_quantity, read_receipt
from keeper.domain.blocks import Header, Log
from keeper.domain.calls import Answer, BalanceOf, Read, Reading, ViewFailed
from keeper.domain.errors import RetryLater
from keeper.domain.units import Address, Hash32, Wei

T = TypeVar("T")

BlockId = Hash32 | int | Literal["latest", "pending", "safe", "finalized"]
"""A block by hash, by number or by name."""

_REVERTS = frozenset({3, -32015})
_REVERT_WORDS = re.compile(
    r"revert|evm error|invalid opcode|invalid jump|stack (under|over)flow|out of gas", re.IGNORECASE
)
_UNKNOWN_WORDS = re.compile(
    r"unknown block|(header|block|resource) not found|(can|could) ?not be found|not canonical", re.IGNORECASE
)


class UnknownBlock(RetryLater):
    """The node does not know the block (yet, or any more): ``RPC_UNKNOWN_BLOCK``."""


def _unknown(what: str) -> UnknownBlock:
    return UnknownBlock("RPC_UNKNOWN_BLOCK", f"the node does not know {what}", "it may have been reorganised away")


def block_parameter(block: BlockId) -> JsonValue:
    """A block as state-reading methods take it; hashes by EIP-1898."""
    if isinstance(block, int):
        return hex(block)
    return {"blockHash": block} if block.startswith("0x") else block


def is_revert(refused: RpcRefused) -> bool:
    """Whether a refused ``eth_call`` was refused by the contract, not by the node."""
    return refused.rpc_code in _REVERTS or bool(refused.data) or bool(_REVERT_WORDS.search(refused.message))


class Reader:
    """Reads over any client. Raises ``NodeUnavailable``, ``RpcRefused`` or ``UnknownBlock``."""

    def __init__(self, client: RpcClient) -> None:
        self.client = client

    async def call_many(self, reads: Sequence[Read], block: BlockId) -> list[Answer]:
        """The answers, in order, at one block; a view that reverts answers ``ViewFailed``.

        ``latest`` may move between the parts of a large batch: name a block where that matters.
        """
        at = block_parameter(block)
        results = await self.client.batch([_read_request(read, at) for read in reads])
        return [_answer(read, result, block) for read, result in zip(reads, results, strict=True)]

    async def drive(self, reading: Reading[T], block: BlockId) -> T:
        """Carry a dialogue to its end at one block; what it raises passes through."""
        try:
            reads = next(reading)
            while True:
                reads = reading.send(await self.call_many(reads, block))
        except StopIteration as end:
            result: T = end.value
            return result

    async def block(self, block: BlockId) -> Header:
        """A header; ``UnknownBlock`` if the node has no such block."""
        (found,) = await self.headers([block])
        return found

    async def headers(self, blocks: Sequence[BlockId]) -> list[Header]:
        """Headers in order; ``UnknownBlock`` at the first that the node has not."""
        results = await self.client.batch([_header_request(block) for block in blocks])
        return [read_header(_known(raw, f"block {block}")) for block, raw in zip(blocks, results, strict=True)]

    async def logs(self, wanted: LogFilter, first: int, last: int) -> tuple[Log, ...]:
        """The wanted logs of a range of blocks, both ends included, in order."""
        return await self._logs(wanted, {"fromBlock": hex(first), "toBlock": hex(last)}, f"blocks {first}..{last}")

    async def logs_of(self, wanted: LogFilter, block: Hash32) -> tuple[Log, ...]:
        """The wanted logs of one block; ``UnknownBlock`` if the node has not got it."""
        return await self._logs(wanted, {"blockHash": block}, f"block {block}")

    async def _logs(self, wanted: LogFilter, where: Mapping[str, Any], what: str) -> tuple[Log, ...]:
        results = await self.client.batch([("eth_getLogs", [{**query, **where}]) for query in wanted.queries()])
        return wanted.select(log for raw in results for log in read_logs(_known(raw, what)))

    async def receipts(self, block: Hash32) -> list[Receipt]:
        """All receipts of a block, in order."""
        raw = _known(await self._ask("eth_getBlockReceipts", block), f"block {block}")
        if not isinstance(raw, list):
            raise NodeUnavailable("RPC_MALFORMED", "eth_getBlockReceipts answered no list", "look at the node")
        return [read_receipt(item) for item in raw]

    async def receipt(self, tx_hash: Hash32) -> Receipt | None:
        """A transaction's receipt; ``None`` while it is not in the canonical chain as this node sees it."""
        raw = await self.client.call("eth_getTransactionReceipt", tx_hash)
        return None if raw is None else read_receipt(raw)

    async def receipts_of(self, tx_hashes: Sequence[Hash32]) -> list[Receipt | None]:
        """The receipts of several transactions, as ``receipt`` gives them."""
        results = await self.client.batch([("eth_getTransactionReceipt", [tx_hash]) for tx_hash in tx_hashes])
        found = []
        for raw in results:
            if isinstance(raw, RpcRefused):
                raise raw
            found.append(None if raw is None else read_receipt(raw))
        return found

    async def nonce(self, account: Address, block: BlockId = "latest") -> int:
        """The number of transactions the account has sent."""
        return read_quantity(await self.client.call("eth_getTransactionCount", account, block_parameter(block)))

    async def nonces(self, accounts: Sequence[Address], block: BlockId = "latest") -> list[int]:
        """``nonce`` of several accounts, in order."""
        at = block_parameter(block)
        results = await self.client.batch([("eth_getTransactionCount", (account, at)) for account in accounts])
        return [read_quantity(_known(result, f"block {block}")) for result in results]

    async def balance(self, account: Address, block: BlockId = "latest") -> Wei:
        """The account's ETH."""
        return Wei(read_quantity(await self.client.call("eth_getBalance", account, block_parameter(block))))

    async def code(self, account: Address, block: BlockId = "latest") -> bytes:
        """The code at an address; empty where there is none."""
        return read_bytes(await self.client.call("eth_getCode", account, block_parameter(block)))

    async def chain_id(self) -> int:
        """The chain the node is on."""
        return read_quantity(await self.client.call("eth_chainId"))

    async def block_number(self) -> int:
        """The head's number."""
        return read_quantity(await self.client.call("eth_blockNumber"))

    async def simulate(self, payload: Mapping[str, Any], block: BlockId) -> list[Any]:
        """``eth_simulateV1``: the simulated blocks as the node describes them."""
        raw = await self.client.call("eth_simulateV1", payload, block_parameter(block))
        if not isinstance(raw, list):
            raise NodeUnavailable("RPC_MALFORMED", "eth_simulateV1 answered no list", "look at the node")
        return raw

    async def send_raw(self, raw: bytes) -> Hash32:
        """Hand a signed transaction to the node; returns its hash. On ``NodeUnavailable`` it may have been taken."""
        return Hash32(str(await self.client.call("eth_sendRawTransaction", "0x" + raw.hex())))

    async def _ask(self, method: str, *params: object) -> JsonValue | RpcRefused:
        try:
            return await self.client.call(method, *params)
        except RpcRefused as refused:
            return refused


def _read_request(read: Read, at: JsonValue) -> tuple[str, Sequence[Any]]:
    if isinstance(read, BalanceOf):
        return "eth_getBalance", (read.account, at)
    return "eth_call", ({"to": read.to, "data": "0x" + read.data.hex()}, at)


def _answer(read: Read, result: JsonValue | RpcRefused, block: BlockId) -> Answer:
    if isinstance(result, RpcRefused):
        if isinstance(read, BalanceOf) or not is_revert(result):
            _known(result, f"block {block}")
        return ViewFailed(result.data)
    if isinstance(read, BalanceOf):
        return read_quantity(result).to_bytes(32)
    return read_bytes(result)


def _header_request(block: BlockId) -> tuple[str, Sequence[Any]]:
    if isinstance(block, str) and block.startswith("0x"):
        return "eth_getBlockByHash", (block, False)
    return "eth_getBlockByNumber", (hex(block) if isinstance(block, int) else block, False)


def _known(result: JsonValue | RpcRefused, what: str) -> JsonValue:
    """The result; ``UnknownBlock`` where the node says it has not got the block; else what it refused with."""
    if result is None:
        raise _unknown(what)
    if isinstance(result, RpcRefused):
        if _UNKNOWN_WORDS.search(result.message):
            raise _unknown(what) from result
        raise result
    return result
