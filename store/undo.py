"""Taking back what one request did: each of its tasks as it was, unless it was changed since."""

from typing import Any

import sqlalchemy as sa

from store import requests
from store.changes import Change
from store.errors import NothingToUndo, NothingUndone
from store.models import UNDO_FOR, Outcome, Task, TaskEvent, Verdict
from store.rows import to_event
from store.tables import task_events
from store.visible import visible_tasks


def take_back(change: Change, which: tuple[int, int] | None) -> tuple[Outcome, ...]:
    """Undo the actor's last request, or the one that made `which` version of which number.

    Raises:
        NothingToUndo, NothingUndone
    """
    request_key = _request_key(change, which)
    numbers = requests.numbers(change.connection, change.origin.team_id, request_key) or ()
    events = _events_of(change, request_key, numbers)
    found = visible_tasks(change.connection, change.origin, events)
    outcomes = tuple(
        _take_back(change, number, found.get(number), done) for number, done in events.items()
    )
    if all(outcome.refused for outcome in outcomes):
        raise NothingUndone(outcomes)
    return outcomes


def _request_key(change: Change, which: tuple[int, int] | None) -> str:
    row = change.connection.execute(_asked(change, which)).first()
    if row is None:
        raise NothingToUndo("nothing")
    if row.is_undo:
        raise NothingToUndo("is_undo", row.number)
    if change.at - row.at > UNDO_FOR:
        raise NothingToUndo("too_late", row.number)
    return str(row.request_key)


def _asked(change: Change, which: tuple[int, int] | None) -> sa.Select[Any]:
    actor = change.origin.actor
    asked = sa.select(task_events).where(
        task_events.c.team_id == actor.team_id, task_events.c.actor_id == actor.user_id
    )
    if which is None:
        return asked.order_by(task_events.c.at.desc(), task_events.c.version.desc()).limit(1)
    number, version = which
    return asked.where(task_events.c.number == number, task_events.c.version == version)


def _events_of(
    change: Change, request_key: str, numbers: tuple[int, ...]
) -> dict[int, list[TaskEvent]]:
    """What the request did to each task, the latest first."""
    asked = (
        sa.select(task_events)
        .where(
            task_events.c.team_id == change.origin.team_id,
            task_events.c.number.in_(numbers),
            task_events.c.request_key == request_key,
        )
        .order_by(task_events.c.version.desc())
    )
    events = [to_event(row) for row in change.connection.execute(asked)]
    changed = {event.number for event in events}
    return {
        number: [event for event in events if event.number == number]
        for number in numbers
        if number in changed
    }


def _take_back(change: Change, number: int, task: Task | None, events: list[TaskEvent]) -> Outcome:
    if task is None:
        return Outcome(number, Verdict.NO_SUCH_TASK)
    if task.version != events[0].version:
        return Outcome(number, _since(change, events[0]), task)
    for event in events:
        task = change.take_back(task, event)
    return Outcome(number, Verdict.CHANGED, task, task.version)


def _since(change: Change, event: TaskEvent) -> Verdict:
    """What came after the request's last event: its own undo, or another change."""
    following = sa.select(task_events.c.is_undo).where(
        task_events.c.team_id == event.team_id,
        task_events.c.number == event.number,
        task_events.c.version == event.version + 1,
    )
    return Verdict.ALREADY if change.connection.scalar(following) else Verdict.CHANGED_SINCE
