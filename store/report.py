"""What is told of the numbers: the same report for the page, the text and the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Feeling(StrEnum):
    """How somebody would feel without Taskbot: the third question of the survey."""

    VERY = "very"
    SOMEWHAT = "somewhat"
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What operators and the product owner count, at one moment, over all time."""

    tasks_created: int
    tasks_completed: int
    tasks_open: Mapping[str, int]
    users_total: int
    users_active: Mapping[str, int]
    users_activated: int
    users_retained: Mapping[str, int]
    notices_waiting: int
    notices_oldest_seconds: float
    feedback_answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNumbers:
    """One day, by UTC; `created` and `completed` by source, each source with its 0."""

    day: date
    active: int
    new: int
    created: Mapping[str, int]
    completed: Mapping[str, int]
    seconds_p50: float | None
    """From creation to completion, of what was completed that day; None when nothing was."""
    seconds_p90: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodNumbers:
    """The days of a report taken together, which for people and medians is no sum."""

    active: int
    new: int
    activated: int
    """Of the new, those who made or finished a task within 7 days of first contact."""
    created: Mapping[str, int]
    completed: Mapping[str, int]
    kept_of_created: int
    """Of the tasks created in these days, those that are not deleted now."""
    done_of_created: int
    """Of these, those that are done now."""
    seconds_p50: float | None
    seconds_p90: float | None

    @property
    def completion_rate(self) -> float | None:
        """From 0 to 1, None when nothing was created that still is."""
        return self.done_of_created / self.kept_of_created if self.kept_of_created else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """People whose first contact was in one week, which begins on that Monday, by UTC."""

    week: date
    people: int
    returned: tuple[int | None, ...]
    """How many of them were active in their 1st, 2nd … week after the first.

    None: that week is not over yet for whoever came last.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbUse:
    """How often a verb was typed, by what came of it, each with its 0, and why it was rejected."""

    verb: str
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultHour:
    """How many faults of ours there were in one hour at one place."""

    at: datetime
    place: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to the survey, word for word; an empty text: no answer to that question."""

    at: datetime
    release: str
    used_for: str
    missing: str
    feeling: Feeling | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What people said; `feelings` counts all answers, each feeling with its 0."""

    answers: int
    feelings: Mapping[str, int]
    latest: tuple[Answer, ...]
    """The latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it at one moment, over the days that end with today's."""

    at: datetime
    numbers: Numbers
    days: tuple[DayNumbers, ...]
    """The oldest first, none left out."""
    period: PeriodNumbers
    cohorts: tuple[Cohort, ...]
    """The oldest first."""
    verbs: tuple[VerbUse, ...]
    """The most used first."""
    unknown_words: Mapping[str, int]
    """First words that are no verb, the most typed first."""
    faults: tuple[FaultHour, ...]
    """The latest first."""
    feedback: Feedback
