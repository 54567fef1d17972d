"""`python -m ops report`: the page's figures as text and as JSON, beside a bot that runs."""

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from ops import VERSION
from ops.figures import as_json, figures
from ops.text import text
from ops.words import told
from playground import Channel, Person
from store import Database, Report, bring_up_to_date
from tests.conftest import RunningBot, eventually, lay_schema
from tests.factories import NOW
from tests.journey import add
from tests.ops import reports
from tests.ops.test_page import Seen, seen

ROOT = Path(__file__).parents[2]


def at(told_as: Any, name: str) -> Any:
    """What stands in JSON under the name of a figure."""
    for part in name.split("."):
        told_as = told_as[int(part) if isinstance(told_as, list) else part]
    return told_as


@pytest.mark.parametrize("report", [reports.distinct(), reports.quarter(), reports.empty()])
def test_every_figure_of_the_report_stands_in_json_under_its_name(report: Report) -> None:
    told_as = json.loads(json.dumps(as_json(report)))
    assert told_as["release"] == VERSION
    for name, value in figures(report):
        expected = value.isoformat() if hasattr(value, "isoformat") else value
        assert at(told_as, name) == expected, name


def test_every_figure_of_the_report_stands_in_the_text() -> None:
    report = reports.distinct()
    words = text(report).replace(",", "")
    for name, value in figures(report):
        if value is not None:
            shown = str(value) if name.endswith(".week") else told(name, value)
            assert re.search(rf"(?<!\w){re.escape(shown.replace(',', ''))}(?!\w)", words), name


@pytest.mark.parametrize("times", [1, 1_000])
def test_the_text_keeps_to_80_columns(times: int) -> None:
    for report in (reports.quarter(times=times), reports.hostile(), reports.empty()):
        assert max(len(line) for line in text(report).splitlines()) <= 80


def test_what_people_wrote_moves_no_cursor_and_turns_no_direction() -> None:
    words = text(reports.hostile())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", words)
    assert "\\x1b[2J" in words
    assert "\\u202egnissim si siht" in words
    assert "    one\n    two\n      three\n    four\\x00five\n" in words


def test_what_is_wide_and_what_is_long_is_broken_at_the_edge() -> None:
    report = reports.hostile()
    wide = text(report).count("x" * 76)
    assert wide == 2 * (3_000 // 76)


def test_a_share_of_nobody_is_no_percentage() -> None:
    words = text(reports.empty())
    assert "%" not in words
    assert "Nothing was typed in these days." in words


def test_who_came_back_is_no_share_of_those_who_could_not_yet() -> None:
    report = reports.quarter()
    assert re.search("^Came back in week 4 +6$", text(report), re.MULTILINE)
    assert "Came back in week 4 6 Tasks created" in " ".join(seen(report).words.split())


def run(
    *words: str, to: IO[str] | int = subprocess.PIPE, **environment: str
) -> tuple[int, str, str]:
    """Run the program as an operator would; its exit code, its answer and what it complained of."""
    ran = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "ops", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=to,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def test_the_report_is_told_beside_a_bot_that_serves_the_database(tmp_path: Path) -> None:
    path = tmp_path / "taskbot.db"
    database = await Database.open(url(path))
    await bring_up_to_date(database, NOW)
    code, said, complaint = run("report", "--weeks", "4", DATABASE_URL=url(path))
    assert (code, complaint) == (0, "")
    assert said.startswith(f"Taskbot {VERSION}, ")
    assert "The last 28 days" in said
    code, said, _ = run("report", "--json", DATABASE_URL=url(path))
    assert code == 0
    assert len(json.loads(said)["days"]) == 90
    await database.close()


async def test_the_page_and_the_report_say_the_same_of_a_bot_that_runs(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login", "Order cake")
    await maya.command("/task done 1", channel=dev)
    await maya.command("/task lsit", channel=dev)
    await eventually(lambda: bot.rows("SELECT sum(count) FROM verb_days") == [(4,)], 10)
    ran = await asyncio.to_thread(run, "report", "--json", DATABASE_URL=url(bot.path))
    told_as = json.loads(ran[1])
    shown = Seen(await bot.get("/")).figures
    for name, value in (
        ("numbers.tasks_created", 2),
        ("numbers.users_active.day", 1),
        ("period.completed.command", 1),
        ("days.89.created.command", 2),
        ("unknown_words.lsit", 1),
    ):
        assert (at(told_as, name), shown[name][0]) == (value, str(value)), name
    moving = {"at", "numbers.notices_waiting", "numbers.notices_oldest_seconds"}
    for name, (exact, _) in shown.items():
        if exact is not None and name not in moving:
            value = at(told_as, name)
            assert exact == ("" if value is None else str(value)), name


async def test_where_the_url_stands_in_a_file_it_is_read_there(tmp_path: Path) -> None:
    path = tmp_path / "taskbot.db"
    database = await Database.open(url(path))
    await bring_up_to_date(database, NOW)
    await database.close()
    named = tmp_path / "url"
    named.write_text(f"{url(path)}\n")
    assert run("report", DATABASE_URL_FILE=str(named))[0] == 0
    code, _, complaint = run("report", DATABASE_URL_FILE=str(named), DATABASE_URL=url(path))
    assert code == 2
    assert "DATABASE_URL and DATABASE_URL_FILE are both set." in complaint


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "there is no such file. Set DATABASE_URL"),
        (b"not a database" * 99, "file is not a database. Set DATABASE_URL"),
        (b"", "the database has schema none, this release reads 0004: start its bot once"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_and_left_as_it_is(
    content: bytes | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "taskbot.db"
    if content is not None:
        path.write_bytes(content)
    code, said, complaint = run("report", DATABASE_URL=url(path))
    assert (code, said) == (2, "")
    assert complaint.startswith("There is no report: ")
    assert why in complaint
    assert [each.name for each in tmp_path.iterdir()] == ([] if content is None else [path.name])
    assert content is None or path.read_bytes() == content


def test_a_database_that_is_damaged_or_held_is_refused_in_words_too(tmp_path: Path) -> None:
    path = tmp_path / "taskbot.db"
    asyncio.run(lay_schema(path))
    holder = sqlite3.connect(path)
    holder.execute("DROP TABLE feedback")
    holder.commit()
    assert "cannot be read: no such table: feedback." in run("report", DATABASE_URL=url(path))[2]
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("DELETE FROM heartbeats")
    code, said, complaint = run("report", DATABASE_URL=url(path))
    holder.close()
    assert (code, said) == (2, "")
    assert "cannot be read: database is locked." in complaint
    path.unlink()
    path.mkdir()
    assert "cannot be read: it is no file." in run("report", DATABASE_URL=url(path))[2]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_report_that_finds_no_room_is_not_said_to_be_told(
    tmp_path: Path, form: tuple[str, ...]
) -> None:
    path = tmp_path / "taskbot.db"
    asyncio.run(lay_schema(path))
    with Path("/dev/full").open("w") as full:
        code, _, complaint = run("report", *form, to=full, DATABASE_URL=url(path))
    assert (code, complaint) == (2, "The report is not all there: No space left on device.\n")


@pytest.mark.parametrize("weeks", ["0", "53", "four", ""])
def test_weeks_that_cannot_be_read_are_refused_with_an_example_here_too(weeks: str) -> None:
    code, said, complaint = run("report", "--weeks", weeks)
    assert (code, said) == (2, "")
    assert "A whole number from 1 to 52. Example: --weeks 4" in complaint


def test_a_malformed_url_is_refused_with_an_example() -> None:
    code, _, complaint = run("report", DATABASE_URL="postgresql://nobody")
    assert code == 2
    assert "DATABASE_URL cannot be" in complaint


def test_a_reader_who_goes_away_early_is_no_fault(tmp_path: Path) -> None:
    ran = subprocess.run(  # noqa: S602  # our own program, in a pipe as it would be typed
        f"{sys.executable} -c 'import ops.__main__ as m; m._print(chr(120) * 10**6)' | head -c 1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert (ran.stdout, ran.stderr) == ("x", "")
    assert tmp_path.exists()
