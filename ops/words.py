"""Figures in words and numbers, the same wherever they are told. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ops.health import State
from store import Feeling, Source, Status

NONE = "–"  # noqa: RUF001  # a dash that stands for nothing

_IS_LASTING = re.compile("_seconds|seconds_")
"""Of a figure's name; a word that people typed, which is one too, has no underscore."""
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

_WORDS: Mapping[str, str] = {
    State.UP: "It works.",
    State.DEGRADED: "It works, and what is saved is safe, but something is missing.",
    State.DOWN: "It cannot do its work.",
    Status.TODO: "to do",
    Status.DOING: "in progress",
    Source.HOME: "Home",
    Feeling.VERY: "very disappointed",
    Feeling.SOMEWHAT: "somewhat disappointed",
    Feeling.NOT: "not disappointed",
    "day": "today",
    "week": "in the last 7 days",
    "month": "in the last 30 days",
}
"""Where the name in the code says too little."""


def named(name: str) -> str:
    """What a name in the code stands for."""
    return _WORDS.get(name) or name.replace("_", " ")


def told(name: str, value: Any) -> str:
    """A figure, which its name says to be a duration if it is one."""
    match value:
        case None:
            return NONE
        case int() | float():
            return lasting(value) if _IS_LASTING.search(name) else count(value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case Feeling():
            return named(value)
        case _:
            return str(value)


def count(number: float) -> str:
    """1,234: the same on every machine."""
    return f"{number:,}"


def share(part: float | None, whole: float = 1) -> str:
    """How much of it, in whole percent; nothing of nothing is no percentage.

    0 % is none and 100 % is all: what lies between is not rounded to them.
    """
    if part is None or not whole:
        return NONE
    percent = round(100 * part / whole)
    return f"{min(max(percent, 1), 99) if 0 < part < whole else percent} %"


def lasting(seconds: float | None) -> str:
    """How long, in its two greatest units: "2 days 4 hours"."""
    if seconds is None:
        return NONE
    left, words = round(seconds), list[str]()
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        if number or (size == 1 and not words):
            words.append(f"{count(number)} {unit}{'' if number == 1 else 's'}")
        elif words:
            break
    return " ".join(words[:2])


def day(of: date) -> str:
    """Fri 27 Nov 2026."""
    return f"{of:%a} {of.day} {of:%b %Y}"


def moment(at: datetime) -> str:
    """To the minute; every moment that is kept is one of UTC."""
    return f"{day(at)}, {at:%H:%M} UTC"
