"""The clock as an argument, so that a test can say what time it is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]
"""Gives the present moment, with its zone."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HOURS_A_DAY = DAY // HOUR


def day_of(moment: datetime) -> int:
    """The day of a moment by UTC, as whole days since 1970."""
    return (moment - EPOCH).days


def hour_of(moment: datetime) -> int:
    """The hour of a moment, as whole hours since 1970."""
    return (moment - EPOCH) // HOUR


def start_of(day: int) -> datetime:
    """The first moment of such a day."""
    return EPOCH + day * DAY


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def at_hour(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """The moment of an hour there; a skipped one moves forward, of a repeated one the first.

    In UTC, since Python compares moments of one zone by their clocks, not by what they are.
    """
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)
