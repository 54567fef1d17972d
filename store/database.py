"""The engine, its transactions and its faults: the one place that knows SQLite from PostgreSQL."""

import asyncio
import fcntl
import itertools
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from store.errors import InUse, NotSaved

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
"""What happens in one transaction. It is not a coroutine, so it can await nothing else."""

DEFAULT_URL = "sqlite+aiosqlite:///taskbot.db"
WAIT_SECONDS = 1.5
LOCK_WAIT_MS = 100
READERS = 4


class Transactions(Protocol):
    """How one kind of database runs a piece of work."""

    async def read(self, work: Work[T]) -> T: ...

    async def write(self, work: Work[T]) -> T: ...

    async def close(self) -> None: ...


class Database:
    """Transactions on one database, each of them one call.

    `read` sees one state of the database throughout. `write` has committed when it returns;
    it raises `NotSaved` when the change could not be made, and then it was not made.
    """

    def __init__(self, transactions: Transactions, path: Path | None) -> None:
        self._transactions = transactions
        self._writing: set[asyncio.Task[Any]] = set()
        self.path = path

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Open the database of a URL: `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`.

        Raises:
            InUse: another process serves this SQLite file.
        """
        path = sqlite_path(url)
        return cls(await Sqlite.open(path) if path else PostgreSQL(url), path)

    @property
    def is_shared(self) -> bool:
        """Whether other processes may write to it at the same time."""
        return self.path is None

    async def read(self, work: Work[T]) -> T:
        """Run `work` in one transaction that cannot write."""
        return await self._transactions.read(work)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction and commit it.

        A caller that is cancelled does not cancel the transaction: a change that was cut off
        between its commit and its answer would be saved and said to be lost.

        Raises:
            NotSaved: the database is busy for longer than `WAIT_SECONDS`, full or read-only.
        """
        task = asyncio.ensure_future(self._transactions.write(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Let what was begun end, then let go of every connection and of the file."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        await self._transactions.close()


class Sqlite:
    """All writers take turns on one connection, readers have others that cannot write.

    Turns on one connection are fair, where several connections would poll for the file's lock
    (p99 106 ms against 872 ms).
    """

    def __init__(self, lock: "FileLock", writer: "Thread", readers: list["Thread"]) -> None:
        self._lock = lock
        self._writer = writer
        self._readers = readers
        self._next_reader = itertools.cycle(readers)

    @classmethod
    async def open(cls, path: Path) -> "Sqlite":
        """Take the file for this process alone, and connect."""
        lock = FileLock(path)
        writing = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        writer = await Thread.start(path, "BEGIN IMMEDIATE", writing)
        readers = [await Thread.start(path, "BEGIN", ("query_only=ON",)) for _ in range(READERS)]
        return cls(lock, writer, readers)

    async def read(self, work: Work[T]) -> T:
        return await next(self._next_reader).run(_reading, work)

    async def write(self, work: Work[T]) -> T:
        turn = Turn(time.monotonic() + WAIT_SECONDS)
        transaction: asyncio.Task[T] = asyncio.create_task(self._writer.run(_writing, work, turn))
        await asyncio.wait([transaction], timeout=WAIT_SECONDS)
        if not transaction.done() and turn.decide():
            # The thread finds the turn taken and begins nothing; its refusal is this one.
            transaction.add_done_callback(lambda done: done.exception())
            raise NotSaved("busy")
        try:
            return await transaction
        except sa.exc.OperationalError as error:
            raise NotSaved(_sqlite_reason(error)) from error

    async def close(self) -> None:
        for thread in (self._writer, *self._readers):
            await thread.stop()
        self._lock.release()


class Thread:
    """One SQLite connection in the thread that aiosqlite keeps for it.

    A transaction runs there as a whole. Statement by statement, each one would cross between
    the threads up to four times (docs/decisions/0003): the same change takes five times longer.
    """

    def __init__(self, driver: aiosqlite.Connection, engine: sa.Engine) -> None:
        self._driver = driver
        self._engine = engine

    @classmethod
    async def start(cls, path: Path, begin: str, pragmas: tuple[str, ...]) -> "Thread":
        """Connect; `begin` is the statement that opens each transaction."""
        # isolation_level None: the driver's own BEGIN is deferred and comes too late for a
        # writer (https://docs.sqlalchemy.org/en/21/dialects/sqlite.html).
        driver = await aiosqlite.connect(path, isolation_level=None)
        for pragma in (f"busy_timeout={LOCK_WAIT_MS}", *pragmas):
            await driver.execute_fetchall(f"PRAGMA {pragma}")
        engine = sa.create_engine("sqlite://", creator=lambda: driver._conn, poolclass=StaticPool)  # noqa: SLF001  # see `run`

        @sa.event.listens_for(engine, "begin")
        def _(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        return cls(driver, engine)

    async def run(self, step: Callable[..., T], *args: Any) -> T:
        """Run `step(connection, *args)` in the thread, after what was asked of it before."""

        def work() -> T:
            with self._engine.connect() as connection:
                return step(connection, *args)

        # aiosqlite has no public name for "run this in your thread"; its cursors all use this.
        execute: Callable[[Callable[[], T]], Awaitable[T]] = self._driver._execute  # noqa: SLF001
        return await execute(work)

    async def stop(self) -> None:
        """Close the connection and end its thread, which would keep the process alive."""
        await self._driver.close()


class Turn:
    """Whether a write begins or is given up: decided once, by whoever comes first."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._decided = threading.Lock()

    def decide(self) -> bool:
        """True for the first who asks: the thread that begins, or the caller who gives up."""
        return self._decided.acquire(blocking=False)


def _reading(connection: sa.Connection, work: Work[T]) -> T:
    with connection.begin():
        return work(connection)


def _writing(connection: sa.Connection, work: Work[T], turn: Turn) -> T:
    """The wait for a turn and the wait for another process's lock share one budget."""
    transaction = _begin(connection, turn.deadline)
    with transaction:
        if not turn.decide():
            raise NotSaved("busy")
        return work(connection)


def _begin(connection: sa.Connection, deadline: float) -> sa.RootTransaction:
    while True:
        try:
            return connection.begin()
        except sa.exc.OperationalError as error:
            if _sqlite_reason(error) != "busy" or time.monotonic() > deadline:
                raise


class PostgreSQL:
    """Each writer has a connection of its own, and the server sorts them out."""

    def __init__(self, url: str) -> None:
        settings = {"statement_timeout": "2000", "lock_timeout": "1000"}
        self._engine = create_async_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=WAIT_SECONDS,
            connect_args={"server_settings": settings},
        )

    async def read(self, work: Work[T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Work[T]) -> T:
        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        except (sa.exc.OperationalError, sa.exc.TimeoutError) as error:
            raise NotSaved("busy") from error

    async def close(self) -> None:
        await self._engine.dispose()


class FileLock:
    """Holds `<file>.lock` for as long as this process serves the file.

    SQLite lets a second process in, but two bots on one file would both deliver.

    Raises:
        InUse: another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.with_name(path.name + ".lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise InUse(str(path)) from error

    def release(self) -> None:
        """Let the next process have the file."""
        self._file.close()


def sqlite_path(url: str) -> Path | None:
    """The file behind an SQLite URL, or None for a database of another kind."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def upsert(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_do_…`: both databases have it, under different names."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read-only",
}


def _sqlite_reason(error: sa.exc.OperationalError) -> str:
    """Which fault it was; the low byte of SQLite's extended code is the plain one."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return _SQLITE_REASONS.get(code, "broken")
