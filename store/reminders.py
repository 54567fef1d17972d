"""What falls due: by the clock it becomes a notice, in the transaction that notes it was told."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from store import settings as kept_settings
from store.clock import Clock, at_hour, zone_of
from store.database import Database
from store.direct import What
from store.lists import open_tasks_of
from store.models import SlackUser
from store.mornings import DAY, day_of, last_morning
from store.notices import NoticeKind, want
from store.rows import to_day
from store.tables import IS_OPEN, mornings, people, tasks

PEOPLE = 25
"""A batch is one transaction, for which those who type have to wait."""


class Reminders:
    """The clock of due dates: none is lost and none told twice, whatever is killed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def next_at(self) -> datetime | None:
        """When the next is due, None while there is none."""
        row = await self._database.read(lambda c: c.execute(_NEXT).one())
        return min((at for at in row if at is not None), default=None)

    async def fall_due(self) -> None:
        """Have a batch of what is due now told."""
        now = self._clock()

        def work(connection: sa.Connection) -> None:
            _tell_moments(connection, now)
            for row in connection.execute(_MORNINGS, {"now": now}).all():
                _tell_morning(connection, row, now)

        await self._database.write(work)


_NOW = sa.bindparam("now", type_=tasks.c.remind_at.type)
_NEXT = sa.select(
    sa.select(sa.func.min(tasks.c.remind_at))
    .where(tasks.c.remind_at.is_not(None))
    .scalar_subquery(),
    sa.select(sa.func.min(mornings.c.at)).scalar_subquery(),
)
# One text, not two columns: SQLite would look for the workspace's tasks, and not for what is due.
_OWNER = tasks.c.team_id + " " + sa.func.coalesce(tasks.c.assignee_id, tasks.c.creator_id)
_IS_NOW = sa.and_(tasks.c.remind_at.is_not(None), tasks.c.remind_at <= _NOW)
# Whole people, not so many tasks: of one person's all are in the same message.
_OWNERS = (
    sa.select(_OWNER)
    .where(_IS_NOW)
    .group_by(_OWNER)
    .order_by(sa.func.min(tasks.c.remind_at))
    .limit(PEOPLE)
)
_MOMENTS = (
    sa.select(tasks, IS_OPEN.label("is_open"))
    .where(_IS_NOW, _OWNER.in_(_OWNERS))
    .order_by(tasks.c.remind_at)
)
_DAYS = open_tasks_of(tasks.c.due_day)
_MORNINGS = (
    sa.select(mornings, people.c.zone)
    .outerjoin(
        people,
        sa.and_(people.c.team_id == mornings.c.team_id, people.c.user_id == mornings.c.user_id),
    )
    .where(mornings.c.at <= _NOW)
    .order_by(mornings.c.at)
    .limit(PEOPLE)
)


def _tell_moments(connection: sa.Connection, now: datetime) -> None:
    """One direct message for all that falls due for one person at once."""
    rows = connection.execute(_MOMENTS, {"now": now}).all()
    if not rows:
        return
    by_owner: dict[SlackUser, list[sa.Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.is_open:
            by_owner[SlackUser(row.team_id, row.assignee_id or row.creator_id)].append(row)
    for owner, due in by_owner.items():
        at = due[0].due_at.isoformat()
        about = {"tasks": [[row.number, row.due_at.isoformat()] for row in due]}
        _want(connection, owner, now, What.DUE, f"{due[0].number}.{at}", about | {"at": at})
    told = sa.tuple_(tasks.c.team_id, tasks.c.number).in_(
        [(row.team_id, row.number) for row in rows]
    )
    connection.execute(tasks.update().where(told).values(remind_at=None))


def _tell_morning(connection: sa.Connection, row: sa.Row[Any], now: datetime) -> None:
    """Tell what is due until today, unless their zone or hour says that it is not yet time."""
    owner = SlackUser(row.team_id, row.user_id)
    wanted = kept_settings.read(connection, owner)
    zone = zone_of(row.zone or "UTC")
    until, at = row.until, at_hour(day_of(row.until + 1), wanted.hour, zone)
    asked = {"team_id": owner.team_id, "user_id": owner.user_id}
    days = connection.scalars(_DAYS, asked).all()
    if at <= now:
        day = last_morning(now, wanted.hour, zone)
        is_digest = wanted.digest and day.isoweekday() in wanted.weekdays
        is_due = any(number and until < number <= to_day(day) for number in days)
        if is_due or (is_digest and days):
            _want_day(connection, row, What.DIGEST if is_digest else What.DAY, day, now)
        until, at = to_day(day), at_hour(day + DAY, wanted.hour, zone)
    is_theirs = sa.and_(mornings.c.team_id == row.team_id, mornings.c.user_id == row.user_id)
    if wanted.digest or any(number and number > until for number in days):
        connection.execute(mornings.update().where(is_theirs).values(until=until, at=at))
    else:
        connection.execute(mornings.delete().where(is_theirs))


def _want_day(
    connection: sa.Connection, row: sa.Row[Any], what: What, day: date, now: datetime
) -> None:
    about = {"days": [row.until + 1, to_day(day)], "at": row.at.isoformat()}
    _want(connection, SlackUser(row.team_id, row.user_id), now, what, day.isoformat(), about)


def _want(
    connection: sa.Connection,
    owner: SlackUser,
    now: datetime,
    what: What,
    when: str,
    about: dict[str, Any],
) -> None:
    want(
        connection,
        owner.team_id,
        now,
        kind=NoticeKind.DM,
        subject=f"{what}.{when}.{owner.user_id}",
        channel_id=owner.user_id,
        user_id=owner.user_id,
        about={"what": what, **about},
    )
