"""One seam for writing: durable, refused in time, never cut off between commit and answer."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from store import Database, InUse, NoSuchTask, NotSaved
from store.database import READERS, TOGETHER, WAIT_SECONDS, FileLock, Turn, sqlite_path


def note(word: str) -> sa.TextClause:
    return sa.text(f"INSERT INTO notes VALUES ('{word}')")  # noqa: S608  # a word of the test's


@pytest.fixture
async def notes(empty: Database) -> Database:
    """A database with one table to write to."""
    await empty.write(lambda c: c.execute(sa.text("CREATE TABLE notes (word TEXT NOT NULL)")))
    return empty


async def written(database: Database) -> list[str]:
    return await database.read(
        lambda c: list(c.scalars(sa.text("SELECT word FROM notes ORDER BY rowid")))
    )


async def test_what_was_written_is_on_disk_when_the_call_returns(notes: Database) -> None:
    await notes.write(lambda c: c.execute(note("kept")))
    other = sqlite3.connect(notes.path)
    found = other.execute("SELECT word FROM notes").fetchall()
    other.close()
    assert found == [("kept",)]


async def test_commits_are_flushed_and_readers_do_not_wait_for_writers(notes: Database) -> None:
    pragmas = await notes.write(
        lambda c: [
            c.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    )
    assert pragmas == ["wal", 2, 1]


async def test_a_fault_in_the_work_takes_all_of_it_back(notes: Database) -> None:
    def half(connection: sa.Connection) -> None:
        connection.execute(note("half"))
        raise LookupError

    with pytest.raises(LookupError):
        await notes.write(half)
    await notes.write(lambda c: c.execute(note("next")))
    assert await written(notes) == ["next"]


async def test_readers_cannot_write(notes: Database) -> None:
    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        await notes.read(lambda c: c.execute(note("sneaked in")))
    assert await written(notes) == []


async def test_a_reader_sees_one_state_throughout(notes: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def look_twice(connection: sa.Connection) -> list[int]:
        count = sa.text("SELECT count(*) FROM notes")
        first = connection.scalar(count) or 0
        begun.set()
        assert go_on.wait(5)
        return [first, connection.scalar(count) or 0]

    looking = asyncio.create_task(notes.read(look_twice))
    await asyncio.to_thread(begun.wait, 5)
    await notes.write(lambda c: c.execute(note("meanwhile")))
    go_on.set()
    assert await looking == [0, 0]
    assert await written(notes) == ["meanwhile"]


async def test_a_database_locked_by_another_process_is_refused_in_time_and_truly_not_saved(
    notes: Database,
) -> None:
    other = sqlite3.connect(notes.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(NotSaved) as refused:
        await notes.write(lambda c: c.execute(note("lost")))
    assert refused.value.reason == "busy"
    assert WAIT_SECONDS - 0.3 < time.monotonic() - began < WAIT_SECONDS + 0.5
    other.execute("ROLLBACK")
    other.close()
    await notes.write(lambda c: c.execute(note("kept")))
    assert await written(notes) == ["kept"]


async def test_a_lock_that_is_let_go_in_time_is_waited_for(notes: Database) -> None:
    other = sqlite3.connect(notes.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(notes.write(lambda c: c.execute(note("kept"))))
    await asyncio.sleep(0.3)
    assert not writing.done()
    other.execute("ROLLBACK")
    other.close()
    await writing
    assert await written(notes) == ["kept"]


async def test_a_write_that_waits_too_long_for_its_turn_never_begins(notes: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        begun.set()
        assert go_on.wait(5)
        connection.execute(note("first"))

    first = asyncio.create_task(notes.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    with pytest.raises(NotSaved) as refused:
        await notes.write(lambda c: c.execute(note("second")))
    assert refused.value.reason == "busy"
    go_on.set()
    await first
    await notes.write(lambda c: c.execute(note("third")))
    assert await written(notes) == ["first", "third"]


async def test_a_slow_write_that_has_begun_is_waited_for_however_long(notes: Database) -> None:
    def slow(connection: sa.Connection) -> None:
        time.sleep(WAIT_SECONDS + 0.2)
        connection.execute(note("slow"))

    await notes.write(slow)
    assert await written(notes) == ["slow"]


async def test_a_caller_that_is_cancelled_does_not_cut_its_write_off(notes: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        begun.set()
        assert go_on.wait(5)
        connection.execute(note("kept"))

    writing = asyncio.create_task(notes.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    go_on.set()
    await notes.write(lambda c: c.execute(note("next")))
    assert await written(notes) == ["kept", "next"]


async def test_closing_lets_what_was_begun_end(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}")
    await database.write(lambda c: c.execute(sa.text("CREATE TABLE notes (word TEXT)")))
    begun = threading.Event()

    def slow(connection: sa.Connection) -> None:
        begun.set()
        time.sleep(0.1)
        connection.execute(note("kept"))

    writing = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    await database.close()
    await writing
    again = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}")
    assert await written(again) == ["kept"]
    await again.close()


@pytest.mark.parametrize("writers", [100])
async def test_writers_take_turns_and_none_is_lost(notes: Database, writers: int) -> None:
    def add_one(connection: sa.Connection) -> None:
        count = connection.scalar(sa.text("SELECT count(*) FROM notes"))
        connection.execute(note(str(count)))

    await asyncio.gather(*(notes.write(add_one) for _ in range(writers)))
    assert await written(notes) == [str(count) for count in range(writers)]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [("PRAGMA max_page_count=1", "full"), ("PRAGMA query_only=ON", "read-only")],
)
async def test_a_database_that_takes_nothing_more_is_refused_by_its_reason(
    notes: Database, statement: str, reason: str
) -> None:
    def limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)

    await notes.write(limit)
    with pytest.raises(NotSaved) as refused:
        await notes.write(lambda c: c.execute(note("x" * 100_000)))
    assert refused.value.reason == reason


async def test_a_fault_of_another_kind_is_broken(notes: Database) -> None:
    with pytest.raises(NotSaved) as refused:
        await notes.write(lambda c: c.execute(sa.text("SELECT nothing FROM nowhere")))
    assert refused.value.reason == "broken"


async def test_one_process_a_file(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}"
    first = await Database.open(url)
    with pytest.raises(InUse) as refused:
        await Database.open(url)
    assert refused.value.path == str(tmp_path / "taskbot.db")
    await first.close()
    await (await Database.open(url)).close()


async def test_a_file_that_is_no_database_is_let_go_of(tmp_path: Path) -> None:
    (tmp_path / "taskbot.db").write_bytes(b"garbage" * 999)
    with pytest.raises(sqlite3.DatabaseError):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}")
    FileLock(tmp_path / "taskbot.db").release()


def test_a_lock_is_free_again_when_it_is_released(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "taskbot.db")
    with pytest.raises(InUse):
        FileLock(tmp_path / "taskbot.db")
    lock.release()
    FileLock(tmp_path / "taskbot.db").release()


@asynccontextmanager
async def kept_waiting(database: Database) -> AsyncIterator[None]:
    """Writes that are asked for here wait until the end, and then for the same turn."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: sa.Connection) -> None:
        begun.set()
        assert go_on.wait(5)

    first = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    yield
    await asyncio.sleep(0)  # those who ask have asked before the turn is taken
    go_on.set()
    await first


def transaction_of(word: str) -> Callable[[sa.Connection], int]:
    """Write a word, and say in which transaction."""

    def work(connection: sa.Connection) -> int:
        connection.execute(note(word))
        return id(connection.get_transaction())

    return work


def refusing(_: sa.Connection) -> None:
    raise NoSuchTask(12)


def breaking(connection: sa.Connection) -> None:
    connection.execute(note("broken"))
    raise LookupError


def refusing_too_late(connection: sa.Connection) -> None:
    connection.execute(note("refused"))
    raise NoSuchTask(12)


async def test_writes_that_wait_together_share_one_commit_and_a_refusal_spoils_nothing(
    notes: Database,
) -> None:
    async with kept_waiting(notes):
        first, second = (asyncio.create_task(notes.write(transaction_of(w))) for w in "ab")
        refused = asyncio.create_task(notes.write(refusing))
        third = asyncio.create_task(notes.write(transaction_of("c")))
    assert await first == await second == await third
    with pytest.raises(NoSuchTask):
        await refused
    assert await written(notes) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("spoiling", "error"), [(breaking, LookupError), (refusing_too_late, NoSuchTask)]
)
async def test_what_fails_after_it_has_written_takes_back_only_itself(
    notes: Database, spoiling: Callable[[sa.Connection], None], error: type[Exception]
) -> None:
    async with kept_waiting(notes):
        before = asyncio.create_task(notes.write(transaction_of("before")))
        spoilt = asyncio.create_task(notes.write(spoiling))
        after = asyncio.create_task(notes.write(transaction_of("after")))
        also = asyncio.create_task(notes.write(breaking))
    with pytest.raises(error):
        await spoilt
    with pytest.raises(LookupError):
        await also
    await asyncio.gather(before, after)
    assert await written(notes) == ["before", "after"]


async def test_a_commit_that_fails_fails_all_who_share_it(notes: Database) -> None:
    late = "CREATE TABLE late (word REFERENCES notes(word) DEFERRABLE INITIALLY DEFERRED)"
    await notes.write(lambda c: c.execute(sa.text("CREATE UNIQUE INDEX u ON notes (word)")))
    await notes.write(lambda c: c.execute(sa.text(late)))
    dangling = sa.text("INSERT INTO late VALUES ('nowhere')")
    async with kept_waiting(notes):
        one = asyncio.create_task(notes.write(transaction_of("one")))
        other = asyncio.create_task(notes.write(lambda c: c.execute(dangling)))
    for each in (one, other):
        with pytest.raises(sa.exc.IntegrityError):
            await each
    assert await written(notes) == []
    await notes.write(transaction_of("next"))
    assert await written(notes) == ["next"]


async def test_a_read_that_fails_leaves_nothing_open(notes: Database) -> None:
    wrong = sa.text("SELECT word FROM nowhere")
    for _ in range(READERS + 1):
        with pytest.raises(sa.exc.OperationalError):
            await notes.read(lambda c: c.execute(wrong))
    await notes.write(transaction_of("later"))
    for _ in range(READERS + 1):
        assert await written(notes) == ["later"]


async def test_a_crowd_is_written_whole_and_in_its_order(notes: Database) -> None:
    words = [f"{at:03}" for at in range(3 * TOGETHER + 1)]
    transactions = await asyncio.gather(*(notes.write(transaction_of(word)) for word in words))
    assert await written(notes) == words
    assert len(set(transactions)) < len(words) / 2


async def test_a_turn_is_decided_once() -> None:
    turn = Turn(lambda _: None, 0.0)
    assert [turn.decide(), turn.decide(), turn.decide()] == [True, False, False]


def test_the_file_of_a_url_is_relative_with_three_slashes_and_absolute_with_four() -> None:
    assert sqlite_path("sqlite+aiosqlite:///taskbot.db") == Path("taskbot.db")
    assert sqlite_path("sqlite+aiosqlite:////data/taskbot.db") == Path("/data/taskbot.db")


class Long:
    """A read that takes until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.free = threading.Event()

    def __call__(self, _: sa.Connection) -> str:
        self.begun.set()
        self.free.wait(10)
        return "done"


async def test_a_read_that_nobody_waits_for_any_more_still_keeps_its_connection_busy(
    notes: Database,
) -> None:
    long = Long()
    given_up = asyncio.create_task(notes.read(long))
    await asyncio.to_thread(long.begun.wait, 10)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    try:
        async with asyncio.timeout(5):
            for _ in range(2 * READERS):
                assert await written(notes) == []
    finally:
        long.free.set()


async def test_nobody_waits_for_a_read_that_takes_long(notes: Database) -> None:
    long = Long()
    reading = asyncio.create_task(notes.read(long))
    # They are asked for when it is not known yet that it takes long.
    others = asyncio.gather(*(notes.read(lambda _: "done") for _ in range(5)))
    try:
        async with asyncio.timeout(5):
            assert await others == ["done"] * 5
        assert long.begun.is_set()
        assert not reading.done()
    finally:
        long.free.set()
    assert await reading == "done"


async def test_what_is_read_when_it_is_closed_is_read_to_its_end(notes: Database) -> None:
    long = Long()
    reading = asyncio.create_task(notes.read(long))
    await asyncio.to_thread(long.begun.wait, 10)
    after = asyncio.create_task(notes.read(lambda _: "done"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(notes.close())
    long.free.set()
    assert [await reading, await after] == ["done", "done"]
    await closing


async def test_nothing_is_read_once_it_is_closed(notes: Database) -> None:
    await notes.close()
    for _ in range(2):
        with pytest.raises(ValueError, match="closed"):
            await written(notes)


async def test_nobody_waits_for_two_reads_that_take_long(notes: Database) -> None:
    long = Long()
    reading = [asyncio.create_task(notes.read(long)) for _ in range(2)]
    try:
        async with asyncio.timeout(5):
            assert await notes.read(lambda _: "done") == "done"
    finally:
        long.free.set()
    assert await asyncio.gather(*reading) == ["done", "done"]


class Odd(BaseException):
    """What is no Exception."""


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (Odd, Odd),
        (asyncio.CancelledError, asyncio.CancelledError),
        (StopIteration, RuntimeError),
        (IndexError, IndexError),
    ],
)
async def test_whatever_a_work_raises_its_caller_is_told_and_others_go_on(
    notes: Database, raised: type[BaseException], told: type[BaseException]
) -> None:
    def work(_: sa.Connection) -> None:
        raise raised

    for do in (notes.read, notes.write):
        async with asyncio.timeout(5):
            with pytest.raises(told):
                await do(work)
    await notes.write(lambda c: c.execute(note("next")))
    assert await written(notes) == ["next"]


async def test_it_closes_while_somebody_reads_on_and_on(notes: Database) -> None:
    async def read_on() -> None:
        while True:
            await written(notes)

    reading = [asyncio.create_task(read_on()) for _ in range(2)]
    await written(notes)
    async with asyncio.timeout(5):
        await notes.close()
        for one in reading:
            with pytest.raises(ValueError, match="closed"):
                await one


async def test_what_its_caller_gave_up_before_it_began_is_not_read(notes: Database) -> None:
    long = Long()
    read: list[str] = []
    holding = [asyncio.create_task(notes.read(long)) for _ in range(READERS)]
    await asyncio.to_thread(long.begun.wait, 10)
    given_up = asyncio.create_task(notes.read(lambda _: read.append("given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    long.free.set()
    await asyncio.gather(*holding)
    await notes.read(lambda _: read.append("later"))
    assert read == ["later"]
