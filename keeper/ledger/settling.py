"""What the chain has decided: outcomes, bookings, exposures, and all of it taken back when a block leaves the chain."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, insert, select, update

from keeper.domain.errors import StopProcess
from keeper.domain.units import Hash32, Wei
from keeper.ledger.records import (
    BOUND,
    FINAL,
    ON_CHAIN,
    Exposure,
    ExposureState,
    Line,
    LineKind,
    Opening,
    Outcome,
    Result,
    Unsettled,
    Where,
)
from keeper.ledger.sending import refresh_open
from keeper.ledger.tables import entries, exposures, intents, moves, outcomes, transactions

EXECUTOR = "executor"
"""The account that gains and pays; gas is paid by the operator, whose address is the account's name."""

_MOVES = {
    ExposureState.OPEN: {ExposureState.WON, ExposureState.OUTBID, ExposureState.REDEEMED, ExposureState.SOLD},
    ExposureState.WON: {ExposureState.SOLD},
    ExposureState.OUTBID: {ExposureState.REDEEMED},  # the first bidder gets the fine, whoever was the last
}


def settle(connection: Connection, outcome: Outcome, opened: Sequence[Opening], closes: int | None) -> bool:
    """Write down a plan's end and book it; ``False`` if that was done before.

    ``opened`` is capital that it has bound; ``closes`` the exposure whose piece it has sold: its gain is then the sale's.
    """
    intent = connection.execute(select(intents).where(intents.c.plan_id == outcome.plan_id)).first()
    if intent is None:
        raise _conflict(f"plan {outcome.plan_id} was never recorded as an intent")
    known = connection.execute(
        select(outcomes).where(outcomes.c.plan_id == outcome.plan_id, outcomes.c.result.in_(FINAL))
    ).all()
    if any(row.result in ON_CHAIN and row.block_hash != outcome.block_hash for row in known):
        if outcome.result in ON_CHAIN:
            raise _conflict(f"plan {outcome.plan_id} is said to have landed twice")
        return False
    if any(row.result == outcome.result and row.block_hash == outcome.block_hash for row in known):
        _see_later(connection, outcome)
        return False
    _write_outcome(connection, outcome, intent)
    if outcome.result in ON_CHAIN:
        _book(connection, outcome, intent, opened, closes)
    refresh_open(connection, outcome.plan_id)
    return True


def _see_later(connection: Connection, outcome: Outcome) -> None:
    """A plan that did not land in one block may not land in a later one either: the later one counts."""
    if outcome.result in ON_CHAIN:
        return
    connection.execute(
        update(outcomes)
        .where(
            outcomes.c.plan_id == outcome.plan_id,
            outcomes.c.block_hash == outcome.block_hash,
            outcomes.c.block_number < outcome.block_number,
        )
        .values(block_number=outcome.block_number, timestamp=outcome.timestamp, detail=outcome.detail)
    )
    refresh_open(connection, outcome.plan_id)


def _write_outcome(connection: Connection, outcome: Outcome, intent: Row[tuple[object, ...]]) -> None:
    """A row per plan and block; one that had been taken back, or was not final, is replaced."""
    predicted = connection.execute(
        select(transactions.c.predicted_gain).where(transactions.c.hash == outcome.tx_hash)
    ).scalar()
    values = {
        "result": outcome.result,
        "block_number": outcome.block_number,
        "tx_hash": outcome.tx_hash or None,
        "timestamp": outcome.timestamp,
        "gas_used": outcome.gas_used,
        "gas_cost": outcome.gas_cost,
        "tip": outcome.tip,
        "gain": outcome.gain,
        "predicted_gain": intent.predicted_gain if predicted is None else predicted,
        "detail": outcome.detail,
    }
    where = (outcomes.c.plan_id == outcome.plan_id, outcomes.c.block_hash == outcome.block_hash)
    if connection.execute(update(outcomes).where(*where).values(**values)).rowcount == 0:
        connection.execute(insert(outcomes).values(plan_id=outcome.plan_id, block_hash=outcome.block_hash, **values))


def _book(
    connection: Connection,
    outcome: Outcome,
    intent: Row[tuple[object, ...]],
    opened: Sequence[Opening],
    closes: int | None,
) -> None:
    where = Where(outcome.block_number, Hash32(outcome.block_hash), Hash32(outcome.tx_hash), outcome.timestamp)
    payer = connection.execute(select(transactions.c.sender).where(transactions.c.hash == outcome.tx_hash)).scalar()
    lines = [Line(LineKind.GAS, payer or "operator", Wei(-outcome.gas_cost), intent.strategy)]
    if outcome.result is Result.LANDED:
        lines.append(Line(LineKind.TIP, EXECUTOR, Wei(-outcome.tip), intent.strategy))
        gain = Wei(outcome.gain + sum(opening.capital for opening in opened))
        if closes is None:
            lines.append(Line(LineKind.GAIN, EXECUTOR, gain, intent.strategy))
        else:
            move_exposure(connection, closes, ExposureState.SOLD, where, ((LineKind.SALE, gain),), outcome.plan_id)
        for opening in opened:
            _open(connection, opening, intent, where)
    _write_lines(connection, lines, where, plan_id=outcome.plan_id)


def _open(connection: Connection, opening: Opening, intent: Row[tuple[object, ...]], where: Where) -> None:
    exposure_id = connection.execute(
        insert(exposures)
        .values(
            plan_id=intent.plan_id,
            strategy=intent.strategy,
            position=intent.position,
            collection=opening.collection,
            token_id=opening.token_id,
            capital=opening.capital,
            state=ExposureState.OPEN,
            opened_block=where.block_number,
            opened_at=where.timestamp,
        )
        .returning(exposures.c.id)
    ).scalar_one()
    _write_move(connection, exposure_id, None, ExposureState.OPEN, where)
    line = Line(LineKind.BID, EXECUTOR, Wei(-opening.capital), intent.strategy)
    _write_lines(connection, [line], where, plan_id=intent.plan_id, exposure_id=exposure_id)


def move_exposure(
    connection: Connection,
    exposure_id: int,
    entered: ExposureState,
    where: Where,
    lines: Sequence[tuple[LineKind, Wei]],
    plan_id: str | None = None,
) -> bool:
    """What happened to an exposure, with the money that came of it; ``False`` if it was written down before."""
    row = connection.execute(select(exposures).where(exposures.c.id == exposure_id)).first()
    if row is None:
        raise _conflict(f"there is no exposure {exposure_id}")
    same = select(moves.c.id).where(
        moves.c.exposure_id == exposure_id,
        moves.c.entered == entered,
        moves.c.tx_hash == where.tx_hash,
        moves.c.undone.is_(False),
    )
    if connection.execute(same).first() is not None:
        return False
    left = ExposureState(row.state)
    if entered not in _MOVES.get(left, ()):
        raise _conflict(f"exposure {exposure_id} cannot become {entered} when it is {left}")
    connection.execute(update(exposures).where(exposures.c.id == exposure_id).values(state=entered))
    _write_move(connection, exposure_id, left, entered, where)
    booked = [Line(kind, EXECUTOR, amount, row.strategy) for kind, amount in lines]
    _write_lines(connection, booked, where, plan_id=plan_id, exposure_id=exposure_id)
    return True


def unsettle(connection: Connection, block_hash: str) -> Unsettled:
    """Take back all that was written down because of one block. Reverted lines stay, marked; plans are unresolved again."""
    settled = (outcomes.c.block_hash == block_hash, outcomes.c.result.in_(FINAL))
    plans = tuple(connection.execute(select(outcomes.c.plan_id).where(*settled)).scalars())
    connection.execute(update(outcomes).where(*settled).values(result=Result.REORGED))
    for plan_id in plans:
        refresh_open(connection, plan_id)
    in_force = (entries.c.block_hash == block_hash, entries.c.reverted.is_(False))
    lines = tuple(
        Line(LineKind(row.kind), row.account, Wei(row.amount_wei), row.strategy)
        for row in connection.execute(select(entries).where(*in_force).order_by(entries.c.id))
    )
    connection.execute(update(entries).where(*in_force).values(reverted=True))
    made = (moves.c.block_hash == block_hash, moves.c.undone.is_(False))
    touched: dict[int, None] = {}
    for move in connection.execute(select(moves).where(*made).order_by(moves.c.id.desc())).all():
        state = move.left or ExposureState.UNDONE
        connection.execute(update(exposures).where(exposures.c.id == move.exposure_id).values(state=state))
        touched[move.exposure_id] = None
    connection.execute(update(moves).where(*made).values(undone=True))
    changed = connection.execute(select(exposures).where(exposures.c.id.in_(touched))).all()
    return Unsettled(plans, tuple(as_exposure(row) for row in changed), lines)


def as_exposure(row: Row[tuple[object, ...]]) -> Exposure:
    return Exposure(
        row.id,
        row.plan_id,
        row.strategy,
        row.position,
        row.collection,
        row.token_id,
        row.capital,
        ExposureState(row.state),
        row.opened_block,
        row.opened_at,
    )


def bound_exposures(connection: Connection) -> list[Exposure]:
    """Those that hold capital, oldest first."""
    query = select(exposures).where(exposures.c.state.in_(BOUND)).order_by(exposures.c.id)
    return [as_exposure(row) for row in connection.execute(query)]


def exposures_of(connection: Connection, position: str) -> list[Exposure]:
    """All that were ever opened on a position and not undone, oldest first."""
    query = (
        select(exposures)
        .where(exposures.c.position == position, exposures.c.state != ExposureState.UNDONE)
        .order_by(exposures.c.id)
    )
    return [as_exposure(row) for row in connection.execute(query)]


def _write_move(
    connection: Connection, exposure_id: int, left: ExposureState | None, entered: ExposureState, where: Where
) -> None:
    connection.execute(
        insert(moves).values(
            exposure_id=exposure_id,
            left=left,
            entered=entered,
            block_number=where.block_number,
            block_hash=where.block_hash,
            tx_hash=where.tx_hash,
            undone=False,
        )
    )


def _write_lines(
    connection: Connection,
    lines: Sequence[Line],
    where: Where,
    plan_id: str | None = None,
    exposure_id: int | None = None,
) -> None:
    rows = [
        {
            "kind": line.kind,
            "account": line.account,
            "amount_wei": line.amount,
            "strategy": line.strategy,
            "plan_id": plan_id,
            "exposure_id": exposure_id,
            "block_number": where.block_number,
            "block_hash": where.block_hash,
            "tx_hash": where.tx_hash,
            "timestamp": where.timestamp,
            "reverted": False,
        }
        for line in lines
        if line.amount or line.kind is LineKind.SALE  # a sale for nothing still had its cost
    ]
    if rows:
        connection.execute(insert(entries), rows)


def _conflict(what: str) -> StopProcess:
    return StopProcess("LEDGER_CONFLICT", what, "the ledger and the chain disagree; look with `keeper explain`")
