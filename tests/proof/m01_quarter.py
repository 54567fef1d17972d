"""M1: a quarter of a team of twelve; every number is that of a count of its own, wherever told."""

import asyncio
import json
import math
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from ops import VERSION
from ops.metrics import ERROR_PLACES
from ops.words import NONE
from playground import Person
from store import (
    Answer,
    Cohort,
    DayNumbers,
    FaultHour,
    Feedback,
    Feeling,
    Numbers,
    PeriodNumbers,
    Report,
    Source,
    VerbUse,
)
from tests.bot_process import ROOT, BotProcess
from tests.proof.figures import Figure, Size
from tests.proof.shifted import MODULE
from tests.proof.stage import Stage
from tests.proof.team_quarter import Happened, Played, Told, played_quarter

FAULT = "a quarter of a team of 12, by a given clock"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WEEKS_AFTER = 12
REFRESHED_WITHIN = 40.0
"""The clock that reads the figures of the database does so every 30 s."""
NO_OUTCOMES = {"answered": 0, "rejected": 0, "failed": 0}
LABELS = {"tasks_open": "status", "users_active": "window", "users_retained": "week"}
COUNTERS = (
    *("tasks_created_total{", "tasks_completed_total{", "errors_total{"),
    *("task_completion_seconds_count", "task_completion_seconds_sum"),
)
WORDS = {
    "very": "very disappointed",
    "somewhat": "somewhat disappointed",
    "not": "not disappointed",
    "": NONE,
}
STATS = {
    "open": r"Open (\d+)",
    "in progress": r"(\d+) in progress",
    "overdue": r"(\d+) overdue",
    "nobody's": r"(\d+) nobody's",
    "done this week": r"Done this week (\d+)",
    "done last week": r"Done this week \d+ \(last week (\d+)",
    "added this week": r"Added this week (\d+)",
    "added last week": r"Added this week \d+ \(last week (\d+)",
    "half within": r"took (\d+ \w+) or less",
}
"""Where each number stands in the answer to `/task stats`."""


def day_of(moment: datetime) -> int:
    """Whole days since 1970, by UTC."""
    return (moment - EPOCH) // DAY


def date_of(day: int) -> date:
    """The date of such a day."""
    return (EPOCH + day * DAY).date()


@dataclass(frozen=True)
class Count:
    """What should be told at a moment, reckoned from the list of all that was done."""

    told: Told
    now: datetime

    @property
    def today(self) -> int:
        return day_of(self.now)

    def days_of(self, person: Person) -> set[int]:
        return {day for who, day in self.told.active if who is person}

    def people(self) -> dict[Person, int]:
        """Everybody who ever came, with their first day."""
        return {who: min(self.days_of(who)) for who, _ in self.told.active}

    def active(self, first: int) -> int:
        return len({who for who, day in self.told.active if day >= first})

    def activated(self, who: Person, first: int) -> bool:
        events = (*self.told.created, *self.told.completed)
        return any(one.person is who and day_of(one.at) < first + 7 for one in events)

    def came_back(self, who: Person, first: int, week: int) -> bool:
        return any(first + 7 * week <= day < first + 7 * week + 7 for day in self.days_of(who))

    def numbers(self) -> Numbers:
        people, windows = self.people(), {"day": 1, "week": 7, "month": 30}
        stand = Counter(task.status for task in self.told.tasks.values() if task.is_open)
        return Numbers(
            tasks_created=len(self.told.created),
            tasks_completed=len(self.told.completed),
            tasks_open={status: stand[status] for status in ("todo", "doing")},
            users_total=len(people),
            users_active={
                name: self.active(self.today - days + 1) for name, days in windows.items()
            },
            users_activated=sum(self.activated(*one) for one in people.items()),
            users_retained={
                str(week): sum(self.came_back(*one, week) for one in people.items())
                for week in (1, 4)
            },
            notices_waiting=0,
            notices_oldest_seconds=0.0,
            feedback_answers=len(self.told.answers),
        )

    def report(self, days: int) -> Report:
        first = self.today - days + 1
        return Report(
            at=self.now,
            numbers=self.numbers(),
            days=tuple(self.day(day) for day in range(first, self.today + 1)),
            period=self.period(first),
            cohorts=tuple(self.cohorts(first)),
            verbs=tuple(self.verbs(first)),
            unknown_words=self.unknown_words(first),
            faults=tuple(self.faults(first)),
            feedback=self.feedback(),
        )

    def day(self, day: int) -> DayNumbers:
        done = [one for one in self.told.completed if day_of(one.at) == day]
        return DayNumbers(
            day=date_of(day),
            active=sum(active == day for _, active in self.told.active),
            new=sum(first == day for first in self.people().values()),
            created=by_source(one for one in self.told.created if day_of(one.at) == day),
            completed=by_source(done),
            seconds_p50=rank(done, 50),
            seconds_p90=rank(done, 90),
        )

    def period(self, first: int) -> PeriodNumbers:
        created = [one for one in self.told.created if day_of(one.at) >= first]
        done = [one for one in self.told.completed if day_of(one.at) >= first]
        made = [self.told.tasks[one.number] for one in created]
        kept = [task for task in made if not task.is_deleted]
        new = {who: day for who, day in self.people().items() if day >= first}
        return PeriodNumbers(
            active=self.active(first),
            new=len(new),
            activated=sum(self.activated(*one) for one in new.items()),
            created=by_source(created),
            completed=by_source(done),
            kept_of_created=len(kept),
            done_of_created=sum(task.status == "done" for task in kept),
            seconds_p50=rank(done, 50),
            seconds_p90=rank(done, 90),
        )

    def cohorts(self, first: int) -> Iterable[Cohort]:
        """The weeks that begin in the period, on Mondays: the first day of 1970 was a Thursday."""
        monday = first + (4 - first) % 7
        for week in range(monday, self.today + 1, 7):
            people = {who: day for who, day in self.people().items() if 0 <= day - week < 7}
            yield Cohort(
                week=date_of(week),
                people=len(people),
                returned=tuple(
                    sum(self.came_back(*one, later) for one in people.items())
                    if week + 6 + 7 * later + 6 < self.today
                    else None
                    for later in range(1, WEEKS_AFTER + 1)
                ),
            )

    def verbs(self, first: int) -> list[VerbUse]:
        outcomes: dict[str, Counter[str]] = {}
        reasons: dict[str, Counter[str]] = {}
        for (day, verb, outcome, reason), times in self.told.verbs.items():
            if day >= first:
                outcomes.setdefault(verb, Counter(NO_OUTCOMES))[outcome] += times
                reasons.setdefault(verb, Counter())[reason] += times if reason else 0
        most = sorted(outcomes, key=lambda verb: (-outcomes[verb].total(), verb))
        return [
            VerbUse(verb=verb, outcomes=outcomes[verb], reasons=+reasons[verb]) for verb in most
        ]

    def unknown_words(self, first: int) -> Mapping[str, int]:
        words: Counter[str] = Counter()
        for (day, word), times in self.told.words.items():
            words[word] += times if day >= first else 0
        return words

    def faults(self, first: int) -> Iterable[FaultHour]:
        hours = Counter(
            moment.replace(minute=0, second=0, microsecond=0) for moment in self.told.faults
        )
        for hour, count in sorted(hours.items(), reverse=True):
            if day_of(hour) >= first:
                yield FaultHour(at=hour, place="listener", count=count)

    def feedback(self) -> Feedback:
        feelings = Counter(feeling for *_, feeling in self.told.answers)
        return Feedback(
            answers=len(self.told.answers),
            feelings={feeling: feelings[feeling] for feeling in Feeling},
            latest=tuple(
                Answer(
                    at=at,
                    release=VERSION,
                    used_for=used_for,
                    missing=missing,
                    feeling=Feeling(said),
                )
                for at, used_for, missing, said in self.told.answers[:20]
            ),
        )


def by_source(events: Iterable[Happened]) -> dict[str, int]:
    """How many by each entry point, each with its 0."""
    counts = Counter(one.source for one in events)
    return {source: counts[source] for source in Source}


def rank(done: Sequence[Happened], percent: int) -> float | None:
    """The least time to done that so many percent do not exceed."""
    ordered = sorted(one.seconds for one in done)
    return float(ordered[math.ceil(len(ordered) * percent / 100) - 1]) if ordered else None


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Played by a clock that stands still while people act, so that every moment is known."""
    async with played_quarter(size, house) as played:
        count = Count(played.told, played.now)
        compared = await _compare(played, count)
        return _figures(count, compared, played.seconds, size)


@dataclass(frozen=True)
class Compared:
    """How many figures were looked at in each place, and those that differ."""

    looked_at: Mapping[str, int]
    wrong: Sequence[str]


async def _compare(played: Played, count: Count) -> Compared:
    expected = dict(_leaves(_plain(count.report(7 * played.weeks))))
    told = {
        "/metrics": await _in_metrics(played.bot, count),
        "counters": (_counters(await _metrics(played.bot)), _counted(count)),
        "page": (await _on_page(played), _in_words(expected)),
        "report": (await _in_report(played), expected),
        "/task stats": await _in_stats(played.stage, count),
    }
    return Compared(
        {place: len(wanted) for place, (_, wanted) in told.items()},
        [
            f"{place}: {name} is {found.get(name)!r}, should be {wanted.get(name)!r}"
            for place, (found, wanted) in told.items()
            for name in sorted(found.keys() | wanted.keys())
            if _normal(found.get(name)) != _normal(wanted.get(name))
        ],
    )


def _plain(value: Any) -> Any:
    """As the report says it in JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure by where it stands, as the page names it; what is ordered by count, by name."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        where = f"{name}.{key}" if name else str(key)
        if isinstance(part, dict | list):
            yield from _leaves(part, where)
        else:
            yield where, part


async def _metrics(bot: BotProcess) -> dict[str, float]:
    async with aiohttp.ClientSession() as session, session.get(bot.ops_url + "/metrics") as got:
        lines = (await got.text()).splitlines()
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


async def _in_metrics(bot: BotProcess, count: Count) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures of the database, as soon as the clock has read them that does so."""
    wanted = dict(_gauges(count.numbers()))

    async def found() -> dict[str, float]:
        return {name: value for name, value in (await _metrics(bot)).items() if name in wanted}

    deadline = time.monotonic() + REFRESHED_WITHIN
    while (told := await found()) != wanted and time.monotonic() < deadline:  # noqa: ASYNC110  # a scrape announces nothing
        await asyncio.sleep(1)
    return told, wanted


def _gauges(numbers: Numbers) -> Iterator[tuple[str, float]]:
    for field in fields(numbers):
        value = getattr(numbers, field.name)
        if field.name in LABELS:
            for label, count in value.items():
                yield f'{field.name}{{{LABELS[field.name]}="{label}"}}', count
        elif not field.name.startswith("tasks_"):
            yield field.name, value


def _counters(metrics: Mapping[str, float]) -> dict[str, Any]:
    """What the process counted itself since it began."""
    return {name: int(value) for name, value in metrics.items() if name.startswith(COUNTERS)}


def _counted(count: Count) -> dict[str, Any]:
    told = count.told
    places = Counter(listener=len(told.faults))
    return {
        **{
            f'tasks_created_total{{source="{name}"}}': n
            for name, n in by_source(told.created).items()
        },
        **{
            f'tasks_completed_total{{source="{name}"}}': n
            for name, n in by_source(told.completed).items()
        },
        **{f'errors_total{{where="{place}"}}': places[place] for place in ERROR_PLACES},
        "task_completion_seconds_count": len(told.completed),
        "task_completion_seconds_sum": sum(one.seconds for one in told.completed),
    }


class _Page(HTMLParser):
    """Collects the figures of a page by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Any] = {}
        self._name: str | None = None

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("data-figure")
        if name is None:
            return
        if "value" in said:
            self.found[name] = said["value"]
        else:
            self._name, self.found[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "bdi":
            self._name = None

    def handle_data(self, data: str) -> None:
        if self._name:
            self.found[self._name] += data


def _in_words(expected: dict[str, Any]) -> dict[str, Any]:
    """What people said stands on the page to be read."""
    said = {name: value for name, value in expected.items() if name.startswith("feedback.latest")}
    return expected | {name: WORDS.get(value, value) for name, value in said.items()}


async def _on_page(played: Played) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(played.page_url) as got:
        page = _Page()
        page.feed(await got.text())
    return page.found


async def _in_report(played: Played) -> dict[str, Any]:
    """`python -m ops report`, as a process of its own beside the bot, by the same clock."""
    asked = (sys.executable, "-m", MODULE, "report", "--weeks", str(played.weeks), "--json")
    url = f"sqlite+aiosqlite:///{played.bot.path}"
    process = await asyncio.create_subprocess_exec(
        *asked,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | played.clock.environment() | {"DATABASE_URL": url},
    )
    printed, _ = await process.communicate()
    report = json.loads(printed)
    report.pop("release")
    return dict(_leaves(report))


async def _in_stats(played: Stage, count: Count) -> tuple[dict[str, Any], dict[str, Any]]:
    """What somebody is told who makes and holds tasks of no channel, too."""
    asker = played.people[3]
    said = await asker.command("/task stats", channel=played.channels[0])
    found = {name: match[1] for name, how in STATS.items() if (match := re.search(how, said.text))}
    return found, _stats(count, asker)


def _stats(count: Count, asker: Person) -> dict[str, Any]:
    """The same from the list, on the asker's clock."""
    now = count.now.astimezone(ZoneInfo(asker.tz))
    monday = datetime.combine(now.date() - timedelta(days=now.weekday()), clock_time(), now.tzinfo)
    before, since = (
        monday - 7 * DAY,
        datetime.combine(now.date() - 27 * DAY, clock_time(), now.tzinfo),
    )
    seen = [
        task for task in count.told.tasks.values() if task.exists_for(asker) and not task.is_deleted
    ]
    stand = [task for task in seen if task.is_open]
    done = [task for task in seen if task.done_at]
    took = sorted(task.done_at - task.at for task in done if task.done_at and task.done_at >= since)
    return {
        "open": str(len(stand)),
        "in progress": str(sum(task.status == "doing" for task in stand)),
        "overdue": str(sum(task.due is not None and task.due < now.date() for task in stand)),
        "nobody's": str(sum(task.assignee is None for task in stand)),
        "done this week": str(sum(monday <= task.done_at for task in done if task.done_at)),
        "done last week": str(
            sum(before <= task.done_at < monday for task in done if task.done_at)
        ),
        "added this week": str(sum(monday <= task.at for task in seen)),
        "added last week": str(sum(before <= task.at < monday for task in seen)),
        "half within": _at_most(took[(len(took) - 1) // 2]),
    }


def _at_most(time_to_done: timedelta) -> str:
    """As it is said, never a shorter one."""
    minutes = max(1, math.ceil(time_to_done / timedelta(minutes=1)))
    hours, days = math.ceil(minutes / 60), math.ceil(time_to_done / DAY)
    count, unit = (minutes, "minute") if minutes < 60 else (hours, "hour")
    if time_to_done >= 2 * DAY:
        count, unit = days, "day"
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _normal(value: Any) -> str:
    """A figure, whether it is told as a number or as text."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, int | float) else _number(value)


def _number(text: str) -> str:
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def _figures(count: Count, compared: Compared, taken: float, size: Size) -> list[Figure]:
    told, most = count.told, size.of(60.0, 300.0)
    looked_at = ", ".join(f"{place} {number:,}" for place, number in compared.looked_at.items())
    wrong = f" {'; '.join(compared.wrong[:5])}." if compared.wrong else ""
    return [
        Figure(
            id="M1",
            fault=FAULT,
            wanted="every number on every surface as an independent count has it",
            measured=f"{len(compared.wrong)} differ; figures: {looked_at}",
            reached=not compared.wrong,
            note=f"{len(count.people())} people who join, lapse and return, {len(told.tasks):,} "
            f"tasks, {len(told.completed):,} completions, {len(told.answers)} answers to the "
            f"survey, which {told.offered.total()} people were offered, once each.{wrong}",
        ),
        Figure(
            id="M1",
            fault=FAULT,
            wanted=f"≤ {most:.0f} s through the signed door",
            measured=f"{taken:.0f} s for {told.requests:,} requests",
            reached=taken <= most,
        ),
    ]
