"""One connection, one transaction at a time: every write is on the disk when it returns, in the order in which they were
asked for.

The driver's own thread keeps fsync off the event loop. A cancelled caller does not cancel its write: it is done or not
done, never torn.
"""

import asyncio
import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import IO, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from keeper.domain.errors import ConfigError, StopProcess
from keeper.ledger.tables import metadata

P = ParamSpec("P")
T = TypeVar("T")

VERSION = 1
"""Of the tables. A ledger of another version is refused, never guessed at."""
_DRIVERS = {"sqlite": "sqlite+aiosqlite"}
"""For URLs that name a database and leave the driver to us."""


class Store:
    """Runs functions of a SQLAlchemy ``Connection``, each in its own transaction."""

    def __init__(self, connection: AsyncConnection, lock: IO[bytes] | None) -> None:
        self._connection = connection
        self._lock = lock
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, url: str, *, writer: bool) -> "Store":
        """Open, and create where there is nothing, for the one ``writer``; readers may be many, and find it or fail.

        ``ConfigError`` LEDGER_URL, LEDGER_MISSING, LEDGER_VERSION; ``StopProcess`` LEDGER_IN_USE, LEDGER_FAILED."""
        parsed = _parse(url)
        path = Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
        if path is not None and path.name == ":memory:":
            path = None
        lock = _prepare(path, writer=writer) if path is not None else None
        try:
            connection = await _connect(parsed, writer=writer)
        except BaseException:
            if lock is not None:
                lock.close()
            raise
        return cls(connection, lock)

    async def run(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do ``work`` in one transaction. ``StopProcess`` with LEDGER_FAILED if the database fails: nothing may be sent
        that could not be written down."""

        async def in_transaction() -> T:
            try:
                async with self._turn, self._connection.begin():
                    return await self._connection.run_sync(work, *args, **kwargs)
            except SQLAlchemyError as error:
                raise _failed(error) from error

        return await asyncio.shield(in_transaction())

    async def close(self) -> None:
        """Finish what was asked for, and let go of the file."""
        async with self._turn:
            await _disconnect(self._connection)
        if self._lock is not None:
            self._lock.close()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise ConfigError(
            "LEDGER_URL", "the ledger's URL is not one of a database", 'like "sqlite:///var/keeper.db"'
        ) from error
    return parsed


def _prepare(path: Path, *, writer: bool) -> IO[bytes] | None:
    """The lock that makes the writer the only one; the system lets go of it whenever the process ends, however it does."""
    if not writer:
        if not path.exists():
            raise ConfigError("LEDGER_MISSING", f"there is no ledger at {path}", "`keeper run` makes it")
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("wb")
    except OSError as error:
        raise ConfigError(
            "LEDGER_URL", f"{path} cannot be written: {error.strerror}", "choose another place"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StopProcess("LEDGER_IN_USE", f"another keeper writes {path}", "stop it first") from error
    return lock


async def _connect(url: URL, *, writer: bool) -> AsyncConnection:
    try:
        connection = await create_async_engine(url).connect()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise _failed(error) from error
    try:
        await connection.run_sync(_set_up, writer=writer)
    except SQLAlchemyError as error:
        await _disconnect(connection)
        raise _failed(error) from error
    except BaseException:
        await _disconnect(connection)
        raise
    return connection


def _set_up(connection: Connection, *, writer: bool) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
        for pragma in (*pragmas, *(() if writer else ("query_only=ON",))):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        found = connection.execute(text("PRAGMA user_version")).scalar_one()
        connection.rollback()
        if found not in {VERSION} | ({0} if writer else set()):
            raise ConfigError(
                "LEDGER_VERSION", f"the ledger has version {found}, not {VERSION}", "use the keeper that made it"
            )
    if writer:
        with connection.begin():
            metadata.create_all(connection)
            if sqlite:
                connection.exec_driver_sql(f"PRAGMA user_version={VERSION}")


async def _disconnect(connection: AsyncConnection) -> None:
    await connection.close()
    await connection.engine.dispose()


def _failed(error: Exception) -> StopProcess:
    reason = getattr(error, "orig", None) or error
    return StopProcess("LEDGER_FAILED", f"the ledger's database failed: {reason}", "check the disk and the file")
