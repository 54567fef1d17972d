"""What is no request of Slack's stays outside: a status, one short line in the log, and no more."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest

from playground import Channel, Message, Person, Slack, Workspace
from playground.signing import signed_headers
from tests.conftest import SECRET, RunningBot, running_bot, until_known

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
MARK = "Hush-hush"
"""Stands in every body; what was refused is never logged."""

COMMAND = {
    "team_id": "T01",
    "user_id": "U01",
    "channel_id": "C01",
    "channel_name": "dev",
    "command": "/task",
    "text": f"add {MARK}",
    "trigger_id": "1.2.3",
}
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T01"},
    "user": {"id": "U01"},
    "trigger_id": "1.2.3",
    "actions": [
        {"type": "button", "action_id": "task_done", "value": "1", "block_id": f"card|1|||{MARK}"}
    ],
}
FORM_SENT: dict[str, Any] = {
    "type": "view_submission",
    "team": {"id": "T01"},
    "user": {"id": "U01"},
    "trigger_id": "1.2.3",
    "view": {"callback_id": "edit_form", "private_metadata": MARK},
}
EVENT: dict[str, Any] = {
    "type": "event_callback",
    "team_id": "T01",
    "event_id": "Ev1",
    "event": {"type": "user_change", "user": {"id": "U01", "name": MARK}},
}

Headers = Callable[[dict[str, str]], dict[str, str]]


@dataclass(frozen=True)
class Knock:
    """A request at the door; well signed unless `headers` spoils that."""

    body: bytes
    status: int
    content_type: str = FORM
    headers: Headers = field(default=lambda headers: headers)
    skew: int = 0
    method: str = "POST"
    path: str = "/slack/events"


def form(**fields: Any) -> bytes:
    """A command with other fields; None leaves one out."""
    kept = {name: value for name, value in (COMMAND | fields).items() if value is not None}
    return urlencode(kept).encode()


def click(**fields: Any) -> bytes:
    """A click with other fields."""
    return urlencode({"payload": json.dumps(CLICK | fields)}).encode()


def sent_off(**fields: Any) -> bytes:
    """A form that was sent off, with other fields."""
    return urlencode({"payload": json.dumps(FORM_SENT | fields)}).encode()


def payload(text: str) -> bytes:
    """A form whose payload is this text."""
    return urlencode({"payload": text}).encode()


def event(**fields: Any) -> bytes:
    """An event with other fields."""
    return json.dumps(EVENT | fields).encode()


def without(name: str) -> Headers:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def having(**changed: str) -> Headers:
    """Headers with others in their place, whose names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in changed.items()}
    return lambda headers: headers | named


def shortened_signature(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"X-Slack-Signature": headers["X-Slack-Signature"][:-1]}


STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
TOO_LARGE = form(text=MARK + "x" * 256 * 1024)
DEEP = "[" * 20_000 + "]" * 20_000

REFUSED: dict[str, Knock] = {
    "no signature": Knock(form(), 401, headers=without(SIGNATURE)),
    "empty signature": Knock(form(), 401, headers=having(X_Slack_Signature="")),
    "wrong signature": Knock(form(), 401, headers=having(X_Slack_Signature="v0=" + "0" * 64)),
    "signature cut short": Knock(form(), 401, headers=shortened_signature),
    "signature beyond ASCII": Knock(form(), 401, headers=having(X_Slack_Signature="v0=é")),
    "signature of another body": Knock(form(), 401, headers=having(X_Slack_Signature="v1=abc")),
    "no time stamp": Knock(form(), 401, headers=without(STAMP)),
    "empty time stamp": Knock(form(), 401, headers=having(X_Slack_Request_Timestamp="")),
    "time stamp in words": Knock(form(), 401, headers=having(X_Slack_Request_Timestamp="now")),
    "negative time stamp": Knock(form(), 401, headers=having(X_Slack_Request_Timestamp="-1")),
    "endless time stamp": Knock(form(), 401, headers=having(X_Slack_Request_Timestamp="1" * 5_000)),
    "other digits": Knock(form(), 401, headers=having(X_Slack_Request_Timestamp="١٢٣")),
    "301 s late": Knock(form(), 401, skew=-301),
    "301 s early": Knock(form(), 401, skew=301),
    "no body": Knock(b"", 400),
    "no body, as JSON": Knock(b"", 400, JSON),
    "a type that is not Slack's": Knock(form(), 400, "text/plain"),
    "no type": Knock(form(), 400, headers=having(Content_Type="")),
    "XML": Knock(f"<a>{MARK}</a>".encode(), 400, "application/xml"),
    "a file": Knock(form(), 400, "multipart/form-data; boundary=x"),
    "packed": Knock(gzip.compress(form()), 400, headers=having(Content_Encoding="gzip")),
    "said to be packed": Knock(form(), 400, headers=having(Content_Encoding="gzip")),
    "broken JSON": Knock(b'{"a": "' + MARK.encode(), 400, JSON),
    "JSON that is a list": Knock(f'["{MARK}"]'.encode(), 400, JSON),
    "JSON that is a number": Knock(b"12", 400, JSON),
    "JSON that goes deep": Knock(DEEP.encode(), 400, JSON),
    "JSON with endless digits": Knock(b"1" * 5_000, 400, JSON),
    "JSON of no kind": Knock(json.dumps({"a": MARK}).encode(), 400, JSON),
    "JSON that is not UTF-8": Knock(b'{"type": "\xff\xfe"}', 400, JSON),
    "a form that is not UTF-8": Knock(b"command=%2Ftask&text=\xff\xfe", 400),
    "too many fields": Knock(form() + b"&x=1" * 200, 400),
    "a command without a team": Knock(form(team_id=None), 400),
    "a command without a person": Knock(form(user_id=None), 400),
    "a command without a name": Knock(form(command=None), 400),
    "a command without a trigger": Knock(form(trigger_id=None), 400),
    "a command with an empty team": Knock(form(team_id=""), 400),
    "a command from an endless channel": Knock(form(channel_id="C" * 256), 400),
    "a command with U+0000 for a person": Knock(form(user_id="U\x00"), 400),
    "a payload that is no JSON": Knock(payload(MARK), 400),
    "a payload that is a list": Knock(payload(f'["{MARK}"]'), 400),
    "a payload that is a string": Knock(payload(f'"{MARK}"'), 400),
    "a payload that goes deep": Knock(payload(DEEP), 400),
    "a payload without a type": Knock(click(type=None), 400),
    "a click without a person": Knock(click(user=None), 400),
    "a click whose person is a string": Knock(click(user="U01"), 400),
    "a click without a team": Knock(click(team={}), 400),
    "a click without a trigger": Knock(click(trigger_id=""), 400),
    "a click without actions": Knock(click(actions=None), 400),
    "a click with no action": Knock(click(actions=[]), 400),
    "a click with a string for an action": Knock(click(actions=["task_done"]), 400),
    "a click with a nameless action": Knock(click(actions=[{"type": "button"}]), 400),
    "a click whose channel is a string": Knock(click(channel="C01"), 400),
    "a click whose person is half a character": Knock(click(user={"id": "U\ud83d"}), 400),
    "a click whose trigger is half a character": Knock(click(trigger_id="1.\ud83d"), 400),
    "a click in a list of channels": Knock(click(channel={"id": ["C01"]}), 400),
    "a click on a message with a name": Knock(click(container={"message_ts": "first one"}), 400),
    "a form without a view": Knock(sent_off(view=None), 400),
    "a form whose view is a list": Knock(sent_off(view=[]), 400),
    "a form whose view has a list for an id": Knock(sent_off(view={"id": ["V1"]}), 400),
    "a form of a team that is an object": Knock(sent_off(view={"team_id": {"id": "T01"}}), 400),
    "an event without an id": Knock(event(event_id=None), 400, JSON),
    "an event without a team": Knock(event(team_id=None), 400, JSON),
    "an event of no type": Knock(event(event={"user": "U01"}), 400, JSON),
    "an event that is a string": Knock(event(event=MARK), 400, JSON),
    "a check without a challenge": Knock(b'{"type": "url_verification"}', 400, JSON),
    "256 KiB and more": Knock(TOO_LARGE, 413),
    "256 KiB and more, unsigned": Knock(TOO_LARGE, 413, headers=without(SIGNATURE)),
}

ELSEWHERE: dict[str, Knock] = {
    "GET": Knock(b"", 405, method="GET"),
    "PUT": Knock(form(), 405, method="PUT"),
    "another path": Knock(form(), 404, path="/"),
    "a path below": Knock(form(), 404, path="/slack/events/more"),
    "the operator's path": Knock(b"", 404, method="GET", path="/metrics"),
}


@pytest.fixture
async def still(
    slack: Slack, team: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[RunningBot]:
    """A bot whose clock stands still, so that 300 s are 300 s."""
    async with running_bot(slack, tmp_path / "taskbot.db", capsys, clock=lambda: NOW) as running:
        await until_known(running, len(team.people))
        yield running


async def test_what_is_malformed_or_not_signed_is_refused_in_one_short_line(
    still: RunningBot,
) -> None:
    before = contents(still)
    still.output.readouterr()
    for why, knock in REFUSED.items():
        status, said = await knocked(still, knock)
        assert status == knock.status, f"{why}: {status} {said}"
        assert MARK not in said, why
        lines = still.output.readouterr().out.splitlines()
        assert [json.loads(line)["event"] for line in lines] == ["slack.refused"], why
        assert len(lines[0].encode()) <= 300, why
        assert MARK not in lines[0], why
    counted = await still.metric("slack_interactions_total", kind="other", outcome="refused")
    assert counted == len(REFUSED)
    assert contents(still) == before


async def test_other_paths_and_methods_are_not_there(still: RunningBot) -> None:
    before = contents(still)
    for why, knock in ELSEWHERE.items():
        status, said = await knocked(still, knock)
        assert status == knock.status, f"{why}: {status} {said}"
    assert MARK not in still.output.readouterr().out
    assert contents(still) == before


@pytest.mark.parametrize("skew", [-300, 0, 300])
async def test_a_time_stamp_within_five_minutes_is_let_in(still: RunningBot, skew: int) -> None:
    status, said = await knocked(still, Knock(form(), 200, skew=skew))
    assert status == 200
    assert f"Added #1 {MARK}" in said


async def test_the_largest_body_is_let_in(still: RunningBot) -> None:
    room = 256 * 1024 - len(form(text="list "))
    status, said = await knocked(still, Knock(form(text="list " + "x" * room), 200))
    assert status == 200
    assert "The text has 262," in json.loads(said)["text"]


async def test_an_endless_body_is_refused_before_it_ends(still: RunningBot) -> None:
    reading, writing = await opened(still)
    still.output.readouterr()
    writing.write(head("Transfer-Encoding: chunked"))
    sent = 0
    with contextlib.suppress(ConnectionError):
        while not reading.at_eof() and sent < 4 * 1024 * 1024 and not writing.is_closing():
            writing.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await asyncio.wait_for(writing.drain(), 5)
            await asyncio.sleep(0)  # the bot reads in the same loop: it needs its turn
            sent += 0x10000
            if still.log("slack.refused"):
                break
    assert (await reading.readline()).startswith(b"HTTP/1.1 413 ")
    assert sent <= 1024 * 1024
    await closed(writing)


async def test_a_body_that_never_comes_is_not_waited_for(still: RunningBot) -> None:
    reading, writing = await opened(still)
    still.output.readouterr()
    writing.write(head("Content-Length: 100") + MARK.encode())
    answer = await asyncio.wait_for(reading.readline(), 8)
    assert answer.startswith(b"HTTP/1.1 400 ")
    (line,) = still.log()
    assert (line["event"], line["reason"]) == ("slack.refused", "not read")
    await closed(writing)


async def test_what_is_not_even_http_leaves_nothing_of_it_in_the_log(still: RunningBot) -> None:
    reading, writing = await opened(still)
    writing.write(f"{MARK} \x00\x01 HTTP/9\r\n\r\n".encode())
    assert b" 400 " in await asyncio.wait_for(reading.readline(), 5)
    await closed(writing)
    assert MARK not in still.output.readouterr().out


async def test_slacks_own_checks_are_answered(still: RunningBot) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1a"}).encode()
    assert await knocked(still, Knock(body, 200, JSON)) == (200, '{"challenge": "3eZbrw1a"}')
    status, _ = await knocked(still, Knock(b"ssl_check=1&token=x", 200))
    assert status == 200
    assert await still.metric("slack_interactions_total", kind="other", outcome="answered") == 2


async def knocked(bot: RunningBot, knock: Knock) -> tuple[int, str]:
    """Knock, and hear the answer."""
    now = NOW.timestamp() + knock.skew
    headers = knock.headers(signed_headers(SECRET, knock.body, now, knock.content_type))
    parts = urlsplit(bot.events_url)
    url = f"{parts.scheme}://{parts.netloc}{knock.path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(knock.method, url, data=knock.body, headers=headers) as response,
    ):
        return response.status, await response.text()


def contents(bot: RunningBot) -> list[Any]:
    """Everything that a stranger might have written."""
    return [
        bot.rows("SELECT * FROM tasks"),
        bot.rows("SELECT * FROM task_events"),
        bot.rows("SELECT * FROM requests"),
        bot.rows("SELECT * FROM notices"),
        bot.rows("SELECT * FROM people ORDER BY user_id"),
        bot.rows("SELECT * FROM channels"),
        bot.rows("SELECT team_id, last_number, command FROM installations"),
    ]


async def opened(bot: RunningBot) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(bot.events_url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def closed(writing: asyncio.StreamWriter) -> None:
    writing.close()
    with contextlib.suppress(ConnectionError):
        await writing.wait_closed()


def head(length: str) -> bytes:
    """The beginning of a request, before its body."""
    lines = ("POST /slack/events HTTP/1.1", "Host: localhost", f"Content-Type: {FORM}", length)
    return "\r\n".join([*lines, "", ""]).encode()


STRANGE_BUTTONS: dict[str, dict[str, Any]] = {
    "a number that is none": {"action_id": "task_done", "value": "twelve"},
    "a number too large": {"action_id": "task_done", "value": "9" * 30},
    "a negative number": {"action_id": "task_done", "value": "-1"},
    "other digits": {"action_id": "task_done", "value": "١٢"},
    "no value": {"action_id": "task_start"},
    "SQL": {"action_id": "task_done", "value": "1; DROP TABLE tasks"},
    "a place that is none": {"action_id": "task_done", "value": "1", "block_id": "here"},
    "an empty place": {"action_id": "list_more", "value": ">1.1", "block_id": "|||"},
    "a page that is none": {"action_id": "list_more", "value": "next", "block_id": "list||||all"},
    "an action that we never drew": {"action_id": "task_explode", "value": "1"},
    "a menu without a choice": {"action_id": "task_menu", "block_id": "card|1|||"},
    "a text that is none": {"action_id": "text_add", "value": None},
}


@pytest.mark.parametrize("strange", STRANGE_BUTTONS.values(), ids=STRANGE_BUTTONS.keys())
async def test_a_button_that_we_never_drew_is_refused_in_words(
    bot: RunningBot,
    slack: Slack,
    team: Workspace,
    maya: Person,
    dev: Channel,
    strange: dict[str, Any],
) -> None:
    await maya.command("/task add Fix login !quiet", channel=dev)
    bot.log()
    pressed = await maya.click(on=with_button(team, dev, strange))
    assert (pressed.status, pressed.body) == (200, "")
    await slack.until(lambda: pressed.shown, why="words for it")
    assert "I do not know this button" in pressed.latest().text
    assert [line["outcome"] for line in bot.log("slack.interaction")] == ["rejected"]
    assert await bot.metric("slack_interactions_total", kind="action", outcome="rejected") == 1
    assert bot.rows("SELECT status, version FROM tasks") == [("todo", 1)]


def with_button(team: Workspace, channel: Channel, strange: dict[str, Any]) -> Message:
    """A message with a button that Slack would sign a click on."""
    button = {"type": "button", "text": {"type": "plain_text", "text": "?"}} | strange
    block_id = button.pop("block_id", "words|1|||")
    row = {"type": "actions", "block_id": block_id, "elements": [button]}
    return team.bot_message(channel.id, "Strange", blocks=[row])
