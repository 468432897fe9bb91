"""Before and after a bundle leaves: intents, submissions, answers. Each function is one transaction's work."""

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, select, update

from keeper.domain.errors import StopProcess
from keeper.domain.plans import Plan
from keeper.ledger.decision import decision
from keeper.ledger.records import FINAL, ON_CHAIN, Attempt, SubmissionState
from keeper.ledger.tables import intents, outcomes, submissions, transactions


def record_intent(connection: Connection, plan: Plan, run_id: int | None, now: float) -> bool:
    """Write a plan down, or renew its decision; whether it is a new one."""
    economics = plan.economics
    renewed = {
        "decided_block": plan.target_block,
        "decided_at": now,
        "predicted_gain": economics.gain,
        "predicted_tip": economics.tip,
        "predicted_gas_cost": economics.gas_cost,
        "own_capital": plan.own_capital,
        "binds": plan.binds,
        "decision": decision(plan),
    }
    known = connection.execute(select(intents.c.plan_id).where(intents.c.plan_id == plan.id)).first()
    if known is not None:
        connection.execute(update(intents).where(intents.c.plan_id == plan.id).values(**renewed))
        return False
    connection.execute(
        insert(intents).values(
            plan_id=plan.id,
            run_id=run_id,
            strategy=plan.strategy,
            position=str(plan.position),
            shape=plan.shape.value,
            created_block=plan.target_block,
            created_at=now,
            **renewed,
        )
    )
    return True


def record_submission(connection: Connection, attempt: Attempt, now: float) -> tuple[str, ...]:
    """Write down that a bundle is about to be sent; the relays it may be sent to, which are those not written before.

    None at all once the plan is on chain."""
    if connection.execute(select(intents.c.plan_id).where(intents.c.plan_id == attempt.plan_id)).first() is None:
        raise StopProcess("LEDGER_CONFLICT", f"plan {attempt.plan_id} was never recorded as an intent", "report this")
    on_chain = select(outcomes.c.id).where(outcomes.c.plan_id == attempt.plan_id, outcomes.c.result.in_(ON_CHAIN))
    if connection.execute(on_chain).first() is not None:
        return ()
    written = set(
        connection.execute(
            select(submissions.c.relay).where(
                submissions.c.plan_id == attempt.plan_id,
                submissions.c.target_block == attempt.target_block,
                submissions.c.revision == attempt.revision,
            )
        ).scalars()
    )
    fresh = tuple(relay for relay in dict.fromkeys(attempt.relays) if relay not in written)
    if not fresh:
        return ()
    _record_transactions(connection, attempt)
    connection.execute(
        insert(submissions),
        [
            {
                "plan_id": attempt.plan_id,
                "target_block": attempt.target_block,
                "revision": attempt.revision,
                "relay": relay,
                "bundle_uuid": attempt.bundle_uuid,
                "state": SubmissionState.WRITTEN,
                "written_at": now,
                "open": True,
            }
            for relay in fresh
        ],
    )
    return fresh


def _record_transactions(connection: Connection, attempt: Attempt) -> None:
    hashes = [transaction.hash for transaction in attempt.transactions]
    known = set(connection.execute(select(transactions.c.hash).where(transactions.c.hash.in_(hashes))).scalars())
    rows = [
        {
            "hash": transaction.hash,
            "sender": transaction.sender,
            "nonce": transaction.nonce,
            "plan_id": attempt.plan_id,
            "target_block": attempt.target_block,
            "revision": attempt.revision,
            "predicted_gain": attempt.predicted_gain,
            "predicted_tip": attempt.predicted_tip,
        }
        for transaction in attempt.transactions
        if transaction.hash not in known
    ]
    if rows:
        connection.execute(insert(transactions), rows)


def record_answer(
    connection: Connection, attempt: Attempt, relay: str, state: SubmissionState, response: str, now: float
) -> None:
    """What a relay said. An answer to what was never written is an error of ours."""
    changed = connection.execute(
        update(submissions)
        .where(
            submissions.c.plan_id == attempt.plan_id,
            submissions.c.target_block == attempt.target_block,
            submissions.c.revision == attempt.revision,
            submissions.c.relay == relay,
        )
        .values(state=state, response=response, answered_at=now)
    )
    refresh_open(connection, attempt.plan_id)
    if changed.rowcount != 1:
        raise StopProcess(
            "LEDGER_CONFLICT", f"{relay} answered about {attempt.plan_id}, which was never written", "report this"
        )


def still_open() -> ColumnElement[bool]:
    """What makes a submission one that may still land: nobody refused it, nothing is settled about its block or a later
    one, and its plan is not on chain."""
    settled_through = (
        select(func.coalesce(func.max(outcomes.c.block_number), -1))
        .where(outcomes.c.plan_id == submissions.c.plan_id, outcomes.c.result.in_(FINAL - ON_CHAIN))
        .scalar_subquery()
    )
    on_chain = exists().where(outcomes.c.plan_id == submissions.c.plan_id, outcomes.c.result.in_(ON_CHAIN))
    return and_(submissions.c.state != SubmissionState.REFUSED, submissions.c.target_block > settled_through, ~on_chain)


def refresh_open(connection: Connection, plan_id: str) -> None:
    """Keep the mark by which ``unresolved`` finds open submissions, however many there ever were."""
    connection.execute(update(submissions).where(submissions.c.plan_id == plan_id).values(open=still_open()))
