"""``eth_callBundle``: a bundle tried on a block's state, answered with the fields and types of geth's CallBundle.

Amounts of wei are decimal strings, gas is a JSON number; what a failed transaction reverted with is its raw bytes
as text. Source: flashbots/builder, internal/ethapi/api.go, CallBundle.
"""

from eth_utils.address import to_checksum_address

from keeper.devnet.node import Json, NodeRefused, NodeRpc
from keeper.devnet.relay.dialects import Refusal, RefusalKind
from keeper.devnet.relay.messages import CallBundle
from keeper.devnet.relay.simulate import BlockEnv, Ran, Simulation, next_block, read_header, simulate
from keeper.devnet.relay.transactions import bundle_hash
from keeper.domain.units import MAX_UINT256, Address, Wei


async def call_bundle(node: NodeRpc, call: CallBundle, coinbase: Address, chain_id: int) -> Json:
    """Simulates; raises ``Refusal`` where a transaction cannot be part of such a block at all."""
    try:
        parent = await read_header(node, call.state)
    except NodeRefused as refused:
        raise Refusal(RefusalKind.EXECUTION, refused.rpc_message) from refused
    following = next_block(parent, call.coinbase or coinbase, call.timestamp)
    env = BlockEnv(
        number=call.block,
        timestamp=following.timestamp,
        base_fee=following.base_fee if call.base_fee is None else call.base_fee,
        gas_limit=call.gas_limit or following.gas_limit,
        coinbase=following.coinbase,
        state_block=parent.number,
    )
    simulation = await simulate(node, call.txs, env, chain_id)
    if simulation.invalid:
        invalid = simulation.invalid
        raise Refusal(RefusalKind.EXECUTION, f"err: {invalid.reason}; txhash {invalid.tx.hash}")
    return {
        **_totals(simulation, env.base_fee),
        "bundleHash": bundle_hash(call.txs),
        "results": [_result(ran, env.base_fee) for ran in simulation.ran],
        "stateBlockNumber": parent.number,
    }


def _totals(simulation: Simulation, base_fee: Wei) -> dict[str, Json]:
    fees = sum(_gas_fees(ran, base_fee) for ran in simulation.ran)
    return {
        **_payment("bundleGasPrice", simulation.coinbase_diff, fees, simulation.gas_used),
        "totalGasUsed": simulation.gas_used,
    }


def _result(ran: Ran, base_fee: Wei) -> dict[str, Json]:
    result: dict[str, Json] = {
        **_payment("gasPrice", ran.coinbase_diff, _gas_fees(ran, base_fee), ran.gas_used),
        "txHash": ran.tx.hash,
        "gasUsed": ran.gas_used,
        "fromAddress": to_checksum_address(ran.tx.sender),
        "toAddress": to_checksum_address(ran.tx.to) if ran.tx.to else "0x",
    }
    if ran.succeeded:
        result["value"] = "0x" + ran.output.hex()
        return result
    result["error"] = ran.error
    if ran.output:
        result["revert"] = ran.output.decode("utf-8", "replace")
    return result


def _gas_fees(ran: Ran, base_fee: Wei) -> Wei:
    return Wei(ran.gas_used * ran.tx.effective_tip(base_fee))


def _payment(price_name: str, coinbase_diff: Wei, gas_fees: int, gas_used: int) -> dict[str, Json]:
    """The four amounts; like the original's, differences wrap at 2**256 where the coinbase lost."""
    gained = coinbase_diff & MAX_UINT256
    return {
        "coinbaseDiff": str(gained),
        "gasFees": str(gas_fees),
        "ethSentToCoinbase": str((gained - gas_fees) & MAX_UINT256),
        price_name: str(gained // gas_used),
    }
