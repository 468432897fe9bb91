"""Denials: the latest of each kind about each subject, so that ``keeper explain`` can say why not, within a bound."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select, update

from keeper.domain.denials import Denial
from keeper.ledger.tables import denials


def deny(connection: Connection, given: Iterable[Denial], bound: int) -> None:
    """Keep the newest numbers of each (strategy, subject, code), when it began and how often it was said."""
    fresh = {}
    for denial in given:
        key = (denial.strategy, denial.subject, denial.code.name)
        known = connection.execute(
            update(denials)
            .where(denials.c.strategy == key[0], denials.c.subject == key[1], denials.c.code == key[2])
            .values(block=denial.block, times=denials.c.times + 1, numbers=dict(denial.numbers))
        )
        if known.rowcount == 0:
            fresh[key] = denial
    if not fresh:
        return
    connection.execute(
        insert(denials),
        [
            {
                "strategy": strategy,
                "subject": subject,
                "code": code,
                "block": denial.block,
                "first_block": denial.block,
                "times": 1,
                "numbers": dict(denial.numbers),
            }
            for (strategy, subject, code), denial in fresh.items()
        ],
    )
    _forget_oldest(connection, bound)


def _forget_oldest(connection: Connection, bound: int) -> None:
    """Down to ``bound`` rows; all of the block at which the bound is met stay or go together."""
    if connection.execute(select(func.count()).select_from(denials)).scalar_one() <= bound:
        return
    limit = connection.execute(select(denials.c.block).order_by(denials.c.block.desc()).offset(bound).limit(1)).scalar()
    connection.execute(delete(denials).where(denials.c.block <= limit))
