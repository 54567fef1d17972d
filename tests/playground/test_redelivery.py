"""Events that the app does not take come again, when Slack would send them."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from aiohttp import web
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from playground import Channel, Exchange, Person, Slack, Workspace
from tests.playground.conftest import Bot, Clock

SCALE = 1 / 1200
"""A minute takes 50 ms, five take 250."""
UNINSTALLED = {"type": "app_uninstalled"}


class Moment(SignatureClock):
    """The stand-in's clock for Slack's own check of signatures."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock()


class Moody:
    """Answers one request after the other as it was told, and keeps when each came."""

    def __init__(self, *answers: Callable[[], web.Response]) -> None:
        self._answers = list(answers)
        self.came: list[float] = []
        self.answered: list[float] = []

    async def __call__(self, _request: web.Request) -> web.Response:
        self.came.append(time.monotonic())
        answer = self._answers.pop(0)()
        self.answered.append(time.monotonic())
        return answer


def ok() -> web.Response:
    return web.Response(status=204)


def failing() -> web.Response:
    return web.Response(status=500)


def discouraging() -> web.Response:
    return web.Response(status=500, headers={"x-slack-no-retry": "1"})


@pytest.fixture(autouse=True)
def scaled(slack: Slack) -> None:
    slack.retry_scale = SCALE


async def settled(slack: Slack) -> None:
    """Wait until no event is sent again any more."""
    await slack.until(lambda: not slack.redelivering, why="the end of the repetitions")


def tried(bot: Bot) -> list[tuple[str | None, str | None]]:
    """What each request says of its being a repetition."""
    return [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
        for _, headers in bot.requests
    ]


async def test_by_default_an_event_is_sent_once() -> None:
    async with Slack.running() as slack:
        ws = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
        slack.request_url = "http://127.0.0.1:1/slack/events"
        first = await ws.event(UNINSTALLED)
        assert first.failure == "connection_failed"
        assert slack.redelivering == set()
        assert first.redeliveries == []


async def test_an_event_that_was_taken_does_not_come_again(
    slack: Slack, bot: Bot, ws: Workspace
) -> None:
    first = await ws.event(UNINSTALLED)
    await settled(slack)
    assert first.failure is None
    assert tried(bot) == [(None, None)]


async def test_it_comes_again_at_once_after_a_minute_and_after_five(
    slack: Slack, bot: Bot, ws: Workspace
) -> None:
    bot.answer = moody = Moody(failing, failing, failing, failing)
    first = await ws.event(UNINSTALLED)
    await settled(slack)
    assert tried(bot) == [(None, None), *((number, "http_error") for number in "123")]
    assert [again.status for again in first.redeliveries] == [500, 500, 500]
    pauses = [
        came - answered for answered, came in zip(moody.answered, moody.came[1:], strict=False)
    ]
    for pause, scaled_pause in zip(pauses, (0, 60 * SCALE, 300 * SCALE), strict=True):
        assert scaled_pause <= pause < scaled_pause + 1


async def test_it_is_the_same_event_freshly_signed(
    slack: Slack, bot: Bot, ws: Workspace, clock: Clock
) -> None:
    def failing_for_a_minute() -> web.Response:
        clock.advance(60)
        return failing()

    bot.answer = Moody(*[failing_for_a_minute] * 4)
    await ws.event(UNINSTALLED)
    await settled(slack)
    assert len({body for body, _ in bot.requests}) == 1
    stamps = [int(headers["X-Slack-Request-Timestamp"]) for _, headers in bot.requests]
    assert [later - earlier for earlier, later in pairwise(stamps)] == [60] * 3
    body, headers = bot.requests[-1]
    clock.advance(-60)
    assert SignatureVerifier("shhh", Moment(clock)).is_valid_request(body, headers)


@pytest.mark.parametrize("failures", [1, 2, 3])
async def test_it_ends_with_the_first_success(
    slack: Slack, bot: Bot, ws: Workspace, failures: int
) -> None:
    bot.answer = Moody(*[failing] * failures, ok)
    first = await ws.event(UNINSTALLED)
    await settled(slack)
    assert len(bot.requests) == failures + 1
    assert [again.failure for again in first.redeliveries] == ["http_error"] * (failures - 1) + [
        None
    ]


@pytest.mark.parametrize("failures", [0, 1])
async def test_it_ends_when_the_app_wants_no_more(
    slack: Slack, bot: Bot, ws: Workspace, failures: int
) -> None:
    bot.answer = Moody(*[failing] * failures, discouraging)
    await ws.event(UNINSTALLED)
    await settled(slack)
    assert len(bot.requests) == failures + 1


async def test_another_event_comes_again_all_the_same(
    slack: Slack, bot: Bot, ws: Workspace, maya: Person
) -> None:
    bot.answer = Moody(discouraging, failing, ok)
    await ws.event(UNINSTALLED)
    changed = await ws.user_change(maya)
    await settled(slack)
    assert [again.status for again in changed.redeliveries] == [204]


async def test_no_answer_in_time_is_a_failure(slack: Slack, bot: Bot, ws: Workspace) -> None:
    async def never(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return ok()

    slack.deadline = 0.05
    bot.answer = never
    first = await ws.event(UNINSTALLED)
    assert (first.status, first.failure) == (None, "http_timeout")
    assert 0.05 <= first.seconds < 1
    await slack.until(lambda: first.redeliveries, why="the second attempt")
    bot.says()
    slack.deadline = 3.0
    await settled(slack)
    assert tried(bot)[:2] == [(None, None), ("1", "http_timeout")]
    assert first.redeliveries[-1].status == 200
    assert slack.violations[0].startswith("event not answered within 3 s: TimeoutError after 0.")


async def test_no_connection_is_a_failure(slack: Slack, bot: Bot, ws: Workspace) -> None:
    running, slack.request_url = slack.request_url, "http://127.0.0.1:1/slack/events"
    first = await ws.event(UNINSTALLED)
    await slack.until(lambda: first.redeliveries, why="the second attempt")
    slack.request_url = running
    await settled(slack)
    assert first.redeliveries[-1].failure is None
    ((number, reason),) = tried(bot)
    assert number in {"2", "3"}
    assert reason == "connection_failed"


async def test_a_connection_that_drops_is_a_failure(slack: Slack, bot: Bot, ws: Workspace) -> None:
    async def drop(request: web.Request) -> web.Response:
        bot.says()
        assert request.transport is not None
        request.transport.abort()
        return ok()

    bot.answer = drop
    await ws.event(UNINSTALLED)
    await settled(slack)
    assert tried(bot) == [(None, None), ("1", "unknown_error")]


async def test_what_people_do_is_never_sent_again(
    slack: Slack, bot: Bot, maya: Person, dev: Channel
) -> None:
    bot.says(status=500)
    await maya.command("/task", channel=dev)
    await settled(slack)
    assert tried(bot) == [(None, None)]


async def test_what_is_sent_again_by_hand_is_sent_once(
    slack: Slack, bot: Bot, ws: Workspace
) -> None:
    first = await ws.event(UNINSTALLED)
    bot.says(status=500)
    again = await slack.resend(first)
    await settled(slack)
    assert (again.status, again.redeliveries) == (500, [])
    assert tried(bot) == [(None, None), ("1", "http_timeout")]


async def test_nothing_goes_on_when_the_stand_in_ends() -> None:
    before = asyncio.all_tasks()
    async with Slack.running(retry_scale=1.0) as slack:
        ws = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
        slack.request_url = "http://127.0.0.1:1/slack/events"
        events: list[Exchange] = [await ws.event(UNINSTALLED) for _ in range(3)]
        await slack.until(lambda: all(event.redeliveries for event in events))
        assert len(slack.redelivering) == 3
    assert asyncio.all_tasks() == before
    assert slack.redelivering == set()
    assert [len(event.redeliveries) for event in events] == [1, 1, 1]
