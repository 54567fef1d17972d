"""One change in its transaction: the task, its event and the notices that follow, all or none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store import rows
from store.direct import want_direct
from store.errors import NothingChanged, NotInstalled
from store.homes import want_homes
from store.models import (
    EDITED,
    TAKEN_BACK_AS,
    EventKind,
    Merged,
    NewTask,
    Origin,
    Outcome,
    Person,
    Status,
    Task,
    TaskEvent,
    Verdict,
)
from store.mornings import note_day
from store.notices import want_card
from store.survey import note_completion
from store.tables import installations, people
from store.visible import visible_tasks

Rule = Callable[[Task, datetime], Task | Verdict]
"""The task after the change, or the verdict that refuses it."""


_NEXT_NUMBER = (
    installations.update()
    .where(installations.c.team_id == sa.bindparam("key_team_id"))
    .values(last_number=installations.c.last_number + 1)
    .returning(installations.c.last_number)
)


@dataclass(slots=True)
class Change:
    """What one request does to tasks, and the events that it leaves behind."""

    connection: sa.Connection
    origin: Origin
    at: datetime
    events: list[TaskEvent] = field(default_factory=list)

    def create(self, new: NewTask) -> Outcome:
        """Give a new task the next number of its workspace, and write it."""
        task = self._first_state(new, self._next_number())
        rows.insert_task(self.connection, task)
        self.note_names(new.names)
        self._record(EventKind.CREATED, None, task)
        return Outcome(task.number, Verdict.CHANGED, task, task.version)

    def move_all(self, kind: EventKind, numbers: Iterable[int], rule: Rule) -> tuple[Outcome, ...]:
        """Apply a rule to each of the tasks that exist for the asker.

        Raises:
            NothingChanged: the rule refuses all of them.
        """
        asked = list(dict.fromkeys(numbers))
        found = visible_tasks(self.connection, self.origin, asked)
        return unless_all_refused(
            kind, (self._move(kind, number, found.get(number), rule) for number in asked)
        )

    def _move(self, kind: EventKind, number: int, task: Task | None, rule: Rule) -> Outcome:
        if task is None:
            return Outcome(number, Verdict.NO_SUCH_TASK)
        ruled = rule(task, self.at)
        if isinstance(ruled, Verdict):
            return Outcome(number, ruled, task)
        after = self._write(kind, task, ruled)
        return Outcome(number, Verdict.CHANGED, after, after.version)

    def edit(self, task: Task, mine: Merged) -> Outcome:
        """Write what was changed in a form, each field as an event of its own."""
        if not mine.differs:
            return Outcome(task.number, Verdict.ALREADY, task)
        for name in mine.differs:
            changed = {name: getattr(mine.wanted, name)}
            task = self._write(EDITED[name], task, replace(task, **changed))
        return Outcome(task.number, Verdict.CHANGED, task, task.version)

    def take_back(self, task: Task, event: TaskEvent) -> Task:
        """Set a task to what it was before its latest event."""
        before = task.take_back(event, self.origin.actor.user_id, self.at)
        kind = TAKEN_BACK_AS.get(event.kind, event.kind)
        return self._write(kind, task, before, is_undo=True)

    def note_names(self, names: Mapping[str, str]) -> None:
        """Keep the names of people of whom Slack told us nothing else yet."""
        named = [
            rows.from_person(Person(team_id=self.origin.team_id, user_id=user_id, name=name), None)
            for user_id, name in names.items()
        ]
        if named:
            self.connection.execute(sqlite.insert(people).on_conflict_do_nothing(), named)

    def _write(self, kind: EventKind, before: Task, ruled: Task, *, is_undo: bool = False) -> Task:
        after = replace(ruled, version=before.version + 1, updated_at=self.at)
        rows.update_task(self.connection, before, after)
        self._record(kind, before, after, is_undo=is_undo)
        return after

    def _next_number(self) -> int:
        # One statement, so that two at once never read the same number, and a transaction that
        # fails leaves no gap.
        number = self.connection.scalar(_NEXT_NUMBER, {"key_team_id": self.origin.team_id})
        if number is None:
            raise NotInstalled(self.origin.team_id)
        return int(number)

    def _first_state(self, new: NewTask, number: int) -> Task:
        channel = self.origin.channel
        return Task(
            team_id=self.origin.team_id,
            number=number,
            title=new.title,
            notes=new.notes,
            status=Status.TODO,
            priority=new.priority,
            creator_id=self.origin.actor.user_id,
            assignee_id=new.assignee_id,
            due=new.due,
            channel_id=channel.channel_id if channel else None,
            thread_ts=new.thread_ts,
            permalink=new.permalink,
            has_card=channel is not None and channel.may_have_cards and not new.quiet,
            created_at=self.at,
            updated_at=self.at,
            completed_at=None,
            completed_by=None,
            deleted_at=None,
            deleted_by=None,
            version=1,
        )

    def _record(
        self, kind: EventKind, before: Task | None, after: Task, *, is_undo: bool = False
    ) -> None:
        event = TaskEvent(
            team_id=after.team_id,
            number=after.number,
            version=after.version,
            kind=kind,
            actor_id=self.origin.actor.user_id,
            at=self.at,
            source=self.origin.source,
            changes=before.changes_to(after) if before else {},
            is_undo=is_undo,
            seconds_open=None if is_undo else _seconds_open(kind, after, self.at),
        )
        rows.insert_event(self.connection, event, self.origin.request_key)
        if kind is EventKind.COMPLETED and not is_undo:
            note_completion(self.connection, self.origin)
        if after.has_card:
            want_card(self.connection, after, self.at)
        want_direct(self.connection, event, before, after)
        note_day(self.connection, before, after, self.at)
        want_homes(self.connection, event, before, after)
        self.events.append(event)


def unless_all_refused(kind: EventKind, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes, if there is one that is no refusal.

    Raises:
        NothingChanged
    """
    each = tuple(outcomes)
    if all(outcome.refused for outcome in each):
        raise NothingChanged(each, kind)
    return each


def _seconds_open(kind: EventKind, task: Task, at: datetime) -> float | None:
    """Of a completion; none at all if the clock was set back meanwhile."""
    seconds = (at - task.created_at).total_seconds()
    return max(seconds, 0.0) if kind is EventKind.COMPLETED else None
