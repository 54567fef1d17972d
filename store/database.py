"""The database: connections, transactions, faults; the one place that knows SQLite from others."""

import asyncio
import contextlib
import fcntl
import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Generic, TypeVar, cast
from urllib.parse import quote

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from store.errors import InUse, NotSaved, StoreError, Unreadable

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
"""What happens in one transaction. It is not a coroutine, so it can await nothing else."""

DEFAULT_URL = "sqlite+aiosqlite:///taskbot.db"
WAIT_SECONDS = 1.5
LOCK_WAIT_MS = 100
SQLITE_VERSION = sqlite3.sqlite_version
READERS = 4
NEVER = float("inf")
QUERY_ONLY = ("query_only=ON",)
CACHE_KIB = 512
STATEMENTS = 64
"""Of pages and of prepared statements, for each connection.

What is not in them costs a read from the system's cache, or some 30 µs. Those of SQLite (2,000) and
of Python (128) fill over hours, five times, and look like a leak.
"""
HELD_UP_SECONDS = 0.05
"""Whoever waits for longer than this behind one read is read for by another connection."""
TOGETHER = 8
"""As many writes share a commit: more would make the first of them wait for long (0028)."""


@dataclass(frozen=True, slots=True)
class Space:
    """How much room the database takes, and how much is left where it is, in bytes."""

    used: int
    free: int


class Database:
    """Transactions on one SQLite file, each of them one call.

    All writers take turns on one connection, readers have others that cannot write. Turns on
    one connection are fair, where several connections would poll for the file's lock
    (p99 106 ms against 872 ms). Writes that wait at the same time share one commit
    (docs/decisions/0028). Reads take turns, too, and another connection only joins in when one
    read holds up the rest: threads that run at the same time wait for each other (0046).
    """

    def __init__(
        self, path: Path, lock: "FileLock | None", writer: "Thread", readers: list["Thread"]
    ) -> None:
        self.path = path
        self._lock = lock
        self._writer = writer
        self._readers = readers
        self._to_read: deque[Turn[Any]] = deque()
        self._reading: dict[Thread, asyncio.Task[None]] = {}
        self._looks_again: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._writing: set[asyncio.Task[Any]] = set()
        self._waiting: deque[Turn[Any]] = deque()
        self._taking_turns: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Take the file of an URL for this process alone, and connect.

        Raises:
            InUse: another process serves it.
        """
        path = sqlite_path(url)
        lock = FileLock(path)
        writing = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        try:
            writer, *readers = await _connected(path, writing, READERS)
        except BaseException:
            lock.release()
            raise
        return cls(path, lock, writer, readers)

    @classmethod
    async def open_to_read(cls, url: str) -> "Database":
        """Connect beside the process that serves the file and goes on: nothing can be written.

        Raises:
            Unreadable
        """
        path = sqlite_path(url)
        if not path.is_file():
            why = "it is no file" if path.exists() else "there is no such file"
            raise Unreadable(str(path), why)
        try:
            writer, *readers = await _connected(_only_to_read(path), QUERY_ONLY, 1)
        except sqlite3.Error as error:
            raise Unreadable(str(path), str(error)) from error
        return cls(path, None, writer, readers)

    async def read(self, work: Work[T]) -> T:
        """Run `work` in one transaction that sees one state throughout and cannot write.

        Raises:
            Unreadable: the file is damaged or locked, and only opened to be read.
        """
        if self._is_closed:
            raise ValueError("the database is closed")
        turn = Turn(work)
        self._to_read.append(turn)
        self._call_reader()
        try:
            return await turn.outcome
        except (sa.exc.DatabaseError, sqlite3.Error) as error:
            if self._lock:
                raise
            raise Unreadable(str(self.path), _in_words(error)) from error

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction; it has committed when this returns.

        A caller that is cancelled does not cancel the transaction: a change that was cut off
        between its commit and its answer would be saved and said to be lost.

        Raises:
            NotSaved: the database is busy for longer than `WAIT_SECONDS`, full or read-only,
                and the change was not made.
        """
        task = asyncio.ensure_future(self._write(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    async def space(self) -> Space:
        """The room on the disk; asking it may take long where the disk is at its end."""
        return await asyncio.to_thread(_space, self.path)

    async def close(self) -> None:
        """Let what was begun end, then let go of every connection and of the file."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        if self._taking_turns:
            await self._taking_turns
        self._is_closed = True
        while self._reading:
            await asyncio.wait(self._reading.values())
        if self._looks_again:
            self._looks_again.cancel()
        for thread in (self._writer, *self._readers):
            await thread.stop()
        if self._lock:
            self._lock.release()

    def _call_reader(self) -> None:
        """Have what waits read, by one more connection if those that read are held up."""
        if not self._to_read:
            return
        free = next((one for one in self._readers if one not in self._reading), None)
        if free is None:
            return
        if all(reader.is_held_up for reader in self._reading):
            self._reading[free] = asyncio.create_task(self._read_all(free))
        # Also after that: what it takes first may hold it up.
        if self._looks_again is None:
            loop = asyncio.get_running_loop()
            self._looks_again = loop.call_later(HELD_UP_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._looks_again = None
        self._call_reader()

    async def _read_all(self, reader: "Thread") -> None:
        try:
            last = await reader.run(_reading, self._to_read, asyncio.get_running_loop())
            if last:
                last.settle()
        finally:
            del self._reading[reader]
            # What came after its last look found it reading still.
            self._call_reader()

    async def _write(self, work: Work[T]) -> T:
        turn = Turn(work, time.monotonic() + WAIT_SECONDS)
        self._waiting.append(turn)
        if self._taking_turns is None or self._taking_turns.done():
            self._taking_turns = asyncio.create_task(self._take_turns())
        await asyncio.wait([turn.outcome], timeout=WAIT_SECONDS)
        if not turn.outcome.done() and turn.decide():
            # The thread finds the turn taken and begins nothing.
            raise NotSaved("busy")
        try:
            return await turn.outcome
        except sa.exc.OperationalError as error:
            raise NotSaved(_sqlite_reason(error)) from error

    async def _take_turns(self) -> None:
        """Write what waits, until nothing does."""
        while self._waiting:
            last = await self._writer.run(_writing, self._waiting, asyncio.get_running_loop())
            _settle(last)


def _space(path: Path) -> Space:
    """With what waits in the journal, which is the database's as well."""
    journal = _journal(path)
    used = sum(file.stat().st_size for file in (path, journal) if file.exists())
    return Space(used, shutil.disk_usage(journal.parent).free)


def _journal(path: Path) -> Path:
    """What SQLite writes first, beside the file itself and not beside a link to it."""
    file = path.resolve()
    return file.with_name(file.name + "-wal")


class SharedEngine:
    """SQLAlchemy's engine for all threads: what it compiled for one, the others need not."""

    def __init__(self) -> None:
        self._handed: deque[sqlite3.Connection] = deque()
        self._engine = sa.create_engine(
            "sqlite://",
            creator=self._handed.popleft,
            poolclass=NullPool,
            hide_parameters=True,  # an error is logged, and what people typed is not
        )

    async def connect(self, driver: aiosqlite.Connection) -> sa.Connection:
        """SQLAlchemy's connection over one of the driver's, made in its thread, one at a time."""
        self._handed.append(driver._conn)  # noqa: SLF001  # see `_in_thread`
        return await _in_thread(driver, self._engine.connect)


class Thread:
    """One SQLite connection in the thread that aiosqlite keeps for it.

    A transaction runs there as a whole. Statement by statement, each one would cross between
    the threads up to four times (docs/decisions/0003): the same change takes five times longer.
    """

    def __init__(self, driver: aiosqlite.Connection, connection: sa.Connection) -> None:
        self._driver = driver
        self._connection = connection
        self._since = NEVER

    @classmethod
    async def start(
        cls, path: Path | str, engine: SharedEngine, pragmas: tuple[str, ...], begin: str = ""
    ) -> "Thread":
        """Connect; `begin` is the statement that opens each transaction of SQLAlchemy's, if any.

        A path that is a string is an URI (https://sqlite.org/uri.html).
        """
        # isolation_level None: the driver's own BEGIN is deferred and comes too late for a
        # writer (https://docs.sqlalchemy.org/en/21/dialects/sqlite.html).
        driver = await aiosqlite.connect(
            path,
            isolation_level=None,
            cached_statements=STATEMENTS,
            uri=isinstance(path, str),
        )
        try:
            for pragma in (f"busy_timeout={LOCK_WAIT_MS}", f"cache_size=-{CACHE_KIB}", *pragmas):
                await driver.execute_fetchall(f"PRAGMA {pragma}")
            # One for good: taking it anew for each transaction costs more than a statement does.
            connection = await engine.connect(driver)
        except BaseException:
            await driver.close()
            raise
        if begin:
            sa.event.listen(connection, "begin", lambda opened: opened.exec_driver_sql(begin))
        return cls(driver, connection)

    @property
    def is_held_up(self) -> bool:
        """One thing takes long, also where its caller has given up on it."""
        return time.monotonic() - self._since > HELD_UP_SECONDS

    async def run(self, step: Callable[..., T], *args: Any) -> T:
        """Run `step(self, *args)` in the thread, after what was asked of it before."""
        return await _in_thread(self._driver, lambda: step(self, *args))

    @contextlib.contextmanager
    def at_work(self) -> Iterator[sa.Connection]:
        """In the thread: what is done here is one thing, and leaves no transaction open."""
        self._since = time.monotonic()
        try:
            yield self._connection
        finally:
            # A read ends so, and a COMMIT that failed leaves its transaction open. If this
            # fails too, it is the next BEGIN that says so.
            with contextlib.suppress(sqlite3.Error):
                _driver(self._connection).rollback()
            self._since = NEVER

    async def stop(self) -> None:
        """Close the connection and end its thread, which would keep the process alive."""
        if not self._connection.closed:
            await _in_thread(self._driver, self._connection.close)
        await self._driver.close()


async def _connected(file: Path | str, writing: tuple[str, ...], readers: int) -> list[Thread]:
    """One connection with these pragmas for all that is written, then those that only read."""
    engine = SharedEngine()
    threads: list[Thread] = []
    try:
        threads.append(await Thread.start(file, engine, writing, begin="BEGIN IMMEDIATE"))
        while len(threads) <= readers:
            threads.append(await Thread.start(file, engine, QUERY_ONLY))
    except BaseException:
        for thread in threads:
            await thread.stop()
        raise
    return threads


async def _in_thread(driver: aiosqlite.Connection, work: Callable[[], T]) -> T:
    """Aiosqlite has no public name for "run this in your thread"; its cursors all use this."""
    execute: Callable[[Callable[[], T]], Awaitable[T]] = driver._execute  # noqa: SLF001
    return await execute(work)


class Turn(Generic[T]):
    """A write that waits: begun or given up, whichever comes first, and then what came of it."""

    def __init__(self, work: Work[T], deadline: float = NEVER) -> None:
        self.work = work
        self.deadline = deadline
        self.outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._decided = threading.Lock()
        self._settle: Callable[[], None] = lambda: None

    def decide(self) -> bool:
        """True for the first who asks: the thread that begins, or the caller who gives up."""
        return self._decided.acquire(blocking=False)

    def returned(self, value: T) -> None:
        """Note what the work returned, which holds once it is committed."""
        self._settle = lambda: self.outcome.set_result(value)

    def failed(self, error: BaseException) -> None:
        """Note why nothing of it is kept."""
        told: BaseException = error
        if isinstance(error, StopIteration):  # which no future takes
            told = RuntimeError("the work raised StopIteration")
            told.__cause__ = error
        self._settle = lambda: self.outcome.set_exception(told)

    def settle(self) -> None:
        """Tell the caller, unless it gave up."""
        if not self.outcome.done():
            self._settle()


class Spoilt(Exception):
    """A work that failed in a transaction that it shares, when it may have written already."""

    def __init__(self, turn: Turn[Any]) -> None:
        super().__init__()
        self.turn = turn


def _reading(
    thread: Thread, waiting: deque[Turn[Any]], loop: asyncio.AbstractEventLoop
) -> Turn[Any] | None:
    """Run works, each in a transaction of its own, until none waits; others may take some, too.

    Returns the last one, not settled: waking the loop costs, and it is woken for that anyway.
    """
    last: Turn[Any] | None = None
    with contextlib.suppress(IndexError):
        while True:
            turn = waiting.popleft()
            if turn.outcome.done():  # its caller gave up
                continue
            if last:
                loop.call_soon_threadsafe(last.settle)
            _read(thread, turn)
            last = turn
    return last


def _read(thread: Thread, turn: Turn[Any]) -> None:
    try:
        with thread.at_work() as connection:
            # A transaction of SQLAlchemy's around it would cost more than the statement in it.
            _driver(connection).execute("BEGIN")
            turn.returned(turn.work(connection))
    except BaseException as error:  # noqa: BLE001  # whatever it is, the caller is told
        turn.failed(error)


def _writing(
    thread: Thread, waiting: deque[Turn[Any]], loop: asyncio.AbstractEventLoop
) -> Sequence[Turn[Any]]:
    """Run works, some together, until none waits; returns the last ones, not settled (as above)."""
    last: list[Turn[Any]] = []
    while waiting:
        turns = [waiting.popleft() for _ in range(min(len(waiting), TOGETHER))]
        if last:
            loop.call_soon_threadsafe(_settle, last)
        with thread.at_work() as connection:
            _write_together(connection, turns)
        last = turns
    return last


def _settle(turns: Sequence[Turn[Any]]) -> None:
    for turn in turns:
        turn.settle()


def _write_together(connection: sa.Connection, turns: Sequence[Turn[Any]]) -> None:
    """Run all works in one transaction; what one of them spoils is done again, each by itself."""
    begun: list[Turn[Any]] = []
    try:
        with _begin(connection, max(turn.deadline for turn in turns)):
            begun = [turn for turn in turns if turn.decide()]
            for turn in begun:
                _work(connection, turn)
    except Spoilt as spoilt:
        for turn in begun:
            if turn is not spoilt.turn:
                _writing_alone(connection, turn)
    except BaseException as error:  # noqa: BLE001  # whatever it is, every caller is told
        # Neither BEGIN nor COMMIT leaves anything behind that was not wholly done.
        for turn in begun or [turn for turn in turns if turn.decide()]:
            turn.failed(error)


def _work(connection: sa.Connection, turn: Turn[Any]) -> None:
    """Do one work among others. Rules refuse before anything is written, so they spoil nothing.

    Raises:
        Spoilt
    """
    before = _total_changes(connection)
    try:
        turn.returned(turn.work(connection))
    except BaseException as error:
        turn.failed(error)
        if not isinstance(error, StoreError) or _total_changes(connection) != before:
            raise Spoilt(turn) from error


def _writing_alone(connection: sa.Connection, turn: Turn[Any]) -> None:
    try:
        with connection.begin():
            turn.returned(turn.work(connection))
    except BaseException as error:  # noqa: BLE001  # whatever it is, the caller is told
        turn.failed(error)


def _total_changes(connection: sa.Connection) -> int:
    """How many rows were ever written on this connection."""
    return _driver(connection).total_changes


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _begin(connection: sa.Connection, deadline: float) -> sa.RootTransaction:
    """The wait for a turn and the wait for another process's lock share one budget."""
    while True:
        try:
            return connection.begin()
        except sa.exc.OperationalError as error:
            if _sqlite_reason(error) != "busy" or time.monotonic() > deadline:
                raise


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
        except BlockingIOError as error:
            self._file.close()
            raise InUse(str(path)) from error

    def release(self) -> None:
        """Let the next process have the file."""
        self._file.close()


def sqlite_path(url: str) -> Path:
    """The file behind an SQLite URL."""
    return Path(make_url(url).database or "")


def _only_to_read(path: Path) -> str:
    """A file as an URI that lets nobody write it.

    Where nothing serves the file, SQLite would make a journal beside it and leave that behind,
    in the name of whoever reads: the bot could then not write it. Such a file does not change.
    """
    is_served = _journal(path).exists()
    return f"file:{quote(str(path.absolute()))}?mode=ro" + ("" if is_served else "&immutable=1")


def _in_words(error: sa.exc.DatabaseError | sqlite3.Error) -> str:
    """What SQLite itself said, without the statement."""
    return str(error.orig if isinstance(error, sa.exc.DatabaseError) else error)


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
