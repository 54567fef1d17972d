"""Reading many tasks: filters, and pages by key, so that a page is cheap however far one turns."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from store.clock import EPOCH, MICROSECOND
from store.database import Database
from store.models import Origin, Priority, Status, Task
from store.rows import RANKS, due_order, to_day, to_task
from store.tables import IS_OPEN, tasks
from store.visible import Viewer, visible_to

PAGE = 10
LATEST = 3
OPEN = frozenset({Status.TODO, Status.DOING})


class DueBy(StrEnum):
    """How soon a listed task is due, as people type it; each has the one before in it."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Which tasks: everything but `states` and `words` narrows, None and empty do not.

    `owner_id`: what that person holds, or made and gave to nobody. `words`: each stands
    somewhere in the title or the notes, in any case.
    """

    owner_id: str | None = None
    nobody: bool = False
    channel_id: str | None = None
    states: frozenset[Status] = OPEN
    due: DueBy | None = None
    priority: Priority | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two tasks: the page after it, or the one before."""

    key: tuple[int, ...]
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class ListPage:
    """Up to ten tasks in order; a cursor is None where there is nothing further that way."""

    query: ListQuery
    tasks: tuple[Task, ...]
    previous: Cursor | None
    more: Cursor | None
    cursor: Cursor | None = None
    """Where this page itself was asked from."""


class Lists:
    """Lists of what exists for the one who asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, viewer: Viewer, query: ListQuery, now: datetime, cursor: Cursor | None = None
    ) -> ListPage:
        """One page: open tasks by priority, due date and age, finished ones by when, latest first.

        `now` is on the clock of whoever looks: its zone says when their day ends. A cursor of
        another order, from a button of an earlier release, stands for the first page.
        """
        if cursor and len(cursor.key) != len(_order(query)):
            cursor = None
        asked = _asked(viewer, query, now, cursor)
        found = await self._database.read(
            lambda connection: [to_task(row) for row in connection.execute(asked)]
        )
        return _paged(query, found, cursor)

    async def latest(self, origin: Origin) -> tuple[Task, ...]:
        """The last tasks that the actor made or holds, open or done."""
        asked = [
            sa.select(tasks)
            .where(visible_to(origin), mine, tasks.c.deleted_at.is_(None))
            .order_by(tasks.c.number.desc())
            .limit(LATEST)
            for mine in _had_by(origin.actor.user_id)
        ]
        rows = await self._database.read(
            lambda connection: [row for each in asked for row in connection.execute(each)]
        )
        found = {row.number: to_task(row) for row in rows}
        return tuple(found[number] for number in sorted(found, reverse=True)[:LATEST])

    async def ever_had(self, origin: Origin) -> bool:
        """Whether the actor ever made or held a task, whatever became of it."""
        return await self._database.read(
            lambda c: ever_had(c, origin.team_id, origin.actor.user_id)
        )


def ever_had(connection: sa.Connection, team_id: str, user_id: str) -> bool:
    """Whether somebody ever made or held a task, whatever became of it."""
    asked = [
        sa.select(tasks.c.number).where(tasks.c.team_id == team_id, had).limit(1)
        for had in _had_by(user_id)
    ]
    return any(connection.execute(each).first() for each in asked)


def open_tasks_of(*columns: Any) -> sa.CompoundSelect[Any]:
    """All open tasks that are somebody's, in no order; bind `team_id` and `user_id`.

    Two questions, each with an index of its own: of both in one SQLite makes a scan.
    """
    user_id: sa.BindParameter[str] = sa.bindparam("user_id")
    held = tasks.c.assignee_id == user_id
    made = sa.and_(tasks.c.creator_id == user_id, tasks.c.assignee_id.is_(None))
    team = tasks.c.team_id == sa.bindparam("team_id")
    return sa.union_all(*(sa.select(*columns).where(team, IS_OPEN, its) for its in (held, made)))


def _asked(
    viewer: Viewer, query: ListQuery, now: datetime, cursor: Cursor | None
) -> sa.Select[Any]:
    order = _order(query)
    falls = _latest_first(query) is not (cursor is not None and cursor.backwards)
    asked = sa.select(tasks).where(visible_to(viewer), *_conditions(query, now))
    if cursor:
        place = sa.tuple_(*order)
        asked = asked.where(place < cursor.key if falls else place > cursor.key)
    return asked.order_by(*(key.desc() if falls else key for key in order)).limit(PAGE + 1)


def _latest_first(query: ListQuery) -> bool:
    """Finished tasks stand by when, all others by what is due next."""
    return query.states == {Status.DONE}


def _order(query: ListQuery) -> tuple[sa.ColumnElement[int], ...]:
    if _latest_first(query):
        return sa.type_coerce(tasks.c.completed_at, sa.BigInteger), tasks.c.number
    keys = (tasks.c.rank, tasks.c.due_order, tasks.c.number)
    return tuple(sa.type_coerce(key, sa.Integer) for key in keys)


def _key(query: ListQuery, task: Task) -> tuple[int, ...]:
    """The place of a task in the order of the list."""
    if _latest_first(query):
        done = (task.completed_at or EPOCH) - EPOCH
        return done // MICROSECOND, task.number
    return RANKS[task.priority], due_order(task.due), task.number


def _conditions(query: ListQuery, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        tasks.c.deleted_at.is_(None),
        tasks.c.status.in_(sorted(query.states)),
    ]
    if query.states <= OPEN:
        conditions.append(IS_OPEN)
    if query.owner_id:
        conditions.append(_owned_by(query.owner_id))
    if query.nobody:
        conditions.append(tasks.c.assignee_id.is_(None))
    if query.channel_id:
        conditions.append(tasks.c.channel_id == query.channel_id)
    if query.due:
        conditions.append(due_by(query.due, now))
    if query.priority:
        conditions.append(tasks.c.rank == RANKS[query.priority])
    conditions += [tasks.c.words.contains(word.casefold(), autoescape=True) for word in query.words]
    return conditions


def _had_by(user_id: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Two questions, each with an index of its own: of both in one SQLite makes a scan."""
    return tasks.c.creator_id == user_id, tasks.c.assignee_id == user_id


def _owned_by(user_id: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        tasks.c.assignee_id == user_id,
        sa.and_(tasks.c.creator_id == user_id, tasks.c.assignee_id.is_(None)),
    )


def due_by(due: DueBy, now: datetime) -> sa.ColumnElement[bool]:
    """The condition for being due that soon; `now` as in `Lists.page`.

    Days and moments are apart: where a day ends depends on who looks, a moment does not.
    """
    today = now.date()
    days_left = {DueBy.OVERDUE: 0, DueBy.TODAY: 1, DueBy.WEEK: 7 - today.weekday()}
    end = today + timedelta(days=days_left[due])
    midnight = datetime.combine(end, time(), now.tzinfo)
    moment = now if due is DueBy.OVERDUE else midnight
    return sa.or_(tasks.c.due_day < to_day(end), tasks.c.due_at < moment)


def _paged(query: ListQuery, found: list[Task], cursor: Cursor | None) -> ListPage:
    backwards = cursor is not None and cursor.backwards
    beyond = len(found) > PAGE
    shown = found[:PAGE][::-1] if backwards else found[:PAGE]
    has_previous = beyond if backwards else cursor is not None
    has_more = backwards or beyond
    return ListPage(
        query,
        tuple(shown),
        Cursor(_key(query, shown[0]), backwards=True) if shown and has_previous else None,
        Cursor(_key(query, shown[-1])) if shown and has_more else None,
        cursor,
    )
