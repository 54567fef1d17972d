"""A second process reads beside the bot that serves the file, and can write nothing."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from store import (
    Database,
    NewerSchema,
    NotSaved,
    OlderSchema,
    TaskStore,
    Unreadable,
    bring_up_to_date,
    open_to_read,
    tables,
)
from store.schema import HEAD
from tests.factories import NOW, new, origin


def count(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(tables.tasks)).scalar_one()


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def beside(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


async def test_what_the_bot_commits_is_read_while_it_goes_on(
    database: Database, tasks: TaskStore
) -> None:
    reader = await open_to_read(url(database.path))
    await tasks.add(origin(), new("First"))
    assert await reader.read(count) == 1
    await tasks.add(origin(), new("Second"))
    assert await reader.read(count) == 2
    await reader.close()
    await tasks.add(origin(), new("Third"))
    assert await database.read(count) == 3


async def test_a_link_to_the_file_is_read_as_the_file_with_what_waits_in_its_journal(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    link = tmp_path / "elsewhere" / "linked.db"
    link.parent.mkdir()
    link.symlink_to(database.path)
    await tasks.add(origin(), new("First"))
    reader = await open_to_read(url(link))
    read, space = await reader.read(count), await reader.space()
    await reader.close()
    assert read == 1
    assert space.used == (await database.space()).used


async def test_nothing_can_be_written_through_it(database: Database) -> None:
    reader = await open_to_read(url(database.path))
    with pytest.raises(NotSaved) as refused:
        await reader.write(lambda c: c.execute(sa.text("DELETE FROM installations")))
    assert refused.value.reason == "read-only"
    await reader.close()


async def test_a_file_that_nobody_serves_is_read_and_nothing_is_left_beside_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a file? of 100% & #1.db"
    database = await Database.open(url(path).replace("?", "%3F").replace("#", "%23"))
    path = database.path
    await bring_up_to_date(database, NOW)
    await database.close()
    before, content = beside(path), path.read_bytes()
    path.chmod(0o400)
    reader = await open_to_read(url(path).replace("?", "%3F").replace("#", "%23"))
    assert await reader.read(count) == 0
    await reader.close()
    assert (beside(path), path.read_bytes()) == (before, content)


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as missing:
        await open_to_read(url(tmp_path / "none.db"))
    assert missing.value.reason == "there is no such file"
    (tmp_path / "text.db").write_text("no database at all " * 99)
    with pytest.raises(Unreadable) as garbage:
        await open_to_read(url(tmp_path / "text.db"))
    assert garbage.value.reason == "file is not a database"


@pytest.mark.parametrize("fact", [OlderSchema("0003", HEAD), NewerSchema("9999", HEAD)])
async def test_what_another_release_wrote_is_refused(
    database: Database, fact: OlderSchema | NewerSchema
) -> None:
    statement = sa.text(f"UPDATE alembic_version SET version_num = '{fact.found}'")  # noqa: S608  # a test's
    await database.write(lambda connection: connection.execute(statement))
    with pytest.raises(type(fact)) as refused:
        await open_to_read(url(database.path))
    assert vars(refused.value) == vars(fact)
