"""What each day came to: summed once when it is over, counted from its events until then."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store.clock import day_of, start_of
from store.models import EventKind, Source
from store.report import DayNumbers
from store.tables import IS_COMPLETION, Moment, contacts, day_sums, person_days, task_events

Figures = dict[tuple[str, str], int]
"""By name and label, the latter empty where there is but one."""

ACTIVE = ("active", "")
P50 = ("seconds_p50", "")
P90 = ("seconds_p90", "")
COUNTED = (EventKind.CREATED, EventKind.COMPLETED)

SETTLES_FOR = timedelta(hours=1)
"""So long after midnight a day is taken to be over: by then what was noted on it is written."""


def last_over(now: datetime) -> int:
    """The last day that is over and can be summed."""
    return day_of(now - SETTLES_FOR) - 1


def last_summed(connection: sa.Connection, now: datetime) -> int | None:
    """The last day that was summed; all days before it were.

    A sum of a day that is not over is none: it was made while the clock was ahead.
    """
    last = sa.select(sa.func.max(day_sums.c.day)).where(day_sums.c.day <= last_over(now))
    day: int | None = connection.scalar(last)
    return day


def next_to_sum(connection: sa.Connection, now: datetime) -> int | None:
    """The first day that is over and not summed yet."""
    day = _first_live(connection, now)
    return day if day is not None and day <= last_over(now) else None


def _first_live(connection: sa.Connection, now: datetime) -> int | None:
    """The first day that is not summed; None when there never was any."""
    summed = last_summed(connection, now)
    if summed is not None:
        return summed + 1
    came = connection.scalar(sa.select(sa.func.min(contacts.c.first_day)))
    happened = connection.scalar(sa.select(sa.func.min(task_events.c.at)))
    days = [] if came is None else [came]
    return min([*days, day_of(happened)] if happened else days, default=None)


def what_happened_on(connection: sa.Connection, day: int) -> Figures:
    """What the events of a day came to."""
    start, end = start_of(day), start_of(day + 1)
    asked = (
        sa.select(task_events.c.kind, task_events.c.source, sa.func.count().label("times"))
        .where(task_events.c.at >= start, task_events.c.at < end, _is_counted())
        .group_by(task_events.c.kind, task_events.c.source)
    )
    counts = {(row.kind, row.source): row.times for row in connection.execute(asked)}
    done = sa.select(task_events.c.seconds_open).where(
        IS_COMPLETION, task_events.c.at >= start, task_events.c.at < end
    )
    seconds = sorted(connection.scalars(done))
    ranks = {P50: 50, P90: 90} if seconds else {}
    times = {figure: seconds[place(len(seconds), percent)] for figure, percent in ranks.items()}
    return {**counts, **times}


def keep(connection: sa.Connection, day: int, figures: Figures) -> None:
    """Write the sums of a day, unless another replica did; who was active is counted here.

    A day without anything has a sum, too: it says that the day was summed.
    """
    sums = {ACTIVE: connection.scalars(_active_on(day)).one(), **figures}
    rows = [
        {"day": day, "figure": figure, "label": label, "value": value}
        for (figure, label), value in sums.items()
    ]
    connection.execute(sqlite.insert(day_sums).on_conflict_do_nothing(), rows)


def recount_active(connection: sa.Connection, day: int) -> None:
    """Count once more who was active on a day, if it was summed before all of it was written."""
    connection.execute(
        day_sums.update()
        .where(day_sums.c.day == day, day_sums.c.figure == ACTIVE[0])
        .values(value=_active_on(day).scalar_subquery())
    )


def forget_not_over(connection: sa.Connection, now: datetime) -> None:
    """Forget the sums of days that are not over: they were made while the clock was ahead."""
    connection.execute(day_sums.delete().where(day_sums.c.day > last_over(now)))


def has_not_over(connection: sa.Connection, now: datetime) -> bool:
    """Whether there are any such sums."""
    asked = sa.select(day_sums.c.day).where(day_sums.c.day > last_over(now)).limit(1)
    return connection.execute(asked).first() is not None


def totals(connection: sa.Connection, now: datetime) -> tuple[int, int]:
    """How many tasks were ever created, and how often one was completed: exact at this moment."""
    kept = (
        sa.select(day_sums.c.figure.label("kind"), sa.func.sum(day_sums.c.value).label("times"))
        .where(day_sums.c.figure.in_(COUNTED), day_sums.c.day <= last_over(now))
        .group_by(day_sums.c.figure)
    )
    live = (
        sa.select(task_events.c.kind, sa.func.count().label("times"))
        .where(task_events.c.at >= start_of(_first_live(connection, now) or 0), _is_counted())
        .group_by(task_events.c.kind)
    )
    counts = dict.fromkeys(COUNTED, 0)
    for row in (*connection.execute(kept), *connection.execute(live)):
        counts[EventKind(row.kind)] += int(row.times)
    return counts[EventKind.CREATED], counts[EventKind.COMPLETED]


def days(
    connection: sa.Connection, first: int, last: int, new: Mapping[int, int], now: datetime
) -> tuple[DayNumbers, ...]:
    """Every day from the first to the last; `new`: how many people came on each."""
    summed = last_summed(connection, now)
    by_day = _kept(connection, first, last)
    for day in range(first, last + 1):
        if summed is None or day > summed:
            by_day[day] = _live(connection, day)
    return tuple(
        _day_numbers(day, by_day.get(day, {}), new.get(day, 0)) for day in range(first, last + 1)
    )


def percentiles(
    connection: sa.Connection, first: int, last: int, count: int
) -> tuple[int, int] | tuple[None, None]:
    """The time to done that half, and nine in ten, of the completions of these days have at most.

    `count`: how many they are.
    """
    if not count:
        return None, None
    # All completions there ever were are walked through in the order of their times: they stand
    # so in an index, and sorting those of 90 days takes five times as long. The 0 keeps SQLite
    # from looking for the days first (https://www.sqlite.org/optoverview.html#uplus).
    at = sa.type_coerce(task_events.c.at, sa.BigInteger) + sa.literal_column("0")
    start, end = (sa.literal(start_of(day), Moment) for day in (first, last + 1))
    done = sa.and_(IS_COMPLETION, at >= start, at < end)
    seconds = sa.select(task_events.c.seconds_open).where(done).order_by(task_events.c.seconds_open)
    p50, p90 = (
        connection.scalars(seconds.limit(1).offset(place(count, percent))).one()
        for percent in (50, 90)
    )
    return p50, p90


def place(count: int, percent: int) -> int:
    """Where the nearest rank stands among so many in their order.

    It is the smallest value that at least so many percent do not exceed.
    """
    return max(0, -(-count * percent // 100) - 1)


def of_source(figures: Figures, kind: EventKind) -> dict[str, int]:
    """How many of a kind there were by each source, with its 0."""
    return {source: figures.get((kind, source), 0) for source in Source}


def _kept(connection: sa.Connection, first: int, last: int) -> dict[int, Figures]:
    by_day: dict[int, Figures] = {}
    asked = sa.select(day_sums).where(day_sums.c.day.between(first, last))
    for row in connection.execute(asked):
        by_day.setdefault(row.day, {})[row.figure, row.label] = row.value
    return by_day


def _live(connection: sa.Connection, day: int) -> Figures:
    active = connection.scalars(_active_on(day)).one()
    return {ACTIVE: active, **what_happened_on(connection, day)}


def _day_numbers(day: int, figures: Figures, new: int) -> DayNumbers:
    return DayNumbers(
        day=start_of(day).date(),
        active=figures.get(ACTIVE, 0),
        new=new,
        created=of_source(figures, EventKind.CREATED),
        completed=of_source(figures, EventKind.COMPLETED),
        seconds_p50=figures.get(P50),
        seconds_p90=figures.get(P90),
    )


def _active_on(day: int) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(person_days).where(person_days.c.day == day)


def _is_counted() -> sa.ColumnElement[bool]:
    """Taking something back is not counted as doing its opposite."""
    return sa.and_(task_events.c.kind.in_(COUNTED), task_events.c.is_undo == sa.false())
