"""`python -m store backup FILE` and `restore FILE`: a whole copy, or a refusal in words."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from store import Database, TaskStore
from store.__main__ import Refused, backup, restore
from tests.factories import new, origin

ROOT = Path(__file__).parent.parent.parent


def run(command: str, file: Path, database: Path) -> tuple[int, str]:
    """Run the program as an operator would; its exit code and everything it said."""
    ran = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "store", command, str(file)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite+aiosqlite:///{database}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout + ran.stderr


def titles(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    found = [row[0] for row in connection.execute("SELECT title FROM tasks ORDER BY number")]
    connection.close()
    return found


def beside(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def refusal(command: Callable[[Path, Path], str], file: Path, database: Path) -> str:
    """Why the program would do nothing."""
    with pytest.raises(Refused) as refused:
        command(database, file)
    return str(refused.value)


async def test_a_backup_is_taken_from_a_running_bot_and_put_back_after_it(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    target = tmp_path / "backup.db"
    await tasks.add(origin(), new("Kept"))
    code, said = run("backup", target, database.path)
    assert (code, titles(target)) == (0, ["Kept"])
    assert said.startswith(f"Backed up {database.path} to {target}")

    await tasks.add(origin(), new("Later"))
    code, said = run("restore", target, database.path)
    assert code == 2, "a bot is running"
    assert "Stop it, then restore." in said
    assert titles(database.path) == ["Kept", "Later"]

    await database.close()
    code, said = run("restore", target, database.path)
    assert (code, titles(database.path)) == (0, ["Kept"])
    (aside,) = beside(tmp_path, "taskbot.db.before-restore-*")
    assert str(aside) in said
    assert titles(aside) == ["Kept", "Later"]


async def test_a_backup_goes_to_an_empty_place_too(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    await tasks.add(origin(), new("Kept"))
    backup(database.path, tmp_path / "backup.db")
    said = restore(tmp_path / "new.db", tmp_path / "backup.db")
    assert titles(tmp_path / "new.db") == ["Kept"]
    assert "The former one" not in said
    said = refusal(restore, tmp_path / "backup.db", tmp_path / "no" / "new.db")
    assert said.startswith("There is no folder")
    said = refusal(restore, tmp_path / "new.db", tmp_path / "new.db")
    assert said.endswith("Name a backup of it.")


async def test_a_damaged_database_is_replaced_and_kept_as_it_is(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    await tasks.add(origin(), new("Kept"))
    backup(database.path, tmp_path / "backup.db")
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"garbage" * 999)
    restore(damaged, tmp_path / "backup.db")
    assert titles(damaged) == ["Kept"]
    (kept,) = beside(tmp_path, "damaged.db.before-restore-*")
    assert kept.read_bytes() == b"garbage" * 999


async def test_a_backup_over_an_older_one_replaces_it(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    target = tmp_path / "backup.db"
    target.with_name("backup.db.half").write_text("left by a killed backup")
    backup(database.path, target)
    await tasks.add(origin(), new("Kept"))
    backup(database.path, target)
    assert titles(target) == ["Kept"]
    assert not beside(tmp_path, "backup.db.half*")


def test_there_must_be_a_database_to_back_up_and_a_folder_for_it(tmp_path: Path) -> None:
    said = refusal(backup, tmp_path / "backup.db", tmp_path / "none.db")
    assert said.startswith("There is no database at")
    assert "Set DATABASE_URL" in said
    (tmp_path / "some.db").touch()
    said = refusal(backup, tmp_path / "no" / "backup.db", tmp_path / "some.db")
    assert said.startswith("There is no folder")
    assert beside(tmp_path, "backup*") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"not a database" * 99, "is no Taskbot database: file is not a database"),
        (b"", "is no Taskbot database: no such table"),
    ],
)
def test_what_is_no_backup_is_refused_and_the_database_stays(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    source = tmp_path / "backup.db"
    if content is not None:
        source.write_bytes(content)
    standing = tmp_path / "taskbot.db"
    standing.write_bytes(b"as it was")
    assert words in refusal(restore, source, standing)
    assert standing.read_bytes() == b"as it was"
    assert beside(tmp_path, "*before-restore*") == []


async def test_a_damaged_backup_is_refused_and_the_database_stays(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    source = tmp_path / "backup.db"
    for at in range(50):
        await tasks.add(origin(), new(f"Task {at}", notes="n" * 2_000))
    backup(database.path, source)
    await database.close()
    content = bytearray(source.read_bytes())
    for page in range(60, 80):
        content[page * 1024 : page * 1024 + 200] = b"\xff" * 200
    source.write_bytes(content)
    assert refusal(restore, source, database.path).startswith(f"{source} is ")
    assert len(titles(database.path)) == 50


async def test_a_backup_whose_rows_break_its_schema_is_damaged(
    database: Database, tasks: TaskStore, tmp_path: Path
) -> None:
    source = tmp_path / "backup.db"
    await tasks.add(origin(), new())
    backup(database.path, source)
    connection = sqlite3.connect(source)
    connection.execute("PRAGMA writable_schema=ON")
    connection.execute(
        "UPDATE sqlite_master "
        "SET sql = replace(sql, 'assignee_id TEXT', 'assignee_id TEXT NOT NULL')"
    )
    connection.commit()
    connection.close()
    assert "is damaged: NULL value in tasks.assignee_id" in refusal(restore, source, database.path)


def test_a_folder_is_no_backup(tmp_path: Path) -> None:
    said = refusal(restore, tmp_path, tmp_path / "taskbot.db")
    assert said.startswith("There is no file")
    (tmp_path / "taskbot.db").touch()
    code, said = run("backup", tmp_path, tmp_path / "taskbot.db")
    assert (code, said.startswith("Not done: ")) == (2, True), said
