"""A quarter of a team of twelve, through the signed door, and a list of what they did."""

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playground import Channel, Exchange, Person, View
from tests.bot_process import ROOT, BotProcess, bot_process, rows
from tests.conftest import eventually
from tests.journey import labels, locked
from tests.proof.figures import Size
from tests.proof.shifted import MODULE, ShiftedClock, shifted_clock
from tests.proof.stage import Stage, stage

BEGIN = datetime(2027, 1, 4, tzinfo=UTC)
"""A Monday."""
DAY = timedelta(days=1)
MOMENTS = 3
"""How often in a working day several people do something at once."""
OK = 200
PATIENCE = 20.0
WRONG = ("lsit", "Feierabend", "wer-macht-das", "42", "https://x.example", "@nobody", "x2!")
"""First words that are no verb."""
KEPT_WORDS = {
    "42": "(number)",
    "https://x.example": "(link)",
    "@nobody": "(mention)",
    "x2!": "(other)",
}
"""What is kept of those that are no words."""
UNKNOWN = "(unknown)"
"""The verb as which they are counted."""
ASKED_BY = "Answer three questions"
"""The button that stands below an answer once."""
FIRST = "Add a first task for me"
FAULTS_ON = (17, 52)
"""Days on which the database takes nothing for a moment."""
NEVER = 10**6


@dataclass(frozen=True)
class Member:
    """Somebody of the team: from which day on, until when, and when they stay away."""

    joins: int = 0
    leaves: int = NEVER
    away: tuple[int, int] = (NEVER, NEVER)

    def acts_on(self, day: int) -> bool:
        """Whether they do anything that day."""
        return self.joins <= day < self.leaves and not self.away[0] <= day < self.away[1]


TEAM = (
    *(Member(), Member(), Member(), Member(away=(20, 41)), Member(leaves=66), Member()),
    Member(joins=3, leaves=30),
    Member(joins=7, away=(12, 24)),
    Member(joins=14, away=(16, 75)),
    Member(joins=28),
    Member(joins=45, leaves=52),
    Member(joins=59),
)


@dataclass(eq=False)
class Made:
    """A task as it should stand."""

    number: int
    creator: Person
    at: datetime
    channel: Channel | None
    assignee: Person | None = None
    due: date | None = None
    status: str = "todo"
    done_at: datetime | None = None
    is_deleted: bool = False
    is_taken: bool = False
    """Somebody is just at it."""

    @property
    def is_open(self) -> bool:
        """It is still to be done."""
        return self.status != "done" and not self.is_deleted

    def exists_for(self, person: Person) -> bool:
        """All channels are public; what has none exists for whoever made or holds it."""
        return self.channel is not None or person in (self.creator, self.assignee)


@dataclass(frozen=True)
class Happened:
    """Somebody made or finished a task; `seconds` from the one to the other."""

    at: datetime
    person: Person
    source: str
    number: int
    seconds: int = 0


@dataclass
class Told:
    """All that was done, and what should be counted of it."""

    active: set[tuple[Person, int]] = field(default_factory=set)
    created: list[Happened] = field(default_factory=list)
    completed: list[Happened] = field(default_factory=list)
    verbs: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)
    """By day, verb, outcome and reason."""
    words: Counter[tuple[int, str]] = field(default_factory=Counter)
    faults: list[datetime] = field(default_factory=list)
    offered: Counter[Person] = field(default_factory=Counter)
    answers: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    tasks: dict[int, Made] = field(default_factory=dict)
    requests: int = 0

    def finished_by(self, person: Person) -> int:
        """How many tasks somebody finished, each counted once, whatever became of them."""
        return len({one.number for one in self.completed if one.person is person})


Act = Callable[[Person], Coroutine[Any, Any, None]]


class Quarter:
    """Plays it, by a clock that stands still while people act."""

    def __init__(self, stage: Stage, clock: ShiftedClock, weeks: int, tasks: int) -> None:
        self.told = Told()
        self.chance = random.Random(7)  # noqa: S311  # chance, not a secret
        self.days = 7 * weeks
        self.now = BEGIN
        self._stage = stage
        self._clock = clock
        self._adds = tasks
        self._failed: dict[Person, datetime] = {}
        self._open: dict[int, Made] = {}
        self._over: dict[int, Made] = {}

    async def play(self) -> None:
        """All of its days, of which five in seven are working days."""
        working = [day for day in range(self.days) if day % 7 < 5]
        for at, day in enumerate(working):
            goal = self._adds * (at + 1) // len(working)
            await self._day(day, goal - len(self.told.created))
        self._turn_to(BEGIN + working[-1] * DAY + timedelta(hours=20))

    def _turn_to(self, moment: datetime) -> None:
        self.now = moment
        self._clock.stand_at(moment)

    def _here(self, day: int) -> list[Person]:
        people = zip(self._stage.people, TEAM, strict=True)
        return [person for person, member in people if member.acts_on(day)]

    async def _day(self, day: int, adds: int) -> None:
        """So many new tasks, and a good deal of the open ones done."""
        here = self._here(day)
        self._turn_to(BEGIN + day * DAY + timedelta(hours=7))
        for person in here:
            if not any(who is person for who, _ in self.told.active):
                await self._begin(person)
        acts = self._acts(adds, day)
        self.chance.shuffle(acts)
        each = -(-len(acts) // MOMENTS)
        for at in range(MOMENTS):
            self._turn_to(BEGIN + day * DAY + timedelta(hours=8, minutes=149 * at, seconds=13 * at))
            await self._at_once(here, acts[at * each : (at + 1) * each])
        await self._alone(day, here)

    def _acts(self, adds: int, day: int) -> list[Act]:
        done = min(adds * 9 // 10, len(self._open) // 2)
        acts: list[Act] = []
        acts += [self._add] * adds + [self._done] * (done * 2 // 5)
        acts += [self._press_done] * (done // 6) + [self._start] * (adds // 10)
        acts += [self._list] * 3 + [self._mistype] * (day % 3) + [self._ask_for_nothing] * (day % 2)
        return acts + [self._reopen] * (day % 4 == 1) + [self._past] * (day % 5 == 2)

    async def _at_once(self, here: Sequence[Person], acts: Sequence[Act]) -> None:
        """Each of these, several people at a time, and nobody two at a time."""
        turns = self.chance.sample(here, len(here))
        queues = {person: acts[at :: len(turns)] for at, person in enumerate(turns)}

        async def do(person: Person) -> None:
            for act in queues[person]:
                await act(person)

        await asyncio.gather(*map(do, here))

    async def _alone(self, day: int, here: Sequence[Person]) -> None:
        """What is known by its turn: who adds a task in a form is told its number by the card."""
        self._turn_to(self.now + timedelta(minutes=20))
        # Of a few, since a Home once opened is drawn anew with each change.
        at_home = here[day % 2]
        if day % 2:
            await self._add_by_shortcut(self.chance.choice(here))
        elif day % 4:
            await self._add_in_home(at_home)
        if day % 3 == 0:
            await self._done_in_home(at_home)
        if day in FAULTS_ON:
            await self._fail(self.chance.choice(here))

    # What is typed

    async def _says(
        self, person: Person, text: str, verb: str, reason: str = "", outcome: str = ""
    ) -> Exchange:
        channel = self.chance.choice(self._stage.channels)
        may_be_asked = self._may_be_asked(person)
        said = await person.command(f"/task {text}".strip(), channel=channel)
        assert said.status == OK, said
        self._count(person)
        came = outcome or ("rejected" if reason else "answered")
        self.told.verbs[self._day_of(self.now), verb, came, reason] += 1
        asks = ASKED_BY in str(said.body)
        assert asks == (may_be_asked and came != "failed"), (person.id, text, said.text)
        self.told.offered[person] += asks
        if asks and self.told.offered.total() % 2:
            await self._answer(person, said)
        return said

    def _may_be_asked(self, person: Person) -> bool:
        """After five tasks, once, and not within a day of an error."""
        if self.told.offered[person]:
            return False
        ago = self.now - self._failed.get(person, BEGIN - DAY)
        return self.told.finished_by(person) >= 5 and ago >= DAY

    async def _answer(self, person: Person, said: Exchange) -> None:
        await person.click(on=said, text=ASKED_BY)
        self._count(person)
        at = len(self.told.answers)
        feeling = ("very", "somewhat", "not")[at % 3]
        words = (f"Keeping track, {at} & <more>", "" if at % 2 else f"A board\nwith {at} columns")
        values = {"used_for": words[0], "missing": words[1] or None, "feeling": feeling}
        await person.submit(values=values)
        self._count(person)
        self.told.answers.insert(0, (self.now, *words, feeling))

    async def _add(self, person: Person) -> None:
        to = self.chance.choice(("", "", "", "", " @me", " @me", f" <@{self._anybody().id}>"))
        days = self.chance.choice((None, None, 1, 9))
        due = self.now.date() + timedelta(days=days) if days else None
        text = f"add Thing{f' due {due}' if due else ''} !quiet{to}"
        channel = self._stage.channels[0]
        said = await self._says(person, text, "add")
        number = re.match(r"Added #(\d+) ", said.text)
        assert number, (text, said.text)
        assignee = person if to == " @me" else self._person(to)
        made = self._made(int(number[1]), person, "command", channel)
        made.assignee, made.due = assignee, due

    def _anybody(self) -> Person:
        return self.chance.choice(self._stage.people)

    def _person(self, mention: str) -> Person | None:
        return next((one for one in self._stage.people if f"<@{one.id}>" in mention), None)

    async def _done(self, person: Person) -> None:
        """One task, or some by one command."""
        tasks = self._take(person, self.chance.choice((1, 2, 2, 3)))
        if tasks:
            await self._says(person, "done " + " ".join(str(one.number) for one in tasks), "done")
            self._finished(tasks, person, "command")

    async def _press_done(self, person: Person) -> None:
        for task in self._take(person, 1):
            shown = await self._says(person, f"show {task.number}", "show")
            click = await person.click(on=shown, text="Done")
            await self._is_answered(click)
            self._count(person)
            self._finished([task], person, "button")

    async def _is_answered(self, click: Exchange) -> None:
        """Before the clock is turned on: the address to answer to is good for half an hour."""
        await self._stage.slack.until(lambda: click.shown, PATIENCE, "the answer to a click")

    async def _start(self, person: Person) -> None:
        for task in self._take(person, 1):
            if task.status == "todo":
                await self._says(person, f"start {task.number}", "start")
                task.status, task.assignee = "doing", task.assignee or person
            task.is_taken = False

    async def _reopen(self, person: Person) -> None:
        for task in self._take(person, 1, is_open=False):
            await self._says(person, f"reopen {task.number}", "reopen")
            task.status, task.done_at, task.is_taken = "todo", None, False
            self._open[task.number] = self._over.pop(task.number)

    async def _list(self, person: Person) -> None:
        await self._says(person, self.chance.choice(("list", "ls all", "list here")), "list")

    async def _mistype(self, person: Person) -> None:
        word = self.chance.choice(WRONG)
        await self._says(person, f"{word} and what I meant", UNKNOWN, "unknown_verb")
        self.told.words[self._day_of(self.now), KEPT_WORDS.get(word, word.lower())] += 1

    async def _ask_for_nothing(self, person: Person) -> None:
        await self._says(person, "show 999999", "show", "no_such_task")

    async def _past(self, person: Person) -> None:
        await self._says(person, "add Late due 2020-01-01", "add", "past_due")

    async def _fail(self, person: Person) -> None:
        """The database takes nothing for a moment, and they are told so.

        What is being told when the lock comes is written down after it, within its lease: there
        is none from before the clock was turned, and none is left when it is turned again.
        """
        await self._nothing_is_leased()
        with locked(self._stage.path):
            await self._says(person, "add Lost", "add", outcome="failed")
        self._failed[person] = self.now
        self.told.faults.append(self.now)
        await self._nothing_is_leased()

    async def _nothing_is_leased(self) -> None:
        await eventually(lambda: rows(self._stage.path, LEASED) == [(0,)], PATIENCE)

    # Forms and Home

    async def _begin(self, person: Person) -> None:
        """Somebody new, who is welcomed with a button for a first task, unless they have one."""
        welcome = await self._says(person, "", "mine")
        if FIRST in labels(welcome.latest()):
            click = await person.click(on=welcome, text=FIRST)
            await self._is_answered(click)
            self._count(person)
            made = self._made(len(self.told.tasks) + 1, person, "button", self._stage.channels[0])
            made.assignee = person

    async def _add_by_shortcut(self, person: Person) -> None:
        await person.shortcut("new_task")
        self._count(person)
        await person.submit(values={"title": "By shortcut"})
        self._count(person)
        self._made(len(self.told.tasks) + 1, person, "shortcut", None)

    async def _add_in_home(self, person: Person) -> None:
        await person.click(on=await self._home_of(person), text="New task")
        self._count(person)
        await person.submit(values={"title": "In Home"})
        self._count(person)
        self._made(len(self.told.tasks) + 1, person, "home", None)

    async def _done_in_home(self, person: Person) -> None:
        """The first of the open tasks that stand there."""
        home = await self._home_of(person)
        there = str(home.blocks)
        rows = [one for one in self._open.values() if f"#{one.number} " in there]
        for task in rows[:1]:
            await person.click(on=home, text="Done", value=str(task.number))
            self._count(person)
            self._finished([task], person, "home")

    async def _home_of(self, person: Person) -> View:
        """Their Home, as it is published when they open it."""
        before, slack = person.home.versions if person.home else 0, self._stage.slack
        # What waits a moment to be drawn with what comes next waits for a clock that goes on.
        self._turn_to(self.now + timedelta(minutes=1))
        await person.open_home()
        self._turn_to(self.now + timedelta(minutes=1))
        await slack.until(lambda: person.home and person.home.versions > before, PATIENCE, "Home")
        assert person.home is not None
        return person.home

    # What should be counted

    def _day_of(self, moment: datetime) -> int:
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)).days

    def _count(self, person: Person) -> None:
        self.told.requests += 1
        self.told.active.add((person, self._day_of(self.now)))

    def _made(self, number: int, person: Person, source: str, channel: Channel | None) -> Made:
        made = self.told.tasks[number] = Made(number, person, self.now, channel)
        self._open[number] = made
        self.told.created.append(Happened(self.now, person, source, number))
        return made

    def _take(self, person: Person, count: int, *, is_open: bool = True) -> list[Made]:
        """Tasks that exist for somebody and at which nobody else is."""
        those = self._open if is_open else self._over
        tasks = [one for one in those.values() if not one.is_taken and one.exists_for(person)]
        taken = self.chance.sample(tasks, min(count, len(tasks)))
        for task in taken:
            task.is_taken = True
        return taken

    def _finished(self, tasks: Sequence[Made], person: Person, source: str) -> None:
        for task in tasks:
            seconds = (self.now - task.at) // timedelta(seconds=1)
            task.status, task.done_at, task.is_taken = "done", self.now, False
            self._over[task.number] = self._open.pop(task.number)
            self.told.completed.append(Happened(self.now, person, source, task.number, seconds))


TOLD_WITHIN = 300.0
WAITING = "SELECT count(*) FROM notices WHERE told < wanted"
LEASED = f"{WAITING} AND lease_until IS NOT NULL"


@dataclass(frozen=True)
class Played:
    """A quarter that is over, and the bot that heard of all of it."""

    stage: Stage
    clock: ShiftedClock
    bot: BotProcess
    weeks: int
    told: Told
    now: datetime
    seconds: float
    """How long it took to play."""

    @property
    def page_url(self) -> str:
        """The operator's page about these weeks."""
        return f"{self.bot.ops_url}/?weeks={self.weeks}"


@contextlib.asynccontextmanager
async def played_quarter(size: Size, house: Path = ROOT) -> AsyncIterator[Played]:
    """Thirteen weeks with 3,000 tasks, or a few of both."""
    weeks, tasks = size.of((13, 3_000), (5, 120))
    with shifted_clock() as clock:
        clock.stand_at(BEGIN)
        async with stage(len(TEAM), 3, clock=lambda: clock().timestamp()) as played:
            # Messages are not what this is about; days pass in a second.
            played.slack.limits.enabled = False
            also = clock.environment()
            async with bot_process(
                played.slack, played.path, house=house, also=also, module=MODULE
            ) as bot:
                quarter = Quarter(played, clock, weeks, tasks)
                began = time.monotonic()
                await quarter.play()
                taken = time.monotonic() - began
                # One message a second to each person: so many take longer than they were made in.
                with contextlib.suppress(TimeoutError):
                    await eventually(lambda: bot.rows(WAITING) == [(0,)], TOLD_WITHIN)
                yield Played(played, clock, bot, weeks, quarter.told, quarter.now, taken)
