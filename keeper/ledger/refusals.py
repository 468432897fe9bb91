"""Denials: the latest of each kind about each subject, so that ``keeper explain`` can say why not, within a bound."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from keeper.domain.denials import Denial
from keeper.ledger.tables import denials

_AT_ONCE = 500
"""Subjects in one query: databases bound the number of parameters."""

_RENEW = (
    update(denials)
    .where(
        denials.c.strategy == bindparam("its_strategy"),
        denials.c.subject == bindparam("its_subject"),
        denials.c.code == bindparam("its_code"),
    )
    .values(block=bindparam("its_block"), times=denials.c.times + 1, numbers=bindparam("its_numbers"))
)

Key = tuple[str, str, str]


def deny(connection: Connection, given: Iterable[Denial], bound: int) -> None:
    """Keep the newest numbers of each (strategy, subject, code), when it began and how often it was said."""
    newest = {(denial.strategy, denial.subject, denial.code.name): denial for denial in given}
    known = _known(connection, sorted({subject for _, subject, _ in newest}))
    renewed = [
        {
            "its_strategy": key[0],
            "its_subject": key[1],
            "its_code": key[2],
            "its_block": denial.block,
            "its_numbers": dict(denial.numbers),
        }
        for key, denial in newest.items()
        if key in known
    ]
    fresh = [
        {
            "strategy": key[0],
            "subject": key[1],
            "code": key[2],
            "block": denial.block,
            "first_block": denial.block,
            "times": 1,
            "numbers": dict(denial.numbers),
        }
        for key, denial in newest.items()
        if key not in known
    ]
    if renewed:
        connection.execute(_RENEW, renewed)
    if fresh:
        connection.execute(insert(denials), fresh)
        _forget_oldest(connection, bound)


def _known(connection: Connection, subjects: Sequence[str]) -> set[Key]:
    """Which of them have a row already."""
    columns = select(denials.c.strategy, denials.c.subject, denials.c.code)
    known: set[Key] = set()
    for start in range(0, len(subjects), _AT_ONCE):
        rows = connection.execute(columns.where(denials.c.subject.in_(subjects[start : start + _AT_ONCE])))
        known.update((row.strategy, row.subject, row.code) for row in rows)
    return known


def _forget_oldest(connection: Connection, bound: int) -> None:
    """Down to ``bound`` rows; all of the block at which the bound is met go together."""
    if connection.execute(select(func.count()).select_from(denials)).scalar_one() <= bound:
        return
    limit = connection.execute(select(denials.c.block).order_by(denials.c.block.desc()).offset(bound).limit(1)).scalar()
    connection.execute(delete(denials).where(denials.c.block <= limit))
