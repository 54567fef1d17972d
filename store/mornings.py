"""When somebody is next told what is due that day: by their own clock, once a day, wherever."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store.clock import EPOCH, at_hour, zone_of
from store.models import MORNING, DueDay, Settings, SlackUser, Task
from store.rows import to_day
from store.tables import installations, mornings, people, settings

DAY = timedelta(days=1)


def day_of(number: int) -> date:
    """A day that is kept as whole days since 1970."""
    return EPOCH.date() + timedelta(days=number)


def last_morning(now: datetime, hour: int, zone: ZoneInfo) -> date:
    """The latest day there whose hour has come."""
    today = now.astimezone(zone).date()
    return today if at_hour(today, hour, zone) <= now else today - DAY


def note_day(connection: sa.Connection, before: Task | None, after: Task, now: datetime) -> None:
    """Have the owner told on its day, if the change gave somebody a task that is due on one."""
    if isinstance(after.due, DueDay) and after.is_open and not _had_it(before, after):
        _begin(connection, SlackUser(after.team_id, after.owner_id), now)


def _had_it(before: Task | None, after: Task) -> bool:
    return (
        before is not None
        and before.is_open
        and (before.owner_id, before.due) == (after.owner_id, after.due)
    )


def look_again(connection: sa.Connection, user: SlackUser, wanted: Settings, now: datetime) -> None:
    """After a change of settings: the moment is reckoned anew, and a digest needs a row."""
    if wanted.digest:
        _begin(connection, user, now)
    is_theirs = sa.and_(mornings.c.team_id == user.team_id, mornings.c.user_id == user.user_id)
    connection.execute(mornings.update().where(is_theirs).values(at=now))


def note_moves(
    connection: sa.Connection, found: Collection[Mapping[str, Any]], now: datetime
) -> None:
    """Before people are saved: whoever lives in another zone than we thought has another morning.

    Of one whom we know nothing of we thought UTC.
    """
    moved = [
        {"now": now, **{f"its_{name}": row[name] for name in ("team_id", "user_id", "zone")}}
        for row in found
    ]
    connection.execute(_LOOK_AGAIN, moved)


def _look_again() -> sa.Update:
    is_same = sa.exists().where(
        people.c.team_id == mornings.c.team_id,
        people.c.user_id == mornings.c.user_id,
        people.c.zone == sa.bindparam("its_zone"),
    )
    return (
        mornings.update()
        .where(
            mornings.c.team_id == sa.bindparam("its_team_id"),
            mornings.c.user_id == sa.bindparam("its_user_id"),
            ~is_same,
        )
        .values(at=sa.bindparam("now", type_=mornings.c.at.type))
    )


def _of_person(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.team_id == installations.c.team_id, table.c.user_id == sa.bindparam("user_id")
    )


def _clock() -> sa.Select[Any]:
    """What a person's morning depends on, with whether it is known already."""
    joined = installations
    for table in (people, settings, mornings):
        joined = joined.outerjoin(table, _of_person(table))  # type: ignore[assignment]
    return (
        sa.select(people.c.zone, settings.c.hour, mornings.c.until)
        .select_from(joined)
        .where(installations.c.team_id == sa.bindparam("team_id"))
    )


_LOOK_AGAIN = _look_again()
_CLOCK = _clock()
_BEGIN = sqlite.insert(mornings).on_conflict_do_nothing()


def _begin(connection: sa.Connection, user: SlackUser, now: datetime) -> None:
    """Make the row of somebody who has none; a morning that is over today is not told any more."""
    asked = {"team_id": user.team_id, "user_id": user.user_id}
    clock = connection.execute(_CLOCK, asked).one()
    if clock.until is not None:
        return
    zone = zone_of(clock.zone or "UTC")
    hour = MORNING if clock.hour is None else clock.hour
    until = last_morning(now, hour, zone)
    at = at_hour(until + DAY, hour, zone)
    connection.execute(_BEGIN, {**asked, "until": to_day(until), "at": at})
