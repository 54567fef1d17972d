"""The rules of a task, each with what it refuses."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import (
    NOTES_MAX,
    TITLE_MAX,
    Due,
    DueAt,
    DueDay,
    EventKind,
    Priority,
    Role,
    Status,
    Task,
    TaskEvent,
    Verdict,
)
from store.models import RECORDED
from store.rows import insert_event, insert_task, to_event, to_task
from store.tables import metadata, task_events, tasks
from tests.factories import MAYA, NOW, TOM, deleted_task, done_task, event, task

Rule = Callable[[Task], Task | Verdict]

FRIDAY = DueDay(date(2026, 11, 27))
FRIDAY_AT_NOON = DueAt(datetime(2026, 11, 27, 11, 0, tzinfo=UTC))

RULES: dict[str, Rule] = {
    "complete": lambda one: one.complete(TOM, NOW),
    "start": lambda one: one.start(TOM),
    "reopen": lambda one: one.reopen(),
    "assign": lambda one: one.assign(TOM),
    "give up": lambda one: one.assign(None),
    "reschedule": lambda one: one.reschedule(FRIDAY),
    "unschedule": lambda one: one.reschedule(None),
    "prioritise": lambda one: one.prioritise(Priority.HIGH),
    "rename": lambda one: one.rename("Fix logout"),
    "note": lambda one: one.note("Later"),
    "delete": lambda one: one.delete(TOM, Role.MEMBER, NOW),
    "restore": lambda one: one.restore(TOM, Role.MEMBER),
}
TODO = task()
DOING = task(status=Status.DOING, assignee_id=TOM)
DONE = done_task()
DELETED = deleted_task(assignee_id=TOM)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("complete", TODO, {"status": "done", "completed_by": TOM, "completed_at": NOW}),
        ("complete", DOING, {"status": "done", "completed_by": TOM, "assignee_id": TOM}),
        ("complete", DONE, Verdict.ALREADY),
        ("complete", DELETED, Verdict.IS_DELETED),
        ("start", TODO, {"status": "doing", "assignee_id": TOM}),
        ("start", task(assignee_id=MAYA), {"status": "doing", "assignee_id": MAYA}),
        ("start", DOING, Verdict.ALREADY),
        ("start", DONE, Verdict.REOPEN_FIRST),
        ("start", DELETED, Verdict.IS_DELETED),
        ("reopen", DONE, {"status": "todo", "completed_by": None, "completed_at": None}),
        ("reopen", TODO, Verdict.ALREADY),
        ("reopen", DOING, Verdict.ALREADY),
        ("reopen", DELETED, Verdict.IS_DELETED),
        ("assign", TODO, {"assignee_id": TOM, "status": "todo"}),
        ("assign", DOING, Verdict.ALREADY),
        ("assign", DELETED, Verdict.IS_DELETED),
        ("give up", DOING, {"assignee_id": None, "status": "doing"}),
        ("give up", TODO, Verdict.ALREADY),
        ("give up", DELETED, Verdict.IS_DELETED),
        ("reschedule", TODO, {"due": FRIDAY}),
        ("reschedule", task(due=FRIDAY_AT_NOON), {"due": FRIDAY}),
        ("reschedule", DONE, {"due": FRIDAY, "status": "done", "completed_at": NOW}),
        ("reschedule", task(due=FRIDAY), Verdict.ALREADY),
        ("reschedule", DELETED, Verdict.IS_DELETED),
        ("unschedule", task(due=FRIDAY), {"due": None}),
        ("unschedule", TODO, Verdict.ALREADY),
        ("prioritise", TODO, {"priority": "high"}),
        ("prioritise", task(priority=Priority.HIGH), Verdict.ALREADY),
        ("prioritise", DELETED, Verdict.IS_DELETED),
        ("note", TODO, {"notes": "Later"}),
        ("note", task(notes="Soon"), {"notes": "Soon\nLater"}),
        ("note", task(notes="x" * (NOTES_MAX - 6)), {"notes": "x" * (NOTES_MAX - 6) + "\nLater"}),
        ("note", task(notes="x" * (NOTES_MAX - 5)), Verdict.NO_ROOM),
        ("note", DELETED, Verdict.IS_DELETED),
        ("note", deleted_task(notes="x" * NOTES_MAX), Verdict.IS_DELETED),
        ("rename", DELETED, Verdict.IS_DELETED),
        ("delete", DOING, {"deleted_by": TOM, "deleted_at": NOW, "status": "doing"}),
        ("delete", TODO, Verdict.NOT_YOURS),
        ("delete", DELETED, Verdict.ALREADY),
        ("restore", DELETED, {"deleted_by": None, "deleted_at": None}),
        ("restore", deleted_task(), Verdict.NOT_YOURS),
        ("restore", TODO, Verdict.ALREADY),
    ],
)
def test_each_rule_changes_the_task_or_says_why_not(
    rule: str, before: Task, after: Verdict | dict[str, object]
) -> None:
    ruled = RULES[rule](before)
    if isinstance(after, Verdict):
        assert ruled is after
    else:
        assert isinstance(ruled, Task)
        assert {name: getattr(ruled, name) for name in after} == after
        assert (ruled.number, ruled.title, ruled.creator_id) == (12, "Fix login", MAYA)


def test_a_task_is_renamed_once() -> None:
    renamed = TODO.rename("Fix logout")
    assert isinstance(renamed, Task)
    assert renamed == replace(TODO, title="Fix logout")
    assert renamed.rename("Fix logout") is Verdict.ALREADY


@pytest.mark.parametrize(
    ("user_id", "role", "may"),
    [
        (MAYA, Role.MEMBER, True),
        (TOM, Role.GUEST, True),
        ("U09", Role.ADMIN, True),
        ("U09", Role.MEMBER, False),
        ("U09", Role.GUEST, False),
        ("U09", Role.UNKNOWN, False),
    ],
)
def test_creator_assignee_and_admins_may_delete_and_restore(
    user_id: str,
    role: Role,
    may: bool,  # noqa: FBT001  # a column of the table
) -> None:
    ours = task(assignee_id=TOM)
    assert ours.may_delete(user_id, role) is may
    deleted = ours.delete(user_id, role, NOW)
    assert isinstance(deleted, Task) is may
    assert isinstance(DELETED.restore(user_id, role), Task) is may


def test_a_restored_task_stands_where_it_stood() -> None:
    deleted = DONE.delete(MAYA, Role.MEMBER, NOW)
    assert isinstance(deleted, Task)
    assert deleted.restore(MAYA, Role.MEMBER) == DONE


def test_a_change_is_recorded_field_by_field() -> None:
    assert TODO.changes_to(DOING) == {"status": ("todo", "doing"), "assignee_id": (None, TOM)}
    assert TODO.changes_to(task(version=9)) == {}


MINUTES = st.integers(0, 60 * 24 * 365 * 40).map(
    lambda minutes: NOW.replace(second=0) + timedelta(minutes=minutes)
)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the strategy adds it
USERS = st.sampled_from([MAYA, TOM, "W09"])
DUES: st.SearchStrategy[Due | None] = (
    st.none()
    | st.builds(DueDay, st.dates(date(1971, 1, 1)))
    | (st.builds(DueAt, MINUTES | MOMENTS))
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=TITLE_MAX)


@st.composite
def any_task(draw: st.DrawFn) -> Task:
    """A task in any state that its rules can bring it to."""
    is_done, is_deleted = draw(st.booleans()), draw(st.booleans())
    open_ones = st.sampled_from([Status.TODO, Status.DOING])
    return task(
        title=draw(TEXTS),
        notes=draw(st.just("") | TEXTS),
        status=Status.DONE if is_done else draw(open_ones),
        priority=draw(st.sampled_from(Priority)),
        creator_id=draw(USERS),
        assignee_id=draw(st.none() | USERS),
        due=draw(DUES),
        completed_at=draw(MOMENTS) if is_done else None,
        completed_by=draw(USERS) if is_done else None,
        deleted_at=draw(MOMENTS) if is_deleted else None,
        deleted_by=draw(USERS) if is_deleted else None,
        version=draw(st.integers(1, 9)),
    )


@st.composite
def any_rules(draw: st.DrawFn) -> dict[EventKind, Rule]:
    """Every rule, with what it is asked for."""
    actor, at = draw(USERS), draw(MOMENTS)
    assignee, due, priority = draw(st.none() | USERS), draw(DUES), draw(st.sampled_from(Priority))
    text = draw(TEXTS)
    return {
        EventKind.ASSIGNED: lambda one: one.assign(assignee),
        EventKind.STARTED: lambda one: one.start(actor),
        EventKind.COMPLETED: lambda one: one.complete(actor, at),
        EventKind.REOPENED: lambda one: one.reopen(),
        EventKind.RENAMED: lambda one: one.rename(text),
        EventKind.RESCHEDULED: lambda one: one.reschedule(due),
        EventKind.PRIORITISED: lambda one: one.prioritise(priority),
        EventKind.NOTED: lambda one: one.note(text),
        EventKind.DELETED: lambda one: one.delete(actor, Role.ADMIN, at),
        EventKind.RESTORED: lambda one: one.restore(actor, Role.ADMIN),
    }


def changes(before: Task, rules: dict[EventKind, Rule]) -> Iterator[tuple[Task, TaskEvent]]:
    """The task after each rule that changes it, and what is recorded of that."""
    version, at = before.version + 1, NOW + timedelta(days=1)
    for kind, rule in rules.items():
        ruled = rule(before)
        if isinstance(ruled, Task):
            assert ruled != before, kind
            after = replace(ruled, version=version, updated_at=at)
            yield after, event(kind, version=version, changes=before.changes_to(after))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(any_task(), any_rules())
def test_what_is_taken_back_is_as_it_was_but_for_version_and_update(
    before: Task, rules: dict[EventKind, Rule]
) -> None:
    assert rules.keys() == set(EventKind) - {EventKind.CREATED}
    ways = list(changes(before, rules))
    assert ways, "there is always something that may be done"
    for after, recorded in ways:
        back = after.take_back(recorded, TOM, NOW)
        assert back == replace(before, version=after.version, updated_at=after.updated_at), (
            recorded.kind
        )


def test_what_was_added_is_taken_back_by_deleting_it() -> None:
    assert TODO.take_back(event(), TOM, NOW) == replace(TODO, deleted_at=NOW, deleted_by=TOM)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """A database in memory with the present tables."""
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=any_task(), rules=any_rules())
def test_what_is_read_from_the_history_is_what_was_written_to_it(
    connection: sa.Connection, before: Task, rules: dict[EventKind, Rule]
) -> None:
    for after, recorded in changes(before, rules):
        insert_event(connection, recorded, "key-1")
        read = to_event(connection.execute(sa.select(task_events)).one())
        assert read == recorded
        for name, pair in recorded.changes.items():
            assert [type(value) for value in read.changes[name]] == [type(one) for one in pair]
        back = after.take_back(read, TOM, NOW)
        assert {name: getattr(back, name) for name in RECORDED} == {
            name: getattr(before, name) for name in RECORDED
        }
        connection.rollback()


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=any_task())
def test_a_task_is_read_as_it_was_written(connection: sa.Connection, before: Task) -> None:
    insert_task(connection, before)
    read = to_task(connection.execute(sa.select(tasks)).one())
    connection.rollback()
    assert read == before
    assert (type(read.due), type(read.status)) == (type(before.due), Status)


def test_history_is_kept_in_plain_words(connection: sa.Connection) -> None:
    before = task(title="2026-12-03", due=FRIDAY, assignee_id=TOM)
    after = done_task(
        title="null",
        notes="2026-12-03T09:00:00+00:00",
        priority=Priority.LOW,
        due=DueAt(NOW + timedelta(microseconds=7)),
        deleted_at=NOW,
        deleted_by=MAYA,
    )
    recorded = event(EventKind.COMPLETED, changes=before.changes_to(after))
    insert_event(connection, recorded, "key-1")
    assert json.loads(connection.scalar(sa.text("SELECT changes FROM task_events")) or "") == {
        "title": ["2026-12-03", "null"],
        "notes": ["", "2026-12-03T09:00:00+00:00"],
        "status": ["todo", "done"],
        "priority": ["normal", "low"],
        "assignee_id": [TOM, None],
        "due": ["2026-11-27", "2026-11-23T09:00:00.000007+00:00"],
        "completed_at": [None, "2026-11-23T09:00:00+00:00"],
        "completed_by": [None, TOM],
        "deleted_at": [None, "2026-11-23T09:00:00+00:00"],
        "deleted_by": [None, MAYA],
    }
    assert to_event(connection.execute(sa.select(task_events)).one()) == recorded
    assert recorded.changes.keys() == set(RECORDED)
