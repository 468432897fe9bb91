"""Bundles to every relay at once: written down first, sent, answers written down."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from uuid import NAMESPACE_OID, uuid5

from keeper import observe
from keeper.chain.signer import SignedTransaction
from keeper.domain.denials import Denial
from keeper.domain.plans import Plan
from keeper.domain.units import Address
from keeper.execution.answers import Accepted, Answer, Refused
from keeper.execution.relays import Bundle, Relay, SignedRequests
from keeper.ledger import Attempt, Ledger, SentTransaction, SubmissionState


@dataclass(frozen=True, slots=True)
class Sending:
    """A plan's signed transaction, and whose."""

    plan: Plan
    transaction: SignedTransaction
    sender: Address
    nonce: int


@dataclass(frozen=True, slots=True)
class Fanout:
    """All relays that bundles go to. The ledger comes before the wire: what is not written is not sent."""

    relays: Sequence[Relay]
    requests: SignedRequests
    ledger: Ledger

    async def send(self, bundles: Sequence[Sending], permit: Callable[[Plan], Denial | None]) -> list[Denial]:
        """Submit plans for their target blocks, all at once; ``permit`` has the last word on each directly before the wire.

        A relay that a plan was written for before is not asked twice. Returns the denials of what was not sent.
        """
        attempts = [self._attempt(each) for each in bundles]
        allowed = await self.ledger.record_submissions(attempts)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._submit(bundle, attempt, relays, permit))
                for bundle, attempt, relays in zip(bundles, attempts, allowed, strict=True)
            ]
        return [denial for task in tasks if (denial := task.result()) is not None]

    def _attempt(self, bundle: Sending) -> Attempt:
        plan = bundle.plan
        return Attempt(
            plan_id=plan.id,
            bundle_uuid=replacement_uuid(plan.id),
            target_block=plan.target_block,
            relays=tuple(relay.settings.name for relay in self.relays),
            transactions=(SentTransaction(bundle.transaction.hash, bundle.sender, bundle.nonce),),
            predicted_gain=plan.economics.gain,
            predicted_tip=plan.economics.tip,
        )

    async def _submit(
        self, sending: Sending, attempt: Attempt, allowed: Sequence[str], permit: Callable[[Plan], Denial | None]
    ) -> Denial | None:
        bundle = Bundle((sending.transaction.raw,), attempt.target_block, attempt.bundle_uuid)
        request = self.requests.make("eth_sendBundle", [bundle.body()])
        denial = permit(sending.plan)
        if denial is not None:
            for name in allowed:
                await self.ledger.record_answer(attempt, name, SubmissionState.REFUSED, f"not sent: {denial.code.name}")
            return denial
        async with asyncio.TaskGroup() as group:
            for relay in self.relays:
                if relay.settings.name in allowed:
                    group.create_task(self._ask(relay, request, attempt))
        return None

    async def _ask(self, relay: Relay, request: tuple[bytes, dict[str, str]], attempt: Attempt) -> None:
        name, started = relay.settings.name, perf_counter()
        answer = await relay.send(request)
        state, detail = _state(answer)
        observe.bundle_submitted(
            name,
            state.value,
            perf_counter() - started,
            plan=attempt.plan_id,
            target_block=attempt.target_block,
            detail=detail,
        )
        await self.ledger.record_answer(attempt, name, state, detail)


def replacement_uuid(plan_id: str) -> str:
    """The same for every bundle of a plan: in the next block, a better one takes the place of the last."""
    return str(uuid5(NAMESPACE_OID, plan_id))


def _state(answer: Answer) -> tuple[SubmissionState, str]:
    if isinstance(answer, Accepted):
        return SubmissionState.ACCEPTED, answer.bundle_hash or ""
    state = SubmissionState.REFUSED if isinstance(answer, Refused) else SubmissionState.UNRESOLVED
    return state, f"{answer.code}: {answer.message}"
