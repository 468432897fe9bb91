"""A plan as a transaction: calldata for the executor, and the EIP-1559 fields around it."""

from dataclasses import dataclass

from keeper.chain.signer import TransactionFields
from keeper.domain.plans import FlashKind, Plan, Shape
from keeper.domain.units import Address, Wei
from keeper.execution import program

MOST_GAS = 16_777_216
"""The cap on one transaction (EIP-7825)."""
_GAS_HEADROOM_PERCENT = 60
"""Over the gas used, which is counted after refunds of up to a fifth (EIP-3529), while the limit has to bear the gas before
them, and the 64th that every nested call holds back (EIP-150). What is not used is not paid."""
_KINDS = {
    FlashKind.MORPHO: program.FlashKind.MORPHO,
    FlashKind.AAVE_V3: program.FlashKind.AAVE_V3,
    FlashKind.BALANCER_V2: program.FlashKind.BALANCER_V2,
    FlashKind.UNISWAP_V3: program.FlashKind.UNISWAP_V3,
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A plan ready to be simulated and signed: who sends it, with which nonce and tip a gas."""

    plan: Plan
    chain_id: int
    sender: Address
    nonce: int
    executor: Address
    priority_fee: Wei
    data: bytes

    @property
    def max_fee_per_gas(self) -> Wei:
        """Exactly what the target block asks, so that the transaction is worth nothing in a dearer one."""
        return Wei(self.plan.base_fee + self.priority_fee)

    def fields(self, gas_used: int) -> TransactionFields:
        """What is signed, once a simulation has measured the gas."""
        return TransactionFields(
            chain_id=self.chain_id,
            nonce=self.nonce,
            to=self.executor,
            data=self.data,
            value=Wei(0),
            gas=min(gas_used + gas_used * _GAS_HEADROOM_PERCENT // 100, MOST_GAS),
            max_fee_per_gas=self.max_fee_per_gas,
            max_priority_fee_per_gas=self.priority_fee,
        )


def calldata(plan: Plan) -> bytes:
    """The executor's program for a plan. It reverts on chain in any block but the target, and unless it earns (after the
    tip) the configured minimum, the gas as estimated, and what the pieces had cost before; or, for a bid, unless it
    spends no more than planned and every proof holds."""
    tip = plan.tip
    if plan.shape is Shape.ATOMIC:
        guard = program.Guard(plan.target_block, None, tip.share, tip.maximum)
        flashes = [program.Flash(_KINDS[f.kind], f.lender, f.token, f.amount) for f in plan.flashes]
        floor = Wei(plan.min_profit + plan.economics.gas_cost + plan.economics.cost_basis)
        return program.encode_execute(flashes, plan.calls, guard, floor)
    guard = program.Guard(plan.target_block, None, max_tip=tip.maximum)
    proofs = [program.Proof.of_answer(p.view.to, p.view.data, p.expected) for p in plan.proofs]
    return program.encode_acquire(plan.calls, guard, Wei(plan.economics.pays + tip.maximum), proofs)
