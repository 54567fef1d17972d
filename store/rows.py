"""From rows to the dataclasses of `models`, and back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, assert_never

import sqlalchemy as sa

from store.clock import EPOCH
from store.models import (
    Channel,
    ChannelKind,
    Due,
    DueAt,
    DueDay,
    EventKind,
    Outcome,
    Person,
    Priority,
    Role,
    Source,
    Status,
    Task,
    TaskEvent,
    Verdict,
)
from store.tables import NEVER_DUE, channels, people, task_events, tasks

_MINUTES_A_DAY = 24 * 60
RANKS = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}
_SAME_IN_ROW = tuple(name for name in Task.__dataclass_fields__ if name != "due")


def to_task(row: sa.Row[Any]) -> Task:
    """One row of `tasks`."""
    fields = {name: getattr(row, name) for name in _SAME_IN_ROW}
    fields["status"] = Status(row.status)
    fields["priority"] = Priority(row.priority)
    return Task(due=to_due(row.due_day, row.due_at), **fields)


def from_task(task: Task) -> dict[str, Any]:
    """The columns of `tasks`, with what is derived for sorting and searching."""
    columns: dict[str, Any] = {name: getattr(task, name) for name in _SAME_IN_ROW}
    columns["due_day"] = to_day(task.due.day) if isinstance(task.due, DueDay) else None
    columns["due_at"] = task.due.at if isinstance(task.due, DueAt) else None
    columns["due_order"] = due_order(task.due)
    columns["rank"] = RANKS[task.priority]
    columns["words"] = f"{task.title}\n{task.notes}".casefold()
    return columns


def to_day(day: date) -> int:
    """A day as it is kept: whole days since 1970."""
    return (day - EPOCH.date()).days


def due_order(due: Due | None) -> int:
    """The place of a due date among the others: whole minutes since 1970 UTC.

    A day stands at its end in UTC: near enough to sort by, whoever looks. What is never due
    stands last.
    """
    match due:
        case None:
            return NEVER_DUE
        case DueDay(day=day):
            return (to_day(day) + 1) * _MINUTES_A_DAY
        case DueAt(at=at):
            return (at - EPOCH) // timedelta(minutes=1)
        case _ as never:
            assert_never(never)


def to_due(day: int | None, at: datetime | None) -> Due | None:
    """When a task is due, from its two columns."""
    if day is not None:
        return DueDay(EPOCH.date() + timedelta(days=day))
    return DueAt(at) if at else None


# Statements that every request runs are built once: building one costs more than running it.
_INSERT_TASK = tasks.insert()
_INSERT_EVENT = task_events.insert()
_UPDATE_TASK = tasks.update().where(
    tasks.c.team_id == sa.bindparam("key_team_id"), tasks.c.number == sa.bindparam("key_number")
)


def insert_task(connection: sa.Connection, task: Task) -> None:
    """Write a task that has its number and was never written."""
    connection.execute(_INSERT_TASK, from_task(task) | _reminder(task))


def update_task(connection: sa.Connection, before: Task, task: Task) -> None:
    """Write a task over its former state."""
    key = {"key_team_id": task.team_id, "key_number": task.number}
    # What else changes at its moment must not take the reminder away that is just due.
    reminder = _reminder(task) if task.due != before.due else {}
    connection.execute(_UPDATE_TASK, from_task(task) | reminder | key)


def _reminder(task: Task) -> dict[str, datetime | None]:
    """The moment at which a new due date is to be told: its own, unless that is over."""
    at = task.due.at if isinstance(task.due, DueAt) else None
    return {"remind_at": at if at and at > task.updated_at else None}


def insert_event(connection: sa.Connection, event: TaskEvent, request_key: str) -> None:
    """Add to the history."""
    connection.execute(
        _INSERT_EVENT,
        {
            "team_id": event.team_id,
            "number": event.number,
            "version": event.version,
            "kind": event.kind,
            "actor_id": event.actor_id,
            "at": event.at,
            "source": event.source,
            "is_undo": event.is_undo,
            "changes": {
                name: [_to_json(was), _to_json(became)]
                for name, (was, became) in event.changes.items()
            },
            "request_key": request_key,
            "seconds_open": None if event.seconds_open is None else int(event.seconds_open),
        },
    )


def to_event(row: sa.Row[Any]) -> TaskEvent:
    """One row of `task_events`."""
    return TaskEvent(
        team_id=row.team_id,
        number=row.number,
        version=row.version,
        kind=EventKind(row.kind),
        actor_id=row.actor_id,
        at=row.at,
        source=Source(row.source),
        changes={
            name: (_from_json(name, was), _from_json(name, became))
            for name, (was, became) in row.changes.items()
        },
        is_undo=row.is_undo,
    )


def events_since(
    connection: sa.Connection, team_id: str, number: int, version: int
) -> list[TaskEvent]:
    """What happened to a task after that version, the latest last."""
    asked = (
        sa.select(task_events)
        .where(
            task_events.c.team_id == team_id,
            task_events.c.number == number,
            task_events.c.version > version,
        )
        .order_by(task_events.c.version)
    )
    return [to_event(row) for row in connection.execute(asked)]


def _to_json(value: Any) -> Any:
    match value:
        case DueDay(day=day):
            return day.isoformat()
        case DueAt(at=at) | (datetime() as at):
            return at.isoformat()
        case _:
            return value


def _from_json(name: str, value: Any) -> Any:
    return value if value is None else _DECODERS.get(name, str)(value)


def _decoded_due(text: str) -> Due:
    if len(text) == len("2026-12-03"):
        return DueDay(date.fromisoformat(text))
    return DueAt(datetime.fromisoformat(text))


_DECODERS: dict[str, Callable[[str], Any]] = {
    "status": Status,
    "priority": Priority,
    "due": _decoded_due,
    "completed_at": datetime.fromisoformat,
    "deleted_at": datetime.fromisoformat,
}


def to_person(row: sa.RowMapping) -> Person:
    """One row of `people`, or of a join with it."""
    return Person(
        team_id=row[people.c.team_id],
        user_id=row[people.c.user_id],
        name=row[people.c.name],
        zone=row[people.c.zone],
        role=Role(row[people.c.role]),
        updated=row[people.c.updated],
    )


def from_person(person: Person, checked_at: datetime | None) -> dict[str, Any]:
    """The columns of `people`; `checked_at` None: Slack was never asked about them."""
    return {
        "team_id": person.team_id,
        "user_id": person.user_id,
        "name": person.name,
        "zone": person.zone,
        "role": person.role,
        "updated": person.updated,
        "checked_at": checked_at,
    }


def to_channel(row: sa.RowMapping) -> Channel:
    """One row of `channels`, or of a join with it."""
    return Channel(
        team_id=row[channels.c.team_id],
        channel_id=row[channels.c.channel_id],
        name=row[channels.c.name],
        kind=ChannelKind(row[channels.c.kind]),
        shared=row[channels.c.shared],
        has_bot=row[channels.c.has_bot],
    )


def from_outcomes(outcomes: tuple[Outcome, ...]) -> list[list[Any]]:
    """Outcomes as they are kept with their request: facts, no titles."""
    return [[outcome.number, str(outcome.verdict), outcome.version] for outcome in outcomes]


def to_outcome(kept: list[Any]) -> Outcome:
    """A kept outcome, to be put beside the task as it is now."""
    # The release before this one kept no version.
    number, verdict, *version = kept
    return Outcome(number, Verdict(verdict), None, *version)
