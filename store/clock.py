"""The clock as an argument, so that a test can say what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]
"""Gives the present moment, with its zone."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)
