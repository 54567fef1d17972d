"""A database is brought up to date, after it was copied aside, and a newer one is left alone."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from store import (
    Closed,
    Database,
    EventKind,
    ListQuery,
    Lists,
    NewerSchema,
    Notices,
    NotSaved,
    Priority,
    Status,
    TaskEvent,
    TaskStore,
    Verdict,
    bring_up_to_date,
)
from store.clock import EPOCH, MICROSECOND
from store.schema import HEAD, MIGRATIONS, copy_database
from tests.factories import MAYA, NOW, TEAM, TOM, Clock, new, origin
from tests.store.first_release import DELETED, FINISHED, lay_first_release, request_key


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    return found


async def set_revision(database: Database, revision: str) -> None:
    statement = sa.text(f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608  # a test's
    await database.write(lambda c: c.execute(statement))


async def test_a_fresh_file_gets_every_table_and_no_copy(empty: Database) -> None:
    assert await bring_up_to_date(empty, NOW) is None
    assert {"tasks", "task_events", "notices", "requests", "alembic_version"} <= tables(empty.path)
    assert [path.name for path in empty.path.parent.glob("*before*")] == []


async def test_what_is_up_to_date_is_left_as_it_is(empty: Database) -> None:
    await bring_up_to_date(empty, NOW)
    before = empty.path.read_bytes()
    assert await bring_up_to_date(empty, NOW) is None
    assert empty.path.read_bytes() == before


@pytest.mark.parametrize("revision", ["9999", "0005", "../0001"])
async def test_what_a_later_release_wrote_is_refused_and_left(
    empty: Database, revision: str
) -> None:
    await bring_up_to_date(empty, NOW)
    await set_revision(empty, revision)
    before = tables(empty.path)
    with pytest.raises(NewerSchema) as refused:
        await bring_up_to_date(empty, NOW)
    assert (refused.value.found, refused.value.known) == (revision, HEAD)
    assert tables(empty.path) == before
    assert [path.name for path in empty.path.parent.glob("*before*")] == []


async def test_a_copy_holds_what_was_committed_while_the_database_is_in_use(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    await tasks.add(origin(), new("Kept"))
    copy_database(database.path, tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    assert connection.execute("SELECT title FROM tasks").fetchall() == [("Kept",)]
    connection.close()


def dump(path: Path) -> list[str]:
    """The whole content of a file, its schema and its revision among it, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.before-*"))


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but Alembic's own; the changes of events are read."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
        tables = [row[0] for row in connection.execute(names)]
        found = {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608  # its own tables
            for table in tables
        }
    for event in found["task_events"]:
        event["changes"] = json.loads(event["changes"])
    return found


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(scope="session")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the first release, which knew no due dates and no undo; made once."""
    path = tmp_path_factory.mktemp("first") / "taskbot.db"

    async def make() -> None:
        async with opened(path) as database:
            await lay_first_release(database)

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def second_release(first_release: Path) -> Path:
    """The same, brought up to date."""
    path = first_release.with_name("second.db")
    shutil.copyfile(first_release, path)

    async def make() -> None:
        async with opened(path) as database:
            await bring_up_to_date(database, NOW)

    asyncio.run(make())
    return path


@pytest.fixture
async def old(first_release: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copyfile(first_release, tmp_path / "taskbot.db")
    async with opened(tmp_path / "taskbot.db") as database:
        yield database


@pytest.fixture
async def upgraded(second_release: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copyfile(second_release, tmp_path / "taskbot.db")
    async with opened(tmp_path / "taskbot.db") as database:
        yield database


@pytest.fixture
def old_tasks(upgraded: Database, published: list[TaskEvent], clock: Clock) -> TaskStore:
    return TaskStore(upgraded, published.append, clock)


async def test_a_file_of_the_first_release_is_brought_up_to_date_once_with_its_copy_aside(
    old: Database,
) -> None:
    before = dump(old.path)
    copy = await bring_up_to_date(old, NOW)
    assert copy == old.path.with_name(f"taskbot.db.before-{HEAD}-20261123")
    assert dump(copy) == before
    assert any("alembic_version" in line and "'0001'" in line for line in dump(copy))
    assert any("alembic_version" in line and f"'{HEAD}'" in line for line in dump(old.path))
    after = dump(old.path)
    assert await bring_up_to_date(old, NOW.replace(hour=10)) is None
    assert (copies(old.path), dump(old.path)) == ([copy], after)


async def test_nothing_that_the_first_release_wrote_is_lost(old: Database) -> None:
    before = rows(old.path)
    await bring_up_to_date(old, NOW)
    after = rows(old.path)
    assert before.keys() <= after.keys()
    assert all(after[table] == [] for table in after.keys() - before.keys() - {"contacts"})
    for table, kept in before.items():
        assert len(kept) == len(after[table])
        for was, now in zip(kept, after[table], strict=True):
            changes = was.pop("changes", {})
            assert changes.items() <= now.get("changes", {}).items()
            assert was.items() <= now.items()


async def test_first_contacts_and_times_to_done_are_reckoned_from_older_rows(
    upgraded: Database,
) -> None:
    tables = rows(upgraded.path)
    first: dict[str, int] = {}
    for row in tables["person_days"]:
        first[row["user_id"]] = min(row["day"], first.get(row["user_id"], row["day"]))
    assert {row["user_id"]: row["first_day"] for row in tables["contacts"]} == first != {}
    created = {row["number"]: row["created_at"] for row in tables["tasks"]}
    done = [row for row in tables["task_events"] if row["kind"] == "completed"]
    assert done
    for row in tables["task_events"]:
        is_completion = row in done and not row["is_undo"]
        seconds = (row["at"] - created[row["number"]]) // 1_000_000 if is_completion else None
        assert row["seconds_open"] == seconds


async def test_what_an_older_clock_that_was_set_back_left_took_no_time(old: Database) -> None:
    earlier = "UPDATE task_events SET at = at - 10000000000000 WHERE kind = 'completed'"
    await old.write(lambda c: c.execute(sa.text(earlier)))
    await bring_up_to_date(old, NOW)
    took = {row["seconds_open"] for row in rows(old.path)["task_events"]}
    assert took == {None, 0}


async def test_a_migration_that_fails_leaves_the_file_as_it_was_and_may_be_tried_again(
    old: Database,
) -> None:
    in_the_way = "CREATE INDEX ix_tasks_open ON tasks (title)"
    await old.write(lambda c: c.execute(sa.text(in_the_way)))
    before = dump(old.path)
    for hour in (9, 10):
        with pytest.raises(NotSaved):
            await bring_up_to_date(old, NOW.replace(hour=hour))
    assert dump(old.path) == before
    (copy,) = copies(old.path)
    assert dump(copy) == before
    out_of_it = in_the_way.replace("CREATE", "DROP").split(" ON ")[0]
    await old.write(lambda c: c.execute(sa.text(out_of_it)))
    assert await bring_up_to_date(old, NOW)
    assert await bring_up_to_date(old, NOW) is None


async def test_old_tasks_are_listed_and_found(upgraded: Database) -> None:
    lists = Lists(upgraded)

    async def numbers(**fields: Any) -> list[int]:
        page = await lists.page(origin(), ListQuery(**fields), NOW)
        return [task.number for task in page.tasks]

    assert await numbers() == [5, 1, 2, 6], "high priority first, and #7 is not for her"
    assert await numbers(owner_id=TOM) == [5, 2]
    assert await numbers(words=("strasse", "zoë")) == [1]
    assert await numbers(states=frozenset({Status.DONE})) == [3]
    assert await numbers(priority=Priority.HIGH) == [5]
    assert [task.number for task in await lists.latest(origin())] == [6, 5, 3]


async def test_old_cards_and_requests_go_on_where_they_stood(
    upgraded: Database, old_tasks: TaskStore, published: list[TaskEvent], clock: Clock
) -> None:
    again = origin(request_key=request_key(1, 1))
    (outcome,) = await old_tasks.add(again, new("Once more"))
    assert published == []
    assert (outcome.number, outcome.verdict, outcome.version) == (1, Verdict.CHANGED, None)
    assert outcome.task
    assert (outcome.task.title, outcome.task.due) == ("Straße 100%", None)
    first, second = await Notices(upgraded, clock).claim(10, Closed(), [TEAM])
    assert (first.subject, first.ts, first.client_msg_id) == ("1", None, "id-1")
    assert (second.subject, second.ts, second.token) == ("2", "1732351812.000100", 4)
    (added,) = await old_tasks.add(origin(), new())
    assert added.number == 8


async def test_old_history_says_when_and_by_whom_a_task_was_done(old_tasks: TaskStore) -> None:
    history = await old_tasks.history(origin(), 2)
    done, undone = history.events[1], history.events[0]
    assert (undone.kind, done.kind) == (EventKind.REOPENED, EventKind.COMPLETED)
    assert not any(event.is_undo for event in history.events)
    assert done.changes == {
        "status": (Status.TODO, Status.DONE),
        "completed_at": (None, FINISHED),
        "completed_by": (None, TOM),
    }
    assert undone.changes == {name: pair[::-1] for name, pair in done.changes.items()}
    before, first = history.events[2], history.events[3]
    assert before.changes["completed_by"] == first.changes["completed_by"][::-1] == (MAYA, None)
    assert before.changes["completed_at"] == (first.at, None)
    assert history.events[4].changes["assignee_id"] == (None, TOM)


@pytest.mark.parametrize(
    ("number", "version", "before"),
    [
        (1, 1, {"deleted_by": MAYA, "deleted_at": NOW}),
        (2, 6, {"status": "done", "completed_by": TOM, "completed_at": FINISHED}),
        (3, 2, {"status": "todo", "completed_by": None, "completed_at": None}),
        (4, 2, {"status": "todo", "deleted_by": None, "deleted_at": None}),
        (5, 3, {"status": "todo", "deleted_by": TOM, "deleted_at": DELETED}),
        (6, 2, {"status": "todo", "assignee_id": None, "completed_at": None}),
    ],
)
async def test_what_the_first_release_did_is_taken_back_whole(
    old_tasks: TaskStore, number: int, version: int, before: dict[str, Any]
) -> None:
    (outcome,) = await old_tasks.undo(origin(), (number, version))
    task = (await old_tasks.history(origin(), number)).task
    assert outcome.task == task
    assert {name: getattr(task, name) for name in before} == before
    assert (task.status == Status.DONE) is (task.completed_at is not None)
    assert (task.deleted_at is None) is (task.deleted_by is None)


async def test_the_last_request_of_the_first_release_is_taken_back(old_tasks: TaskStore) -> None:
    (outcome,) = await old_tasks.undo(origin())
    assert (outcome.number, outcome.version) == (6, 3)


async def test_what_is_still_ahead_in_an_older_file_is_told_and_what_is_over_is_not(
    old: Database,
) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    def to_the_second(connection: sa.Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for number, due in {1: HOUR, 2: -HOUR, 4: HOUR}.items():
            at = sa.text("UPDATE tasks SET due_at = :at WHERE number = :number")
            connection.execute(at, {"at": micros(NOW) + due, "number": number})
        connection.execute(sa.text("UPDATE tasks SET due_day = 20780 WHERE number IN (3, 5, 6)"))

    await old.write(to_the_second)
    await bring_up_to_date(old, NOW)
    connection = sqlite3.connect(old.path)
    moments = connection.execute("SELECT number FROM tasks WHERE remind_at = due_at").fetchall()
    assert moments == [(1,), (4,)], "a deleted one may come back before its moment"
    mornings = connection.execute("SELECT user_id, until, at FROM mornings ORDER BY 1").fetchall()
    yesterday = micros(NOW) // (24 * HOUR) - 1
    assert mornings == [(MAYA, yesterday, micros(NOW)), (TOM, yesterday, micros(NOW))]
    assert connection.execute("SELECT count(*) FROM notices WHERE kind = 'dm'").fetchone() == (0,)
    connection.close()


HOUR = 3_600_000_000


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
