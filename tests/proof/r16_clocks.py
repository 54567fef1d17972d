"""R16: a clock that jumps, and both changes of the clocks; and one that is not Slack's."""

import asyncio
import contextlib
import itertools
import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp

from playground import Fault, Message, Person
from store import (
    Database,
    DueAt,
    DueDay,
    Installation,
    People,
    Role,
    Settings,
    TaskStore,
)
from store import Person as Known
from tests.bot_process import ROOT, BotProcess, bot_process, rows
from tests.conftest import eventually, lay_schema
from tests.factories import Clock, new, origin
from tests.knocks import Knock, form, knocked
from tests.proof.figures import Figure, Size
from tests.proof.shifted import MODULE, ShiftedClock, shifted_clock
from tests.proof.stage import TEAM, Stage, stage
from tests.proof.watch import Log

FAULT = "clock ± 10 min, - 1 h, both clock changes"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# In Berlin 02:00 is skipped on the one, and comes twice on the other.
SPRING = datetime(2027, 3, 28, 1, tzinfo=UTC)
AUTUMN = datetime(2027, 10, 31, 1, tzinfo=UTC)
MORNING = 2
"""The hour at which everybody wants to be told."""
PATIENCE = 30.0
SOON = 10.0
LOOKS_WITHIN = 0.6
"""Seconds from a change to the bot's look at its clock."""
IN_A_POST = 2.0
"""Seconds that a post takes in which the clock jumps: after one of them the bot may post again."""

WARN_BEYOND, REFUSE_BEYOND = 60, 300
SKEWS = (0, 45, -45, 90, -90, 240, 600, -600, 3_600, -3_600)
SHORT = (-3_600,)
OK, REFUSED = 200, 401

MENTION = re.compile(r"#(\d+) (?:Moment|Day) ")
DIGEST = "Your open tasks"


@dataclass(frozen=True)
class Timeline:
    """What falls due around a change of the clocks, and what the bot's clock says in turn.

    At the first step some posts are under way when the clock jumps on to the second.
    """

    begin: datetime
    moments: Sequence[datetime]
    days: Sequence[date]
    steps: Sequence[datetime]


def timelines(size: Size) -> list[Timeline]:
    """One around each change; in the cut, one that leaps from the one to the other."""
    if size is Size.CUT:
        begin = SPRING - 12 * HOUR
        jumps = [begin + 6 * MINUTE, begin + 16 * MINUTE, begin - 44 * MINUTE]
        changes = [SPRING + HOUR / 2, AUTUMN + HOUR / 2, AUTUMN - HOUR / 2]
        moments = [begin + 5.5 * MINUTE, begin + 12 * MINUTE, AUTUMN - HOUR / 3, AUTUMN + HOUR / 3]
        return [Timeline(begin, moments, [SPRING.date(), AUTUMN.date()], [*jumps, *changes])]
    return [_around(change) for change in (SPRING, AUTUMN)]


def _around(change: datetime) -> Timeline:
    """Every 20 minutes from three hours before to three after, with a jump back after each."""
    begin = change - 3 * HOUR
    jumps = [begin + 6 * MINUTE, begin + 16 * MINUTE]
    back = itertools.cycle([10 * MINUTE, HOUR])
    walk = [
        at for number in range(1, 19) for at in _there_and_back(begin + number * HOUR / 3, back)
    ]
    moments = [begin + (number * 25 + 5.5) * MINUTE for number in range(13)]
    days = [change.date(), change.date() + DAY]
    return Timeline(begin, moments, days, [*jumps, *walk, change + DAY, change + 2 * DAY])


def _there_and_back(at: datetime, back: Iterator[timedelta]) -> tuple[datetime, datetime]:
    return at, at - next(back)


@dataclass
class Told:
    """How often each task was told to whoever has it, and how many digests came and were due."""

    tasks: Counter[tuple[str, int]] = field(default_factory=Counter)
    due: set[tuple[str, int]] = field(default_factory=set)
    digests: Counter[str] = field(default_factory=Counter)
    due_digests: Counter[str] = field(default_factory=Counter)

    def lost(self) -> int:
        """What fell due and was not told."""
        return len(self.due - self.tasks.keys()) + (self.due_digests - self.digests).total()

    def twice(self) -> int:
        """What was told once more than it fell due."""
        return (
            sum(count - (one in self.due) for one, count in self.tasks.items())
            + (self.digests - self.due_digests).total()
        )


@dataclass(frozen=True, kw_only=True)
class Skewed:
    """A request of Slack's by a clock that is so many seconds ahead, and what came of it."""

    by: float
    status: int
    gauge: float
    warnings: int

    def is_told(self) -> bool:
        """Whether it was answered, measured and warned of as it is to be."""
        return (
            self.status == (REFUSED if abs(self.by) > REFUSE_BEYOND else OK)
            and abs(self.gauge - self.by) < 3
            and self.warnings == (abs(self.by) > WARN_BEYOND)
        )


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Turn the clock of bots that Slack calls, and of bots that have something to remind of."""
    skewed = [await _skewed_alone(house, by) for by in size.of(SKEWS, ())]
    told = []
    for timeline in timelines(size):
        async with stage(size.of(16, 5), channels=1) as played:
            await _lay(played, timeline)
            with shifted_clock() as clock:
                also = clock.environment()
                async with _bot(played, house, also) as bot:
                    skewed += [await _skew(played, bot, clock, by) for by in size.of((), SHORT)]
                    told.append(await _live(played, clock, timeline))
    return [_reminded(told, timelines(size)), _warned(skewed)]


async def _skewed_alone(house: Path, by: float) -> Skewed:
    """By a bot of its own: one warns once a minute."""
    with shifted_clock() as clock:
        async with (
            stage(people=1, channels=1) as played,
            _bot(played, house, clock.environment()) as bot,
        ):
            return await _skew(played, bot, clock, by)


def _bot(
    played: Stage, house: Path, also: Mapping[str, str]
) -> AbstractAsyncContextManager[BotProcess]:
    return bot_process(played.slack, played.path, house=house, also=also, module=MODULE)


async def _skew(played: Stage, bot: BotProcess, clock: ShiftedClock, by: float) -> Skewed:
    """Three requests that Slack signs by the true time."""
    clock.turn_by(by)
    log = Log(bot)
    statuses = {await _typed(played, "list", time.time()) for _ in range(3)}
    lines = [json.loads(line) for line in log.lines()]
    warnings = [it for it in lines if it["level"] == "warning" and "skew_seconds" in it]
    return Skewed(
        by=by,
        status=statuses.pop() if len(statuses) == 1 else 0,
        gauge=await _gauge(bot),
        warnings=len(warnings),
    )


_triggers = itertools.count(1)


async def _typed(played: Stage, text: str, now: float) -> int:
    """A command that is signed at this moment; how it was answered."""
    body = form(text=text, trigger_id=f"{next(_triggers)}.16.clocks")
    status, _ = await knocked(played.slack.request_url, Knock(body, OK), now)
    return status


async def _gauge(bot: BotProcess) -> float:
    async with (
        aiohttp.ClientSession() as session,
        session.get(bot.ops_url + "/metrics") as response,
    ):
        found = re.search(r"^clock_skew_seconds (\S+)$", await response.text(), re.MULTILINE)
    return float(found[1]) if found else math.nan


def _has_digest(at: int) -> bool:
    """Every other four of them, so that in each zone there are people with and without."""
    return at // 4 % 2 == 0


async def _lay(played: Stage, timeline: Timeline) -> None:
    """Everybody has each of the tasks, and some a digest on each day."""
    await lay_schema(played.path)
    clock = Clock(timeline.begin - HOUR)
    database = await Database.open(f"sqlite+aiosqlite:///{played.path}")
    people, tasks = People(database, clock), TaskStore(database, lambda _: None, clock)
    await people.install(Installation(team_id=TEAM, team_name="Acme", bot_user_id="UBOT01"))
    for at, one in enumerate(played.people):
        known = Known(team_id=TEAM, user_id=one.id, name=one.name, role=Role.MEMBER, zone=one.tz)
        await people.save([known])
        wanted = Settings(digest=_has_digest(at), hour=MORNING, weekdays=frozenset(range(1, 8)))
        await people.save_settings(origin(one.id, team_id=TEAM), wanted)
        for moment in timeline.moments:
            await tasks.add(origin(one.id, channel=None), new("Moment", due=DueAt(moment)))
        for day in timeline.days:
            await tasks.add(origin(one.id, channel=None), new("Day", due=DueDay(day)))
    await database.close()


async def _live(played: Stage, clock: ShiftedClock, timeline: Timeline) -> Told:
    """Have it be one moment after the other, and count what people were told."""
    told, latest = _Due(played, timeline), timeline.begin
    clock.turn_to(timeline.begin)
    first, *rest = timeline.steps
    # A second post would be refused as too soon, and that hide it.
    played.slack.limits.enabled = False
    slow = played.slack.faults.add(Fault.delay(IN_A_POST, method="chat.postMessage"))
    await _it_is(played, clock, first)
    with contextlib.suppress(TimeoutError):
        await eventually(lambda: slow.hits, SOON)
    told.pass_to(first)
    for at in rest:
        await _it_is(played, clock, at)
        played.slack.faults.clear()
        await _until_told(played, at, was=latest)
        latest = max(latest, at)
        told.pass_to(latest)
    return told.counted()


async def _it_is(played: Stage, clock: ShiftedClock, moment: datetime) -> None:
    """Turn the clock, and have somebody type something: a change has the clock looked at."""
    clock.turn_to(moment)
    assert await _typed(played, "add What time is it !quiet", clock().timestamp()) == OK


async def _until_told(played: Stage, now: datetime, was: datetime) -> None:
    """Wait until the bot did what there is to do by its clock; where that is nothing, a while."""
    if now < was:
        await asyncio.sleep(LOOKS_WITHIN)
    moment = (now - EPOCH) // timedelta(microseconds=1)
    with contextlib.suppress(TimeoutError):
        await eventually(lambda: rows(played.path, _WAITS, moment, moment) == [(0,)], PATIENCE)


_WAITS = """
SELECT (SELECT count(*) FROM notices WHERE told < wanted)
    + (SELECT count(*) FROM tasks WHERE remind_at <= ?)
    + (SELECT count(*) FROM mornings WHERE at <= ?)
"""


class _Due:
    """What falls due while the clock passes, reckoned without the bot."""

    def __init__(self, played: Stage, timeline: Timeline) -> None:
        self._played = played
        self._told = Told()
        self._begun = {one.id: _last_morning(one, timeline.begin) for one in played.people}
        self._mornings = dict(self._begun)
        asked = "SELECT creator_id, number, due_at, due_day FROM tasks"
        self._tasks = rows(played.path, asked)

    def pass_to(self, now: datetime) -> None:
        """All that is due until then, and a digest for each who had a morning meanwhile."""
        moment = (now - EPOCH) // timedelta(microseconds=1)
        for at, one in enumerate(self._played.people):
            morning = _last_morning(one, now)
            if morning > self._mornings[one.id] and _has_digest(at):
                self._told.due_digests[one.id] += 1
            self._mornings[one.id] = max(morning, self._mornings[one.id])
            days = range(_number(self._begun[one.id]) + 1, _number(morning) + 1)
            for owner, number, due_at, due_day in self._tasks:
                is_due = due_at <= moment if due_at else due_day in days and not _has_digest(at)
                if owner == one.id and is_due:
                    self._told.due.add((one.id, number))

    def counted(self) -> Told:
        """With what was posted, taken back or not."""
        for one in self._played.people:
            for message in one.workspace.dm(one).timeline:
                if isinstance(message, Message) and message.text.startswith(DIGEST):
                    self._told.digests[one.id] += 1
                elif isinstance(message, Message):
                    mentions = MENTION.findall(message.text)
                    self._told.tasks.update((one.id, int(number)) for number in mentions)
        return self._told


def _number(day: date) -> int:
    """A day as the database keeps it."""
    return (day - EPOCH.date()).days


def _last_morning(person: Person, now: datetime) -> date:
    """The last day on which it was their morning."""
    zone = ZoneInfo(person.tz)
    day = now.astimezone(zone).date() + DAY
    while datetime.combine(day, clock_time(MORNING), zone).timestamp() > now.timestamp():
        day -= DAY
    return day


def _reminded(told: Sequence[Told], lived: Sequence[Timeline]) -> Figure:
    lost, twice = (sum(map(count, told)) for count in (Told.lost, Told.twice))
    due = sum(len(one.due) + one.due_digests.total() for one in told)
    jumps = sum(
        after < before
        for one in lived
        for before, after in itertools.pairwise((one.begin, *one.steps))
    )
    return Figure(
        id="R16",
        fault=FAULT,
        wanted="reminders lost 0, told twice 0",
        measured=f"{lost}, {twice} of {due}; the clock was set back {jumps} times, "
        f"by 10 min or 1 h, and {len(lived)} times forward by 10 min while posts were under way",
        reached=due > 0 and not (lost or twice),
        note="Tasks due at moments and on days, and digests, of people in Berlin, Los Angeles, "
        "Kolkata and UTC, who are told at 02:00: one day skips it in Berlin, and one has it twice.",
    )


def _warned(skewed: Sequence[Skewed]) -> Figure:
    silent = [one for one in skewed if not one.is_told()]
    said = f": {silent[0]}" if silent else ""
    return Figure(
        id="R16",
        fault="our clock is not Slack's",
        wanted=f"beyond {WARN_BEYOND} s one warning a minute and a metric, up to that the metric, "
        f"beyond {REFUSE_BEYOND} s 401",
        measured=f"{len(silent)} of {len(skewed)} otherwise, by "
        f"{', '.join(f'{one.by:+.0f}' for one in skewed)} s{said}",
        reached=bool(skewed) and not silent,
    )
