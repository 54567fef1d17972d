"""Brings a database up to the schema of this release, after copying an SQLite file aside."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from store.database import Database
from store.errors import NewerSchema, OlderSchema

HEAD = "0004"
"""The newest migration; a test holds it equal to Alembic's own."""


async def bring_up_to_date(database: Database, now: datetime) -> Path | None:
    """Apply the migrations that are missing; returns the copy made before, if one was.

    Raises:
        NewerSchema: a later release wrote this database; it is left as it is.
    """
    found = await database.read(_revision)
    if found == HEAD:
        return None
    if found and not _is_known(found):
        raise NewerSchema(found, HEAD)
    copy = _copy_aside(database, found, now)
    await database.write(lambda connection: _upgrade(connection, now))
    return copy


async def open_to_read(url: str) -> Database:
    """Open the database that a bot of this release serves, and leave it as it is.

    Raises:
        Unreadable: there is no database, or none that can be read.
        OlderSchema, NewerSchema: it is another release's.
    """
    database = await Database.open_to_read(url)
    try:
        await _check(database)
    except BaseException:
        await database.close()
        raise
    return database


async def _check(database: Database) -> None:
    found = await database.read(_revision)
    if found and not _is_known(found):
        raise NewerSchema(found, HEAD)
    if found != HEAD:
        raise OlderSchema(found, HEAD)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table("alembic_version"))
    return connection.scalar(revision)


def _is_known(revision: str) -> bool:
    return any(MIGRATIONS.glob(f"versions/{revision}_*.py"))


MIGRATIONS = Path(__file__).parent / "migrations"


def _copy_aside(database: Database, found: str | None, now: datetime) -> Path | None:
    """Keep the file as it was before the first migration touches it."""
    if found is None:
        return None
    # One a day, the latest: a start that fails is repeated, and must not fill the disk.
    copy = database.path.with_name(f"{database.path.name}.before-{HEAD}-{now:%Y%m%d}")
    part = copy.with_name(f"{copy.name}.part")
    copy_database(database.path, part)
    part.replace(copy)
    return copy


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite database while it is in use, by SQLite's own online backup."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


def _upgrade(connection: sa.Connection, now: datetime) -> None:
    # Alembic takes a third of a second to import: only those pay it who need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["now"] = now
    command.upgrade(config, "head")
