"""The team in numbers, from the database, so that they survive restarts and hold for replicas."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from store import contacts, forget, sums, tallies
from store.clock import Clock, day_of, start_of
from store.database import Database
from store.models import Status
from store.notices import waiting
from store.report import DayNumbers, Numbers, PeriodNumbers, Report
from store.tables import IS_OPEN, feedback, heartbeats, tasks

REPORT_DAYS = 90
REPORT_DAYS_MAX = 364
"""All that a report of 52 weeks is counted from is still kept."""


class Insights:
    """Counts over all workspaces, and the probe whether the database takes writes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def numbers(self) -> Numbers:
        """Everything at one moment, in one transaction."""
        now = self._clock()
        return await self._database.read(lambda connection: _numbers(connection, now))

    async def report(self, days: int = REPORT_DAYS) -> Report:
        """Everything about so many days, of which today is the last, in one transaction.

        Raises:
            ValueError: that many days are not reported.
        """
        if not 1 <= days <= REPORT_DAYS_MAX:
            raise ValueError(f"a report is of 1 to {REPORT_DAYS_MAX} days, not {days}")
        now = self._clock()
        return await self._database.read(lambda connection: _report(connection, now, days))

    async def totals(self) -> tuple[int, int]:
        """How many tasks were ever created, and how often tasks were completed."""
        now = self._clock()
        return await self._database.read(lambda connection: sums.totals(connection, now))

    async def faults(self) -> int:
        """How many faults of ours were ever written down."""
        return await self._database.read(tallies.all_faults)

    async def settle(self) -> None:
        """Sum the days that are over, and keep what people did in their first weeks.

        It may run as often as one likes, or not for weeks: what it keeps is the same, and
        until it does, all figures are counted from what it would be made of.
        """
        now = self._clock()
        if await self._database.read(lambda connection: sums.has_not_over(connection, now)):
            await self._database.write(lambda connection: sums.forget_not_over(connection, now))
        while await self._sum_next(now):
            pass
        while await self._database.write(lambda connection: contacts.settle(connection, now)):
            pass

    async def purge(self) -> int:
        """Forget the oldest day of what is kept about people for too long; returns how many rows.

        One day at a time: a clock that is ahead by a year must not forget all of it at once.
        """
        now = self._clock()
        day = await self._database.read(lambda connection: forget.oldest(connection, now))
        if day is None:
            return 0
        rows = 0
        while purged := await self._database.write(lambda c: forget.purge(c, day)):
            rows += purged
        return rows

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

    async def _sum_next(self, now: datetime) -> bool:
        """Sum a day that is over; what happened on it is read without keeping writers waiting."""
        summed = await self._database.read(lambda connection: _sum_next(connection, now))
        if summed is None:
            return False
        await self._database.write(lambda connection: sums.keep(connection, *summed))
        return True


def _sum_next(connection: sa.Connection, now: datetime) -> tuple[int, sums.Figures] | None:
    day = sums.next_to_sum(connection, now)
    return None if day is None else (day, sums.what_happened_on(connection, day))


def _numbers(connection: sa.Connection, now: datetime) -> Numbers:
    count, oldest = waiting(connection)
    created, completed = sums.totals(connection, now)
    people = contacts.everybody(connection, day_of(now))
    return Numbers(
        tasks_created=created,
        tasks_completed=completed,
        tasks_open=_open(connection),
        users_total=people.total,
        users_active=people.active,
        users_activated=people.activated,
        users_retained=people.retained,
        notices_waiting=count,
        notices_oldest_seconds=_age(oldest, now) if oldest else 0.0,
        feedback_answers=_count(connection, feedback),
    )


def _age(since: datetime, now: datetime) -> float:
    """In seconds; none of what was written while the clock was ahead of what it is now."""
    return max(now - since, timedelta()) / timedelta(seconds=1)


def _report(connection: sa.Connection, now: datetime, days: int) -> Report:
    today = day_of(now)
    first = today - days + 1
    by_day = sums.days(connection, first, today, contacts.new_by_day(connection, first), now)
    return Report(
        at=now,
        numbers=_numbers(connection, now),
        days=by_day,
        period=_period(connection, first, today, by_day),
        cohorts=contacts.cohorts(connection, first, today),
        verbs=tallies.verbs(connection, first),
        unknown_words=tallies.unknown_words(connection, first),
        faults=tallies.faults(connection, first),
        feedback=tallies.said(connection),
    )


def _period(
    connection: sa.Connection, first: int, today: int, by_day: Sequence[DayNumbers]
) -> PeriodNumbers:
    new, activated = contacts.new_since(connection, first)
    kept, done = _what_became(connection, first)
    completed = _together(one.completed for one in by_day)
    p50, p90 = sums.percentiles(connection, first, today, sum(completed.values()))
    return PeriodNumbers(
        active=contacts.active_since(connection, first),
        new=new,
        activated=activated,
        created=_together(one.created for one in by_day),
        completed=completed,
        kept_of_created=kept,
        done_of_created=done,
        seconds_p50=p50,
        seconds_p90=p90,
    )


def _what_became(connection: sa.Connection, first: int) -> tuple[int, int]:
    """Of the tasks that were created on that day or later: how many still are, and are done."""
    is_done = tasks.c.status == Status.DONE
    asked = sa.select(sa.func.count(), sa.func.count().filter(is_done)).where(
        tasks.c.deleted_at.is_(None), tasks.c.created_at >= start_of(first)
    )
    kept, done = connection.execute(asked).one()
    return kept, done


def _together(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalars(sa.select(sa.func.count()).select_from(table)).one()


def _open(connection: sa.Connection) -> dict[str, int]:
    asked = (
        sa.select(tasks.c.status, sa.func.count().label("open"))
        .where(IS_OPEN)
        .group_by(tasks.c.status)
    )
    found = {row.status: row.open for row in connection.execute(asked)}
    return {status: found.get(status, 0) for status in (Status.TODO, Status.DOING)}
