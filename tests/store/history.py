"""A history that happens to two workspaces, and what it comes to, counted by hand.

It is counted from what was asked for and what came of it, by loops over lists: no line of it is
shared with the store.
"""

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from store import (
    Cohort,
    DayNumbers,
    FaultHour,
    Feedback,
    NewTask,
    Numbers,
    Origin,
    Outcome,
    PeriodNumbers,
    Report,
    SlackUser,
    Source,
    StoreError,
    Task,
    TaskEvent,
    TaskStore,
    Usage,
    VerbUse,
)
from tests.factories import DEV, Clock, origin

TEAMS = ("T01", "T02")
PEOPLE = ("U01", "U02", "U03", "U04", "U05")
"""The same ids in both workspaces."""
PERCENT = (50, 90)
COMMANDS = (
    ("add", "answered", ""),
    ("add", "rejected", "past_due"),
    ("add", "rejected", "no_title"),
    ("mine", "answered", ""),
    ("done", "failed", ""),
    ("(unknown)", "rejected", "unknown_verb"),
)
WORDS = ("remind", "todo", "übergeben", "(number)", "(other)")
PLACES = ("listener", "delivery")


@dataclass
class History:
    """What was done, as it was done."""

    clock: Clock
    chance: random.Random
    events: list[TaskEvent] = field(default_factory=list)
    tasks: dict[tuple[str, int], Task] = field(default_factory=dict)
    active: set[tuple[str, str, date]] = field(default_factory=set)
    commands: list[tuple[date, str, str, str]] = field(default_factory=list)
    words: list[tuple[date, str]] = field(default_factory=list)
    faults: list[tuple[datetime, str]] = field(default_factory=list)

    async def go_on(self, tasks: TaskStore, usages: tuple[Usage, ...]) -> None:
        """Time passes, and somebody does something."""
        self._let_time_pass()
        usage = self.chance.choice(usages)
        actor = SlackUser(self.chance.choice(TEAMS), self._somebody())
        usage.note_active(actor)
        self.active.add((actor.team_id, actor.user_id, self.today))
        await self._act(tasks, actor)
        self._note_use(usage)

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def _let_time_pass(self) -> None:
        """Minutes or days, and now and then to the edge of a day."""
        self.clock.now += timedelta(minutes=self.chance.choice((1, 7, 300, 900, 1_500, 4_000)))
        if self.chance.random() < 0.15:
            midnight = self.clock.now.replace(hour=0, minute=0, second=0, microsecond=0)
            edge = self.chance.choice((timedelta(), timedelta(microseconds=-1)))
            self.clock.now = midnight + timedelta(days=1) + edge

    def _somebody(self) -> str:
        """The later ones come later, and nobody is there always."""
        return PEOPLE[min(self.chance.randrange(len(PEOPLE)), len(self.events) // 40)]

    async def _act(self, tasks: TaskStore, actor: SlackUser) -> None:
        team_id = actor.team_id
        asked = origin(
            actor.user_id,
            team_id=team_id,
            source=self.chance.choice([*Source]),
            channel=replace(DEV, team_id=team_id),
        )
        with contextlib.suppress(StoreError):  # the rules said no, and nothing changed
            await self._change(tasks, asked)

    async def _change(self, tasks: TaskStore, asked: Origin) -> None:
        numbers = [number for team_id, number in self.tasks if team_id == asked.team_id]
        verb = self.chance.choice(("add", "add", "move", "move", "move", "undo", "look", "regret"))
        if verb == "add" or (verb == "move" and not numbers):
            self._keep(await tasks.add(asked, NewTask(title="Fix login")))
        elif verb == "move":
            moves = [tasks.start, tasks.reopen, tasks.delete, tasks.restore]
            move = self.chance.choice([tasks.complete, tasks.complete, *moves])
            some = self.chance.sample(numbers, min(len(numbers), self.chance.choice((1, 3))))
            self._keep(await move(asked, some))
        elif verb == "undo":
            self._keep(await tasks.undo(asked))
        elif verb == "regret":
            # What was done before is so again by the undo, which is no completion of theirs.
            done = [one for one in numbers if self.tasks[asked.team_id, one].status == "done"]
            self._keep(await tasks.reopen(asked, done[-2:]))
            self._keep(await tasks.undo(replace(asked, request_key=asked.request_key + "-undo")))

    def _keep(self, outcomes: tuple[Outcome, ...]) -> None:
        for outcome in outcomes:
            if outcome.task is not None:
                self.tasks[outcome.task.team_id, outcome.number] = outcome.task

    def _note_use(self, usage: Usage) -> None:
        command = self.chance.choice(COMMANDS)
        usage.note_command(*command)
        self.commands.append((self.today, *command))
        if self.chance.random() < 0.4:
            word = self.chance.choice(WORDS)
            usage.note_word(word)
            self.words.append((self.today, word))
        if self.chance.random() < 0.1:
            place = self.chance.choice(PLACES)
            usage.note_fault(place)
            self.faults.append((self.clock.now, place))


def counted(history: History, days: int, *, notices: tuple[int, float]) -> Report:
    """The report that ends now, counted by hand; notices are another's."""
    today = history.today
    period = [today - timedelta(days=back) for back in reversed(range(days))]
    return Report(
        at=history.clock.now,
        numbers=_numbers(history, notices),
        days=tuple(_day(history, day) for day in period),
        period=_period(history, period),
        cohorts=tuple(_cohort(history, day) for day in period if day.weekday() == 0),
        verbs=_verbs(history, period),
        unknown_words=_top([word for day, word in history.words if day in period]),
        faults=_faults(history, period),
        feedback=Feedback(answers=0, feelings={"very": 0, "somewhat": 0, "not": 0}, latest=()),
    )


def _firsts(history: History) -> dict[tuple[str, str], date]:
    first: dict[tuple[str, str], date] = {}
    for team_id, user_id, day in sorted(history.active, key=lambda one: one[2]):
        first.setdefault((team_id, user_id), day)
    return first


def _was_active(history: History, who: tuple[str, str], from_day: date, to_day: date) -> bool:
    return any(
        (team_id, user_id) == who and from_day <= day <= to_day
        for team_id, user_id, day in history.active
    )


def _came_back(history: History, who: tuple[str, str], week: int) -> bool:
    start = _firsts(history)[who] + timedelta(weeks=week)
    return _was_active(history, who, start, start + timedelta(days=6))


def _is_activated(history: History, who: tuple[str, str]) -> bool:
    last = _firsts(history)[who] + timedelta(days=6)
    return any(
        (event.team_id, event.actor_id) == who and event.at.date() <= last
        for event in _counted_events(history)
    )


def _counted_events(history: History) -> Iterator[TaskEvent]:
    for event in history.events:
        if event.kind in {"created", "completed"} and not event.is_undo:
            yield event


def _events(history: History, kind: str, days: list[date]) -> list[TaskEvent]:
    return [
        event
        for event in _counted_events(history)
        if event.kind == kind and event.at.date() in days
    ]


def _by_source(events: list[TaskEvent]) -> dict[str, int]:
    return {source: sum(event.source == source for event in events) for source in Source}


def _seconds(events: list[TaskEvent]) -> list[float | None]:
    seconds = [int(event.seconds_open) for event in events if event.seconds_open is not None]
    found: list[float | None] = []
    for percent in PERCENT:
        enough = [
            one
            for one in seconds
            if sum(other <= one for other in seconds) * 100 >= percent * len(seconds)
        ]
        found.append(min(enough) if enough else None)
    return found


def _numbers(history: History, notices: tuple[int, float]) -> Numbers:
    today = history.today
    everybody = _firsts(history)
    created = [event for event in _counted_events(history) if event.kind == "created"]
    open_tasks = [task for task in history.tasks.values() if task.deleted_at is None]
    windows = {"day": 0, "week": 6, "month": 29}
    return Numbers(
        tasks_created=len(created),
        tasks_completed=len([*_counted_events(history)]) - len(created),
        tasks_open={
            status: sum(task.status == status for task in open_tasks)
            for status in ("todo", "doing")
        },
        users_total=len(everybody),
        users_active={
            window: sum(
                _was_active(history, who, today - timedelta(days=back), today) for who in everybody
            )
            for window, back in windows.items()
        },
        users_activated=sum(_is_activated(history, who) for who in everybody),
        users_retained={
            str(week): sum(_came_back(history, who, week) for who in everybody) for week in (1, 4)
        },
        notices_waiting=notices[0],
        notices_oldest_seconds=notices[1],
        feedback_answers=0,
    )


def _day(history: History, day: date) -> DayNumbers:
    completed = _events(history, "completed", [day])
    p50, p90 = _seconds(completed)
    return DayNumbers(
        day=day,
        active=len(_on(history, day)),
        new=sum(first == day for first in _firsts(history).values()),
        created=_by_source(_events(history, "created", [day])),
        completed=_by_source(completed),
        seconds_p50=p50,
        seconds_p90=p90,
    )


def _on(history: History, day: date) -> set[tuple[str, str]]:
    return {(team_id, user_id) for team_id, user_id, on in history.active if on == day}


def _period(history: History, period: list[date]) -> PeriodNumbers:
    new = [who for who, first in _firsts(history).items() if first in period]
    completed = _events(history, "completed", period)
    created = _events(history, "created", period)
    kept = [
        task
        for event in created
        if (task := history.tasks[event.team_id, event.number]).deleted_at is None
    ]
    p50, p90 = _seconds(completed)
    return PeriodNumbers(
        active=len({who for day in period for who in _on(history, day)}),
        new=len(new),
        activated=sum(_is_activated(history, who) for who in new),
        created=_by_source(created),
        completed=_by_source(completed),
        kept_of_created=len(kept),
        done_of_created=sum(task.status == "done" for task in kept),
        seconds_p50=p50,
        seconds_p90=p90,
    )


def _cohort(history: History, monday: date) -> Cohort:
    sunday = monday + timedelta(days=6)
    people = [who for who, first in _firsts(history).items() if monday <= first <= sunday]
    return Cohort(
        week=monday,
        people=len(people),
        returned=tuple(
            sum(_came_back(history, who, week) for who in people)
            if sunday + timedelta(weeks=week, days=6) < history.today
            else None
            for week in range(1, 13)
        ),
    )


def _verbs(history: History, period: list[date]) -> tuple[VerbUse, ...]:
    typed = [(verb, *rest) for day, verb, *rest in history.commands if day in period]
    uses = []
    for verb, times in Counter(verb for verb, *_ in typed).items():
        of_verb = [(outcome, reason) for one, outcome, reason in typed if one == verb]
        outcomes = {
            name: sum(outcome == name for outcome, _ in of_verb)
            for name in ("answered", "rejected", "failed")
        }
        reasons = Counter(reason for _, reason in of_verb if reason)
        uses.append((times, VerbUse(verb=verb, outcomes=outcomes, reasons=dict(reasons))))
    return tuple(use for _, use in sorted(uses, key=lambda one: (-one[0], one[1].verb)))


def _top(words: list[str]) -> dict[str, int]:
    ordered = sorted(Counter(words).items(), key=lambda one: (-one[1], one[0]))
    return dict(ordered[:20])


def _faults(history: History, period: list[date]) -> tuple[FaultHour, ...]:
    hours: Counter[tuple[datetime, str]] = Counter(
        (at.astimezone(UTC).replace(minute=0, second=0, microsecond=0), place)
        for at, place in history.faults
        if at.date() in period
    )
    ordered = sorted(hours, key=lambda one: (-one[0].timestamp(), one[1]))
    return tuple(
        FaultHour(at=at, place=place, count=hours[at, place]) for at, place in ordered[:50]
    )
