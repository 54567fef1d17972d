"""What was typed, what failed and what people said, over the days of a report."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from store.clock import EPOCH, HOUR, HOURS_A_DAY
from store.report import Answer, FaultHour, Feedback, Feeling, VerbUse
from store.tables import fault_hours, feedback, verb_days, word_days

COMMAND_OUTCOMES = ("answered", "rejected", "failed")
WORDS = 20
FAULTS = 50
ANSWERS = 20


def verbs(connection: sa.Connection, first: int) -> tuple[VerbUse, ...]:
    """The verbs typed on that day or later, the most used first."""
    names = (verb_days.c.verb, verb_days.c.outcome, verb_days.c.reason)
    asked = (
        sa.select(*names, sa.func.sum(verb_days.c.count).label("times"))
        .where(verb_days.c.day >= first)
        .group_by(*names)
    )
    by_verb: dict[str, list[Any]] = {}
    for row in connection.execute(asked):
        by_verb.setdefault(row.verb, []).append(row)
    used = [_use(verb, rows) for verb, rows in by_verb.items()]
    return tuple(sorted(used, key=lambda use: (-sum(use.outcomes.values()), use.verb)))


def _use(verb: str, rows: Sequence[Any]) -> VerbUse:
    outcomes = Counter(dict.fromkeys(COMMAND_OUTCOMES, 0))
    reasons: Counter[str] = Counter()
    for row in rows:
        outcomes[row.outcome] += int(row.times)
        reasons[row.reason] += int(row.times)
    del reasons[""]
    return VerbUse(verb=verb, outcomes=dict(outcomes), reasons=dict(_most(reasons)))


def unknown_words(connection: sa.Connection, first: int) -> dict[str, int]:
    """First words that are no verb, typed on that day or later, the most typed first."""
    count = sa.func.sum(word_days.c.count)
    asked = (
        sa.select(word_days.c.word, count.label("times"))
        .where(word_days.c.day >= first)
        .group_by(word_days.c.word)
        .order_by(count.desc(), word_days.c.word)
        .limit(WORDS)
    )
    return {row.word: int(row.times) for row in connection.execute(asked)}


def faults(connection: sa.Connection, first: int) -> tuple[FaultHour, ...]:
    """Faults of ours on that day or later, the latest first."""
    asked = (
        sa.select(fault_hours.c.hour, fault_hours.c.place, fault_hours.c.count.label("times"))
        .where(fault_hours.c.hour >= first * HOURS_A_DAY)
        .order_by(fault_hours.c.hour.desc(), fault_hours.c.place)
        .limit(FAULTS)
    )
    return tuple(
        FaultHour(at=EPOCH + row.hour * HOUR, place=row.place, count=row.times)
        for row in connection.execute(asked)
    )


def all_faults(connection: sa.Connection) -> int:
    """How many faults of ours were ever written down."""
    return int(connection.scalar(sa.select(sa.func.sum(fault_hours.c.count))) or 0)


def said(connection: sa.Connection) -> Feedback:
    """All answers to the survey in numbers, and the latest word for word."""
    asked = sa.select(feedback.c.feeling, sa.func.count().label("times"))
    counts = {row.feeling: row.times for row in connection.execute(asked.group_by("feeling"))}
    latest = sa.select(feedback).order_by(feedback.c.at.desc(), feedback.c.request_key)
    return Feedback(
        answers=sum(counts.values()),
        feelings={feeling: counts.get(feeling, 0) for feeling in Feeling},
        latest=tuple(_answer(row) for row in connection.execute(latest.limit(ANSWERS))),
    )


def _answer(row: Any) -> Answer:
    return Answer(
        at=row.at,
        release=row.release,
        used_for=row.used_for,
        missing=row.missing,
        feeling=Feeling(row.feeling) if row.feeling else None,
    )


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most first, and by name where they are as many."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))
