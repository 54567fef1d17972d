"""`python -m store backup FILE` and `restore FILE`: the database as one file, and back."""

import argparse
import os
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from store.database import DEFAULT_URL, FileLock, sqlite_path
from store.errors import InUse
from store.schema import copy_database


class Refused(Exception):
    """Why nothing was done, in words."""


def main() -> int:
    """Run one command; 0 when it was done, 2 when it was refused in words."""
    asked = _arguments().parse_args()
    commands = {"backup": backup, "restore": restore}
    try:
        print(commands[asked.command](_path(), Path(asked.file)))  # noqa: T201  # a command line's answer
    except Refused as error:
        print(error, file=sys.stderr)  # noqa: T201  # a command line's answer
        return 2
    except (OSError, sqlite3.Error) as error:
        print(f"Not done: {error}.", file=sys.stderr)  # noqa: T201  # a command line's answer
        return 2
    return 0


def backup(path: Path, target: Path) -> str:
    """Copy the database to `target` while the bot goes on; `target` is never half written."""
    if not path.exists():
        raise Refused(f"There is no database at {path}. Set DATABASE_URL to the one to back up.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}. Make it, then back up.")
    _copy(path, target)
    return f"Backed up {path} to {target} ({target.stat().st_size} bytes)."


def restore(path: Path, source: Path) -> str:
    """Put a backup in the place of the database, which is kept beside it."""
    _check(source)
    if path.exists() and source.samefile(path):
        raise Refused(f"{source} is the database itself. Name a backup of it.")
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent}. Make it, then restore.")
    try:
        lock = FileLock(path)
    except InUse as error:
        raise Refused(f"Taskbot is running on {path}. Stop it, then restore.") from error
    kept = _keep(path)
    _copy(source, path)
    lock.release()
    return f"Restored {path} from {source}." + (f" The former one is {kept}." if kept else "")


def _copy(source: Path, target: Path) -> None:
    """Copy a database to a place where there is a whole one at any moment."""
    half = target.with_name(target.name + ".half")
    half.unlink(missing_ok=True)
    copy_database(source, half)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    half.replace(target)


def _check(source: Path) -> None:
    if not source.is_file():
        raise Refused(f"There is no file {source}. Example: python -m store restore backup.db")
    connection = sqlite3.connect(source)
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        connection.execute("SELECT version_num FROM alembic_version")
    except sqlite3.DatabaseError as error:
        raise Refused(f"{source} is no Taskbot database: {error}.") from error
    finally:
        connection.close()
    if verdict != "ok":
        raise Refused(f"{source} is damaged: {verdict}.")


def _keep(path: Path) -> Path | None:
    """A copy of the former database, whole, with its journal written into it."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%d%H%M%S}")
    try:
        copy_database(path, kept)
    except sqlite3.DatabaseError:
        # A database that is damaged is the very reason to restore: it is kept as it is.
        shutil.copyfile(path, kept)
    return kept


def _path() -> Path:
    return sqlite_path(os.environ.get("DATABASE_URL", DEFAULT_URL))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m store", description=__doc__)
    parser.add_argument("command", choices=["backup", "restore"])
    parser.add_argument("file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
