"""A database is brought up to date, after it was copied aside, and a newer one is left alone."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from store import Database, NewerSchema, TaskStore, bring_up_to_date
from store.schema import HEAD, copy_database
from tests.factories import NOW, new, origin


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


@pytest.mark.parametrize("revision", ["9999", "0002", "../0001"])
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
