"""TaskStore: one method for each verb, one transaction for each call."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from store import requests, rows
from store.changes import Change, Rule, unless_all_refused
from store.clock import Clock
from store.database import Database
from store.edits import edit, editable
from store.errors import NoSuchTask
from store.models import (
    Due,
    EventKind,
    NewTask,
    Origin,
    Outcome,
    Priority,
    Task,
    TaskEvent,
    Verdict,
    Wanted,
)
from store.tables import task_events
from store.undo import take_back
from store.visible import Viewer, visible_tasks

Publish = Callable[[TaskEvent], None]
"""Told of every event after its commit; does no I/O but standard output and never raises."""

HISTORY_LENGTH = 20


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """A task as it is now and its events, the latest first."""

    task: Task
    events: tuple[TaskEvent, ...]


class TaskStore:
    """Every change of a task and every look at one.

    A change is told apart by its `Origin.request_key`: the same request again changes nothing
    and returns the same outcomes, with each task as it is now. Each verb on numbers raises
    `NothingChanged` when the rules refuse all of them, and `NotSaved` when the database could
    not take the change: then there was none.
    """

    def __init__(self, database: Database, publish: Publish, clock: Clock) -> None:
        self._database = database
        self._publish = publish
        self._clock = clock

    async def add(self, origin: Origin, new: NewTask) -> tuple[Outcome, ...]:
        """Create a task with the next number of its workspace."""
        return await self._once(origin, lambda change: (change.create(new),))

    async def complete(self, origin: Origin, numbers: Iterable[int]) -> tuple[Outcome, ...]:
        """Finish tasks."""
        actor_id = origin.actor.user_id
        return await self._move(
            origin, EventKind.COMPLETED, numbers, lambda task, at: task.complete(actor_id, at)
        )

    async def start(self, origin: Origin, numbers: Iterable[int]) -> tuple[Outcome, ...]:
        """Take tasks in hand."""
        actor_id = origin.actor.user_id
        return await self._move(
            origin, EventKind.STARTED, numbers, lambda task, _: task.start(actor_id)
        )

    async def reopen(self, origin: Origin, numbers: Iterable[int]) -> tuple[Outcome, ...]:
        """Set finished tasks back to the beginning."""
        return await self._move(origin, EventKind.REOPENED, numbers, lambda task, _: task.reopen())

    async def assign(
        self, origin: Origin, number: int, assignee_id: str | None, names: Mapping[str, str]
    ) -> tuple[Outcome, ...]:
        """Give a task to one person or to nobody; `names` as in `NewTask`."""

        def assign(change: Change) -> tuple[Outcome, ...]:
            change.note_names(names)
            return change.move_all(
                EventKind.ASSIGNED, [number], lambda task, _: task.assign(assignee_id)
            )

        return await self._once(origin, assign)

    async def reschedule(self, origin: Origin, number: int, due: Due | None) -> tuple[Outcome, ...]:
        """Say when a task is due, or that it no longer is."""
        return await self._move(
            origin, EventKind.RESCHEDULED, [number], lambda task, _: task.reschedule(due)
        )

    async def prioritise(
        self, origin: Origin, number: int, priority: Priority
    ) -> tuple[Outcome, ...]:
        """Say how soon a task should be done."""
        return await self._move(
            origin, EventKind.PRIORITISED, [number], lambda task, _: task.prioritise(priority)
        )

    async def rename(self, origin: Origin, number: int, title: str) -> tuple[Outcome, ...]:
        """Give a task another title."""
        return await self._move(
            origin, EventKind.RENAMED, [number], lambda task, _: task.rename(title)
        )

    async def note(self, origin: Origin, number: int, entry: str) -> tuple[Outcome, ...]:
        """Add a paragraph to a task's notes."""
        return await self._move(origin, EventKind.NOTED, [number], lambda task, _: task.note(entry))

    async def edit(
        self, origin: Origin, number: int, version: int, wanted: Wanted
    ) -> tuple[Outcome, ...]:
        """Save a form about a task that was drawn from it at that version.

        Raises:
            Crossed: somebody else changed a field that was changed in the form.
        """
        return await self._once(origin, lambda change: edit(change, number, version, wanted))

    async def delete(self, origin: Origin, numbers: Iterable[int]) -> tuple[Outcome, ...]:
        """Put tasks away; they can be brought back."""
        actor_id, role = origin.actor.user_id, origin.role
        return await self._move(
            origin, EventKind.DELETED, numbers, lambda task, at: task.delete(actor_id, role, at)
        )

    async def restore(self, origin: Origin, numbers: Iterable[int]) -> tuple[Outcome, ...]:
        """Bring deleted tasks back as they were."""
        actor_id, role = origin.actor.user_id, origin.role
        return await self._move(
            origin, EventKind.RESTORED, numbers, lambda task, _: task.restore(actor_id, role)
        )

    async def undo(
        self, origin: Origin, which: tuple[int, int] | None = None
    ) -> tuple[Outcome, ...]:
        """Take back the actor's last request that changed anything, with all its tasks.

        `which`: the number and version of a task, to take back the request that made that of it.

        Raises:
            NothingToUndo: there is no such request of the actor's in the last 10 minutes.
            NothingUndone: every task of it was changed since.
        """
        return await self._once(origin, lambda change: take_back(change, which))

    async def history(
        self, viewer: Viewer, number: int, length: int = HISTORY_LENGTH
    ) -> TaskHistory:
        """The task as it is now with the latest `length` of its events.

        Raises:
            NoSuchTask: it does not exist for the one who asks.
        """

        def look(connection: sa.Connection) -> TaskHistory:
            task = visible_tasks(connection, viewer, [number]).get(number)
            if task is None:
                raise NoSuchTask(number)
            return TaskHistory(task, _events(connection, task, length))

        return await self._database.read(look)

    async def may_edit(self, origin: Origin, number: int) -> Task:
        """The task, before a form about it is opened: changes nothing.

        Raises:
            NothingChanged: it does not exist for the one who asks, or is deleted.
        """
        return await self._database.read(lambda c: editable(c, origin, number))

    async def may_delete(self, origin: Origin, numbers: Iterable[int]) -> tuple[Outcome, ...]:
        """What `delete` would say of each task, before the question whether to: changes nothing.

        Raises:
            NothingChanged: none of them exists for the one who asks.
        """
        asked = list(dict.fromkeys(numbers))
        found = await self._database.read(lambda c: visible_tasks(c, origin, asked))
        seen = (_if_deleted(origin, number, found.get(number)) for number in asked)
        return unless_all_refused(EventKind.DELETED, seen)

    async def saved_by(self, team_id: str, request_key: str) -> tuple[int, ...] | None:
        """The tasks of a request that was committed, None when it changed nothing.

        None of them, but no None, where it saved somebody's settings.
        """
        return await self._database.read(lambda c: requests.numbers(c, team_id, request_key))

    async def purge_requests(self) -> int:
        """Forget a batch of request keys that no retry can come for; returns how many."""
        now = self._clock()
        return await self._database.write(lambda connection: requests.purge(connection, now))

    async def _move(
        self, origin: Origin, kind: EventKind, numbers: Iterable[int], rule: Rule
    ) -> tuple[Outcome, ...]:
        return await self._once(origin, lambda change: change.move_all(kind, numbers, rule))

    async def _once(
        self, origin: Origin, work: Callable[[Change], tuple[Outcome, ...]]
    ) -> tuple[Outcome, ...]:
        """Make a change unless its request was made before, commit, and only then publish."""

        def transaction(connection: sa.Connection) -> tuple[tuple[Outcome, ...], list[TaskEvent]]:
            earlier = requests.kept(connection, origin)
            if earlier is not None:
                return earlier, []
            change = Change(connection, origin, self._clock())
            outcomes = work(change)
            if change.events:
                requests.keep(connection, origin, outcomes, change.at)
            return outcomes, change.events

        outcomes, events = await self._database.write(transaction)
        for event in events:
            self._publish(event)
        return outcomes


def _if_deleted(origin: Origin, number: int, task: Task | None) -> Outcome:
    if task is None:
        return Outcome(number, Verdict.NO_SUCH_TASK)
    ruled = task.delete(origin.actor.user_id, origin.role, task.updated_at)
    return Outcome(number, ruled if isinstance(ruled, Verdict) else Verdict.ALLOWED, task)


def _events(connection: sa.Connection, task: Task, length: int) -> tuple[TaskEvent, ...]:
    asked = (
        sa.select(task_events)
        .where(task_events.c.team_id == task.team_id, task_events.c.number == task.number)
        .order_by(task_events.c.version.desc())
        .limit(length)
    )
    return tuple(rows.to_event(row) for row in connection.execute(asked))
