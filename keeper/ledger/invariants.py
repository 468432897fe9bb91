"""What has to be true of a ledger at any time, whenever the process was killed."""

from collections import Counter, defaultdict

from sqlalchemy import Connection, select

from keeper.ledger.records import BOUND, ON_CHAIN, ExposureState, LineKind, Result
from keeper.ledger.sending import still_open
from keeper.ledger.tables import entries, exposures, moves, outcomes, submissions, transactions


def violations(connection: Connection) -> list[str]:
    """What is not true, in words; empty for a sound ledger."""
    return [*_plans(connection), *_money(connection), *_exposures(connection)]


def _plans(connection: Connection) -> list[str]:
    landed = Counter(connection.execute(select(outcomes.c.plan_id).where(outcomes.c.result.in_(ON_CHAIN))).scalars())
    twice = [f"plan {plan} is on chain {times} times" for plan, times in landed.items() if times > 1]
    signed = {tuple(row) for row in connection.execute(select(transactions.c.plan_id, transactions.c.target_block))}
    sent = {tuple(row) for row in connection.execute(select(submissions.c.plan_id, submissions.c.target_block))}
    bare = [f"plan {plan} was sent for block {block} without a transaction" for plan, block in sorted(sent - signed)]
    marked = select(submissions.c.plan_id, submissions.c.target_block).where(submissions.c.open != still_open())
    wrong = [f"plan {row.plan_id} is wrongly marked for block {row.target_block}" for row in connection.execute(marked)]
    return twice + bare + wrong


def _money(connection: Connection) -> list[str]:
    """What is booked for a plan is what its outcome in force says."""
    booked: dict[str, int] = defaultdict(int)
    query = select(entries.c.plan_id, entries.c.amount_wei).where(
        entries.c.reverted.is_(False), entries.c.plan_id.is_not(None)
    )
    for row in connection.execute(query):
        booked[row.plan_id] += row.amount_wei
    expected: dict[str, int] = defaultdict(int)
    for row in connection.execute(select(outcomes).where(outcomes.c.result.in_(ON_CHAIN))):
        landed = row.result == Result.LANDED
        expected[row.plan_id] += (row.gain - row.tip if landed else 0) - row.gas_cost
    return [
        f"plan {plan} has {booked[plan]} wei booked, its outcome says {expected[plan]}"
        for plan in sorted(booked.keys() | expected.keys())
        if booked[plan] != expected[plan]
    ]


def _exposures(connection: Connection) -> list[str]:
    """An exposure is where its last move took it, and one that is over has got its capital back or sold the piece."""
    found = []
    last: dict[int, str] = {}
    for row in connection.execute(select(moves).where(moves.c.undone.is_(False)).order_by(moves.c.id)):
        last[row.exposure_id] = row.entered
    refunds: dict[int, int] = defaultdict(int)
    for row in connection.execute(
        select(entries.c.exposure_id, entries.c.kind, entries.c.amount_wei).where(
            entries.c.reverted.is_(False), entries.c.kind.in_((LineKind.BID, LineKind.REFUND))
        )
    ):
        refunds[row.exposure_id] += row.amount_wei
    for row in connection.execute(select(exposures)):
        state = last.get(row.id, ExposureState.UNDONE)
        if row.state != state:
            found.append(f"exposure {row.id} is {row.state}, its last move says {state}")
        spent = -row.capital if row.state in BOUND or row.state == ExposureState.SOLD else 0
        if refunds[row.id] != spent:
            found.append(f"exposure {row.id} is {row.state} with {refunds[row.id]} wei of bid and refund, not {spent}")
    return found
