"""What is no request of Slack's stays outside: a status, one short line in the log, and no more."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playground import Channel, Message, Person, Slack, Workspace
from playground.signing import signed_headers
from tests.conftest import SECRET, RunningBot, running_bot, until_known
from tests.knocks import (
    FORM,
    JSON,
    MARK,
    NO_HTTP,
    REFUSED,
    SIGNATURE,
    Knock,
    answer_to,
    begun,
    connected,
    form,
    having,
    knocked,
    knocking,
    without,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
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
        status, said = await heard(still, knock)
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
        status, said = await heard(still, knock)
        assert status == knock.status, f"{why}: {status} {said}"
    assert MARK not in still.output.readouterr().out
    assert contents(still) == before


@pytest.mark.parametrize("skew", [-300, 0, 300])
async def test_a_time_stamp_within_five_minutes_is_let_in(still: RunningBot, skew: int) -> None:
    status, said = await heard(still, Knock(form(), 200, skew=skew))
    assert status == 200
    assert f"Added #1 {MARK}" in said


@pytest.mark.parametrize(
    ("stamp", "way", "seconds", "event"),
    [
        (-90, "ahead of", 90, "clock.skewed"),
        (90, "behind", -90, "clock.skewed"),
        (-3_600, "ahead of", 3_600, "slack.refused"),
        (3_600, "behind", -3_600, "slack.refused"),
    ],
)
async def test_a_clock_that_is_far_from_slacks_is_warned_of_once_a_minute_and_measured(
    still: RunningBot, stamp: int, way: str, seconds: int, event: str
) -> None:
    still.output.readouterr()
    for _ in range(3):
        await heard(still, Knock(form(text="list"), 200, skew=stamp))
    (warning,) = [line for line in still.log() if line["level"] == "warning"]
    assert (warning["event"], warning["skew_seconds"]) == (event, seconds)
    assert warning["advice"] == f"our clock is {way} Slack's: check NTP (timedatectl)"
    assert await still.metric("clock_skew_seconds") == seconds


async def test_a_clock_within_a_minute_of_slacks_is_measured_and_not_warned_of(
    still: RunningBot,
) -> None:
    still.output.readouterr()
    await heard(still, Knock(form(text="list"), 200, skew=-60))
    assert [line["level"] for line in still.log()] == ["info"]
    assert await still.metric("clock_skew_seconds") == 60


async def test_time_stamps_that_slack_did_not_sign_say_nothing_of_our_clock(
    still: RunningBot,
) -> None:
    still.output.readouterr()
    for skew in (-90, -3_600):
        unsigned = Knock(form(), 401, skew=skew, headers=having(X_Slack_Signature="v0=" + "0" * 64))
        assert (await heard(still, unsigned))[0] == 401
    assert [line["level"] for line in still.log()] == ["info", "info"]
    assert await still.metric("clock_skew_seconds") == 0


async def test_the_largest_body_is_let_in(still: RunningBot) -> None:
    room = 256 * 1024 - len(form(text="list "))
    status, said = await heard(still, Knock(form(text="list " + "x" * room), 200))
    assert status == 200
    assert "The text has 262," in json.loads(said)["text"]


async def test_an_endless_body_is_refused_before_it_ends(still: RunningBot) -> None:
    async with connected(still.events_url) as (reading, writing):
        still.output.readouterr()
        writing.write(begun("Transfer-Encoding: chunked").encode())
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


async def test_a_body_in_countless_chunks_is_refused_before_it_ends(still: RunningBot) -> None:
    async with connected(still.events_url) as (reading, writing):
        still.output.readouterr()
        writing.write(begun("Transfer-Encoding: chunked").encode() + b"1\r\nx\r\n" * 2_000)
        assert (await asyncio.wait_for(reading.readline(), 5)).startswith(b"HTTP/1.1 400 ")
        (line,) = still.log()
        assert (line["event"], line["reason"]) == ("slack.refused", "too many chunks")


async def test_a_body_in_a_few_chunks_is_let_in(still: RunningBot) -> None:
    async def in_chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 10):
            yield body[at : at + 10]

    body = form()
    headers = signed_headers(SECRET, body, NOW.timestamp(), FORM)
    async with (
        aiohttp.ClientSession() as session,
        session.post(still.events_url, data=in_chunks(), headers=headers) as response,
    ):
        assert f"Added #1 {MARK}" in await response.text()


async def test_a_body_that_breaks_off_in_the_middle_of_a_chunk_is_refused(
    still: RunningBot,
) -> None:
    async with connected(still.events_url) as (reading, writing):
        still.output.readouterr()
        writing.write(begun("Transfer-Encoding: chunked", "Expect: 100-continue").encode())
        # Now there is a request, whose body is waited for.
        assert await reading.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writing.write(b"3\r\nabc\r\n")
        writing.write(f"{MARK}\r\n".encode())
        assert b" 400 " in await asyncio.wait_for(reading.readline(), 8)
        output = still.output.readouterr().out
        assert [json.loads(line)["event"] for line in output.splitlines()] == ["slack.refused"]
        assert MARK not in output


async def test_a_body_that_never_comes_is_not_waited_for(still: RunningBot) -> None:
    async with connected(still.events_url) as (reading, writing):
        still.output.readouterr()
        writing.write((begun("Content-Length: 100") + MARK).encode())
        answer = await asyncio.wait_for(reading.readline(), 8)
        assert answer.startswith(b"HTTP/1.1 400 ")
        (line,) = still.log()
        assert (line["event"], line["reason"]) == ("slack.refused", "not read")


@pytest.mark.parametrize("said", NO_HTTP.values(), ids=NO_HTTP.keys())
async def test_what_is_not_even_http_leaves_one_short_line_and_nothing_of_it(
    still: RunningBot, said: str
) -> None:
    still.output.readouterr()
    assert b" 400 " in await answer_to(still.events_url, said)
    output = still.output.readouterr().out
    (line,) = output.splitlines()
    assert (json.loads(line)["event"], json.loads(line)["reason"]) == ("slack.refused", "not HTTP")
    assert len(line) <= 300
    assert MARK not in line
    assert await still.metric("slack_interactions_total", kind="other", outcome="refused") == 1


@pytest.mark.parametrize(
    ("knock", "connection"),
    [
        (Knock(form(text="list"), 200), None),
        (Knock(form(text="list"), 401, headers=without(SIGNATURE)), "close"),
        (Knock(b"", 404, method="GET", path="/metrics"), "close"),
    ],
    ids=["Slack", "a stranger", "a stranger elsewhere"],
)
async def test_a_connection_is_kept_for_slack_and_ends_with_a_refusal(
    still: RunningBot, knock: Knock, connection: str | None
) -> None:
    async with knocking(still.events_url, knock, NOW.timestamp()) as response:
        assert response.status == knock.status
        assert response.headers.get("Connection") == connection
        assert "charset=utf-8" in response.headers["Content-Type"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Python" not in response.headers["Server"]


async def test_what_is_not_signed_decides_nothing(still: RunningBot) -> None:
    path = "/slack/events?user_id=U02&team_id=T02&text=list"
    strange = {"X_Forwarded_For": "10.0.0.1", "X_Slack_User_Id": "U02", "Cookie": "user_id=U02"}
    status, said = await heard(still, Knock(form(), 200, path=path, headers=having(**strange)))
    assert (status, f"Added #1 {MARK}" in said) == (200, True)
    assert still.rows("SELECT creator_id FROM tasks") == [("U01",)]


async def test_slacks_own_checks_are_answered(still: RunningBot) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1a"}).encode()
    assert await heard(still, Knock(body, 200, JSON)) == (200, '{"challenge": "3eZbrw1a"}')
    status, _ = await heard(still, Knock(b"ssl_check=1&token=x", 200))
    assert status == 200
    assert await still.metric("slack_interactions_total", kind="other", outcome="answered") == 2


async def heard(bot: RunningBot, knock: Knock) -> tuple[int, str]:
    """Knock while the clock stands still, and hear the answer."""
    return await knocked(bot.events_url, knock, NOW.timestamp())


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
