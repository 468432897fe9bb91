"""A plan's transaction on the target block's number, time and base fee, by ``eth_simulateV1``, between balance probes."""

from dataclasses import dataclass
from typing import Any

from keeper.chain.rpc import NodeUnavailable
from keeper.chain.wire import read_bytes, read_quantity
from keeper.domain.blocks import Header
from keeper.domain.tokens import balance_of
from keeper.domain.units import Address, Wei
from keeper.execution.envelope import MOST_GAS, Envelope

_PROBE = Address("0x" + "b1" * 20)
_COINBASE_BALANCE = "0x41315f5260205ff3"
"""COINBASE BALANCE, returned as one word."""
_BALANCE_PROBE = Address("0x" + "b2" * 20)
_BALANCE_OF_ARGUMENT = "0x5f35315f5260205ff3"
"""BALANCE of the address in the first word of the calldata, returned as one word."""
_SOME_ETHER = hex(10**18)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a simulation saw. ``money`` is the change of the executor's ETH and WETH together, after the tip."""

    succeeded: bool
    output: bytes
    gas_used: int
    money: int
    to_coinbase: Wei
    """Everything that the coinbase got: the direct payment and the priority fees."""


def request(envelope: Envelope, parent: Header, weth: Address) -> dict[str, Any]:
    """The payload. The coinbase is the parent's, given some ether so that paying it is never the dear first payment to an
    empty account: a real builder's is not empty."""
    plan = envelope.plan
    before_and_after = [
        {"to": _PROBE},
        _view(weth, balance_of(weth, envelope.executor).data),
        _view(_BALANCE_PROBE, bytes.fromhex(envelope.executor[2:]).rjust(32, b"\0")),
    ]
    transaction = {
        "from": envelope.sender,
        "to": envelope.executor,
        "input": "0x" + envelope.data.hex(),
        "gas": hex(min(3 * plan.economics.gas, MOST_GAS)),
        "maxFeePerGas": hex(envelope.max_fee_per_gas),
        "maxPriorityFeePerGas": hex(envelope.priority_fee),
        "nonce": hex(envelope.nonce),
    }
    return {
        "blockStateCalls": [
            {
                "blockOverrides": {
                    "number": hex(plan.target_block),
                    "time": hex(plan.timestamp),
                    "baseFeePerGas": hex(plan.base_fee),
                    "feeRecipient": parent.coinbase,
                },
                "stateOverrides": {
                    _PROBE: {"code": _COINBASE_BALANCE},
                    _BALANCE_PROBE: {"code": _BALANCE_OF_ARGUMENT},
                    parent.coinbase: {"balance": _SOME_ETHER},
                },
                "calls": [*before_and_after, transaction, *before_and_after],
            }
        ],
        "validation": False,
    }


def measure(blocks: list[Any]) -> Measured:
    """The answer's meaning. Raises ``NodeUnavailable`` (``RPC_MALFORMED``) where it has not the form asked for."""
    try:
        (block,) = blocks
        return _measured(block["calls"])
    except (KeyError, TypeError, ValueError) as error:
        message = f"the node's simulation is malformed: {type(error).__name__} {error}"
        raise NodeUnavailable("RPC_MALFORMED", message, "look at the node") from error


def _measured(calls: list[Any]) -> Measured:
    (coinbase_before, weth_before, ether_before, transaction, coinbase_after, weth_after, ether_after) = calls
    return Measured(
        succeeded=read_quantity(transaction["status"]) == 1,
        output=read_bytes(transaction["returnData"]),
        gas_used=read_quantity(transaction["gasUsed"]),
        money=_word(weth_after) + _word(ether_after) - _word(weth_before) - _word(ether_before),
        to_coinbase=Wei(_word(coinbase_after) - _word(coinbase_before)),
    )


def _word(probe: dict[str, Any]) -> int:
    return int.from_bytes(read_bytes(probe["returnData"]))


def _view(to: Address, data: bytes) -> dict[str, str]:
    return {"to": to, "input": "0x" + data.hex()}
