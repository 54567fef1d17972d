"""From rows to the dataclasses of `models`, and back."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store.models import (
    Channel,
    ChannelKind,
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
from store.tables import task_events, tasks

RANKS = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}
_TASK_FIELDS = tuple(Task.__dataclass_fields__)


def to_task(row: sa.Row[Any]) -> Task:
    """One row of `tasks`."""
    fields = {name: getattr(row, name) for name in _TASK_FIELDS}
    fields["status"] = Status(row.status)
    fields["priority"] = Priority(row.priority)
    return Task(**fields)


def from_task(task: Task) -> dict[str, Any]:
    """The columns of `tasks`, with what is derived for sorting and searching."""
    columns: dict[str, Any] = {name: getattr(task, name) for name in _TASK_FIELDS}
    columns["rank"] = RANKS[task.priority]
    columns["words"] = f"{task.title}\n{task.notes}".casefold()
    return columns


# Statements that every request runs are built once: building one costs more than running it.
_INSERT_TASK = tasks.insert()
_INSERT_EVENT = task_events.insert()
_UPDATE_TASK = tasks.update().where(
    tasks.c.team_id == sa.bindparam("key_team_id"), tasks.c.number == sa.bindparam("key_number")
)


def insert_task(connection: sa.Connection, task: Task) -> None:
    """Write a task that has its number and was never written."""
    connection.execute(_INSERT_TASK, from_task(task))


def update_task(connection: sa.Connection, task: Task) -> None:
    """Write a task over its former state."""
    key = {"key_team_id": task.team_id, "key_number": task.number}
    connection.execute(_UPDATE_TASK, from_task(task) | key)


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
            "changes": dict(event.changes),
            "request_key": request_key,
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
        changes={field: (was, became) for field, (was, became) in row.changes.items()},
    )


def to_person(row: sa.Row[Any]) -> Person:
    """One row of `people`."""
    return Person(
        team_id=row.team_id,
        user_id=row.user_id,
        name=row.name,
        zone=row.zone,
        role=Role(row.role),
    )


def from_person(person: Person, checked_at: datetime | None) -> dict[str, Any]:
    """The columns of `people`; `checked_at` None: Slack was never asked about them."""
    return {
        "team_id": person.team_id,
        "user_id": person.user_id,
        "name": person.name,
        "zone": person.zone,
        "role": person.role,
        "checked_at": checked_at,
    }


def to_channel(row: sa.Row[Any]) -> Channel:
    """One row of `channels`."""
    return Channel(
        team_id=row.team_id,
        channel_id=row.channel_id,
        name=row.name,
        kind=ChannelKind(row.kind),
        shared=row.shared,
        has_bot=row.has_bot,
    )


def from_outcomes(outcomes: tuple[Outcome, ...]) -> list[list[Any]]:
    """Outcomes as they are kept with their request: facts, no titles."""
    return [[outcome.number, str(outcome.verdict)] for outcome in outcomes]


def to_outcome(kept: list[Any], task: Task | None) -> Outcome:
    """A kept outcome beside the task as it is now."""
    number, verdict = kept
    return Outcome(number, Verdict(verdict), task)
