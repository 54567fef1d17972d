"""A database file with the first schema and one workspace in it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import Database, Insights, People, TaskEvent, TaskStore, Usage, bring_up_to_date
from tests.factories import ACME, NOW, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Database]:
    """A file in which there is nothing yet."""
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}")
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with one workspace, made once: the migrations take their time."""
    path = tmp_path_factory.mktemp("migrated") / "taskbot.db"

    async def make() -> None:
        opened = await Database.open(f"sqlite+aiosqlite:///{path}")
        await bring_up_to_date(opened, NOW)
        await People(opened, Clock()).install(ACME)
        await opened.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def database(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "taskbot.db"
    shutil.copyfile(migrated, path)
    opened = await Database.open(f"sqlite+aiosqlite:///{path}")
    yield opened
    await opened.close()


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    return People(database, clock)


@pytest.fixture
def usage(database: Database, clock: Clock) -> Usage:
    return Usage(database, clock)


@pytest.fixture
def insights(database: Database, clock: Clock) -> Insights:
    return Insights(database, clock)


@pytest.fixture
def published() -> list[TaskEvent]:
    """The events that were published, in their order."""
    return []


@pytest.fixture
def tasks(database: Database, published: list[TaskEvent], clock: Clock) -> TaskStore:
    return TaskStore(database, published.append, clock)
