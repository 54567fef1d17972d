"""A cut of every proof, and that the proofs and their checker would see a fault."""

import asyncio
import dataclasses
import platform
import random
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import app
from tests.proof import asked, checker
from tests.proof.__main__ import document, main
from tests.proof.checker import POST, UPDATE
from tests.proof.disk import Disk
from tests.proof.figures import Figure, Size, percentile
from tests.proof.history import Call, Card, Event, History, Notice, Sent, Task
from tests.proof.planted import (
    ANSWER_BEFORE_COMMIT,
    ANY_LENGTH,
    ANY_RESPONSE_URL,
    FAILED_IS_UNSAVED,
    FULL_IS_NO_FAULT,
    LEASES_ALONE,
    LIBRARIES_TALK,
    LINES_RAW,
    MALFORMED_UNCAUGHT,
    MORE_PATHS,
    NEVER_CLOSED,
    NO_REQUEST_KEY,
    NOT_SYNCED,
    NUMBERS_ALONE,
    ONLY_THE_LAST_MINUTE,
    SEEN_ONCE,
    SIGNATURE_UNCHECKED,
    SKEW_UNSAID,
    TITLE_DRAWN_RAW,
    TITLE_READ_OUT_RAW,
    WAITS_TOO_LONG,
    Fault,
    planted,
)
from tests.proof.proofs import Proof, proof, proofs
from tests.proof.under_sqlite import Step, What

HANGS = 240.0
"""Seconds after which a cut has not been slow, but hung."""

pytestmark = pytest.mark.usefixtures("untraced")


def skip_without(proof: Proof) -> None:
    """Not without the program that it needs."""
    if proof.needs and shutil.which(proof.needs) is None:
        pytest.skip(f"needs {proof.needs}: apt-get install {proof.needs}")


@pytest.mark.parametrize("proof", proofs(), ids=lambda one: one.id)
async def test_every_figure_is_reached_in_a_cut_of_its_proof(proof: Proof) -> None:
    skip_without(proof)
    async with asyncio.timeout(HANGS):
        figures = await proof.prove(Size.CUT)
    assert figures
    assert {figure.id for figure in figures} == {proof.id}
    assert [figure for figure in figures if not figure.reached] == []


PLANTED = [
    ("M1", SEEN_ONCE),
    ("M3", SKEW_UNSAID),
    ("R1", ANSWER_BEFORE_COMMIT),
    ("R2", NOT_SYNCED),
    ("R3", NO_REQUEST_KEY),
    ("R6", FAILED_IS_UNSAVED),
    ("R12", WAITS_TOO_LONG),
    ("R13", FULL_IS_NO_FAULT),
    ("R16", ONLY_THE_LAST_MINUTE),
    ("R16", LEASES_ALONE),
    ("R16", SKEW_UNSAID),
    ("S1", SIGNATURE_UNCHECKED),
    ("S2", ANY_LENGTH),
    ("S3", NEVER_CLOSED),
    ("S4", MALFORMED_UNCAUGHT),
    ("S5", TITLE_READ_OUT_RAW),
    ("S5", TITLE_DRAWN_RAW),
    ("S6", NUMBERS_ALONE),
    ("S9", LIBRARIES_TALK),
    ("S10", LINES_RAW),
    ("S11", ANY_RESPONSE_URL),
    ("S13", MORE_PATHS),
]


@pytest.mark.parametrize(
    ("id_", "fault"), PLANTED, ids=[f"{name}, {fault.name}" for name, fault in PLANTED]
)
async def test_a_fault_planted_in_the_bot_is_seen_by_its_proof(id_: str, fault: Fault) -> None:
    skip_without(proof(id_))
    with planted(fault) as house:
        async with asyncio.timeout(HANGS):
            figures = await proof(id_).prove(Size.CUT, house)
    assert [figure for figure in figures if not figure.reached]


def test_a_fault_is_only_planted_where_its_line_stands() -> None:
    elsewhere = dataclasses.replace(NO_REQUEST_KEY, line="if change.is_no_more:")
    with pytest.raises(AssertionError, match="has no such line"), planted(elsewhere):
        pass


def test_nothing_that_the_bot_listens_to_is_left_out_where_calls_fail() -> None:
    listened_to = (app.COMMANDS, app.ACTIONS, app.VIEWS, app.SHORTCUTS, app.EVENTS)
    for table, rows in zip(listened_to, asked.ROWS, strict=True):
        assert table.keys() == rows.keys()


# What the checker sees, on a history of one task that was added and finished.

TASK = Task(
    number=1,
    title="Thing 1",
    status="done",
    has_card=True,
    is_deleted=False,
    creator="maya",
    assignee="nobody",
    completed_by="tom",
    deleted_by="nobody",
)
CARD = Card(
    channel_id="C01",
    ts="1.0",
    client_msg_id="m1",
    says="#1 Thing 1 (Done by tom, Thu 26 Nov 2026 18:19 UTC · Added by maya)",
    offers=("Reopen", "Assign to me", "Delete"),
)
ADDED = Sent(
    key="k1", verb="add", title="Thing 1", at=1, seconds=1, status=200, said="Added #1 Thing 1"
)
CLICKED = Sent(key="k2", verb="done", number=1, is_click=True, at=3, seconds=1, status=200, said="")
NOTICE = Notice(kind="card", number=1, channel_id="C01", ts="1.0", waits=False, gone=False)
TRUE = History(
    sent=(ADDED, CLICKED),
    calls=(),
    cards=(CARD,),
    tasks=(TASK,),
    events=(
        Event(number=1, version=1, kind="created", key="k1", at=1.5),
        Event(number=1, version=2, kind="completed", key="k2", at=3.5),
    ),
    notices=(NOTICE,),
)


def but(**fields: Any) -> History:
    """The same history, but for this."""
    return dataclasses.replace(TRUE, **fields)


def command(said: str, *, verb: str = "done", key: str = "k3", status: int | None = 200) -> Sent:
    """A command about the task, and its answer."""
    return Sent(key=key, verb=verb, number=1, at=5, seconds=1, status=status, said=said)


def test_the_checker_finds_nothing_in_a_true_history() -> None:
    assert checker.missing(TRUE) == []
    assert checker.doubled(TRUE) == []
    assert checker.contradicted(TRUE) == []
    assert checker.unasked(TRUE) == []
    assert checker.unanswered(TRUE) == []
    assert checker.wrong_cards(TRUE) == []
    assert checker.doubled_cards(TRUE) == 0


def test_the_checker_misses_what_was_answered_and_is_not_there() -> None:
    assert checker.missing(but(events=TRUE.events[1:])) == [ADDED]
    assert checker.missing(but(events=TRUE.events[:1])) == [CLICKED]
    assert checker.missing(but(events=(), tasks=())) == [ADDED, CLICKED]
    renamed = dataclasses.replace(TASK, title="Another")
    assert checker.missing(but(tasks=(renamed,))) == [ADDED]
    claimed = command("#1 Thing 1 is done.")
    assert checker.missing(but(sent=(*TRUE.sent, claimed))) == [claimed]


def test_a_click_that_finds_things_done_already_misses_nothing() -> None:
    late = dataclasses.replace(CLICKED, key="k4", at=6)
    early = dataclasses.replace(CLICKED, key="k5", at=2, seconds=0.5)
    assert checker.missing(but(sent=(*TRUE.sent, late))) == []
    assert checker.missing(but(sent=(*TRUE.sent, early))) == [early]


def test_what_is_said_of_a_click_later_is_its_answer() -> None:
    refusal = dataclasses.replace(CLICKED, key="k4", at=2, seconds=0.5, said="Not saved: busy.")
    assert checker.missing(but(sent=(refusal,))) == []
    assert checker.contradicted(but(sent=(refusal,))) == []
    in_spite = dataclasses.replace(CLICKED, said="Not saved: busy.")
    assert checker.contradicted(but(sent=(in_spite,))) == [in_spite]


def test_the_checker_sees_what_stands_twice() -> None:
    again = dataclasses.replace(TRUE.events[0], number=2)
    assert checker.doubled(but(events=(*TRUE.events, again))) == ["request k1: 2 events"]
    twin = dataclasses.replace(TASK, number=2)
    assert checker.doubled(but(tasks=(TASK, twin))) == ["title Thing 1: 2 tasks"]
    beyond = dataclasses.replace(TASK, number=3, title="Thing 3")
    assert checker.doubled(but(tasks=(TASK, beyond))) == ["the numbers of the tasks have gaps"]
    assert checker.doubled_cards(but(cards=(CARD, CARD))) == 1


@pytest.mark.parametrize(
    ("answer", "contradictions"),
    [
        (command("Not saved: the database is busy."), 0),
        (command("Not saved: the database is busy.", key="k2"), 1),
        (command("#1 Thing 1: tom finished it Thu 26 Nov."), 0),
        (command("#1 Thing 1: tom finished it Thu 26 Nov.", key="k2"), 1),
        (command("Still saving (ref 0123abcd)…"), 0),
        (command("stopping", status=503), 0),
        (command("stopping", status=503, key="k2"), 1),
        (command("Something went wrong"), 1),
        (command("", status=500), 1),
        (command("", status=None), 0),
    ],
)
def test_the_checker_sees_answers_that_the_database_contradicts(
    answer: Sent, contradictions: int
) -> None:
    assert len(checker.contradicted(but(sent=(answer,)))) == contradictions


def test_the_checker_sees_changes_that_nobody_asked_for_and_requests_without_an_answer() -> None:
    assert checker.unasked(but(sent=(ADDED,))) == [TRUE.events[1]]
    silent = dataclasses.replace(CLICKED, status=None)
    assert checker.unanswered(but(sent=(ADDED, silent))) == [silent]
    assert checker.unanswered(but(sent=(silent, CLICKED))) == []


def test_the_checker_sees_cards_that_are_not_there_or_not_true() -> None:
    assert checker.wrong_cards(but(cards=())) == ["#1 has no card"]
    assert checker.wrong_cards(but(notices=())) == ["#1 has no card"]
    for spoilt in (
        dataclasses.replace(CARD, says=CARD.says.replace("by tom", "by ada")),
        dataclasses.replace(CARD, says="#1 Thing 1 (To do · For nobody · Added by maya)"),
        dataclasses.replace(CARD, offers=("Done", "Assign to me", "Delete")),
    ):
        assert len(checker.wrong_cards(but(cards=(spoilt,)))) == 1
    without = dataclasses.replace(TASK, has_card=False)
    assert checker.wrong_cards(but(tasks=(without,), cards=())) == []


def call(method: str, at: float, retry_after: int | None = None, held_back: float = 0.0) -> Call:
    return Call(
        method=method,
        channel_id="C01",
        at=at,
        outcome="ratelimited" if retry_after else "ok",
        retry_after=retry_after,
        answered_at=at + held_back,
    )


def test_the_checker_sees_calls_inside_a_retry_after_of_the_same_method() -> None:
    refused = call(UPDATE, 10, retry_after=5)
    on_the_way, inside, after = call(UPDATE, 10.1), call(UPDATE, 14.9), call(UPDATE, 15.1)
    other = call(POST, 12)
    history = but(calls=(refused, on_the_way, other, inside, after))
    ((call_inside, seconds),) = checker.inside_retry_after(history)
    assert call_inside == inside
    assert seconds == pytest.approx(4.9)
    held_back = call(UPDATE, 10, retry_after=5, held_back=4.8)
    assert checker.inside_retry_after(but(calls=(held_back, inside, call(UPDATE, 20)))) == []
    assert checker.inside_retry_after(but(calls=(held_back, call(UPDATE, 19.7)))) != []


def waiting(number: int, channel_id: str, ts: str | None = None) -> Notice:
    return Notice(kind="card", number=number, channel_id=channel_id, ts=ts, waits=True, gone=False)


def test_the_earliest_moment_is_that_of_the_limit_which_lasts_longest() -> None:
    now = 1_000.0
    assert checker.earliest_told(TRUE, now) == now
    one_channel = but(notices=tuple(waiting(at, "C01") for at in range(4)))
    assert checker.earliest_told(one_channel, now) == now + 3
    many_channels = but(notices=tuple(waiting(at, f"C{at}") for at in range(4)))
    assert checker.earliest_told(many_channels, now) == now
    updates = tuple(call(UPDATE, now - 20 - at / 10) for at in range(50))
    one_more = but(calls=updates, notices=(waiting(1, "C01", "1.0"),))
    assert checker.earliest_told(one_more, now) == pytest.approx(now - 24.9 + 60)
    limited = but(calls=(call(UPDATE, now - 1, retry_after=30),), notices=one_more.notices)
    assert checker.earliest_told(limited, now) == now + 29


# What is left of a disk whose power is cut.


def written(at: int, data: bytes, name: str = "a.db") -> Step:
    return Step(What.WRITTEN, name, at, data)


def left(tmp_path: Path, *done: Step, chance: random.Random | None = None) -> dict[str, bytes]:
    """The files that a cut after these steps leaves, by name."""
    disk = Disk(tmp_path / "a.db")
    for step in done:
        disk.do(step)
    after = tmp_path / "after"
    after.mkdir(exist_ok=True)
    disk.cut(after / "a.db", chance)
    return {path.name: path.read_bytes() for path in after.iterdir()}


def test_a_cut_leaves_what_was_synced_before(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"12345678")
    changes = (written(2, b"ab"), Step(What.TRUNCATED, "a.db", 6, b""), written(8, b"z"))
    synced = Step(What.SYNCED, "a.db", 0, b"")
    assert left(tmp_path, *changes) == {"a.db": b"12345678"}
    assert left(tmp_path, *changes, synced, written(0, b"x")) == {"a.db": b"12ab56\0\0z"}


def test_a_cut_leaves_some_sectors_of_what_was_not_synced(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"o" * 2048)
    chance = random.Random(1)  # noqa: S311  # chance, not a secret
    found = [left(tmp_path, written(256, b"n" * 1536), chance=chance)["a.db"] for _ in range(256)]
    sectors = {one[at : at + 512] for one in found for at in (512, 1024)}
    assert sectors == {b"o" * 512, b"n" * 512}
    assert {one[:256] for one in found} == {b"o" * 256}
    assert len(set(found)) == 16


def test_a_cut_leaves_the_names_that_were_synced_before(tmp_path: Path) -> None:
    (tmp_path / "a.db-wal").write_bytes(b"old")
    gone = Step(What.DELETED, "a.db-wal", 0, b"")
    new = (
        Step(What.CREATED, "a.db", 0, b""),
        written(0, b"new"),
        Step(What.SYNCED, "a.db", 0, b""),
    )
    names = Step(What.NAMES_SYNCED, "", 0, b"")
    assert left(tmp_path, gone, *new) == {"a.db-wal": b"old"}
    assert left(tmp_path, gone, *new, names) == {"a.db": b"new"}


def test_a_percentile_is_the_value_that_so_many_do_not_exceed() -> None:
    assert percentile([float(at) for at in range(100, 0, -1)], 99) == 99
    assert percentile([1.0], 99) == 1.0
    assert percentile([], 99) == 0.0


def test_the_page_tells_plainly_what_was_not_reached_and_why() -> None:
    reached = Figure(
        id="R1", fault="a | b", wanted="0", measured="0", reached=True, note="on one machine"
    )
    missed = dataclasses.replace(reached, measured="3", reached=False, note="")
    page, today = document([reached, missed]), f"{datetime.now(UTC):%Y-%m-%d}"
    first, second = "| R1 | a \\| b | 0 | 0 | yes |", "| R1 | a \\| b | 0 | 3 | **no** |"
    assert f"{first} {today} |\n{second} {today} |" in page
    assert "- **R1**, a | b: on one machine\n" in page
    assert f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}" in page


def test_what_a_proof_measured_stays_on_the_page_until_it_is_run_again() -> None:
    earlier = [
        Figure(id=id_, fault="a fault", wanted="0", measured="7", reached=True, note="a note")
        for id_ in ("R1", "R11", "S1")
    ]
    again = dataclasses.replace(earlier[1], measured="0")
    before = document(earlier)
    page = document([again], before)
    rows = [line[:30] for line in page.splitlines() if line.startswith(("| R", "| S", "- "))]
    assert rows == [
        "| R1 | a fault | 0 | 7 | yes |",
        "| R11 | a fault | 0 | 0 | yes ",
        "| S1 | a fault | 0 | 7 | yes |",
        "- **R1**, a fault: a note",
        "- **R11**, a fault: a note",
        "- **S1**, a fault: a note",
    ]
    elsewhere = before.replace(platform.python_version(), "2.7")
    assert document([again], elsewhere) == document([again])


def test_a_proof_that_nobody_knows_is_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["R99", "r1"]) == 2
    assert capsys.readouterr().out == "There is no proof R99.\n"
