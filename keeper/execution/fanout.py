"""One bundle to every relay at once: written down first, sent, answers written down."""

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
class Fanout:
    """All relays that bundles go to. The ledger comes before the wire: what is not written is not sent."""

    relays: Sequence[Relay]
    requests: SignedRequests
    ledger: Ledger

    async def send(
        self,
        plan: Plan,
        transaction: SignedTransaction,
        sender: Address,
        nonce: int,
        permit: Callable[[Plan], Denial | None],
    ) -> Denial | None:
        """Submit a plan's transaction for its target block; ``permit`` has the last word directly before the wire.

        A relay that it was written for before is not asked twice. Returns the denial if nothing was sent.
        """
        attempt = Attempt(
            plan_id=plan.id,
            bundle_uuid=replacement_uuid(plan.id),
            target_block=plan.target_block,
            relays=tuple(relay.settings.name for relay in self.relays),
            transactions=(SentTransaction(transaction.hash, sender, nonce),),
            predicted_gain=plan.economics.gain,
            predicted_tip=plan.economics.tip,
        )
        allowed = await self.ledger.record_submission(attempt)
        bundle = Bundle((transaction.raw,), plan.target_block, attempt.bundle_uuid)
        request = self.requests.make("eth_sendBundle", [bundle.body()])
        denial = permit(plan)
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
