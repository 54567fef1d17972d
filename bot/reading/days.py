"""Which day some words mean, and which one to offer when that day is past, unclear or none."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from bot.reading.errors import AmbiguousDate, NoSuchDate, PastDue


class Asked(NamedTuple):
    """All that a day's meaning depends on, and what a refusal repeats."""

    words: str
    today: date
    first: date
    """The first day on which the time asked for is still to come; without a time, today."""
    time: str
    """That time as it is written behind a day, with its space; or nothing."""

    def write(self, day: date) -> str:
        return f"{day.isoformat()}{self.time}"


Day = Callable[[Asked], date]
"""A day as it was said. It becomes a date, or raises PastDue, AmbiguousDate or NoSuchDate."""

_WEEK = timedelta(days=7)
_LAST_DAY = date(9998, 12, 31)
_DECEMBER = 12
_LEAP_YEAR = 2000
_RECENT = timedelta(days=183)
"""A date without its year that passed more recently than this was not meant for next year."""

_YEAR = r"(?:19[7-9]\d|[2-8]\d{3}|9(?!999)\d{3})"
_IS_YEAR = re.compile(_YEAR, re.ASCII)
ISO = re.compile(rf"({_YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
# Five digits: far more than anybody means, and few enough never to leave the calendar.
_COUNT = re.compile(r"\d{1,5}", re.ASCII)


def read_day(words: Sequence[str]) -> Day | None:
    """What all the words say, without a time; None when they are no day."""
    match words:
        case [word] if word in _NAMED:
            return _NAMED[word]
        case ["this", word] if word in WEEKDAYS:
            return _NAMED[word]
        case ["next", word] if word in _NEXT:
            return _NEXT[word]
        case ["in", count, unit] if unit in _DAYS_IN:
            days = read_count(count)
            return partial(_in_days, days * _DAYS_IN[unit]) if days else None
        case [word, *behind] if (weekday := word.removesuffix(",")) in WEEKDAYS:
            said = _read_date(behind)
            return partial(_on_weekday, WEEKDAYS[weekday], said) if said else None
    return _read_date(words)


def read_count(word: str) -> int:
    """The number in `in 3 days`; 0 when it is none."""
    return int(word) if _COUNT.fullmatch(word) else 0


def is_iso(word: str) -> bool:
    """Whether a word is a day as computers write it, `2026-12-03`."""
    return ISO.fullmatch(word) is not None


def _read_date(words: Sequence[str]) -> Day | None:
    match words:
        case [word]:
            return _read_iso(word) or _read_slashed(word)
        case [one, other]:
            return _read_month_and_day(one, other, None)
        case [one, other, year] if _IS_YEAR.fullmatch(year):
            return _read_month_and_day(one, other.removesuffix(","), int(year))
    return None


def _read_iso(word: str) -> Day | None:
    match = ISO.fullmatch(word)
    if match is None:
        return None
    year, month, day = map(int, match.groups())
    return partial(_in_year, month, day, year)


def _read_slashed(word: str) -> Day | None:
    """`25/12`, in the order of the day and the month that is possible; `12/3` is both."""
    one, _, other = word.partition("/")
    if one not in _NUMBERS or other not in _NUMBERS:
        return None
    a, b = _NUMBERS[one], _NUMBERS[other]
    possible = {(month, day): None for month, day in ((b, a), (a, b)) if month <= _DECEMBER}
    match list(possible):
        case [(month, day)]:
            return partial(_without_year, month, day)
        case [day_first, month_first]:
            return partial(_either, day_first, month_first)
    return None


def _read_month_and_day(one: str, other: str, year: int | None) -> Day | None:
    name, number = (one, other) if one in MONTHS else (other, one)
    if name not in MONTHS or number not in _NTH:
        return None
    month, day = MONTHS[name], _NTH[number]
    return partial(_in_year, month, day, year) if year else partial(_without_year, month, day)


def _in_days(count: int, asked: Asked) -> date:
    day = asked.today + timedelta(days=count)
    if day < asked.first:
        raise _past(day, asked)
    return day


def _next_weekday(weekday: int, asked: Asked) -> date:
    return asked.today + timedelta(days=(weekday - asked.today.weekday() - 1) % 7 + 1)


def _of_week(weekday: int, asked: Asked) -> date:
    """That day of the present week, which may be over."""
    return asked.today + timedelta(days=weekday - asked.today.weekday())


def _of_next_week(weekday: int, asked: Asked) -> date:
    return _of_week(weekday, asked) + _WEEK


def _end_of_week(asked: Asked) -> date:
    friday = _of_week(WEEKDAYS["friday"], asked)
    if friday < asked.first:
        raise PastDue(asked.words, f"next friday{asked.time}")
    return friday


def _in_year(month: int, day: int, year: int, asked: Asked) -> date:
    said = _existing(year, month, day)
    if said is None:
        raise NoSuchDate(asked.words, _month_after(month, year, asked))
    if said < asked.first:
        raise _past(said, asked)
    return said


def _without_year(month: int, day: int, asked: Asked) -> date:
    """The next such day, unless one was so recently that it must have been meant."""
    if _existing(_LEAP_YEAR, month, day) is None:
        raise NoSuchDate(asked.words, _month_after(month, asked.today.year, asked))
    this_year = _existing(asked.today.year, month, day)
    if this_year and this_year < asked.first and asked.today - this_year < _RECENT:
        raise _past(this_year, asked)
    coming = _coming(month, day, asked.first)
    if coming.year > asked.today.year + 1:
        raise NoSuchDate(asked.words, asked.write(coming))
    return coming


def _either(day_first: tuple[int, int], month_first: tuple[int, int], asked: Asked) -> date:
    one, other = (_coming(*said, asked.first) for said in (day_first, month_first))
    raise AmbiguousDate(asked.words, (asked.write(one), asked.write(other)))


def _on_weekday(weekday: int, said: Day, asked: Asked) -> date:
    """A date with its weekday. If it has another one, the nearest such day may be meant too."""
    day = said(asked)
    if day.weekday() == weekday:
        return day
    ahead = (weekday - day.weekday() + 3) % 7 - 3
    nearest = day + timedelta(days=ahead)
    if not asked.first <= nearest <= _LAST_DAY:
        nearest += _WEEK if ahead < 0 else -_WEEK
    raise AmbiguousDate(asked.words, (asked.write(nearest), asked.write(day)))


def _past(day: date, asked: Asked) -> PastDue:
    """The refusal of a day that is over, or of today at a time that is."""
    if day == asked.today:
        return PastDue(asked.words, f"tomorrow{asked.time}")
    return PastDue(asked.words, asked.write(_coming(day.month, day.day, asked.first)))


def _month_after(month: int, year: int, asked: Asked) -> str:
    """The first of the following month; December is too short for no day."""
    return asked.write(_coming(month + 1, 1, max(asked.first, date(year, 1, 1))))


def _coming(month: int, day: int, first: date) -> date:
    """The next such day; at the turn of most centuries, February has no 29th for eight years."""
    days = (_existing(year, month, day) for year in range(first.year, first.year + 9))
    return next(found for found in days if found and found >= first)


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numbered(start: int, *names: str) -> dict[str, int]:
    return {name: at for at, all_ in enumerate(names, start) for name in all_.split()}


def _nth(number: int) -> str:
    teens = range(11, 14)
    ending = "th" if number in teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


WEEKDAYS = _numbered(
    0,
    *("mon monday", "tue tues tuesday", "wed wednesday", "thu thur thurs thursday"),
    *("fri friday", "sat saturday", "sun sunday"),
)
MONTHS = _numbered(
    1,
    *("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july"),
    *("aug august", "sep sept september", "oct october", "nov november", "dec december"),
)
_NUMBERS = {word: day for day in range(1, 32) for word in (f"{day}", f"{day:02}")}
_NTH = _NUMBERS | {_nth(day): day for day in range(1, 32)}
_DAYS_IN = {"day": 1, "days": 1, "week": 7, "weeks": 7}

TODAY: Day = partial(_in_days, 0)
_NAMED: dict[str, Day] = {
    "today": TODAY,
    "tomorrow": partial(_in_days, 1),
    "eow": _end_of_week,
    **{name: partial(_next_weekday, weekday) for name, weekday in WEEKDAYS.items()},
}
_NEXT: dict[str, Day] = {
    "week": partial(_of_next_week, WEEKDAYS["monday"]),
    **{name: partial(_of_next_week, weekday) for name, weekday in WEEKDAYS.items()},
}
OPENING = frozenset({*_NAMED, *MONTHS, "next", "this", "in"})
"""Every word with which a day may begin, but for those that begin with a digit."""
