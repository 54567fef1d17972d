"""S5: hostile titles on every surface; none comes alive there, and each stands as it was typed."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from playground import Channel, Exchange, Person
from playground.messages import Shown
from store import Database, Installation, People, Settings, utc_now
from store.tables import surveys
from tests.bot_process import ROOT, bot_process
from tests.conftest import lay_schema
from tests.factories import origin
from tests.journey import labels
from tests.proof.alive import JSON, alive, fallback, shown
from tests.proof.figures import Figure, Size
from tests.proof.shifted import MODULE, ShiftedClock, shifted_clock
from tests.proof.stage import TEAM, Stage, stage

FAULT = "hostile titles on every surface"
TOLD_SECONDS = 60.0
DAY = timedelta(days=1)
DUE_IN = 2 * DAY
FALLBACK_MAX = 3_000
AT_ONCE = 32
LATE = "Still saving"
NAMED = 3
"""Faults of each kind that the note names."""

# What Slack sends, and what is to be seen of it: https://docs.slack.dev/messaging/formatting-message-text
PARTS: tuple[tuple[str, str], ...] = (
    ("&lt;!channel&gt;", "<!channel>"),
    ("<!channel>", "@channel"),
    ("<!here|@here>", "@here"),
    ("&lt;!here|here&gt;", "<!here|here>"),
    ("<!everyone>", "@everyone"),
    ("@everyone", "@everyone"),
    ("@channel", "@channel"),
    ("&amp;lt;!here&amp;gt;", "&lt;!here&gt;"),
    ("&amp;amp;lt;!here&gt;", "&amp;lt;!here>"),
    ("&lt;!subteam^S1&gt;", "<!subteam^S1>"),
    ("<!subteam^S1|@devs>", "@devs"),
    ("&lt;@U01&gt;", "<@U01>"),
    ("<@U01|person1>", "@person1"),
    ("&lt;#C01&gt;", "<#C01>"),
    ("<#C01|room1>", "#room1"),
    (
        "&lt;https://bad.example|https://good.example&gt;",
        "<https://bad.example|https://good.example>",
    ),
    ("<https://bad.example|https://good.example>", "https://good.example"),
    ("<https://good.example/a?b=c&amp;d=e>", "https://good.example/a?b=c&d=e"),
    ("https://good.example@bad.example/", "https://good.example@bad.example/"),
    ("[good](https://bad.example)", "[good](https://bad.example)"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("<mailto:a@bad.example|a@good.example>", "a@good.example"),
    ("&lt;!date^1^{date}|today&gt;", "<!date^1^{date}|today>"),
    ("*bold*", "*bold*"),
    ("_slanted_", "_slanted_"),
    ("~struck~", "~struck~"),
    ("`code`", "`code`"),
    ("```", "```"),
    ("&gt; quoted", "> quoted"),
    (":tada:", ":tada:"),
    (":no-such-emoji:", ":no-such-emoji:"),
    ("\u202egpj.exe\u202c", "gpj.exe"),
    ("\u2066\u2067turned\u2069", "turned"),
    ("\u200f\u061cmarked", "marked"),
    ("zero\u200bwidth", "zero\u200bwidth"),
    ("\u2060joined\ufeff", "\u2060joined\ufeff"),
    ("e\u0301\u0302\u0303", "e\u0301\u0302\u0303"),
    ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
    ("two\u2028lines", "two\u2028lines"),
    ("&amp;", "&"),
    ("&amp;nbsp;", "&nbsp;"),
    ("&lt;&lt;b&gt;", "<<b>"),
    ("{{7*7}}", "{{7*7}}"),
    ("%s", "%s"),
    ("\\n", "\\n"),
)


@dataclass(frozen=True)
class Title:
    """A title as Slack sends it, and as it is to be read."""

    sent: str
    seen: str


@dataclass
class Scene:
    """Somebody in a channel with a few tasks, all of which are to be seen.

    `other` is somebody to whom nobody else gives tasks.
    """

    stage: Stage
    clock: ShiftedClock
    person: Person
    other: Person
    channel: Channel
    tasks: dict[int, Title] = field(default_factory=dict)
    added: list[Exchange] = field(default_factory=list)

    async def says(self, text: str) -> Exchange:
        """Type a command, as Slack sends it, and wait for its outcome, which may follow."""
        said = await self.person.command(f"/task {text}", channel=self.channel, escape=False)
        if said.text.startswith(LATE):
            slack = self.stage.slack
            await slack.until(lambda: not said.latest().text.startswith(LATE), TOLD_SECONDS, text)
        return said

    async def says_of_each(self, text: str) -> list[Exchange]:
        """The same of each task."""
        return [await self.says(text.format(number)) for number in self.tasks]

    async def pressed(self, on: Exchange, label: str) -> Shown:
        """What a button brings about."""
        assert label in labels(on.latest()), (label, on.latest().text)
        exchange = await self.person.click(on=on, text=label)
        await self.stage.slack.until(lambda: exchange.shown, TOLD_SECONDS, label)
        return exchange.latest()


Look = Callable[[Scene], Awaitable[Iterable[JSON]]]


async def _added(scene: Scene) -> list[JSON]:
    return _bodies(scene.added)


async def _cards(scene: Scene) -> list[JSON]:
    def cards() -> list[Shown]:
        starts = tuple(f"#{number} " for number in scene.tasks)
        return [one for one in scene.channel.messages if one.text.startswith(starts)]

    there = scene.stage.slack.until(lambda: len(cards()) >= len(scene.tasks), TOLD_SECONDS, "cards")
    await there
    return [_message(one) for one in cards()]


async def _shown(scene: Scene) -> list[JSON]:
    return _bodies(await scene.says_of_each("show {}"))


async def _posted_tasks(scene: Scene) -> list[JSON]:
    shown = await scene.says_of_each("show {}")
    return [_message(await scene.pressed(one, "Post to channel")) for one in shown]


async def _history(scene: Scene) -> list[JSON]:
    return _bodies(await scene.says_of_each("history {}"))


async def _list(scene: Scene) -> list[JSON]:
    return _bodies([await scene.says("list here")])


async def _posted_list(scene: Scene) -> list[JSON]:
    listed = await scene.says("list here")
    return [_message(await scene.pressed(listed, "Post to channel"))]


async def _clicked_list(scene: Scene) -> list[JSON]:
    """After a click the list is drawn anew, with what was done above it."""
    listed = await scene.says("list here todo")
    return [
        _message(await scene.pressed(listed, "Done")),
        *_bodies([await scene.says("undo")]),
    ]


async def _asked(scene: Scene) -> list[JSON]:
    return _bodies([await scene.says(f"delete {_numbers(scene)}")])


async def _moved(scene: Scene) -> list[JSON]:
    return _bodies([await scene.says(f"start {_numbers(scene)}")])


async def _refused(scene: Scene) -> list[JSON]:
    """What could not be read comes back to be copied, word for word."""
    texts = [f"lsit {title.sent}" for title in scene.tasks.values()]
    return _bodies([await scene.says(text) for text in texts])


async def _renamed(scene: Scene) -> list[JSON]:
    """The title that it has already, given once more."""
    each = [f'edit {number} "{title.sent}"' for number, title in scene.tasks.items()]
    return _bodies([await scene.says(text) for text in each])


async def _forms(scene: Scene) -> list[JSON]:
    """What stands in a field is there to be edited; it is as it was typed, too."""
    views: list[JSON] = []
    for number in scene.tasks:
        await scene.says(f"edit {number}")
        views.append({"blocks": scene.person.views[-1].blocks})
        await scene.person.close()
    return views


async def _home(scene: Scene) -> list[JSON]:
    def stands() -> bool:
        runs = shown({"blocks": scene.person.home.blocks if scene.person.home else []})
        return all(any(run.startswith(f"#{at} ") for run in runs) for at in scene.tasks)

    await scene.person.open_home()
    await scene.stage.slack.until(stands, TOLD_SECONDS, "Home")
    return [{"blocks": scene.person.home.blocks}] if scene.person.home else []


async def _direct(scene: Scene) -> list[JSON]:
    """What is said to the one who is given a task."""

    def said() -> list[Shown]:
        names = tuple(f": #{number} " for number in scene.tasks)
        there = scene.stage.team.dm(scene.other).messages
        return [one for one in there if any(name in one.text for name in names)]

    await scene.says_of_each(f"assign {{}} <@{scene.other.id}>")
    await scene.stage.slack.until(lambda: len(said()) >= len(scene.tasks), TOLD_SECONDS, "DMs")
    return [_message(one) for one in said()]


async def _made_due(scene: Scene) -> list[JSON]:
    """Also opens the forms of settings and of the survey, where no title is to stand."""
    await scene.says("settings")
    await scene.says("feedback")
    day = (scene.clock() + DUE_IN).date()
    return _bodies(await scene.says_of_each(f"due {{}} {day} 12:00"))


async def _told(scene: Scene, begin: str) -> list[JSON]:
    """The direct message that begins so and is about these tasks."""

    def said() -> list[Shown]:
        numbers = [f"#{number} " for number in scene.tasks]
        there = scene.stage.team.dm(scene.other).messages
        about = [one for one in there if any(number in one.text for number in numbers)]
        return [one for one in about if one.text.startswith(begin)]

    await scene.stage.slack.until(said, TOLD_SECONDS, begin)
    return [_message(said()[-1])]


async def _reminder(scene: Scene) -> list[JSON]:
    return await _told(scene, "Due ")


async def _digest(scene: Scene) -> list[JSON]:
    return await _told(scene, "Your open tasks")


async def _finished(scene: Scene) -> list[JSON]:
    """Last: what is done stands in no list of open tasks."""
    return _bodies([await scene.says(f"done {_numbers(scene)}")])


SURFACES: Mapping[str, Look] = {
    "answer to add": _added,
    "card": _cards,
    "show": _shown,
    "task posted": _posted_tasks,
    "history": _history,
    "list": _list,
    "list posted": _posted_list,
    "question before deletion": _asked,
    "answer to edit": _renamed,
    "refusal": _refused,
    "form": _forms,
    "list after a click, answer to undo": _clicked_list,
    "answer to start": _moved,
    "Home": _home,
    "direct message": _direct,
    "answer to due": _made_due,
}
"""Each is a look at all tasks of a scene: messages in which every one of their titles stands."""

AFTER: Mapping[str, Look] = {
    "reminder": _reminder,
    "digest": _digest,
    "answer to done": _finished,
}
"""The same once the clock has been turned on to when they are due."""

LOOKS = (*SURFACES, *AFTER)


@dataclass
class Found:
    """What was wrong, of how much."""

    titles: int = 0
    messages: int = 0
    alive: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def compare(self, surface: str, tasks: Mapping[int, Title], messages: Iterable[JSON]) -> None:
        """Look at the messages of one surface."""
        standing, texts = [], []
        for message in messages:
            self.messages += 1
            self.alive += [f"{surface}: {what}" for what in alive(message)]
            standing += [_readable(run) for run in shown(message)]
            if "text" in message:
                texts.append(_readable(fallback(message)))
        for number, title in tasks.items():
            seen = _readable(title.seen)
            if not any(seen in run for run in standing):
                self.other.append(f"{surface}, #{number}: {title.seen!r}")
            if texts and not any(seen in text or len(text) >= FALLBACK_MAX - 50 for text in texts):
                self.other.append(f"{surface} read out, #{number}: {title.seen!r}")


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Bring every surface forth for each title, a few tasks at a time.

    So many titles at a time have a database of their own: cards that wait for their update, of
    which Slack takes 50 a minute, are looked through at every turn of delivery.
    """
    count, each, channels = size.of((10_000, 5, 100), (36, 3, 12))
    titles, found = list(_titles(count)), Found(titles=count)
    free = asyncio.Semaphore(size.of(AT_ONCE, 4))
    for at in range(0, count, each * channels):
        await _played(titles[at : at + each * channels], channels, house, found, free)
    return _figures(found)


async def _played(
    titles: list[Title], channels: int, house: Path, found: Found, free: asyncio.Semaphore
) -> None:
    """A part of them, by a bot of its own."""
    with shifted_clock() as clock:
        # Somebody for each channel: an undo takes back the last change of whoever asks.
        async with stage(channels, channels, clock=lambda: clock().timestamp()) as played:
            # What is posted is looked at, not how fast: the bot keeps its own pace in each channel.
            played.slack.limits.enabled = False
            await _wish_for_digests(played)
            also = clock.environment()
            async with bot_process(
                played.slack, played.path, house=house, also=also, module=MODULE
            ):
                await played.is_known()
                people, places = played.people, played.channels
                scenes = [
                    Scene(played, clock, person, other, channel)
                    for person, other, channel in zip(people, _turned(people), places, strict=True)
                ]
                await _round(scenes, titles, found, free)
            found.alive += _ever_sent(played)


async def _wish_for_digests(played: Stage) -> None:
    """Everybody wants one every day."""
    await lay_schema(played.path)
    database = await Database.open(f"sqlite+aiosqlite:///{played.path}")
    people = People(database, utc_now)
    await people.install(Installation(team_id=TEAM, team_name="Acme", bot_user_id="UBOT01"))
    wanted = Settings(digest=True, weekdays=frozenset(range(1, 8)))
    for person in played.people:
        await people.save_settings(origin(person.id, team_id=TEAM), wanted)
    # And everybody finds the survey below the first answer.
    due = [{"team_id": TEAM, "user_id": person.id, "due_by": "before"} for person in played.people]
    await database.write(lambda c: c.execute(surveys.insert(), due))
    await database.close()


def _turned(people: list[Person]) -> list[Person]:
    return [*people[1:], people[0]]


async def _round(
    scenes: list[Scene], titles: list[Title], found: Found, free: asyncio.Semaphore
) -> None:
    """A few titles for each scene, and then the clock is turned for all of them at once."""
    each = len(titles) // len(scenes)
    batches = [titles[at : at + each] for at in range(0, len(titles), each)]
    some = scenes[0]
    await asyncio.gather(*(_play(*one, found, free) for one in zip(scenes, batches, strict=True)))
    some.clock.turn_to(some.clock() + DUE_IN + DAY)
    # A change has the bot look at its clock.
    await some.says("add What time is it !quiet")
    await asyncio.gather(*(_look(scene, AFTER, found, free) for scene in scenes))


async def _play(
    scene: Scene, batch: Iterable[Title], found: Found, free: asyncio.Semaphore
) -> None:
    scene.tasks, scene.added = {}, []
    async with free:
        await _add(scene, batch)
    await _cards(scene)
    await _look(scene, SURFACES, found, free)


async def _look(
    scene: Scene, surfaces: Mapping[str, Look], found: Found, free: asyncio.Semaphore
) -> None:
    async with free:
        for surface, look in surfaces.items():
            found.compare(surface, scene.tasks, await look(scene))


async def _add(scene: Scene, batch: Iterable[Title]) -> None:
    for title in batch:
        answer = await scene.says(f'add "{title.sent}"')
        said = answer.latest().text
        added = re.match(r"Added #(\d+) ", said)
        assert added, (title, said)
        scene.tasks[int(added[1])] = title
        scene.added.append(answer)


def _titles(count: int) -> Iterator[Title]:
    chance = random.Random(5)  # noqa: S311  # chance, not a secret
    for at in range(count):
        parts = chance.choices(PARTS, k=chance.randint(1, 4))
        if at < len(PARTS):
            parts[0] = PARTS[at]
        between = chance.choice((" ", "", " and "))
        yield Title(
            sent=f"Task {at}: {between.join(sent for sent, _ in parts)}.",
            seen=f"Task {at}: {between.join(seen for _, seen in parts)}.",
        )


def _bodies(exchanges: Iterable[Exchange]) -> list[JSON]:
    """What was answered, or followed."""
    return [
        _message(one.latest()) if one.text.startswith(LATE) else one.body
        for one in exchanges
        if isinstance(one.body, dict)
    ]


def _message(one: Shown) -> dict[str, Any]:
    return {"text": one.text, "blocks": one.blocks}


def _numbers(scene: Scene) -> str:
    return " ".join(map(str, scene.tasks))


def _readable(text: str) -> str:
    """Without what turns the direction of a text, which is left out everywhere."""
    return re.sub("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", "", text)


def _ever_sent(played: Stage) -> list[str]:
    """What came alive in anything that was ever sent to Slack."""
    return [
        f"{call.method}: {what}"
        for call in played.slack.calls
        for message in (call.args, call.args.get("view"))
        if isinstance(message, dict)
        for what in alive(message)
    ]


def _figures(found: Found) -> list[Figure]:
    wrong = "; ".join([*found.alive[:NAMED], *found.other[:NAMED]])
    return [
        Figure(
            id="S5",
            fault=FAULT,
            wanted="live mentions, masked links and turned text 0",
            measured=f"{len(found.alive)} in {found.messages:,} messages",
            reached=not found.alive and found.messages > found.titles,
            note=f"{found.titles:,} titles on {len(LOOKS)} surfaces: {', '.join(LOOKS)}; also "
            "the forms of settings and of the survey, in which none stands, and the line that "
            "offers it. A "
            f"bare web address may be live and shows itself.{f' Wrong: {wrong}' if wrong else ''}",
        ),
        Figure(
            id="S5",
            fault=FAULT,
            wanted="shown text equals typed text",
            measured=f"{len(found.other)} differ, of {found.titles:,} titles on each surface",
            reached=not found.other,
            note="Controls that turn the direction of a text are left out, and only they.",
        ),
    ]
