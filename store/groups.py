"""Where a due date stands on the calendar of whoever looks; pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from store.models import Due, DueAt, DueDay


class Group(StrEnum):
    """The groups of open tasks by when they are due, in their order.

    The last are those given to others, which only a Home has, whenever they are due.
    """

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"
    NEVER = "never"
    GIVEN = "given"


def group_of(due: Due | None, now: datetime) -> Group:
    """Where a task of one's own stands; weeks begin on Monday."""
    if due is None:
        return Group.NEVER
    if is_overdue(due, now):
        return Group.OVERDUE
    today, day = now.date(), day_on(due, now)
    sunday = today + timedelta(days=6 - today.weekday())
    return Group.TODAY if day == today else Group.WEEK if day <= sunday else Group.LATER


def is_overdue(due: Due, now: datetime) -> bool:
    """Whether its day, on this clock, or its moment is over."""
    match due:
        case DueDay(day=day):
            return day < now.date()
        case DueAt(at=at):
            return at < now


def day_on(due: Due, now: datetime) -> date:
    """The day on which it is due, on this clock."""
    return due.day if isinstance(due, DueDay) else due.at.astimezone(now.tzinfo).date()
