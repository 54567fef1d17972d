"""One JSON object a line, libraries quieted, and output that breaks breaks nothing else."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from ops.events import publisher
from ops.logging import LINE_MAX, StandardOutput, configure_logging
from ops.metrics import Metrics
from store import EventKind, Source
from tests.factories import MAYA, event

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def former_logging() -> Iterator[None]:
    """Leave the process's logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_is_one_json_object_with_level_moment_and_context(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", "json")
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger().info("told", text="two\nlines ✓")
    structlog.get_logger().debug("not told")
    (line,) = lines(capsys)
    assert line.pop("timestamp")
    expected = {"event": "told", "level": "info", "request_id": "abc", "text": "two\nlines ✓"}
    assert line == expected


def test_a_fault_has_its_traceback_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    try:
        b"\xff".decode()
    except UnicodeDecodeError:
        structlog.get_logger().exception("failed")
        logging.getLogger("some.library").exception("failed too")
    ours, theirs = lines(capsys)
    for line in (ours, theirs):
        assert "UnicodeDecodeError: " in str(line["exception"])
        assert line["level"] == "error"


HOSTILE = {
    "a line end": "one\r\ntwo",
    "other line ends": "one\u2028two\u2029three\x85four\x0b\x0c",
    "a terminal's commands": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "a turned direction": "\u202eevil",
    "half a character": "\ud83d",
    "NUL": "\x00",
    "quotes": '","level":"critical","x":"',
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_a_value_holds_it_is_one_line_of_plain_characters(
    capsys: pytest.CaptureFixture[str], value: str
) -> None:
    configure_logging("INFO", "json")
    structlog.get_logger().info(value, text=value)
    logging.getLogger("some.library").warning("told: %s", value)
    said = capsys.readouterr().out
    assert said.count("\n") == len(said.splitlines()) == 2
    assert said.replace("\n", "").isprintable()
    assert said.isascii()
    ours, theirs = (json.loads(line) for line in said.splitlines())
    assert (ours["event"], ours["text"]) == (value, value)
    assert (theirs["event"], theirs["level"]) == (f"told: {value}", "warning")


LONG = {
    "text": "x" * 1_000_000,
    "text that is escaped": "\U0001f600" * 10_000,
    "a list": ["\u2028" * 100] * 100,
    "a mapping": {"key": "x" * 10_000},
}


@pytest.mark.parametrize("value", LONG.values(), ids=LONG.keys())
def test_a_line_is_never_longer_than_8_kib(
    capsys: pytest.CaptureFixture[str], value: object
) -> None:
    configure_logging("INFO", "json")
    many = {f"value{at}": value for at in range(40)}
    structlog.get_logger().info("told", request_id="abc", first=1, second=value)
    structlog.get_logger().info("told", request_id="abc", **many)
    one, all_of_them = capsys.readouterr().out.splitlines()
    assert 1_000 < len(one) <= LINE_MAX
    assert len(all_of_them) <= LINE_MAX
    assert json.loads(one)["first"] == 1
    for line in (one, all_of_them):
        assert json.loads(line)["event"] == "told"
        assert json.loads(line)["request_id"] == "abc"


def test_of_a_long_fault_its_beginning_and_its_end_are_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", "json")
    try:
        _fails(50, "x" * 100_000)
    except ValueError:
        structlog.get_logger().exception("failed", reference="abc")
    (line,) = lines(capsys)
    assert str(line["exception"]).startswith("Traceback (most recent call last)")
    assert str(line["exception"]).endswith("xxx\nthe end")
    assert line["reference"] == "abc"


def _fails(depth: int, text: str) -> None:
    if depth:
        _fails(depth - 1, text)
    raise ValueError(text + "\nthe end")


def test_libraries_speak_in_the_same_form_and_none_of_them_of_bodies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("DEBUG", "json")
    for name in ("slack_sdk.web", "slack_bolt", "aiosqlite", "aiohttp.access", "alembic.runtime"):
        logging.getLogger(name).info("xoxb-secret")
    logging.getLogger("slack_bolt").warning("a whole body")
    logging.getLogger("slack_bolt").error("a fault")
    logging.getLogger("asyncio").warning("slow")
    assert [line["event"] for line in lines(capsys)] == ["a fault", "slow"]


def test_a_higher_level_quiets_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("ERROR", "json")
    logging.getLogger("slack_sdk").warning("quiet")
    logging.getLogger("slack_sdk").error("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_the_console_form_is_for_eyes(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "console")
    structlog.get_logger().info("told", count=1)
    said = capsys.readouterr().out
    assert "told" in said
    assert not said.startswith("{")


def run(code: str, output: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program with an output of its own to break."""
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=output if output is not None else subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )


LOGS_AND_LIVES = """
import os, sys
from ops.logging import LINE_MAX, StandardOutput, configure_logging
configure_logging("INFO", "json")
import structlog
{first}
for _ in range(3):
    structlog.get_logger().info("told", text="x" * 100_000)
print("lives", file=sys.stderr)
os._exit(0)
"""


def test_a_closed_output_is_no_reason_to_fail() -> None:
    ran = run(LOGS_AND_LIVES.format(first="sys.stdout.close()"))
    assert (ran.returncode, ran.stderr) == (0, "lives\n")


def test_a_broken_pipe_is_no_reason_to_fail() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = run(LOGS_AND_LIVES.format(first=""), writing)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, "lives\n")


def test_an_output_that_cannot_spell_a_text_is_no_reason_to_fail() -> None:
    ascii_only = 'sys.stdout.reconfigure(encoding="ascii"); StandardOutput().write("✓")'
    ran = run(LOGS_AND_LIVES.format(first=ascii_only))
    assert (ran.returncode, ran.stderr) == (0, "lives\n")


def test_standard_output_is_the_one_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    output = StandardOutput()
    assert output.write("now") == 3
    output.flush()
    assert capsys.readouterr().out == "now"


def test_an_event_is_one_line_and_its_counts_without_title_or_notes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", "json")
    metrics = Metrics()
    publish = publisher(metrics)
    publish(event(EventKind.CREATED))
    publish(event(EventKind.COMPLETED, seconds_open=60.0, changes={"title": ("secret", "hush")}))
    created, completed = lines(capsys)
    assert (created["event"], completed["event"]) == ("task.created", "task.completed")
    assert completed["fields"] == ["title"]
    assert "secret" not in str(completed)
    value = metrics.registry.get_sample_value
    assert value("tasks_created_total", {"source": "command"}) == 1
    assert value("tasks_completed_total", {"source": "command"}) == 1
    assert value("task_events_total", {"kind": "completed"}) == 1
    assert value("task_completion_seconds_sum") == 60


def test_taking_back_is_logged_as_an_undo_and_is_no_second_completion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", "json")
    metrics = Metrics()
    publish = publisher(metrics)
    publish(event(EventKind.COMPLETED, version=2, seconds_open=60.0))
    publish(event(EventKind.REOPENED, version=3))
    publish(event(EventKind.COMPLETED, version=4, is_undo=True, source=Source.BUTTON))
    publish(event(EventKind.DELETED, version=5, is_undo=True, changes={"deleted_by": (None, MAYA)}))
    completed, reopened, again, deleted = lines(capsys)
    assert (completed["undo"], reopened["undo"]) == (False, False)
    assert (again["undo"], deleted["undo"]) == (True, True)
    assert (again["event"], again["version"], again["source"]) == ("task.completed", 4, "button")
    assert (deleted["event"], deleted["fields"]) == ("task.deleted", ["deleted_by"])
    value = metrics.registry.get_sample_value
    assert value("tasks_completed_total", {"source": "command"}) == 1
    assert value("tasks_completed_total", {"source": "button"}) == 0
    assert value("task_completion_seconds_count") == 1
    assert value("task_events_total", {"kind": "completed"}) == 2
    assert value("task_events_total", {"kind": "deleted"}) == 1
