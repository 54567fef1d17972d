"""The closed grammar of due words: from `friday 5pm` to a day or a moment, and back.

Words come in their plain form. `now` is aware, and its zone is that of the person who asks.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from bot.reading.days import (
    MONTHS,
    OPENING,
    TODAY,
    WEEKDAYS,
    Asked,
    Day,
    is_iso,
    read_count,
    read_day,
)
from bot.reading.errors import PastDue
from store import Due, DueAt, DueDay

WORDS_MAX = 7
"""The longest run of due words: `fri 3 dec 2027 at 5 pm`."""

KEYWORDS = frozenset({"due", "by"})
"""Before due words, wherever these stand."""

KEEPING = frozenset({"for", "on", "from", "until", "of"})
"""Before a day at the end of a line: it is read, and stays in the title."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_EVENING = time(20)
_CLOSE_OF_BUSINESS = time(18)

_DIGITS = frozenset("0123456789")
_OPENING = OPENING | {"tonight", "eod", "at"}
_BARE = WEEKDAYS.keys() | {"today", "tomorrow"}
ENGLISH = frozenset({"sun", "sat", "wed"})
"""Short weekdays that are words of their own, and so say a day only with a time behind them."""

_CHANGING = frozenset(
    {"last", "past", "previous", "this", "coming", "every", "each", "before", "after", "since"}
    | {"and", "or", "&", "-", "\u2013"}
)
"""Before a day at the end of a line: they make another day of it, or several."""

_NAMES = WEEKDAYS.keys() | MONTHS.keys() | {"today", "tonight", "tomorrow", "yesterday"}
_HINTS = _NAMES - ENGLISH - {"jan", "mar", "march", "may"}
"""What is hardly said but of a day."""

_VAGUE = frozenset(
    {"asap", "noon", "midnight", "weekend", "end", "eod", "eow", "eom"}
    | {"tomorow", "tommorow", "tommorrow", "tmrw"}
)
"""What is said of a day behind `due` or `by`."""

_NO_DAY = frozenset({"", "to", "diligence", "process", "course", "date", "dates", "respect"})
"""Behind `due`, where that is no keyword."""

_BEHIND = 4
"""How many words behind a keyword may have been meant as its due words."""

_AROUND = "()[],;:!?."
_DASHED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?", re.ASCII)

_TIME = re.compile(r"(0?[1-9]|1[0-2])(?::([0-5]\d))?([ap])m|([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_ELAPSED = {
    **dict.fromkeys(("hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), _MINUTE),
}


class _Said(NamedTuple):
    """A day as it was said, and perhaps a time on it."""

    day: Day
    time: time | None


def read_due(words: Sequence[str], now: datetime) -> Due | None:
    """Read words that are a due date, all of them; None when they are none.

    Raises:
        PastDue, AmbiguousDate, NoSuchDate: each with words instead, which are read at that `now`.
    """
    said = _read(words)
    if said is None:
        return None
    if isinstance(said, timedelta):
        return DueAt(_whole_minute(now.astimezone(UTC) + said))
    return _meant(said, words, now)


def longest_run(words: Sequence[str], now: datetime) -> tuple[int, Due] | None:
    """How many words from the first on are a due date, at the most, and which one.

    Raises:
        PastDue, AmbiguousDate, NoSuchDate: as `read_due`, about that run.
    """
    if not words or not may_begin(words[0]):
        return None
    for length in range(min(len(words), WORDS_MAX), 0, -1):
        due = read_due(words[:length], now)
        if due:
            return length, due
    return None


def bare_ending(words: Sequence[str], now: datetime) -> tuple[int, Due] | None:
    """How many words at the end are a due date that needs no `due` before it, and which one.

    What belongs to a longer run is not torn out of it: `next friday` is not a bare `friday`.

    Raises:
        PastDue, AmbiguousDate, NoSuchDate: as `read_due`, about those words.
    """
    length = looks_like_due(words)
    before, ending = words[: len(words) - length], words[len(words) - length :]
    if not ending or not _is_bare(ending) or _says_more(before):
        return None
    due = read_due(ending, now)
    return (length, due) if due else None


def looks_like_due(words: Sequence[str]) -> int:
    """How many words at the end have the shape of a due date, though it be past or unclear."""
    for length in range(min(len(words), WORDS_MAX), 0, -1):
        if _read(words[len(words) - length :]) is not None:
            return length
    return 0


def meant_as_due(words: Sequence[str]) -> int:
    """How many words at the end may have been meant as a due date, as far as can be told.

    The words come without the marks around them, as `without_marks` makes them.
    """
    at = _last_keyword(words)
    if at is not None and _seems_due(words[at:]):
        return len(words) - at
    length = looks_like_due(words)
    near = range(max(len(words) - 3, 0), len(words))
    return length or next((len(words) - at for at in near if words[at] in _HINTS), 0)


def without_marks(word: str, before: str) -> str:
    """A word as it might have been typed to be read: `due:friday,` is `friday`."""
    if dotted := _DOTTED.fullmatch(word):
        day, month, year = dotted.groups()
        if year:
            return f"{year}-{month:0>2}-{day:0>2}"
        return f"{day}/{month}" if before in KEYWORDS | KEEPING else word
    core = word.strip(_AROUND).removeprefix("due:").removeprefix("by:")
    return _DASHED.sub(lambda at: f"{at[1]}-{at[2]:0>2}-{at[3]:0>2}", core)


def due_on(day: date, at: time | None, now: datetime) -> Due:
    """The due date of a day that was picked, and perhaps a time on it.

    Raises:
        PastDue: as `read_due`.
    """
    today = now.date()
    if at is None:
        if day < today:
            raise PastDue(day.isoformat(), "today")
        return DueDay(day)
    moment = _moment(day, at, now.tzinfo)
    if moment <= now.astimezone(UTC):
        over = _moment(today, at, now.tzinfo) <= now.astimezone(UTC)
        clock = _write_time(at)
        raise PastDue(f"{day.isoformat()}{clock}", ("tomorrow" if over else "today") + clock)
    return DueAt(moment)


def write_due(due: Due, now: datetime) -> str:
    """Words that `read_due` reads as that due date, for as long as it is not past.

    There are none for the second pass of an hour that the clocks repeat: they say the first.
    """
    if isinstance(due, DueDay):
        return _write_day(due.day, now.date())
    local = due.at.astimezone(now.tzinfo)
    return _write_day(local.date(), now.date()) + _write_time(local.time())


def _read(words: Sequence[str]) -> _Said | timedelta | None:
    """What all the words say, a day or how much later, whenever they are said."""
    if not words or not may_begin(words[0]):
        return None
    before, at = _split_time(words)
    match before:
        case []:
            return _Said(TODAY, at)
        case ["tonight"]:
            return _Said(TODAY, at or _EVENING)
        case ["eod"]:
            return None if at else _Said(TODAY, _CLOSE_OF_BUSINESS)
        case ["in", count, unit] if unit in _ELAPSED:
            return None if at else read_count(count) * _ELAPSED[unit] or None
    day = read_day(before)
    return _Said(day, at) if day else None


def may_begin(word: str) -> bool:
    """Before anything is read: most words of a title cannot be due words."""
    return word[:1] in _DIGITS or word.removesuffix(",") in _OPENING


def _split_time(words: Sequence[str]) -> tuple[Sequence[str], time | None]:
    """The words that say the day, and the time that stands behind or before them."""
    before, at = _split_last_time(words)
    return _split_first_time(words) if at is None else (before, at)


def _split_last_time(words: Sequence[str]) -> tuple[Sequence[str], time | None]:
    """The words before a time at the end, without the `at` or the comma between, and the time."""
    length = 2 if words[-1] in {"am", "pm"} else 1
    at = _read_time("".join(words[-length:]))
    if at is None:
        return words, None
    before = words[:-length]
    if before and before[-1] == "at":
        before = before[:-1]
    if before and before[-1].endswith(","):
        before = [*before[:-1], before[-1].removesuffix(",")]
    return before, at


def _split_first_time(words: Sequence[str]) -> tuple[Sequence[str], time | None]:
    """The words behind a time that stands first, as in `at 9am tomorrow`, and the time."""
    behind = words[1:] if words[0] == "at" else words
    length = 2 if len(behind) > 1 and behind[1].removesuffix(",") in {"am", "pm"} else 1
    at = _read_time("".join(behind[:length]).removesuffix(","))
    day = behind[length:]
    if at is None or not day:
        return words, None
    return day[1:] if day[0] == "on" and len(day) > 1 else day, at


def _read_time(word: str) -> time | None:
    match = _TIME.fullmatch(word)
    if match is None:
        return None
    hour12, minute12, half, hour, minute = match.groups()
    if half:
        return time(int(hour12) % 12 + (12 if half == "p" else 0), int(minute12 or 0))
    return time(int(hour), int(minute))


def _is_bare(words: Sequence[str]) -> bool:
    before, at = _split_time(words)
    if not before or (at is None and before[-1] in ENGLISH):
        return False
    return all(word.removesuffix(",") in _BARE or is_iso(word) for word in before)


def _says_more(before: Sequence[str]) -> bool:
    """Whether the words before a day say which one, or that it is several."""
    if not before or before[-1] in KEEPING:
        return False
    at = _last_keyword(before)
    if before[-1] in _CHANGING or list(before[-2:]) == ["by", "the"]:
        return True
    return at is not None and _seems_due(before[at:])


def _last_keyword(words: Sequence[str]) -> int | None:
    """Which word near the end is a keyword that has words behind it."""
    near = range(len(words) - 2, max(len(words) - 2 - _BEHIND, -1), -1)
    return next((at for at in near if words[at] in KEYWORDS), None)


def _seems_due(words: Sequence[str]) -> bool:
    """Whether words behind a keyword were meant to say a day, though they cannot be read."""
    keyword, *behind = words
    if behind[0] in _NO_DAY:
        return False
    if keyword == "due" and len(behind) == 1:
        return True
    return any(word in _HINTS or word in _VAGUE or is_iso(word) for word in behind)


def _meant(said: _Said, words: Sequence[str], now: datetime) -> Due:
    today = now.date()
    if said.time is None:
        return DueDay(said.day(Asked(" ".join(words), today, today, "")))
    # In UTC: within one zone, Python compares what the clocks show, and once a year they go back.
    over = _moment(today, said.time, now.tzinfo) <= now.astimezone(UTC)
    first = today + _DAY if over else today
    day = said.day(Asked(" ".join(words), today, first, _write_time(said.time)))
    return DueAt(_moment(day, said.time, now.tzinfo))


def _moment(day: date, at: time, zone: tzinfo | None) -> datetime:
    """A local time as a moment: a skipped one moves forward, of a repeated one it is the first.

    https://peps.python.org/pep-0495/#conversion-from-naive-to-aware
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def _whole_minute(moment: datetime) -> datetime:
    """Rounded up: never sooner than was said."""
    floor = moment.replace(second=0, microsecond=0)
    return floor if floor == moment else floor + _MINUTE


def _write_day(day: date, today: date) -> str:
    if day == today:
        return "today"
    return "tomorrow" if day == today + _DAY else day.isoformat()


def _write_time(at: time) -> str:
    return f" {at.isoformat('minutes')}"
