"""A team in numbers: what stands open and what was done, of the tasks that exist for who asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from store.clock import MICROSECOND
from store.database import Database
from store.lists import OPEN, DueBy, due_by
from store.models import Status
from store.tables import IS_OPEN, tasks
from store.visible import Viewer, visible_to

MEDIAN_WEEKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamStats:
    """Counts of tasks that are not deleted; weeks begin on Monday, on the clock of who asked.

    A task is done in the week of its `completed_at`, while it is done: what was reopened or
    undone was not done, and what was finished twice counts where it was finished last.
    """

    is_empty: bool
    """There is no task at all, open or done."""
    open: int
    doing: int
    """Of the open ones, as are the next two."""
    overdue: int
    nobodys: int
    done_this_week: int
    done_last_week: int
    created_this_week: int
    created_last_week: int
    seconds_p50: float | None
    """From creation to completion, of what was done in the last 28 days, today among them.

    By nearest rank: the least that half of them did not exceed. None when nothing was done.
    """


class Stats:
    """Counts for the one who asks, or for everybody in a channel at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_team(self, viewer: Viewer, now: datetime) -> TeamStats:
        """All of it at one moment; `now` as in `Lists.page`."""
        return await self._database.read(lambda connection: _stats(connection, viewer, now))


def _stats(connection: sa.Connection, viewer: Viewer, now: datetime) -> TeamStats:
    seen = (visible_to(viewer), tasks.c.deleted_at.is_(None))
    asked = [one.where(*seen) for one in _counts(viewer.team_id, now)]
    found = [connection.execute(one).one()._asdict() for one in asked]
    counted = {name: count for row in found for name, count in row.items()}
    return TeamStats(
        **counted,
        is_empty=not any(counted.values()) and not _any(connection, *seen),
        seconds_p50=_median(connection, _done_since(now), *seen),
    )


def _any(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> bool:
    return connection.execute(sa.select(tasks.c.number).where(*which).limit(1)).first() is not None


def _counts(team_id: str, now: datetime) -> Iterator[sa.Select[Any]]:
    """What is counted of the open tasks, of the new ones, and of those that were done.

    Each walks along an index: few tasks are open, and few are of the last weeks.
    """
    monday = _midnight(now, days_ago=now.weekday())
    monday_before = _midnight(now, days_ago=now.weekday() + 7)
    created, done = tasks.c.created_at, tasks.c.completed_at
    yield _count(
        open=IS_OPEN,
        doing=tasks.c.status == Status.DOING,
        overdue=due_by(DueBy.OVERDUE, now),
        nobodys=tasks.c.assignee_id.is_(None),
    ).where(IS_OPEN, tasks.c.status.in_(sorted(OPEN)))
    yield _count(
        created_this_week=created >= monday,
        created_last_week=created < monday,
    ).where(created >= monday_before, _is_after(team_id, monday_before))
    yield _count(
        done_this_week=done >= monday,
        done_last_week=sa.and_(done >= monday_before, done < monday),
    ).where(_done_since(now))


def _count(**which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    counted: list[Any] = [sa.func.count().filter(it).label(name) for name, it in which.items()]
    return sa.select(*counted)


def _is_after(team_id: str, moment: datetime) -> sa.ColumnElement[bool]:
    """Numbers are given in the order of time, so those before that of a moment need no look."""
    before = (
        sa.select(tasks.c.number)
        .where(tasks.c.team_id == team_id, tasks.c.created_at < moment)
        .order_by(tasks.c.number.desc())
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    return tasks.c.number > sa.func.coalesce(before, 0)


def _done_since(now: datetime) -> sa.ColumnElement[bool]:
    """What was done in the weeks of which the median is told."""
    begin = _midnight(now, days_ago=7 * MEDIAN_WEEKS - 1)
    return sa.and_(tasks.c.status == Status.DONE, tasks.c.completed_at >= begin)


def _median(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> float | None:
    """The seconds from creation to completion that half of these tasks did not exceed."""
    done, created = (
        sa.type_coerce(it, sa.BigInteger) for it in (tasks.c.completed_at, tasks.c.created_at)
    )
    took = sorted(connection.scalars(sa.select(done - created).where(*which)))
    half = (len(took) - 1) // 2
    return took[half] * MICROSECOND / timedelta(seconds=1) if took else None


def _midnight(now: datetime, *, days_ago: int) -> datetime:
    """When a day began, on the clock of who asks."""
    return datetime.combine(now.date() - timedelta(days=days_ago), time(), now.tzinfo)
