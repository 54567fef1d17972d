"""Requests that are none of Slack's, and how to knock with them at a bot's door."""

import asyncio
import contextlib
import gzip
import json
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp

from playground.signing import signed_headers
from tests.conftest import SECRET

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
    "view": {"type": "modal", "callback_id": "edit_form", "private_metadata": MARK},
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


def sent_off(**view: Any) -> bytes:
    """A form that was sent off, with other things in its view."""
    sent = FORM_SENT | {"view": FORM_SENT["view"] | view}
    return urlencode({"payload": json.dumps(sent)}).encode()


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
    "a command of a person with a strange name": Knock(form(user_id=f"U01 {MARK}"), 400),
    "a command of a person without end": Knock(form(user_id="U" + "0" * 100), 400),
    "a command from a strange channel": Knock(form(channel_id="../C01"), 400),
    "a command with a trigger without end": Knock(form(trigger_id="1" * 300), 400),
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
    "a click of another team's strange person": Knock(
        click(user={"id": "U01", "team_id": f"T9\n{MARK}"}), 400
    ),
    "a click without actions": Knock(click(actions=None), 400),
    "a click with no action": Knock(click(actions=[]), 400),
    "a click with a string for an action": Knock(click(actions=["task_done"]), 400),
    "a click with a nameless action": Knock(click(actions=[{"type": "button"}]), 400),
    "a click whose channel is a string": Knock(click(channel="C01"), 400),
    "a click whose person is half a character": Knock(click(user={"id": "U\ud83d"}), 400),
    "a click whose trigger is half a character": Knock(click(trigger_id="1.\ud83d"), 400),
    "a click in a list of channels": Knock(click(channel={"id": ["C01"]}), 400),
    "a click on a message with a name": Knock(click(container={"message_ts": "first one"}), 400),
    "a form whose view has a list for an id": Knock(sent_off(id=["V1"]), 400),
    "a form of a team that is an object": Knock(sent_off(team_id={"id": "T01"}), 400),
    "an event without an id": Knock(event(event_id=None), 400, JSON),
    "an event without a team": Knock(event(team_id=None), 400, JSON),
    "an event of no type": Knock(event(event={"user": "U01"}), 400, JSON),
    "an event that is a string": Knock(event(event=MARK), 400, JSON),
    "an event with half a character in its id": Knock(event(event_id="Ev\ud83d"), 400, JSON),
    "an event about a person with half a character for an id": Knock(
        event(event={"type": "team_join", "user": {"id": "\ud83d", "name": MARK}}), 400, JSON
    ),
    "an event about nobody": Knock(event(event={"type": "user_change"}), 400, JSON),
    "an event about a person without an id": Knock(
        event(event={"type": "team_join", "user": {"name": MARK}}), 400, JSON
    ),
    "an event about a person with a list for a profile": Knock(
        event(event=EVENT["event"] | {"user": {"id": "U01", "profile": [MARK]}}), 400, JSON
    ),
    "an event about nobody who came": Knock(
        event(event={"type": "member_joined_channel", "channel": "C01"}), 400, JSON
    ),
    "an event about a Home of nobody": Knock(
        event(event={"type": "app_home_opened", "tab": "home"}), 400, JSON
    ),
    "an event of another kind in a channel that is a number": Knock(
        event(event={"type": "app_mention", "channel": 12}), 400, JSON
    ),
    "an event with a string for its authorizations": Knock(event(authorizations=MARK), 400, JSON),
    "an event with strings for its authorizations": Knock(event(authorizations=[MARK]), 400, JSON),
    "a form sent off that is none": Knock(click(type="view_submission", view=None), 400),
    "a form sent off with nothing for its addresses": Knock(
        click(type="view_submission", view={"type": "modal"}, response_urls=None), 400
    ),
    "a form sent off of no type": Knock(
        click(type="view_submission", view={"callback_id": "new_form"}), 400
    ),
    "a form closed that is none": Knock(click(type="view_closed", view=None), 400),
    "a check without a challenge": Knock(b'{"type": "url_verification"}', 400, JSON),
    "256 KiB and more": Knock(TOO_LARGE, 413),
    "256 KiB and more, unsigned": Knock(TOO_LARGE, 413, headers=without(SIGNATURE)),
}


def begun(*headers: str) -> str:
    """The beginning of a request, up to its body."""
    lines = ("POST /slack/events HTTP/1.1", "Host: localhost", f"Content-Type: {FORM}", *headers)
    return "\r\n".join([*lines, "", ""])


NO_HTTP: dict[str, str] = {
    "no request line": f"{MARK} \x00\x01 HTTP/9\r\n\r\n",
    "TLS": f"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03{MARK}\r\n\r\n",
    "HTTP/2": f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{MARK}",
    "a header without a colon": begun(MARK),
    "a space in a header's name": begun(f"X {MARK}: 1"),
    "NUL in a header": begun(f"X-Mark: {MARK}\x00"),
    "a line end in a header": begun(f"X-Mark: {MARK}\rX-More: 1"),
    "a folded header": begun("X-Mark: 1", f" {MARK}"),
    "a header without end": begun(f"X-Mark: {MARK * 1_000}"),
    "500 headers": begun(*(f"X-{at}: {MARK}" for at in range(500))),
    "a path without end": f"POST /{MARK * 1_000} HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a host that is none": f"POST http://[::{MARK}/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two hosts": begun(f"Host: {MARK}", "Content-Length: 0"),
    "two lengths": begun("Content-Length: 9", "Content-Length: 5") + MARK,
    "a length and chunks": begun("Content-Length: 9", "Transfer-Encoding: chunked") + MARK,
    "a negative length": begun("Content-Length: -9") + MARK,
    "a length with a sign": begun("Content-Length: +9") + MARK,
    "a length in hexadecimal": begun("Content-Length: 0x9") + MARK,
    "an endless length": begun(f"Content-Length: {'9' * 40}") + MARK,
    "an encoding that is none": begun(f"Transfer-Encoding: {MARK}"),
    "chunked twice": begun("Transfer-Encoding: chunked, chunked") + f"9\r\n{MARK}\r\n0\r\n\r\n",
    "a chunk's size in words": begun("Transfer-Encoding: chunked") + f"{MARK}\r\n",
    "a negative chunk": begun("Transfer-Encoding: chunked") + f"-9\r\n{MARK}\r\n",
    "a chunk longer than it says": begun("Transfer-Encoding: chunked") + f"3\r\n{MARK}\r\n",
}
"""In Latin-1. Each is answered with 400 before there is a request."""


async def knocked(events_url: str, knock: Knock, now: float) -> tuple[int, str]:
    """Knock at this moment, and hear the answer."""
    async with knocking(events_url, knock, now) as response:
        return response.status, await response.text()


@contextlib.asynccontextmanager
async def knocking(
    events_url: str, knock: Knock, now: float
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer to a knock at this moment."""
    # Whole seconds, and further from now: 301 s are not to become 300.9 on the way.
    stamp = math.ceil(now + knock.skew) if knock.skew > 0 else now + knock.skew
    headers = knock.headers(signed_headers(SECRET, knock.body, stamp, knock.content_type))
    url = urljoin(events_url, knock.path)
    async with (
        aiohttp.ClientSession() as session,
        session.request(knock.method, url, data=knock.body, headers=headers) as response,
    ):
        yield response


@contextlib.asynccontextmanager
async def connected(
    events_url: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the door, over which nothing was sent yet."""
    parts = urlsplit(events_url)
    reading, writing = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reading, writing
    finally:
        writing.close()
        with contextlib.suppress(ConnectionError):
            await writing.wait_closed()


async def answer_to(events_url: str, said: str) -> bytes:
    """The status line in answer to something that need be no HTTP."""
    async with connected(events_url) as (reading, writing):
        writing.write(said.encode("latin-1"))
        return await asyncio.wait_for(reading.readline(), 5)
