"""People from their first contact on: who is active, who was activated, who came back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store import sums
from store.clock import DAY, MICROSECOND, start_of
from store.models import EventKind
from store.report import Cohort
from store.tables import contacts, person_days, task_events

WINDOWS = {"day": 1, "week": 7, "month": 30}
WEEK = 7
ACTIVATED_WITHIN = 7
"""Days, the first one among them."""
SETTLED_AFTER = 5 * WEEK
"""Days: then the fourth week after the first is over."""
COHORT_WEEKS = 12
BATCH = 200

Active = tuple[str, str, int]
"""Workspace, person and day."""

_MICROSECONDS_A_DAY = DAY // MICROSECOND
_MONDAY = 4
"""The first Monday after the beginning of 1970, a Thursday."""


def note_active(connection: sa.Connection, noted: Collection[Active], today: int) -> None:
    """Write who was active on which day, once, in whatever order it comes.

    What comes late is counted where it belongs: in the sum of its day, and in the first weeks
    of who was active then.
    """
    people = [({"team_id": team_id, "user_id": user_id}, day) for team_id, user_id, day in noted]
    connection.execute(
        sqlite.insert(person_days).on_conflict_do_nothing(),
        [{**person, "day": day} for person, day in people],
    )
    connection.execute(
        _MEET,
        [{**person, "first_day": day, "last_day": day, **_UNSETTLED} for person, day in people],
    )
    for day in {day for _, _, day in noted if day < today}:
        sums.recount_active(connection, day)


def _meet() -> sa.Insert:
    insert = sqlite.insert(contacts)
    day, first, last = insert.excluded.first_day, contacts.c.first_day, contacts.c.last_day
    is_late = sa.and_(contacts.c.settled, day < first + SETTLED_AFTER)
    return insert.on_conflict_do_update(
        index_elements=["team_id", "user_id"],
        set_={
            "first_day": sa.case((day < first, day), else_=first),
            "last_day": sa.case((day > last, day), else_=last),
            "settled": sa.and_(contacts.c.settled, sa.not_(is_late)),
        },
        where=sa.or_(day < first, day > last, is_late),
    )


_UNSETTLED = {"activated": False, "week_1": False, "week_4": False, "settled": False}
_MEET = _meet()


def _is_activated() -> sa.Exists:
    """Made or finished a task within seven days of first contact."""
    at = sa.type_coerce(task_events.c.at, sa.BigInteger)
    until = (contacts.c.first_day + ACTIVATED_WITHIN) * sa.literal(
        _MICROSECONDS_A_DAY, sa.BigInteger
    )
    return sa.exists().where(
        task_events.c.team_id == contacts.c.team_id,
        task_events.c.actor_id == contacts.c.user_id,
        at < until,
        task_events.c.kind.in_([EventKind.CREATED, EventKind.COMPLETED]),
        task_events.c.is_undo == sa.false(),
    )


def _came_back(week: int) -> sa.Exists:
    """Was active on one of the days of a week after first contact."""
    first = contacts.c.first_day + week * WEEK
    return sa.exists().where(
        person_days.c.team_id == contacts.c.team_id,
        person_days.c.user_id == contacts.c.user_id,
        person_days.c.day.between(first, first + WEEK - 1),
    )


ACTIVATED = sa.case((contacts.c.settled, contacts.c.activated), else_=_is_activated())
RETAINED = {
    "1": sa.case((contacts.c.settled, contacts.c.week_1), else_=_came_back(1)),
    "4": sa.case((contacts.c.settled, contacts.c.week_4), else_=_came_back(4)),
}
"""As kept once it is settled; until then as it is, whenever it is asked for."""

_SETTLE = contacts.update().values(
    activated=_is_activated(), week_1=_came_back(1), week_4=_came_back(4), settled=True
)


def settle(connection: sa.Connection, now: datetime) -> int:
    """Keep what a batch of people did in their first weeks, once these are over for them."""
    over = (
        sa.select(contacts.c.team_id, contacts.c.user_id)
        .where(
            contacts.c.settled == sa.false(),
            contacts.c.first_day <= sums.last_over(now) - SETTLED_AFTER + 1,
        )
        .limit(BATCH)
    )
    key = sa.tuple_(contacts.c.team_id, contacts.c.user_id)
    return connection.execute(_SETTLE.where(key.in_(over))).rowcount


def first_unsettled(connection: sa.Connection) -> int | None:
    """The first day of contact of which something is still to be kept."""
    asked = sa.select(sa.func.min(contacts.c.first_day)).where(contacts.c.settled == sa.false())
    day: int | None = connection.scalar(asked)
    return day


@dataclass(frozen=True, slots=True)
class Everybody:
    """People over all time."""

    total: int
    active: dict[str, int]
    activated: int
    retained: dict[str, int]


def everybody(connection: sa.Connection, today: int) -> Everybody:
    """In one look at all of them."""
    active = [_how_many(contacts.c.last_day > today - days) for days in WINDOWS.values()]
    retained = [_how_many(came_back) for came_back in RETAINED.values()]
    asked = sa.select(sa.func.count(), _how_many(ACTIVATED), *active, *retained)
    total, activated, *rest = connection.execute(asked.select_from(contacts)).one()
    return Everybody(
        total=total,
        active=dict(zip(WINDOWS, rest[: len(WINDOWS)], strict=True)),
        activated=activated,
        retained=dict(zip(RETAINED, rest[len(WINDOWS) :], strict=True)),
    )


def active_since(connection: sa.Connection, day: int) -> int:
    """How many people were active on that day or later."""
    asked = sa.select(sa.func.count()).where(contacts.c.last_day >= day)
    return connection.scalars(asked).one()


def new_since(connection: sa.Connection, day: int) -> tuple[int, int]:
    """How many people came on that day or later, and how many of them were activated."""
    asked = sa.select(sa.func.count(), _how_many(ACTIVATED)).where(contacts.c.first_day >= day)
    new, activated = connection.execute(asked.select_from(contacts)).one()
    return new, activated


def new_by_day(connection: sa.Connection, first: int) -> dict[int, int]:
    """How many people came on each day, from the first on; days without any are left out."""
    asked = (
        sa.select(contacts.c.first_day, sa.func.count().label("people"))
        .where(contacts.c.first_day >= first)
        .group_by(contacts.c.first_day)
    )
    return {row.first_day: row.people for row in connection.execute(asked)}


def cohorts(connection: sa.Connection, first: int, today: int) -> tuple[Cohort, ...]:
    """Those of each week that begins from the first day on, and who of them came back."""
    weeks = range(1, COHORT_WEEKS + 1)
    monday = first + (_MONDAY - first) % WEEK
    week = (contacts.c.first_day - monday) // WEEK
    begun = [
        _how_many(sa.and_(contacts.c.first_day + at * WEEK <= today, _came_back(at)))
        for at in weeks
    ]
    asked = (
        sa.select(week.label("week"), sa.func.count(), *begun)
        .where(contacts.c.first_day >= monday)
        .group_by(week)
    )
    found = {row[0]: row[1:] for row in connection.execute(asked)}
    nobody = (0,) * (COHORT_WEEKS + 1)
    return tuple(
        _cohort(start, found.get((start - monday) // WEEK, nobody), today)
        for start in range(monday, today + 1, WEEK)
    )


def _cohort(monday: int, found: tuple[int, ...], today: int) -> Cohort:
    people, *returned = found
    # Whoever came on its Sunday has a week later by so much.
    over = [monday + WEEK - 1 + (at + 1) * WEEK <= today for at in range(1, COHORT_WEEKS + 1)]
    return Cohort(
        week=start_of(monday).date(),
        people=people,
        returned=tuple(
            count if is_over else None for count, is_over in zip(returned, over, strict=True)
        ),
    )


def _how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)
