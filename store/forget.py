"""What is kept about people for 13 months, and then forgotten: by then its sums are kept."""

from datetime import datetime

import sqlalchemy as sa

from store.clock import day_of
from store.contacts import first_unsettled
from store.sums import last_summed
from store.tables import person_days, verb_days, word_days

KEEP_DAYS = 396
"""13 months, as a number of days: twelve of a common year, and one of 31 days."""
BATCH = 500

_KEPT = (person_days, verb_days, word_days)


def oldest(connection: sa.Connection, now: datetime) -> int | None:
    """The first day of which something is kept for too long; None when there is none."""
    firsts = [connection.scalar(sa.select(sa.func.min(table.c.day))) for table in _KEPT]
    day = min((first for first in firsts if first is not None), default=None)
    return day if day is not None and day < _until(connection, now) else None


def purge(connection: sa.Connection, day: int) -> int:
    """Forget a batch of what is kept of that day; returns how many rows."""
    return sum(_purge(connection, table, day + 1) for table in _KEPT)


def _until(connection: sa.Connection, now: datetime) -> int:
    """The first day that is kept: nothing goes before what follows from it is written down."""
    summed, unsettled = last_summed(connection, now), first_unsettled(connection)
    needed = [day for day in (unsettled,) if day is not None]
    return min(day_of(now) - KEEP_DAYS, 0 if summed is None else summed + 1, *needed)


def _purge(connection: sa.Connection, table: sa.Table, until: int) -> int:
    names = table.primary_key.columns
    old = sa.select(*names).where(table.c.day < until).limit(BATCH)
    return connection.execute(table.delete().where(sa.tuple_(*names).in_(old))).rowcount
