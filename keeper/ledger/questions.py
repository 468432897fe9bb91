"""What the ledger is asked: what is in flight, what is bound, what was earned, and why."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Select, Table, or_, select

from keeper.domain.units import Address, Wei
from keeper.ledger.records import (
    Explanation,
    LineKind,
    Profit,
    Row,
    SentTransaction,
    Spent,
    SubmissionState,
    Unresolved,
)
from keeper.ledger.settling import bound_exposures
from keeper.ledger.tables import denials, entries, exposures, intents, moves, outcomes, submissions, transactions

SECONDS_PER_DAY = 86_400


def unresolved(connection: Connection) -> list[Unresolved]:
    """Plans that may still land, or have landed without our knowing, oldest first: sent to somebody who has not refused,
    for a block about which nothing is settled."""
    query = (
        select(
            submissions,
            intents.c.strategy,
            intents.c.position,
            intents.c.predicted_gain,
            intents.c.own_capital,
            intents.c.binds,
            intents.c.decision,
        )
        .join(intents, intents.c.plan_id == submissions.c.plan_id)
        .where(submissions.c.open.is_(True))
        .order_by(submissions.c.written_at, submissions.c.target_block)
    )
    plans: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        plans[row.plan_id].append(row)
    return [_unresolved(connection, plan_id, found) for plan_id, found in plans.items()]


def _unresolved(connection: Connection, plan_id: str, rows: list[Any]) -> Unresolved:
    targets = [row.target_block for row in rows]
    sent = connection.execute(
        select(transactions).where(transactions.c.plan_id == plan_id, transactions.c.target_block.in_(targets))
    )
    return Unresolved(
        plan_id,
        rows[0].strategy,
        rows[0].position,
        min(targets),
        max(targets),
        rows[0].predicted_gain,
        tuple(SentTransaction(row.hash, row.sender, row.nonce) for row in sent),
        {row.relay: SubmissionState(row.state) for row in rows},
        rows[0].own_capital,
        rows[0].binds,
        frozenset(Address(collection) for collection in rows[0].decision["collections"]),
    )


def capital_bound(connection: Connection) -> Wei:
    return Wei(sum(exposure.capital for exposure in bound_exposures(connection)))


def profit(connection: Connection, since: int) -> Profit:
    """Lines in force from a second on, summed exactly."""
    by_strategy: dict[str, dict[LineKind, Wei]] = {}
    cost = 0
    query = (
        select(entries.c.strategy, entries.c.kind, entries.c.amount_wei, exposures.c.capital)
        .join(exposures, exposures.c.id == entries.c.exposure_id, isouter=True)
        .where(entries.c.reverted.is_(False), entries.c.timestamp >= since)
    )
    for row in connection.execute(query):
        kinds, kind = by_strategy.setdefault(row.strategy, {}), LineKind(row.kind)
        kinds[kind] = Wei(kinds.get(kind, 0) + row.amount_wei)
        if kind is LineKind.SALE:
            cost += row.capital
    return Profit(by_strategy, Wei(cost), capital_bound(connection))


def spent_today(connection: Connection, now: int) -> Spent:
    """Since midnight UTC of the second ``now``."""
    today = profit(connection, now - now % SECONDS_PER_DAY)
    return Spent(Wei(-today.total(LineKind.BID)), Wei(max(0, -today.net)))


def explain(connection: Connection, subject: str) -> Explanation:
    """By a plan's id or the beginning of one, a position's key, or whatever was denied."""
    plans = list(
        connection.execute(
            select(intents.c.plan_id).where(
                or_(intents.c.plan_id.startswith(subject, autoescape=True), intents.c.position == subject)
            )
        ).scalars()
    )
    held = list(
        connection.execute(
            select(exposures.c.id).where(or_(exposures.c.plan_id.in_(plans), exposures.c.position == subject))
        ).scalars()
    )
    return Explanation(
        rows(connection, select(intents).where(intents.c.plan_id.in_(plans)).order_by(intents.c.created_at)),
        rows(
            connection, select(submissions).where(submissions.c.plan_id.in_(plans)).order_by(submissions.c.written_at)
        ),
        rows(connection, select(transactions).where(transactions.c.plan_id.in_(plans))),
        rows(connection, select(outcomes).where(outcomes.c.plan_id.in_(plans)).order_by(outcomes.c.id)),
        rows(connection, select(exposures).where(exposures.c.id.in_(held)).order_by(exposures.c.id)),
        rows(connection, select(moves).where(moves.c.exposure_id.in_(held)).order_by(moves.c.id)),
        rows(
            connection,
            select(entries)
            .where(or_(entries.c.plan_id.in_(plans), entries.c.exposure_id.in_(held)))
            .order_by(entries.c.id),
        ),
        rows(
            connection,
            select(denials)
            .where(denials.c.subject.startswith(subject, autoescape=True))
            .order_by(denials.c.block, denials.c.first_block),
        ),
    )


def rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def newest(connection: Connection, table: Table, limit: int) -> list[Row]:
    """The last rows written, newest first."""
    order = {denials: denials.c.block, intents: intents.c.created_at, submissions: submissions.c.written_at}
    column = order.get(table, table.c[0])
    return rows(connection, select(table).order_by(column.desc()).limit(limit))
