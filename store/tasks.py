"""TaskStore: one method for each verb, one transaction for each call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from store import requests, rows
from store.changes import Change, Rule
from store.clock import Clock
from store.database import Database
from store.errors import NoSuchTask, NothingChanged
from store.models import EventKind, NewTask, Origin, Outcome, Task, TaskEvent, Verdict
from store.tables import task_events
from store.visible import Viewer, visible_tasks

Publish = Callable[[TaskEvent], None]
"""Told of every event after its commit; does no I/O but standard output and never raises."""

UNDO_FOR = timedelta(minutes=10)
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

    async def take(self, origin: Origin, number: int) -> tuple[Outcome, ...]:
        """Assign a task to the actor."""
        actor_id = origin.actor.user_id
        return await self._move(
            origin, EventKind.ASSIGNED, [number], lambda task, _: task.assign(actor_id)
        )

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

    async def undo_add(self, origin: Origin, number: int) -> tuple[Outcome, ...]:
        """Take back an addition of the actor's, unless the task was changed since."""
        actor_id, role = origin.actor.user_id, origin.role

        def rule(task: Task, at: datetime) -> Task | Verdict:
            if task.creator_id != actor_id:
                return Verdict.NOT_YOURS
            if task.version > 1:
                return Verdict.ALREADY if task.is_deleted else Verdict.CHANGED_SINCE
            if at - task.created_at > UNDO_FOR:
                return Verdict.TOO_LATE
            return task.delete(actor_id, role, at)

        return await self._move(origin, EventKind.DELETED, [number], rule)

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

    async def may_delete(self, origin: Origin, numbers: Iterable[int]) -> tuple[Outcome, ...]:
        """What `delete` would say of each task, before the question whether to: changes nothing.

        Raises:
            NothingChanged: none of them exists for the one who asks.
        """
        asked = list(dict.fromkeys(numbers))
        found = await self._database.read(lambda c: visible_tasks(c, origin, asked))
        seen = (_if_deleted(origin, number, found.get(number)) for number in asked)
        return _unless_all_refused(EventKind.DELETED, seen)

    async def saved_by(self, team_id: str, request_key: str) -> tuple[int, ...] | None:
        """The tasks of a request that was committed, None when it changed nothing."""
        return await self._database.read(lambda c: requests.numbers(c, team_id, request_key))

    async def purge_requests(self) -> int:
        """Forget a batch of request keys that no retry can come for; returns how many."""
        now = self._clock()
        return await self._database.write(lambda connection: requests.purge(connection, now))

    async def _move(
        self, origin: Origin, kind: EventKind, numbers: Iterable[int], rule: Rule
    ) -> tuple[Outcome, ...]:
        asked = list(dict.fromkeys(numbers))

        def move(change: Change) -> tuple[Outcome, ...]:
            found = visible_tasks(change.connection, origin, asked)
            return _unless_all_refused(
                kind, (change.move(kind, number, found.get(number), rule) for number in asked)
            )

        return await self._once(origin, move)

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


def _unless_all_refused(kind: EventKind, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    each = tuple(outcomes)
    if all(outcome.refused for outcome in each):
        raise NothingChanged(each, kind)
    return each


def _events(connection: sa.Connection, task: Task, length: int) -> tuple[TaskEvent, ...]:
    asked = (
        sa.select(task_events)
        .where(task_events.c.team_id == task.team_id, task_events.c.number == task.number)
        .order_by(task_events.c.version.desc())
        .limit(length)
    )
    return tuple(rows.to_event(row) for row in connection.execute(asked))
