"""S4: texts that nobody would type, and payloads with any part of them changed, all well signed."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp

from bot.reading.verbs import ALIASES
from playground import Exchange, payloads
from playground.controls import Control, controls
from playground.exchange import Interaction
from playground.forms import filled
from playground.signing import signed_headers
from tests.bot_process import ROOT, bot_process
from tests.conftest import SECRET
from tests.knocks import COMMAND, EVENT, FORM, JSON
from tests.proof.figures import Figure, Size, in_ms, percentile
from tests.proof.stage import Stage, stage
from tests.proof.watch import Log

FAULT = "fuzzed command texts and mutated signed payloads"
AT_ONCE = 4
REPEATED = 20
"""Times that what was slow is sent again: a text that is slow is so each time, a machine not."""
NAMED = 3
"""Bodies that failed and are told in the table."""
SERVER_ERROR = 500
PATIENCE = 20.0

WORDS = (
    *ALIASES,
    *(name for names in ALIASES.values() for name in names),
    *("me", "all", "here", "nobody", "todo", "doing", "open", "overdue", "today", "week", "none"),
    *("high", "!high", "!low", "!quiet", "due", "by", "for", "to", "on", "until", "friday", "fri"),
    *(
        "next",
        "in",
        "3",
        "days",
        "5pm",
        "17:00",
        "25:61",
        "12/3",
        "dec",
        "2026-12-03",
        "2026-02-30",
    ),
    *("eod", "eow", "tonight", "12", "#12", "#0", "-1", "999999999999", "1e9", "\u0661\u0662"),
)
MARKUP = (
    "<@U01|person1>",
    "<@U01>",
    "<@W9|>",
    "<@>",
    "<#C01|room1>",
    "<!channel>",
    "<!subteam^S1|@all>",
    "<!date^1^{date}|x>",
    "<https://x.y|z>",
    "<mailto:a@b|a@b>",
    "<<<>>>",
    "&lt;",
    "&amp;lt;",
    "&",
    "&#0;",
    "@person1",
    "@",
    "`",
    "```",
    "*_~",
    ":tada:",
    "\u201c",
    '"',
    "\u2019",
    "\n",
    "\r\n",
    "\t",
    "\u00a0",
    "\u200b",
    "\u202e",
    "\u2066",
    "\x00",
    "\ud83d",
    "\x1b[31m",
    "\u2028",
    "\U0001f600",
    "e\u0301" * 20,
    "\ufdfa",
    "\u0130",
    "\u212a",
    "%00",
    "'; DROP TABLE tasks; --",
    "{{7*7}}",
    "{0.__class__}",
    "%s%n",
    "../..",
)
REPEATS = (2, 10, 100, 1_000, 5_000)


@dataclass(frozen=True)
class Probe:
    """A body to be signed and sent."""

    body: bytes
    content_type: str = FORM


@dataclass
class Run:
    """What came of all probes."""

    seconds: list[float] = field(default_factory=list)
    failed: list[Probe] = field(default_factory=list)
    slow: list[Probe] = field(default_factory=list)
    faults: int = 0
    slowest_again: float = 0.0


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Send all of them, and whatever was slow again."""
    texts, count, limit = size.of((100_000, 20_000, 0.1), (400, 200, 3.0))
    chance = random.Random(4)  # noqa: S311  # chance, not a secret
    async with (
        stage(people=4, channels=2) as played,
        bot_process(played.slack, played.path, house=house) as bot,
    ):
        await played.is_known()
        run, log, real = Run(), Log(bot), await _interactions(played)
        async with aiohttp.ClientSession() as session:
            door = Door(session, played.slack.request_url)
            await _send(door, _texts(chance, texts), run, limit)
            await _send(door, _payloads(chance, count, real), run, limit)
            run.slowest_again = max(
                [await door.quickest(one, limit) for one in run.slow], default=0.0
            )
        # Slack would refuse what we made up just as well.
        played.slack.violations[:] = [
            it for it in played.slack.violations if not it.startswith("views.")
        ]
        run.faults = sum(b'"level": "error"' in line for line in log.lines())
        return _figures(run, texts, count, limit)


@dataclass(frozen=True)
class Door:
    """Where probes are sent."""

    session: aiohttp.ClientSession
    url: str

    async def status(self, probe: Probe) -> int:
        """Sign it, send it, and hear the status."""
        headers = signed_headers(SECRET, probe.body, time.time(), probe.content_type)
        async with self.session.post(self.url, data=probe.body, headers=headers) as response:
            await response.read()
            return response.status

    async def quickest(self, probe: Probe, limit: float) -> float:
        """The shortest of several answers to the same, until one is short enough."""
        seconds = float("inf")
        for _ in range(REPEATED):
            began = time.perf_counter()
            await self.status(probe)
            seconds = min(seconds, time.perf_counter() - began)
            if seconds < limit:
                break
        return seconds


async def _send(door: Door, probes: Iterator[Probe], run: Run, limit: float) -> None:
    async def send_some() -> None:
        for probe in probes:
            began = time.perf_counter()
            status = await door.status(probe)
            run.seconds.append(time.perf_counter() - began)
            if status >= SERVER_ERROR:
                run.failed.append(probe)
            if run.seconds[-1] > limit:
                run.slow.append(probe)

    await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))


def _texts(chance: random.Random, count: int) -> Iterator[Probe]:
    for at in range(count):
        fields = {"text": text(chance), "user_id": f"U0{chance.randint(1, 4)}"}
        yield _command(at, **fields)


def _command(at: int, **fields: Any) -> Probe:
    command = COMMAND | {"trigger_id": f"{at}.fuzz", "channel_id": "C01"} | fields
    return Probe(urlencode(command, errors="replace").encode())


def text(chance: random.Random) -> str:
    """Words of ours, markup of Slack's, strange characters, and any of them many times."""
    parts = [_part(chance) for _ in range(chance.randint(0, 12))]
    return chance.choice((" ", "", "  ", "\n")).join(parts)


def _part(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.45:
        return chance.choice(WORDS)
    if kind < 0.8:
        return chance.choice(MARKUP)
    if kind < 0.95:
        return "".join(chr(_code_point(chance)) for _ in range(chance.randint(1, 30)))
    return chance.choice((*WORDS, *MARKUP, " ", "a", "<", "0")) * chance.choice(REPEATS)


def _code_point(chance: random.Random) -> int:
    code = chance.choice((chance.randint(0, 0x2FF), chance.randint(0, 0x10FFFF)))
    return 0x20 if 0xD800 <= code <= 0xDFFF else code


Real = tuple[dict[str, Any], ...]


def _payloads(chance: random.Random, count: int, real: Real) -> Iterator[Probe]:
    for at in range(count):
        kinds = (_mutated_command, _interaction, _interaction, _mutated_event)
        probe = chance.choice(kinds)(chance, at, real)
        yield _torn(chance, probe) if chance.random() < 0.2 else probe


def _mutated_command(chance: random.Random, at: int, _real: Real) -> Probe:
    fields = COMMAND | {"trigger_id": f"{at}.payload", "response_url": "https://localhost/x"}
    for _ in range(chance.randint(1, 3)):
        fields[chance.choice([*fields, "payload", "ssl_check"])] = text(chance)
    return Probe(urlencode(fields, errors="replace").encode())


async def _interactions(played: Stage) -> tuple[dict[str, Any], ...]:
    """Clicks in messages and in Home, forms, and both shortcuts, as Slack sends them."""
    person, channel = played.people[0], played.channels[0]
    await person.command("/task add Fix login", channel=channel)
    shown = await person.command("/task show 1", channel=channel)
    await person.command("/task edit 1", channel=channel)
    await person.open_home()
    await played.slack.until(lambda: person.home, PATIENCE, "Home")
    assert person.modal
    assert person.home
    written = person.says("Fix the login page", channel=channel)
    real = (
        *(payloads.message_action(person, channel, shown.latest(), it) for it in _all_of(shown)),
        *(payloads.view_action(person, person.home, it, {}) for it in controls(person.home)),
        payloads.submission(person, person.modal, filled(person.modal, {})),
        payloads.closing(person, person.modal),
        payloads.shortcut(person, "new_task"),
        payloads.message_shortcut(person, channel, written, "make_task"),
    )
    return tuple(map(_decoded, real))


def _decoded(interaction: Interaction) -> dict[str, Any]:
    (payload,) = parse_qs(interaction.body.decode())["payload"]
    # A response_url can be used five times.
    return {**json.loads(payload), "response_url": "https://localhost/x"}


def _all_of(shown: Exchange) -> Iterator[Control]:
    return controls(shown.latest())


def _interaction(chance: random.Random, at: int, real: Real) -> Probe:
    whole = chance.choice(real) | {"trigger_id": f"{at}.click"}
    return Probe(urlencode({"payload": json.dumps(mutated(chance, whole))}).encode())


EVENTS: tuple[dict[str, Any], ...] = (
    {
        "type": "user_change",
        "user": {
            "id": "U01",
            "team_id": "T01",
            "name": "x",
            "real_name": "x",
            "tz": "UTC",
            "updated": 1,
            "is_restricted": False,
            "profile": {"display_name": "x"},
        },
    },
    {"type": "team_join", "user": {"id": "U09", "is_bot": False}},
    {"type": "member_joined_channel", "user": "U01", "channel": "C01", "team": "T01"},
    {"type": "member_left_channel", "user": "U01", "channel": "C01"},
    {"type": "app_home_opened", "user": "U01", "channel": "D01", "tab": "home"},
    {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}},
)


def _mutated_event(chance: random.Random, at: int, _real: Real) -> Probe:
    whole = EVENT | {"event_id": f"Ev{at}", "event": chance.choice(EVENTS)}
    return Probe(json.dumps(mutated(chance, whole)).encode(), JSON)


def _torn(chance: random.Random, probe: Probe) -> Probe:
    """Bytes changed at random, wherever they stand."""
    torn = bytearray(probe.body)
    for _ in range(chance.randint(1, 8)):
        torn[chance.randrange(len(torn))] = chance.randrange(256)
    return Probe(bytes(torn), probe.content_type)


OTHER: tuple[Callable[[random.Random], Any], ...] = (
    lambda _: None,
    lambda _: True,
    lambda _: [],
    lambda _: {},
    lambda _: "",
    lambda chance: chance.choice((0, -1, 1e308, 2**63, 2**70)),
    lambda chance: [text(chance)] * 3,
    lambda chance: {text(chance): text(chance)},
    text,
    text,
)


def mutated(chance: random.Random, whole: Any) -> Any:
    """The same with some part left out, or something else in its place."""
    if isinstance(whole, dict) and whole and chance.random() < 0.9:
        name = chance.choice([*whole])
        rest = {key: value for key, value in whole.items() if key != name}
        return rest if chance.random() < 0.1 else whole | {name: mutated(chance, whole[name])}
    if isinstance(whole, list) and whole and chance.random() < 0.85:
        return [mutated(chance, whole[0]), *whole[1:]]
    return chance.choice(OTHER)(chance)


def _figures(run: Run, texts: int, payloads: int, limit: float) -> list[Figure]:
    slowest = run.slowest_again if run.slow else max(run.seconds)
    return [
        Figure(
            id="S4",
            fault=FAULT,
            wanted="5xx 0, tracebacks 0",
            measured=f"{len(run.failed)} and {run.faults}, of {texts:,} texts and "
            f"{payloads:,} payloads",
            reached=not run.failed and not run.faults,
            note="; ".join(repr(one.body) for one in run.failed[:NAMED]),
        ),
        Figure(
            id="S4",
            fault=FAULT,
            wanted=f"slowest < {in_ms(limit)}",
            measured=f"{in_ms(slowest)}; p99 {in_ms(percentile(run.seconds, 99))}",
            reached=slowest < limit,
            note=f"{AT_ONCE} at once. What took longer was sent up to {REPEATED} times more, and "
            f"its quickest answer counts: {len(run.slow):,} were. What is slow by its text is slow "
            "each time; what waited for the disk or for another process is not.",
        ),
    ]
