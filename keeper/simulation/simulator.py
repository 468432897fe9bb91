"""The ladder of proof: what local maths says a plan does, the node has to see, and then the relay.

Each rung measures on its own: the executor's money by balance probes, the coinbase's by balance probes, the executor's
own return value, the relay's ``ethSentToCoinbase``. A difference of one wei denies the plan and shows the difference.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from keeper import observe
from keeper.chain.reader import Reader
from keeper.chain.rpc import NodeUnavailable, RpcRefused
from keeper.chain.signer import SignedTransaction, Signer
from keeper.domain.blocks import Header
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.plans import Plan, Shape
from keeper.domain.units import Address, Wei
from keeper.execution.answers import Accepted
from keeper.execution.envelope import Envelope
from keeper.execution.relays import Relay, SignedRequests, call_bundle_params
from keeper.simulation.node import Measured, measure, request


@dataclass(frozen=True, slots=True)
class Proven:
    """A plan whose numbers are proven, with gas as measured, and its transaction, signed."""

    plan: Plan
    transaction: SignedTransaction
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Simulator:
    """``relays`` are those that offer ``eth_callBundle``; the first that answers counts. ``explain`` puts revert data into
    words."""

    reader: Reader
    relays: Sequence[Relay]
    requests: SignedRequests
    weth: Address
    explain: Callable[[Plan, bytes], str]

    async def prove(self, envelope: Envelope, signer: Signer, parent: Header) -> Proven | Denial:
        """Both simulations, one after the other."""
        plan = envelope.plan
        started = perf_counter()
        try:
            answer = await self.reader.simulate(request(envelope, parent, self.weth), parent.hash)
            measured = measure(answer)
        except (NodeUnavailable, RpcRefused) as error:
            observe.simulation_done("node", "unavailable", perf_counter() - started, plan=plan.id)
            return _deny(DenialCode.SIMULATION_UNAVAILABLE, plan, node=str(error))
        outcome = self._compare(envelope, measured)
        _tell("node", plan, outcome, perf_counter() - started)
        if isinstance(outcome, Denial):
            return outcome
        transaction = await signer.sign_transaction(envelope.fields(measured.gas_used))
        started = perf_counter()
        denial = await self._ask_relay(outcome, transaction, measured)
        _tell("relay", plan, denial, perf_counter() - started)
        return denial or Proven(outcome, transaction, replace(envelope, plan=outcome))

    def _compare(self, envelope: Envelope, measured: Measured) -> Plan | Denial:
        """The plan with its gas measured, if the node saw what local maths says."""
        plan, expected = envelope.plan, envelope.plan.economics
        if not measured.succeeded:
            return _deny(DenialCode.SIMULATION_REVERTED, plan, by="node", reason=self.explain(plan, measured.output))
        tip = Wei(measured.to_coinbase - measured.gas_used * envelope.priority_fee)
        if (measured.money, tip) != (expected.gain - expected.tip, expected.tip):
            return _deny(
                DenialCode.SIMULATION_DISAGREES,
                plan,
                by="node",
                expected_change=expected.gain - expected.tip,
                measured_change=measured.money,
                difference=measured.money - (expected.gain - expected.tip),
                expected_tip=expected.tip,
                measured_tip=tip,
            )
        gas_cost = Wei(measured.gas_used * envelope.max_fee_per_gas)
        economics = replace(expected, gas=measured.gas_used, gas_cost=gas_cost)
        if plan.shape is Shape.ATOMIC and economics.net < plan.min_profit:
            return _deny(
                DenialCode.PROFIT_TOO_SMALL,
                plan,
                gain=economics.gain,
                tip=economics.tip,
                gas_cost=gas_cost,
                cost_basis=economics.cost_basis,
                net=economics.net,
            )
        return replace(plan, economics=economics)

    async def _ask_relay(self, plan: Plan, transaction: SignedTransaction, measured: Measured) -> Denial | None:
        params = call_bundle_params([transaction.raw], plan.target_block, plan.target_block - 1, plan.timestamp)
        call = self.requests.make("eth_callBundle", [params])
        reasons = []
        for relay in self.relays:
            answer = await relay.simulate(call)
            if isinstance(answer, Accepted) and isinstance(answer.result, dict):
                return self._check_bundle(plan, answer.result, measured, relay.settings.name)
            said = "no result" if isinstance(answer, Accepted) else f"{answer.code}: {answer.message}"
            reasons.append(f"{relay.settings.name}: {said}")
        if not self.relays:
            reasons.append("no relay that simulates is configured")
        return _deny(DenialCode.SIMULATION_UNAVAILABLE, plan, relay="; ".join(reasons))

    def _check_bundle(self, plan: Plan, result: Mapping[str, Any], measured: Measured, relay: str) -> Denial | None:
        try:
            (outcome,) = result["results"]
            if "error" in outcome or "revert" in outcome:
                data = str(outcome.get("revert", "")).encode("latin-1", errors="replace")
                reason = f"{outcome.get('error', '')} {self.explain(plan, data)}".strip()
                return _deny(DenialCode.SIMULATION_REVERTED, plan, by=relay, reason=reason)
            seen = {
                "gas_used": int(outcome["gasUsed"]),
                "tip": int(outcome["ethSentToCoinbase"]),
                "result": int(outcome["value"], 16),
            }
        except (KeyError, TypeError, ValueError) as error:
            return _deny(DenialCode.SIMULATION_UNAVAILABLE, plan, relay=f"{relay}: malformed result: {error!r}")
        economics = plan.economics
        returned = economics.gain - economics.tip if plan.shape is Shape.ATOMIC else economics.pays + economics.tip
        expected = {"gas_used": measured.gas_used, "tip": int(economics.tip), "result": int(returned)}
        if seen == expected:
            return None
        differences = {
            f"{side}_{name}": numbers[name]
            for name in expected
            if seen[name] != expected[name]
            for side, numbers in (("expected", expected), ("measured", seen))
        }
        return _deny(DenialCode.SIMULATION_DISAGREES, plan, by=relay, **differences)


def _tell(kind: str, plan: Plan, outcome: object, seconds: float) -> None:
    if isinstance(outcome, Denial):
        observe.simulation_done(kind, outcome.code.name.lower(), seconds, plan=plan.id, numbers=outcome.numbers)
    else:
        observe.simulation_done(kind, "agreed", seconds, plan=plan.id)


def _deny(code: DenialCode, plan: Plan, **numbers: int | str) -> Denial:
    return Denial(code, str(plan.position), plan.target_block, plan.strategy, {"plan": plan.id, **numbers})


async def prove_all(
    simulator: Simulator, envelopes: Sequence[tuple[Envelope, Signer]], parent: Header
) -> tuple[list[Proven], list[Denial]]:
    """Every plan of a block at once; none waits for another."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(simulator.prove(envelope, signer, parent)) for envelope, signer in envelopes]
    outcomes = [task.result() for task in tasks]
    proven = [outcome for outcome in outcomes if isinstance(outcome, Proven)]
    return proven, [outcome for outcome in outcomes if isinstance(outcome, Denial)]
