"""What transactions would do on top of a block: ``eth_simulateV1`` with probes of the coinbase between them.

The node checks neither nonces nor fee caps there, so ``admit`` has done that before; balances it does check, but
refuses the whole request then, so that the culprit is looked for here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keeper.devnet.node import Json, NodeRefused, NodeRpc
from keeper.devnet.relay.transactions import InvalidTransaction, SignedTransaction, admit, insufficient_funds
from keeper.domain.blocks import Header, next_base_fee
from keeper.domain.units import ZERO_ADDRESS, Address, Hash32, Wei, to_address, to_hash

SECONDS_PER_BLOCK = 12

_PROBE = Address("0x" + "c0ffee" * 6 + "feed")
_PROBE_CODE = "0x41315f525f35316020526040" + "5ff3"
"""Returns the balances of the coinbase and of the account in the calldata."""
_PROBE_GAS = hex(100_000)


@dataclass(frozen=True, slots=True)
class BlockEnv:
    """The block that transactions are tried in, and the block whose state they start from."""

    number: int
    timestamp: int
    base_fee: Wei
    gas_limit: int
    coinbase: Address
    state_block: int


@dataclass(frozen=True, slots=True)
class Ran:
    """What one transaction did. ``output`` is what it returned or reverted with."""

    tx: SignedTransaction
    succeeded: bool
    gas_used: int
    output: bytes
    coinbase_diff: Wei

    @property
    def error(self) -> str:
        """The EVM's word for its failure, empty if there was none.

        The node does not tell one halt from another: whatever burnt all gas and returned nothing is out of gas.
        """
        if self.succeeded:
            return ""
        return "out of gas" if not self.output and self.gas_used == self.tx.gas else "execution reverted"


@dataclass(frozen=True, slots=True)
class Simulation:
    """What ran, in order, and the transaction that could not, if any: nothing after it was tried."""

    ran: tuple[Ran, ...]
    invalid: InvalidTransaction | None = None

    @property
    def coinbase_diff(self) -> Wei:
        """What the coinbase gained, tips and payments."""
        return Wei(sum(ran.coinbase_diff for ran in self.ran))

    @property
    def gas_used(self) -> int:
        """Of all that ran."""
        return sum(ran.gas_used for ran in self.ran)

    def after(self, count: int) -> "Simulation":
        """The part that follows the first ``count`` transactions."""
        return Simulation(self.ran[count:], self.invalid)


def next_block(parent: Header, coinbase: Address, timestamp: int | None = None) -> BlockEnv:
    """The block after ``parent``, by default a slot later."""
    return BlockEnv(
        number=parent.number + 1,
        timestamp=timestamp or parent.timestamp + SECONDS_PER_BLOCK,
        base_fee=next_base_fee(parent),
        gas_limit=parent.gas_limit,
        coinbase=coinbase,
        state_block=parent.number,
    )


async def simulate(
    node: NodeRpc,
    txs: Sequence[SignedTransaction],
    env: BlockEnv,
    chain_id: int,
    skippable: frozenset[Hash32] = frozenset(),
) -> Simulation:
    """Runs transactions one after the other; failures do not stop it, an invalid one does unless it is skippable."""
    state = hex(env.state_block)
    senders = list(dict.fromkeys(tx.sender for tx in txs))
    counts = await node.batch([("eth_getTransactionCount", [sender, state]) for sender in senders])
    nonces = {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
    admitted, invalid = admit(txs, nonces, env.base_fee, chain_id, skippable)
    try:
        return Simulation(await _run(node, admitted, env), invalid)
    except NodeRefused:
        return await _run_to_the_culprit(node, admitted, env)


async def _run(node: NodeRpc, txs: Sequence[SignedTransaction], env: BlockEnv) -> tuple[Ran, ...]:
    ran, _ = await _run_and_probe(node, txs, env, ZERO_ADDRESS)
    return ran


async def _run_to_the_culprit(node: NodeRpc, txs: Sequence[SignedTransaction], env: BlockEnv) -> Simulation:
    ran: tuple[Ran, ...] = ()
    for count, tx in enumerate(txs, start=1):
        try:
            ran = await _run(node, txs[:count], env)
        except NodeRefused as refused:
            before, balance = await _run_and_probe(node, txs[: count - 1], env, tx.sender)
            poor = balance < tx.gas * tx.max_fee + tx.value
            reason = insufficient_funds(tx, balance) if poor else refused.rpc_message
            return Simulation(before, InvalidTransaction(tx, reason))
    return Simulation(ran)


async def _run_and_probe(
    node: NodeRpc, txs: Sequence[SignedTransaction], env: BlockEnv, account: Address
) -> tuple[tuple[Ran, ...], Wei]:
    probe = {"from": ZERO_ADDRESS, "to": _PROBE, "gas": _PROBE_GAS, "input": "0x" + account[2:].rjust(64, "0")}
    calls: list[Json] = [probe]
    for tx in txs:
        calls += [_call(tx), probe]
    overrides = {
        "number": hex(env.number),
        "time": hex(env.timestamp),
        "baseFeePerGas": hex(env.base_fee),
        "feeRecipient": env.coinbase,
        "gasLimit": hex(env.gas_limit),
    }
    request = {
        "blockStateCalls": [
            {"blockOverrides": overrides, "stateOverrides": {_PROBE: {"code": _PROBE_CODE}}, "calls": calls}
        ],
        "validation": True,
    }
    [block] = await node.call("eth_simulateV1", request, hex(env.state_block))
    answers = block["calls"]
    coinbase, balances = zip(*(_balances(answer) for answer in answers[::2]), strict=True)
    ran = tuple(
        Ran(
            tx=tx,
            succeeded=answer["status"] == "0x1",
            gas_used=int(answer["gasUsed"], 16),
            output=bytes.fromhex(answer["returnData"][2:]),
            coinbase_diff=Wei(after - before),
        )
        for tx, answer, before, after in zip(txs, answers[1::2], coinbase, coinbase[1:], strict=False)
    )
    return ran, balances[-1]


def _balances(probe_answer: Json) -> tuple[Wei, Wei]:
    words = probe_answer["returnData"][2:]
    return Wei(int(words[:64], 16)), Wei(int(words[64:], 16))


def _call(tx: SignedTransaction) -> dict[str, Json]:
    call: dict[str, Json] = {
        "from": tx.sender,
        "nonce": hex(tx.nonce),
        "gas": hex(tx.gas),
        "maxFeePerGas": hex(tx.max_fee),
        "maxPriorityFeePerGas": hex(tx.max_priority_fee),
        "value": hex(tx.value),
        "input": "0x" + tx.data.hex(),
    }
    if tx.to is not None:
        call["to"] = tx.to
    if tx.access_list:
        call["accessList"] = [{"address": account, "storageKeys": keys} for account, keys in tx.access_list]
    return call


async def read_header(node: NodeRpc, block: str) -> Header:
    """The header of a block by number or tag. Raises ``NodeRefused`` where there is none."""
    answer = await node.call("eth_getBlockByNumber", block, False)
    if answer is None:
        raise NodeRefused("eth_getBlockByNumber", {"code": -32000, "message": "header not found"})
    return Header(
        number=int(answer["number"], 16),
        hash=to_hash(answer["hash"]),
        parent_hash=to_hash(answer["parentHash"]),
        timestamp=int(answer["timestamp"], 16),
        base_fee=Wei(int(answer["baseFeePerGas"], 16)),
        gas_used=int(answer["gasUsed"], 16),
        gas_limit=int(answer["gasLimit"], 16),
        coinbase=to_address(answer["miner"]),
    )
