"""Days and moments in words: near ones as people say them, all with weekday, date and zone."""

from datetime import date, datetime

from bot.drawing.blocks import in_utc
from store import Due, DueAt, DueDay, day_on, is_overdue


def due_in_full(due: Due, now: datetime) -> str:
    """For one person: "Due tomorrow, Tue 24 Nov 2026, 17:00 (Europe/Berlin)"."""
    when = due_on_record(due, now)
    near = _near(due, now)
    if is_overdue(due, now):
        return f"{near.capitalize()}: {when}"
    return f"Due {near}, {when}" if near else f"Due {when}"


def due_in_short(due: Due, now: datetime) -> str:
    """For a row of a list: "due tomorrow 17:00", "2 days overdue", "due Fri 4 Dec"."""
    near, day = _near(due, now), day_on(due, now)
    if is_overdue(due, now):
        return near if near != "overdue" else f"overdue since{_clock(due, now, ' ')}"
    year = "" if day.year == now.year else f" {day.year}"
    return f"due {near or f'{day:%a} {day.day} {day:%b}{year}'}{_clock(due, now, ' ')}"


def due_for_all(due: Due, now: datetime) -> str:
    """For everybody in a channel: days as days, moments in UTC; `now` on the creator's clock."""
    when = _date(due.day) if isinstance(due, DueDay) else in_utc(due.at)
    return f"Overdue: {when}" if is_overdue(due, now) else f"Due {when}"


def due_on_record(due: Due, now: datetime) -> str:
    """For the history, which is read long after: "Tue 24 Nov 2026, 17:00 (Europe/Berlin)"."""
    return f"{_date(day_on(due, now))}{_clock(due, now, ', ')} ({now.tzinfo})"


def stamp(now: datetime) -> str:
    """A moment in a text that stays: "Mon 23 Nov 2026, 10:00 (Europe/Berlin)"."""
    return f"{_date(now.date())}, {now:%H:%M} ({now.tzinfo})"


def _near(due: Due, now: datetime) -> str:
    """How people say it when it is near or over; empty for days further off."""
    days = (day_on(due, now) - now.date()).days
    if is_overdue(due, now):
        return {0: "overdue", -1: "1 day overdue"}.get(days, f"{-days} days overdue")
    return {0: "today", 1: "tomorrow"}.get(days, "")


def _date(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def _clock(due: Due, now: datetime, before: str) -> str:
    if not isinstance(due, DueAt):
        return ""
    return f"{before}{due.at.astimezone(now.tzinfo):%H:%M}"
