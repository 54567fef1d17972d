"""Reports made by hand: of a quarter, of nobody, with hostile answers, and one to be walked."""

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from store import (
    Answer,
    Cohort,
    DayNumbers,
    FaultHour,
    Feedback,
    Feeling,
    Insights,
    Numbers,
    PeriodNumbers,
    Report,
    Source,
    VerbUse,
)
from tests.factories import NOW

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\u202egnissim si siht\u202c </dd></dl><h1>Mine</h1>",
    "\x1b[2J\x1b]0;owned\x07 & &lt;b&gt; {{ 7 * 7 }} {% raw %}",
    "x" * 3_000,
    "one\ntwo\r\n  three\u2028four\x00five",
)


class Told(Insights):
    """Tells a report that was made by hand, and knows for how many days it was asked."""

    def __init__(self, report: Report) -> None:
        self._told = report
        self.asked: list[int] = []

    async def report(self, days: int = 90) -> Report:
        self.asked.append(days)
        return self._told


def empty(days: int = 90) -> Report:
    """Nobody has used it yet."""
    return quarter(0, days)


def quarter(people: int = 12, days: int = 90, times: int = 1) -> Report:
    """A team of some size; `times` multiplies what is counted."""
    many = people * times
    made = [_day(at, many, NOW.date() - timedelta(days - 1 - at)) for at in range(days)]
    created = _sum(one.created for one in made)
    completed = _sum(one.completed for one in made)
    kept = sum(created.values()) * 97 // 100
    return Report(
        at=NOW,
        numbers=Numbers(
            tasks_created=sum(created.values()) + many,
            tasks_completed=sum(completed.values()) + many // 2,
            tasks_open={"todo": many * 4, "doing": many},
            users_total=many * 3 // 2,
            users_active={"day": many // 2, "week": many * 3 // 4, "month": many},
            users_activated=many,
            users_retained={"1": many * 3 // 4, "4": many // 2},
            notices_waiting=times if many else 0,
            notices_oldest_seconds=4.2 if many else 0.0,
            feedback_answers=many // 2,
        ),
        days=tuple(made),
        period=PeriodNumbers(
            active=many,
            new=many // 3,
            activated=many // 4,
            created=created,
            completed=completed,
            kept_of_created=kept,
            done_of_created=kept * 3 // 4,
            seconds_p50=93_784.0 if many else None,
            seconds_p90=612_345.0 if many else None,
        ),
        cohorts=_cohorts(many, days),
        verbs=_verbs(many),
        unknown_words=_words(many),
        faults=_faults(many),
        feedback=Feedback(
            answers=many // 2,
            feelings={"very": many // 3, "somewhat": many // 6, "not": many // 12},
            latest=_answers(many),
        ),
    )


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = dict.fromkeys((str(source) for source in Source), 0)
    for part in parts:
        for name, number in part.items():
            total[name] += number
    return total


def _day(at: int, people: int, day: date) -> DayNumbers:
    worked = day.weekday() < 5
    swing = (1.5 + math.sin(at / 6) + 0.5 * math.sin(at * 2.3)) / 3
    active = round(people * (swing if worked else swing / 6))
    shares = (0.5, 0.0, 0.2, 0.1, 0.05) if worked else (0.1, 0, 0, 0, 0)
    done = (0.3, 0.3, 0.05, 0.0, 0.1) if worked else (0, 0.1, 0, 0, 0)
    return DayNumbers(
        day=day,
        active=active,
        new=1 if people and at % 9 == 0 else 0,
        created={str(s): round(active * 5 * part) for s, part in zip(Source, shares, strict=True)},
        completed={str(s): round(active * 5 * part) for s, part in zip(Source, done, strict=True)},
        seconds_p50=3_600.0 * (20 + 10 * math.sin(at / 4)) if active and worked else None,
        seconds_p90=3_600.0 * (110 + 40 * math.sin(at / 5)) if active and worked else None,
    )


def _cohorts(people: int, days: int) -> tuple[Cohort, ...]:
    if not people:
        return ()
    first = NOW.date() - timedelta(days - 1)
    first += timedelta(-first.weekday() % 7)
    weeks = (NOW.date() - first).days // 7 + 1
    size = max(people // 6, 1)
    return tuple(
        Cohort(
            week=first + timedelta(weeks=at),
            people=size + at % 3,
            returned=tuple(
                round(size * 0.9 / (1 + week / 9)) if at + week < weeks - 1 else None
                for week in range(1, 13)
            ),
        )
        for at in range(weeks)
    )


def _verbs(people: int) -> tuple[VerbUse, ...]:
    uses = [
        ("add", 40, {"past_due": 3, "too_long": 1}),
        ("list", 35, {}),
        ("done", 30, {"no_such_task": 4, "already_so": 2}),
        ("mine", 22, {}),
        ("(unknown)", 9, {"unknown_verb": 9}),
        ("start", 8, {}),
        ("assign", 4, {"not_a_person": 2}),
        ("stats", 2, {}),
    ]
    return tuple(
        VerbUse(
            verb=verb,
            outcomes={
                "answered": people * often - sum(why.values()),
                "rejected": sum(why.values()),
                "failed": 1 if verb == "add" else 0,
            },
            reasons=why,
        )
        for verb, often, why in uses
        if people
    )


def _words(people: int) -> dict[str, int]:
    words = ("todo", "remind", "lsit", "aufgabe", "שלום", "(number)", "(mention)", "fertig")
    return {word: people * 2 - at for at, word in enumerate(words) if people}


def _faults(people: int) -> tuple[FaultHour, ...]:
    places = ("delivery", "listener", "numbers")
    return tuple(
        FaultHour(at=NOW - timedelta(hours=31 * at), place=place, count=people + at)
        for at, place in enumerate(places)
        if people
    )


def _answers(people: int) -> tuple[Answer, ...]:
    said = (
        ("Keeping track of what I promised in stand-up", "A weekly summary in the channel", "very"),
        ("Bugs that are reported in #dev", "", "somewhat"),
        ("", "Subtasks.\nAnd something for tasks that come back each month.", ""),
        ("לעקוב אחרי המשימות של הצוות", "Reactions as shortcuts 🙏", "not"),
    )
    return tuple(
        Answer(
            at=NOW - timedelta(days=at, minutes=17 * at),
            release="0.1.0",
            used_for=used_for,
            missing=missing,
            feeling=Feeling(feeling) if feeling else None,
        )
        for at, (used_for, missing, feeling) in enumerate(said)
        if people
    )


def hostile(days: int = 90) -> Report:
    """A team whose answers want to be more than text."""
    of = quarter(days=days)
    answers = tuple(
        Answer(at=NOW, release="0.1.0", used_for=text, missing=text, feeling=None)
        for text in HOSTILE
    )
    return replace(
        of,
        feedback=replace(of.feedback, latest=answers),
        unknown_words={"<b>bold": 2, "\u202eevil": 1},
    )


def distinct() -> Report:
    """Every figure is another number, so that each can be looked for; texts and moments too."""
    numbers = itertools.count(1_001, 37)
    moments = (
        datetime(2026, 3, 1, tzinfo=NOW.tzinfo) + timedelta(hours=25 * at)
        for at in itertools.count()
    )

    def each(names: Iterable[str]) -> dict[str, int]:
        return {str(name): next(numbers) for name in names}

    def one() -> int:
        return next(numbers)

    return Report(
        at=NOW,
        numbers=Numbers(
            tasks_created=one(),
            tasks_completed=one(),
            tasks_open=each(("todo", "doing")),
            users_total=one(),
            users_active=each(("day", "week", "month")),
            users_activated=one(),
            users_retained=each(("1", "4")),
            notices_waiting=one(),
            notices_oldest_seconds=float(one()),
            feedback_answers=one(),
        ),
        days=tuple(
            DayNumbers(
                day=date(2026, 11, 21) + timedelta(at),
                active=one(),
                new=one(),
                created=each(Source),
                completed=each(Source),
                seconds_p50=one() * 60.0,
                seconds_p90=one() * 3_600.0,
            )
            for at in range(3)
        ),
        period=PeriodNumbers(
            active=one(),
            new=one(),
            activated=one(),
            created=each(Source),
            completed=each(Source),
            kept_of_created=one(),
            done_of_created=one(),
            seconds_p50=one() * 61.0,
            seconds_p90=one() * 3_601.0,
        ),
        cohorts=(
            Cohort(
                week=date(2026, 11, 9),
                people=one(),
                returned=(one(), one(), *[None] * 10),
            ),
        ),
        verbs=(
            VerbUse(
                verb="add",
                outcomes=each(("answered", "rejected", "failed")),
                reasons=each(("past_due", "too_long")),
            ),
        ),
        unknown_words=each(("lsit", "todo")),
        faults=(FaultHour(at=next(moments), place="delivery", count=one()),),
        feedback=Feedback(
            answers=one(),
            feelings=each(Feeling),
            latest=(
                Answer(
                    at=next(moments),
                    release="0.0.7",
                    used_for="For this",
                    missing="Missing that",
                    feeling=Feeling.VERY,
                ),
            ),
        ),
    )
