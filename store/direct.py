"""Direct messages: whom a change concerns, and what each of them is to say as it is true now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from store import settings as kept_settings
from store.database import Database
from store.lists import open_tasks_of
from store.models import DueAt, DueDay, EventKind, Settings, SlackUser, Status, Task, TaskEvent
from store.notices import Notice, NoticeKind, want, want_again
from store.rows import RANKS, due_order, events_since, to_day, to_task
from store.tables import followed, notices, tasks

ROWS = 25
"""Of the longest titles no more fit into the 11,000 or so characters that a message takes.

https://github.com/slackapi/bolt-js/issues/2867
"""


class What(StrEnum):
    """What a direct message is about: a change of one task, or what the clock says."""

    GIVEN = "given"
    TAKEN = "taken"
    FINISHED = "finished"
    DELETED = "deleted"
    DUE = "due"
    DAY = "day"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """What a direct message is to say."""

    what: What
    tasks: tuple[Task, ...]
    by: str | None = None
    """Who did it."""
    title: str = ""
    """Of a task that was taken away: as it was then, empty when it is deleted."""
    is_so: bool = True
    """What was told still stands; a message that follows its task may outlive the fact."""
    more: int = 0
    """How many further tasks there are than a message holds."""


def concerned(event: TaskEvent, before: Task | None, after: Task) -> dict[str, What]:
    """Who is to be told of a change, and as what: never the one who made it, nor of an undo."""
    if event.is_undo:
        return {}
    was = before.assignee_id if before else None
    holder, creator = after.assignee_id, after.creator_id
    told: dict[str | None, What] = {}
    match event.kind:
        case EventKind.COMPLETED if holder not in (None, creator):
            told[creator] = What.FINISHED
        case EventKind.DELETED:
            told |= {holder: What.DELETED, creator: What.DELETED}
        case _ if holder != was:
            told |= {was: What.TAKEN, holder: What.GIVEN}
    return {who: what for who, what in told.items() if who and who != event.actor_id}


def want_direct(
    connection: sa.Connection, event: TaskEvent, before: Task | None, after: Task
) -> None:
    """In the transaction of a change, have those told whom it concerns."""
    for user_id, what in concerned(event, before, after).items():
        want(
            connection,
            event.team_id,
            event.at,
            kind=NoticeKind.DM,
            subject=f"{event.number}.{event.version}.{user_id}",
            channel_id=user_id,
            user_id=user_id,
            about={
                "what": what,
                "number": event.number,
                "version": event.version,
                "by": event.actor_id,
            },
        )
    if before is not None:
        asked = {"team": event.team_id, "number": event.number, "now": event.at}
        connection.execute(_RAISE_FOLLOWED, asked)


def _raise_followed() -> sa.Update:
    """What follows a task, found by the key of `notices`: this runs with every change."""
    following = sa.select(followed.c.subject).where(
        followed.c.team_id == sa.bindparam("team"), followed.c.number == sa.bindparam("number")
    )
    return want_again(
        sa.and_(
            notices.c.team_id == sa.bindparam("team"),
            notices.c.kind == NoticeKind.DM,
            notices.c.subject.in_(following),
        )
    )


_RAISE_FOLLOWED = _raise_followed()


class Directs:
    """What each direct message is to say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, notice: Notice) -> Direct | None:
        """What a notice is to say now; None when it was never told, and is not to be any more."""
        return await self._database.read(lambda connection: _look(connection, notice))


def _look(connection: sa.Connection, notice: Notice) -> Direct | None:
    what = What(notice.about["what"])
    wanted = kept_settings.read(connection, _user(notice))
    if what in {What.DUE, What.DAY, What.DIGEST}:
        return _by_the_clock(connection, notice, what, wanted)
    return _of_change(connection, notice, what, wanted)


def _user(notice: Notice) -> SlackUser:
    return SlackUser(notice.team_id, notice.user_id or "")


def _of_change(
    connection: sa.Connection, notice: Notice, what: What, wanted: Settings
) -> Direct | None:
    (task,) = _by_number(connection, notice.team_id, [notice.about["number"]])
    since = events_since(connection, notice.team_id, task.number, notice.about["version"])
    user_id = notice.user_id or ""
    is_so = _is_so(what, task, user_id)
    is_new = is_so and not _is_said_later(what, since, user_id)
    if notice.ts is None and not (is_new and _is_wanted(what, task, user_id, wanted)):
        return None
    title = "" if task.is_deleted else _title_before(task, since)
    return Direct(what=what, tasks=(task,), by=notice.about["by"], title=title, is_so=is_so)


def _is_wanted(what: What, task: Task, user_id: str, wanted: Settings) -> bool:
    """Of a task that is deleted, its creator hears as of one given away, if another holds it."""
    gave = task.creator_id == user_id and task.assignee_id not in (None, user_id)
    is_given = what is What.FINISHED or (what is What.DELETED and gave)
    return wanted.finished if is_given else wanted.assigned


def _is_so(what: What, task: Task, user_id: str) -> bool:
    """Whether the fact still stands."""
    match what:
        case What.GIVEN:
            return task.is_open and task.assignee_id == user_id
        case What.TAKEN:
            return task.assignee_id != user_id
        case What.FINISHED:
            return task.status is Status.DONE and not task.is_deleted
        case _:
            return task.is_deleted


def _is_said_later(what: What, since: Sequence[TaskEvent], user_id: str) -> bool:
    """Whether the same came to pass again, and a later message says it."""
    return any(_says(what, event, user_id) for event in since if not event.is_undo)


def _says(what: What, event: TaskEvent, user_id: str) -> bool:
    was, became = event.changes.get("assignee_id", (None, None))
    match what:
        case What.GIVEN:
            return bool(became == user_id != event.actor_id)
        case What.TAKEN:
            return bool(was == user_id != event.actor_id)
        case What.FINISHED:
            return event.kind is EventKind.COMPLETED
        case _:
            return event.kind is EventKind.DELETED


def _title_before(task: Task, since: Sequence[TaskEvent]) -> str:
    """The title as it was before later changes, which may not be for this person's eyes."""
    renamed = [event.changes["title"][0] for event in since if "title" in event.changes]
    return str(renamed[0]) if renamed else task.title


def _by_the_clock(
    connection: sa.Connection, notice: Notice, what: What, wanted: Settings
) -> Direct | None:
    """Those of their tasks that are still such; a message that stands keeps what it showed."""
    shown = notice.about.get("shown")
    if shown is None:
        what, is_wanted = _as_wanted(what, wanted)
        if not is_wanted:
            return None
    theirs = {"team_id": notice.team_id, "user_id": notice.user_id}
    mine = [to_task(row) for row in connection.execute(_OPEN_TASKS, theirs)]
    such = sorted((task for task in mine if _is_such(task, notice, what)), key=_due_first)
    found = such[:ROWS] if shown is None else _by_number(connection, notice.team_id, shown)
    more = {task.number for task in such} - {task.number for task in found}
    return Direct(what=what, tasks=tuple(found), more=len(more)) if found else None


def _as_wanted(what: What, wanted: Settings) -> tuple[What, bool]:
    """As what it is to be told, and whether at all: a digest has the reminders of its day in it."""
    if what is What.DIGEST and not wanted.digest:
        what = What.DAY
    return what, what is What.DIGEST or wanted.due


_OPEN_TASKS = open_tasks_of(tasks)


def _is_such(task: Task, notice: Notice, what: What) -> bool:
    """Whether it is one of those that a message by the clock is about."""
    match what, task.due:
        case What.DUE, DueAt(at=at):
            return [task.number, at.isoformat()] in notice.about["tasks"]
        case What.DAY, DueDay(day=day):
            first, last = notice.about["days"]
            return bool(first <= to_day(day) <= last)
        case _:
            return what is What.DIGEST


def _due_first(task: Task) -> tuple[int, int, int]:
    return due_order(task.due), RANKS[task.priority], task.number


def _by_number(connection: sa.Connection, team_id: str, numbers: Iterable[int]) -> list[Task]:
    """Tasks in the order of their numbers as given."""
    asked = sa.select(tasks).where(tasks.c.team_id == team_id, tasks.c.number.in_(list(numbers)))
    found = {row.number: to_task(row) for row in connection.execute(asked)}
    return [found[number] for number in numbers]
