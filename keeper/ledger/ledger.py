"""The ledger: what we meant to do, sent, got and earned; the only memory that outlives the process.

What is written is on the disk when a call returns. A submission is written before it is sent; what happened to it is
settled by the chain alone. Every write can be repeated without doing it twice.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum

from sqlalchemy import Connection, insert, update

from keeper.domain.denials import Denial
from keeper.domain.plans import Plan
from keeper.domain.units import Wei
from keeper.ledger import invariants, questions, refusals, sending, settling, tables
from keeper.ledger.records import (
    Attempt,
    Explanation,
    Exposure,
    ExposureState,
    LineKind,
    Opening,
    Outcome,
    Profit,
    Row,
    Spent,
    SubmissionState,
    Unresolved,
    Unsettled,
    Where,
)
from keeper.ledger.store import Store


class Listing(StrEnum):
    """What can be listed."""

    RUNS = "runs"
    INTENTS = "intents"
    SUBMISSIONS = "submissions"
    OUTCOMES = "outcomes"
    EXPOSURES = "exposures"
    ENTRIES = "entries"
    DENIALS = "denials"


class Ledger:
    """Made by ``Ledger.open``. ``StopProcess`` from any method means that it cannot be relied on any more: stop."""

    def __init__(self, store: Store, clock: Callable[[], float], denials_kept: int) -> None:
        self._store = store
        self._clock = clock
        self._denials_kept = denials_kept
        self._run: int | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        *,
        writer: bool = True,
        clock: Callable[[], float] = time.time,
        denials_kept: int = 10_000,
    ) -> AsyncIterator["Ledger"]:
        """The ledger at a SQLAlchemy URL, as its one writer or as one of its readers. Errors as in ``Store.open``."""
        store = await Store.open(url, writer=writer)
        try:
            yield cls(store, clock, denials_kept)
        finally:
            await store.close()

    async def begin_run(self, mode: str, chain_id: int, version: str) -> int:
        """A process starts to work with this ledger; what it writes is its own from here on."""

        def work(connection: Connection) -> int:
            values = {"mode": mode, "chain_id": chain_id, "version": version, "started_at": self._clock()}
            run: int = connection.execute(insert(tables.runs).values(**values).returning(tables.runs.c.id)).scalar_one()
            return run

        self._run = await self._store.run(work)
        return self._run

    async def end_run(self) -> None:
        """It ends in good order."""

        def work(connection: Connection) -> None:
            connection.execute(update(tables.runs).where(tables.runs.c.id == self._run).values(ended_at=self._clock()))

        await self._store.run(work)

    async def record_intent(self, plan: Plan) -> bool:
        """A plan and the decision behind it; ``False`` if the plan is known and only its decision was renewed."""
        return await self._store.run(sending.record_intent, plan, self._run, self._clock())

    async def record_intents(self, plans: Iterable[Plan]) -> None:
        """``record_intent`` of several, in one transaction."""
        wanted, now = list(plans), self._clock()

        def work(connection: Connection) -> None:
            for plan in wanted:
                sending.record_intent(connection, plan, self._run, now)

        await self._store.run(work)

    async def record_submission(self, attempt: Attempt) -> tuple[str, ...]:
        """Before sending: the relays it may be sent to. Those written before are not among them, whatever became of it."""
        return await self._store.run(sending.record_submission, attempt, self._clock())

    async def record_submissions(self, attempts: Iterable[Attempt]) -> list[tuple[str, ...]]:
        """``record_submission`` of several, in one transaction: the disk is waited for once."""
        wanted, now = list(attempts), self._clock()

        def work(connection: Connection) -> list[tuple[str, ...]]:
            return [sending.record_submission(connection, attempt, now) for attempt in wanted]

        return await self._store.run(work)

    async def record_answer(self, attempt: Attempt, relay: str, state: SubmissionState, response: str = "") -> None:
        """After sending: what a relay said."""
        await self._store.run(sending.record_answer, attempt, relay, state, response, self._clock())

    async def settle(self, outcome: Outcome, opened: Sequence[Opening] = (), closes: int | None = None) -> bool:
        """The chain has decided on a plan: book it. ``opened`` is capital that it has bound, ``closes`` the exposure whose
        piece it has sold. ``False`` if that was known."""
        return await self._store.run(settling.settle, outcome, opened, closes)

    async def move_exposure(
        self, exposure_id: int, entered: ExposureState, where: Where, lines: Sequence[tuple[LineKind, Wei]] = ()
    ) -> bool:
        """Somebody else's transaction has changed an exposure of ours: outbid, redeemed, won. ``False`` if known."""
        return await self._store.run(settling.move_exposure, exposure_id, entered, where, lines)

    async def unsettle(self, block_hash: str) -> Unsettled:
        """A block has left the chain: un-book it, re-open what it closed, and have its plans unresolved again."""
        return await self._store.run(settling.unsettle, block_hash)

    async def unresolved(self) -> list[Unresolved]:
        """Plans whose end is not known: to be asked of the chain at start and at every head."""
        return await self._store.run(questions.unresolved)

    async def in_flight_positions(self) -> frozenset[str]:
        """Keys, as text, of the positions that unresolved plans are about: nothing new is begun there."""
        return frozenset(each.position for each in await self.unresolved())

    async def open_exposures(self) -> list[Exposure]:
        """Those that hold capital: bids that stand, pieces not sold yet."""
        return await self._store.run(settling.bound_exposures)

    async def exposures_of(self, position: str) -> list[Exposure]:
        """Every exposure to a position, in whatever state."""
        return await self._store.run(settling.exposures_of, position)

    async def capital_open(self) -> Wei:
        return await self._store.run(questions.capital_bound)

    async def spent_today(self, now: int) -> Spent:
        """Capital newly bound and realised loss since midnight UTC of the second ``now``."""
        return await self._store.run(questions.spent_today, now)

    async def profit(self, since: int = 0) -> Profit:
        """What was booked from a second on."""
        return await self._store.run(questions.profit, since)

    async def explain(self, subject: str) -> Explanation:
        """All that is known of a plan (its id or the beginning of it), a position, or a subject that was denied."""
        return await self._store.run(questions.explain, subject)

    async def deny(self, denials: Iterable[Denial]) -> None:
        """Keep the latest reason for each subject, within a bound."""
        await self._store.run(refusals.deny, list(denials), self._denials_kept)

    async def listing(self, what: Listing, limit: int = 100) -> list[Row]:
        """The newest rows of one kind."""
        return await self._store.run(questions.newest, tables.metadata.tables[what.value], limit)

    async def verify(self) -> list[str]:
        """What is wrong with the ledger, in words; empty when nothing is."""
        return await self._store.run(invariants.violations)
