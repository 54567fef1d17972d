"""S1: strangers knock, unsigned or with what is no payload; each leaves one short line."""

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bot_process import ROOT, BotProcess, bot_process
from tests.knocks import (
    CLICK,
    EVENT,
    JSON,
    MARK,
    NO_HTTP,
    REFUSED,
    SIGNATURE,
    STAMP,
    Knock,
    answer_to,
    form,
    having,
    knocked,
    payload,
)
from tests.proof.figures import Figure, Size
from tests.proof.stage import stage
from tests.proof.watch import Log

FAULT = "malformed or unsigned requests"
STATUSES = {400, 401, 413}
LINE_MAX = 300
NOT_THESE: tuple[Any, ...] = (None, 1, True, "", [], {}, [MARK], {"id": 1}, {MARK: MARK})
"""What stands where Slack has a text."""

ON_THE_WAY: dict[str, list[tuple[str, ...]]] = {
    "click": [("type",), ("user",), ("user", "id"), ("team", "id"), ("trigger_id",), ("actions",)],
    "event": [("event_id",), ("team_id",), ("event",), ("event", "type"), ("type",)],
}
"""What each of these needs, by the way that leads there."""

SIGNATURES = (
    "v0",
    "v0=",
    "v0 =",
    "0" * 64,
    "v0=" + "0" * 63,
    "v0=" + "0" * 65,
    "v0=" + "0" * 4_000,
    "v0=" + "g" * 64,
    "v0=" + "\u0660" * 64,
    "v0=" + "0" * 64 + ", v0=" + "1" * 64,
    "v2=" + "0" * 64,
    "sha256=" + "0" * 64,
    "null",
    "undefined",
    "' OR '1'='1",
    "../../etc/passwd",
    "%00",
    "${jndi:ldap://localhost/a}",
)
STAMPS = ("0", "1", "1e9", "0x65", "+1", "1.5", "1 2", "NaN", "inf", "-0", "9" * 10, "9" * 4_000)
TYPES = (
    "text/html",
    "application/jsonp",
    "application/x-www-form-urlencoded2",
    "application",
    "/",
    ";charset=utf-8",
    "application/*",
    "*/*",
    "application/octet-stream",
    "application/json-patch+json",
    "multipart/form-data",
    "x" * 4_000,
)
CHARSETS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037")
ENCODINGS = ("deflate", "br", "zstd", "identity", "gzip, gzip", MARK)


@dataclass(frozen=True)
class Seen:
    """What came of one knock."""

    status: int
    wanted: int
    lines: list[bytes]


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Knock 200 times and more, and look at the status, the log and the database."""
    every = size.of(1, 4)
    async with (
        stage(people=1, channels=1) as played,
        bot_process(played.slack, played.path, house=house) as bot,
    ):
        await played.is_known()
        before = _contents(bot)
        seen = await _knock(played.slack.request_url, Log(bot), every)
        return _figures(seen, size.of(200, 50), is_same=_contents(bot) == before)


def knocks() -> Iterator[Knock]:
    """Everything that is HTTP, and none of Slack's requests."""
    yield from REFUSED.values()
    yield from (Knock(form(), 401, headers=having(**{SIGNATURE: it})) for it in SIGNATURES)
    yield from (Knock(form(), 401, headers=having(**{STAMP: it})) for it in STAMPS)
    yield from (Knock(form(), 400, it) for it in TYPES)
    yield from (Knock(form(), 400, headers=having(Content_Encoding=it)) for it in ENCODINGS)
    for charset in CHARSETS:
        body = json.dumps(EVENT).encode(charset)
        yield Knock(body, 400, f"{JSON}; charset={charset}")
    for name, value in itertools.product(
        ("team_id", "user_id", "command", "trigger_id"), ("", None)
    ):
        yield Knock(form(**{name: value}), 400)
    for way, value in itertools.product(ON_THE_WAY["click"], NOT_THESE):
        yield Knock(payload(json.dumps(_with(CLICK, way, value))), 400)
    for way, value in itertools.product(ON_THE_WAY["event"], NOT_THESE):
        yield Knock(json.dumps(_with(EVENT, way, value)).encode(), 400, JSON)
    for depth in (10, 1_000, 20_000):
        yield Knock(b'{"a":' * depth, 400, JSON)


def _with(whole: dict[str, Any], way: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy with another value at the end of this way."""
    first, *rest = way
    return whole | {first: _with(whole[first], tuple(rest), value) if rest else value}


async def _knock(url: str, log: Log, every: int) -> list[Seen]:
    """Knock with one in so many of them, one after the other."""
    seen = []
    for knock in itertools.islice(knocks(), 0, None, every):
        status, _ = await knocked(url, knock, time.time())
        seen.append(Seen(status, knock.status, log.lines()))
    for said in itertools.islice(NO_HTTP.values(), 0, None, every):
        line = await answer_to(url, said)
        seen.append(Seen(int(line.split()[1]), 400, log.lines()))
    return seen


def _contents(bot: BotProcess) -> list[Any]:
    """Everything that a stranger might have written."""
    tables = ("tasks", "task_events", "requests", "notices", "people", "channels")
    return [bot.rows(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608  # made here


def _figures(seen: list[Seen], least: int, *, is_same: bool) -> list[Figure]:
    others = sum(one.status not in STATUSES for one in seen)
    wrong = sum(one.status != one.wanted for one in seen)
    talkative = sum(len(one.lines) != 1 for one in seen)
    lines = [line for one in seen for line in one.lines]
    longest = max(map(len, lines), default=0)
    leaked = sum(MARK.encode() in line for line in lines)
    return [
        Figure(
            id="S1",
            fault=FAULT,
            wanted=f"400, 401 or 413 for each of at least {least}, nothing written",
            measured=f"{others} others and {wrong} not the right one, of {len(seen)}; "
            f"{'nothing' if is_same else 'something'} written",
            reached=len(seen) >= least and not others and not wrong and is_same,
        ),
        Figure(
            id="S1",
            fault=FAULT,
            wanted=f"one log line of at most {LINE_MAX} bytes each, no word of the body in it",
            measured=f"{talkative} with none or several; the longest has {longest} bytes; "
            f"{leaked} with words of the body",
            reached=not talkative and longest <= LINE_MAX and not leaked,
            note=f"{len(NO_HTTP)} kinds of them are no HTTP at all.",
        ),
    ]
