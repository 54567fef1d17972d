"""The team in numbers, from the database, so that they survive restarts and hold for replicas."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from store.clock import EPOCH, Clock
from store.database import Database
from store.models import EventKind, Status
from store.notices import waiting
from store.report import Numbers
from store.tables import feedback, heartbeats, person_days, task_events, tasks

MICROSECONDS_A_DAY = 24 * 60 * 60 * 1_000_000
ACTIVATED_WITHIN_DAYS = 7
WINDOWS = {"day": 1, "week": 7, "month": 30}
RETENTION_DAYS = {"1": (7, 13), "4": (28, 34)}


class Insights:
    """Counts over all workspaces, and the probe whether the database takes writes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def numbers(self) -> Numbers:
        """Everything at one moment, in one transaction."""
        now = self._clock()
        return await self._database.read(lambda connection: _numbers(connection, now))

    async def totals(self) -> tuple[int, int]:
        """How many tasks were ever created, and how many tasks are completed."""
        return await self._database.read(
            lambda c: (_events(c, EventKind.CREATED), _events(c, EventKind.COMPLETED))
        )

    async def probe(self) -> None:
        """Write and commit one row.

        Raises:
            NotSaved: the database takes no writes.
        """
        beat = {"id": 1, "at": self._clock()}

        def work(connection: sa.Connection) -> None:
            if not connection.execute(heartbeats.update().values(beat)).rowcount:
                connection.execute(heartbeats.insert().values(beat))

        await self._database.write(work)


def _numbers(connection: sa.Connection, now: datetime) -> Numbers:
    count, oldest = waiting(connection)
    return Numbers(
        tasks_created=_events(connection, EventKind.CREATED),
        tasks_completed=_events(connection, EventKind.COMPLETED),
        tasks_open=_open(connection),
        users_total=_users(connection),
        users_active=_active(connection, now),
        users_activated=_activated(connection),
        users_retained=_retained(connection),
        notices_waiting=count,
        notices_oldest_seconds=(now - oldest) / timedelta(seconds=1) if oldest else 0.0,
        feedback_answers=_count(connection, feedback),
    )


def _events(connection: sa.Connection, kind: EventKind) -> int:
    """How often it was done; taking something back is not counted as doing its opposite."""
    asked = sa.select(sa.func.count()).where(
        task_events.c.kind == kind, task_events.c.is_undo.is_(False)
    )
    return connection.scalars(asked).one()


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalars(sa.select(sa.func.count()).select_from(table)).one()


def _open(connection: sa.Connection) -> dict[str, int]:
    asked = (
        sa.select(tasks.c.status, sa.func.count().label("open"))
        .where(tasks.c.deleted_at.is_(None), tasks.c.status != Status.DONE)
        .group_by(tasks.c.status)
    )
    found = {row.status: row.open for row in connection.execute(asked)}
    return {status: found.get(status, 0) for status in (Status.TODO, Status.DOING)}


def _users(connection: sa.Connection) -> int:
    everyone = sa.select(person_days.c.team_id, person_days.c.user_id).distinct().subquery()
    return connection.scalars(sa.select(sa.func.count()).select_from(everyone)).one()


def _active(connection: sa.Connection, now: datetime) -> dict[str, int]:
    today = (now - EPOCH).days
    return {window: _count_since(connection, today - days + 1) for window, days in WINDOWS.items()}


def _count_since(connection: sa.Connection, day: int) -> int:
    active = (
        sa.select(person_days.c.team_id, person_days.c.user_id)
        .where(person_days.c.day >= day)
        .distinct()
        .subquery()
    )
    return connection.scalars(sa.select(sa.func.count()).select_from(active)).one()


def _first_days() -> sa.Subquery:
    """The day of each person's first contact."""
    return (
        sa.select(
            person_days.c.team_id,
            person_days.c.user_id,
            sa.func.min(person_days.c.day).label("day"),
        )
        .group_by(person_days.c.team_id, person_days.c.user_id)
        .subquery()
    )


def _activated(connection: sa.Connection) -> int:
    """People who made or finished a task within seven days of their first contact."""
    first = _first_days()
    day = sa.type_coerce(task_events.c.at, sa.BigInteger) / sa.literal(MICROSECONDS_A_DAY)
    within = sa.and_(
        task_events.c.team_id == first.c.team_id,
        task_events.c.actor_id == first.c.user_id,
        task_events.c.kind.in_([EventKind.CREATED, EventKind.COMPLETED]),
        task_events.c.is_undo.is_(False),
        day < first.c.day + ACTIVATED_WITHIN_DAYS,
    )
    return connection.scalars(
        sa.select(sa.func.count()).select_from(first).where(sa.exists().where(within))
    ).one()


def _retained(connection: sa.Connection) -> dict[str, int]:
    """People who came back in a given week after their first contact."""
    return {week: _came_back(connection, *days) for week, days in RETENTION_DAYS.items()}


def _came_back(connection: sa.Connection, from_day: int, to_day: int) -> int:
    first = _first_days()
    again = sa.and_(
        person_days.c.team_id == first.c.team_id,
        person_days.c.user_id == first.c.user_id,
        person_days.c.day.between(first.c.day + from_day, first.c.day + to_day),
    )
    return connection.scalars(
        sa.select(sa.func.count()).select_from(first).where(sa.exists().where(again))
    ).one()
