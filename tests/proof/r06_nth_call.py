"""R6: one call to the database or to Slack fails or stalls: the n-th, for every n of everything."""

import asyncio
import html
import json
import re
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from playground import Exchange, Fault
from playground.state import ApiCall
from tests.bot_process import ROOT, bot_process
from tests.conftest import lay_schema
from tests.proof import asked, faulty_bot
from tests.proof.asked import Asked, Scene
from tests.proof.faulty_bot import Order
from tests.proof.figures import Figure, Size, percentile
from tests.proof.stage import stage

FAULT = "the n-th call fails or stalls: {}"
LANES = 4
IN_TIME, IN_TIME_BESIDE_OTHERS = 2.5, 3.0
"""The second is Slack's own: in the cut, other tests have the processor as well."""
FOLLOWS = 12.0
"""Seconds for the outcome where the database failed: a call to Slack may take ten."""
SPEAKS = 1.0
"""Seconds in which something is said where Slack failed, if anything is."""
NAMED = 5

TELLING = {"response_url", "views.open", "views.update", "views.publish"} | {
    "chat.postMessage",
    "chat.update",
}
"""Calls that put something on a screen."""

LATER = re.compile(r"Still saving \(ref ")
REFUSED = re.compile(
    r"Not saved: |othing was (saved|changed|posted)|There is no task #|There is nothing of yours"
    r"|may delete|no longer is"
)
UNSURE = re.compile(r"Look at your list before you try again")

DATABASE: Mapping[str, Order] = {
    "fails": Order(),
    "fails once committed": Order(is_after=True),
    "stalls": Order(stalls=True),
    "stalls once committed": Order(stalls=True, is_after=True),
}
SLACK: Mapping[str, Callable[[int], Fault]] = {
    "error": lambda n: Fault.error("internal_error", every=n, times=1),
    "error, but done": lambda n: Fault.error("internal_error", every=n, times=1, after_effect=True),
    "500": lambda n: Fault.status(500, every=n, times=1),
    "reset": lambda n: Fault.reset(every=n, times=1),
    "hang": lambda n: Fault.hang(every=n, times=1, lasting=faulty_bot.STALL_SECONDS),
    "delay": lambda n: Fault.delay(faulty_bot.STALL_SECONDS, every=n, times=1),
}

SAMPLE: Mapping[tuple[str, str], Sequence[int]] = {
    ("/task add", "fails"): (1, 5, 6, 10, 14),
    ("/task add", "stalls once committed"): (1,),
    ("/task done", "fails once committed"): (1,),
    ("task_done after /task show {}", "fails once committed"): (1,),
    ("new_form", "fails once committed"): (1,),
    ("settings_form", "fails once committed"): (1,),
    ("feedback_form", "fails once committed"): (1,),
    ("/task list, offering the survey", "stalls once committed"): (1,),
    ("team_join", "fails once committed"): (1,),
    ("new_task", "stalls"): (1,),
    ("/task list", "500"): (1,),
}
"""What the cut tries, of everything that is tried in full."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What came of one request one of whose calls was spoilt."""

    what: Asked
    fault: str
    n: int
    exchange: Exchange
    told: tuple[str, ...]
    """What was put on screens after the answer."""
    changed: bool

    def __str__(self) -> str:
        said = " / ".join([str(self.exchange.status), self._answer, *self.told])
        saved = "saved" if self.changed else "not saved"
        return f"{self.what.name}, call {self.n} {self.fault}: {saved}, {said[:400]!r}"

    @property
    def is_event(self) -> bool:
        """Slack's own word, which is taken or not; nobody looks at a screen."""
        return self.exchange.interaction.kind == "event"

    @property
    def _answer(self) -> str:
        body = self.exchange.body
        return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)

    @property
    def _words(self) -> list[str]:
        return [one for one in (self._answer, *self.told) if one]

    @property
    def is_late(self) -> bool:
        """Whether it was answered before the outcome was known."""
        return any(LATER.search(one) for one in self._words)

    @property
    def outcomes(self) -> list[str]:
        """All that was said, but that the outcome is not known yet."""
        return [one for one in self._words if not LATER.search(one)]

    @property
    def is_refused(self) -> bool:
        """Whether it was said that nothing was saved."""
        return any(REFUSED.search(one) for one in self.outcomes)

    @property
    def is_claimed(self) -> bool:
        """Whether it was said, or shown, that it was saved: a form does so by closing."""
        if self.is_event:
            return self.exchange.status == 200
        closes = self.exchange.interaction.kind == "submission" and not self._answer
        said = [one for one in self.outcomes if not REFUSED.search(one)]
        return closes or bool(said)

    @property
    def is_answered(self) -> bool:
        """Whether there was an answer that Slack takes for one."""
        taken = {200, 503} if self.is_event else {200}
        return self.exchange.status in taken

    @property
    def contradicts(self) -> bool:
        """Whether what was said is not what the database says, or says nothing of it."""
        if any(UNSURE.search(one) for one in self._words):
            return True
        if not self.what.changes:
            return self.changed
        if self.is_event:
            return self.is_claimed and not self.changed
        return (self.is_refused and self.changed) or (self.is_claimed and not self.changed)

    @property
    def is_silent(self) -> bool:
        """Whether nothing was said, or nothing after that it is still being saved."""
        return not (self.is_event or self.outcomes or self.is_claimed)


@dataclass(frozen=True)
class Walk:
    """One thing to ask for, with one kind of fault, for these n, until there is no such call."""

    what: Asked
    fault: str
    calls: Iterable[int]


@dataclass
class Run:
    """Everything that was tried."""

    left: deque[Walk]
    cases: list[Case] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    def of(self, faults: Mapping[str, Any]) -> list[Case]:
        """Those with one of these faults."""
        return [case for case in self.cases if case.fault in faults]


@dataclass
class Lane:
    """One bot and its Slack, in which one thing is asked after the other."""

    scene: Scene
    orders: "Orders"

    async def walk(self, walk: Walk, run: Run) -> None:
        """Ask again and again, with another call spoilt each time."""
        spoil = self._database if walk.fault in DATABASE else self._slack
        for n in walk.calls:
            case = await spoil(walk.what, walk.fault, n)
            if case is None:
                return
            run.cases.append(case)

    async def _database(self, what: Asked, fault: str, n: int) -> Case | None:
        ask = await self._ready(what)
        await self.orders.give(DATABASE[fault], at=n)
        case = await self._ask(what, fault, n, ask)
        struck = await self.orders.give(Order())
        return case if struck else None

    async def _slack(self, what: Asked, fault: str, n: int) -> Case | None:
        if what.by_stranger:
            at = self.scene.turn()
            self.scene.stranger = self.scene.stage.team.add_person(f"US{at}", name=f"new{at}")
        ask = await self._ready(what)
        self.scene.stranger = None
        faults = self.scene.stage.slack.faults
        ordered = faults.add(SLACK[fault](n))
        case = await self._ask(what, fault, n, ask)
        faults.remove(ordered)
        return case if ordered.hits else None

    async def _ready(self, what: Asked) -> asked.Ask:
        for person in self.scene.stage.people:
            person.views.clear()
        ask = await what.ready(self.scene)
        await self.scene.until_told()
        return ask

    async def _ask(self, what: Asked, fault: str, n: int, ask: asked.Ask) -> Case:
        """Ask, wait for all that is said of it, and look at what is saved."""
        slack = self.scene.stage.slack
        before, since = self.scene.rows(what.about), len(slack.calls)

        def case() -> Case:
            told = _told(slack.calls[since:])
            changed = self.scene.rows(what.about) != before
            return Case(what=what, fault=fault, n=n, exchange=exchange, told=told, changed=changed)

        exchange = await ask()
        with suppress(AssertionError):
            await slack.until(lambda: not case().is_silent, SPEAKS if fault in SLACK else FOLLOWS)
        await self.scene.until_told()
        return case()


def _told(calls: Sequence[ApiCall]) -> tuple[str, ...]:
    """What these calls put on screens, as far as Slack did so."""
    done = [call for call in calls if call.method in TELLING and call.outcome in {"ok", "delay"}]
    texts = (json.dumps(call.args, ensure_ascii=False) for call in done)
    return tuple(map(html.unescape, texts))


class Orders:
    """The way to the bot's database calls."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def give(self, order: Order, at: int = 0) -> bool:
        """Put this order in the place of the one before; whether that was carried out."""
        said = asdict(order) | {"at": at}
        self._writer.write(json.dumps(said).encode() + b"\n")
        return bool(json.loads(await self._reader.readline())["struck"])


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Try everything, in a few lanes side by side; what takes its time comes last."""
    run, began, lanes = Run(size.of(_everything, _sample)()), time.monotonic(), size.of(LANES, 1)
    await asyncio.gather(*(_lane(run, house, size) for _ in range(lanes)))
    return _figures(run, size, time.monotonic() - began)


def _everything() -> deque[Walk]:
    """Fault by fault: those that stall take their time, and disturb nobody."""
    faults = (*DATABASE, *SLACK)
    return deque(Walk(what, fault, count(1)) for fault in faults for what in asked.everything())


def _sample() -> deque[Walk]:
    named = {what.name: what for what in asked.everything()}
    return deque(Walk(named[name], fault, calls) for (name, fault), calls in SAMPLE.items())


async def _lane(run: Run, house: Path, size: Size) -> None:
    async with _open_lane(house, size, run.starting) as lane:
        while run.left:
            walk = run.left.popleft()
            try:
                await lane.walk(walk, run)
            except (AssertionError, TimeoutError, LookupError, ValueError) as error:
                named = f"{walk.what.name}, {walk.fault}"
                run.broken.append(f"{named}: {type(error).__name__} {error}")


@asynccontextmanager
async def _open_lane(house: Path, size: Size, starting: asyncio.Lock) -> AsyncIterator[Lane]:
    async with stage(people=4, channels=size.of(20, 4)) as played:
        played.slack.limits.enabled = False
        socket = played.path.with_name("orders")
        before = (sys.executable, faulty_bot.__file__, str(socket))
        async with AsyncExitStack() as stack:
            async with starting:
                await lay_schema(played.path)
                bot = bot_process(played.slack, played.path, *before, house=house)
                await stack.enter_async_context(bot)
                await played.is_known()
            reader, writer = await asyncio.open_unix_connection(str(socket))
            yield Lane(Scene(played), Orders(reader, writer))
            writer.close()
        # Held back for as long as a trigger lasts, a call to open a form comes too late.
        late = "views.open: expired_trigger_id"
        played.slack.violations[:] = [it for it in played.slack.violations if it != late]


def _figures(run: Run, size: Size, seconds: float) -> list[Figure]:
    limit = size.of(IN_TIME, IN_TIME_BESIDE_OTHERS)
    return [
        *_answers(run, DATABASE, "database", limit),
        *_answers(run, SLACK, "Slack", limit),
        _outcomes(run),
        _extent(run, size, seconds),
    ]


def _answers(run: Run, faults: Mapping[str, Any], whose: str, limit: float) -> list[Figure]:
    """What was said, and how soon, of requests that one kind of call failed."""
    cases, fault = run.of(faults), FAULT.format(whose)
    wrong = [case for case in cases if case.contradicts or not case.is_answered]
    refused = sum(case.is_refused for case in cases)
    slowest = max((case.exchange.seconds for case in cases), default=0.0)
    return [
        Figure(
            id="R6",
            fault=fault,
            wanted="no answer contradicts the database",
            measured=f"{len(wrong)} of {len(cases):,}; {refused:,} were told that nothing was "
            f"saved, {sum(case.is_late for case in cases):,} that it is still being saved",
            reached=bool(cases) and not wrong,
            note="; ".join(map(str, wrong[:NAMED])) or _kinds(cases),
        ),
        Figure(
            id="R6",
            fault=fault,
            wanted=f"an answer always ≤ {limit:.1f} s",
            measured=f"{slowest:.2f} s at most, "
            f"{percentile([case.exchange.seconds for case in cases], 50):.2f} s (p50)",
            reached=slowest <= limit,
        ),
    ]


def _kinds(cases: Sequence[Case]) -> str:
    kinds = Counter(case.fault for case in cases)
    return ", ".join(f"{kind}: {often:,}" for kind, often in kinds.items())


def _outcomes(run: Run) -> Figure:
    """Whether everybody heard what came of it, where the database failed and Slack did not."""
    cases = run.of(DATABASE)
    late = [case for case in cases if case.is_late]
    silent = [case for case in cases if case.is_silent]
    return Figure(
        id="R6",
        fault=FAULT.format("database"),
        wanted='"still saving" is followed by the outcome, and nobody is told nothing',
        measured=f"{len(late) - sum(case.is_late for case in silent):,} of {len(late):,}; "
        f"{len(silent)} of {len(cases):,} told nothing",
        reached=bool(late) and not silent,
        note="; ".join(map(str, silent[:NAMED])),
    )


def _extent(run: Run, size: Size, seconds: float) -> Figure:
    """Whether everything that can be asked for was tried."""
    everything = {what.name for what in asked.everything()}
    tried = {case.what.name for case in run.of(DATABASE)}
    missing = size.of(everything - tried, set())
    return Figure(
        id="R6",
        fault=FAULT.format("either"),
        wanted="every n of every listener",
        measured=f"{len(tried)} of {len(everything)} things to ask for, {len(run.cases):,} "
        f"requests, the {max((case.n for case in run.cases), default=0)}th call at most",
        reached=not run.broken and not missing,
        note="; ".join([*run.broken[:NAMED], *sorted(missing), f"{seconds:,.0f} s"]),
    )
