"""Every kind of fault, struck by method, channel, workspace, count and time."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from playground import Channel, Fault, Slack, Workspace
from tests.playground.conftest import Clock

TOKEN = "xoxb-T01"
SORRY = "<html>Sorry</html>"

# What is ordered, and what the caller meets.
KINDS: dict[str, tuple[Callable[..., Fault], str]] = {
    "429": (Fault.ratelimited, "429"),
    "500": (lambda **where: Fault.status(500, **where), "500"),
    "a page": (lambda **where: Fault.status(200, SORRY, **where), "a page"),
    "an error": (lambda **where: Fault.error("fatal_error", **where), "fatal_error"),
    "a delay": (lambda **where: Fault.delay(0.001, **where), "ok"),
    "a hang": (Fault.hang, "no answer yet"),
    "a reset": (Fault.reset, "no connection"),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


class Caller:
    """Calls Slack, and tells in a few words what came back."""

    def __init__(self, slack: Slack, session: aiohttp.ClientSession) -> None:
        self._slack = slack
        self._session = session
        self.out: list[asyncio.Task[str]] = []

    async def __call__(self, method: str = "auth.test", **args: Any) -> str:
        """Call; one that hangs is left out there."""
        before = len(self._slack.calls)
        calling = asyncio.create_task(self._answer(method, {"token": TOKEN} | args))
        self.out.append(calling)
        calls = self._slack.calls
        await self._slack.until(
            lambda: calling.done() or (len(calls) > before and calls[-1].outcome == "hang")
        )
        return calling.result() if calling.done() else "no answer yet"

    async def _answer(self, method: str, form: dict[str, str]) -> str:
        try:
            async with self._session.post(self._slack.api_url + method, data=form) as response:
                body = await response.text()
        except aiohttp.ClientError:
            return "no connection"
        if response.status != 200:
            return str(response.status)
        return "a page" if body == SORRY else json.loads(body).get("error", "ok")


@pytest.fixture
async def call(slack: Slack, dev: Channel) -> AsyncIterator[Caller]:
    slack.limits.enabled = False
    assert dev.workspace.bot_token == TOKEN
    async with aiohttp.ClientSession() as session:
        caller = Caller(slack, session)
        yield caller
        slack.faults.clear()
        await asyncio.gather(*caller.out)


@each_kind
async def test_by_method(slack: Slack, call: Caller, kind: str) -> None:
    order, met = KINDS[kind]
    fault = slack.faults.add(order(method="users.list"))
    assert await call("auth.test") == "ok"
    assert fault.hits == 0
    assert await call("users.list") == met
    assert fault.hits == 1


@each_kind
async def test_by_channel(slack: Slack, call: Caller, ws: Workspace, kind: str) -> None:
    order, met = KINDS[kind]
    other = ws.add_channel("C02", name="design")
    fault = slack.faults.add(order(channel="C01"))
    assert await call("conversations.info", channel=other.id) == "ok"
    assert await call("users.list") == "ok"
    assert fault.hits == 0
    assert await call("conversations.info", channel="C01") == met
    assert fault.hits == 1


@each_kind
async def test_by_workspace(slack: Slack, call: Caller, kind: str) -> None:
    order, met = KINDS[kind]
    slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    fault = slack.faults.add(order(team="T02"))
    assert await call(token=TOKEN) == "ok"
    assert fault.hits == 0
    assert await call(token="xoxb-T02") == met
    assert fault.hits == 1


@each_kind
async def test_by_count(slack: Slack, call: Caller, kind: str) -> None:
    order, met = KINDS[kind]
    fault = slack.faults.add(order(times=2))
    assert [await call() for _ in range(3)] == [met, met, "ok"]
    assert (fault.hits, fault.spent) == (2, True)


@each_kind
async def test_every_third(slack: Slack, call: Caller, kind: str) -> None:
    order, met = KINDS[kind]
    fault = slack.faults.add(order(every=3, times=2, method="auth.test"))
    assert await call("users.list") == "ok"
    assert [await call() for _ in range(9)] == ["ok", "ok", met, "ok", "ok", met, "ok", "ok", "ok"]
    assert fault.hits == 2


@each_kind
async def test_by_time(slack: Slack, call: Caller, clock: Clock, kind: str) -> None:
    order, met = KINDS[kind]
    fault = order(starts_in=30, lasting=60)
    clock.advance(1000)
    slack.faults.add(fault)
    hits = []
    for seconds, expected in ((29, "ok"), (1, met), (59, met), (1, "ok"), (1000, "ok")):
        clock.advance(seconds)
        assert await call() == expected
        hits.append(fault.hits)
    assert hits == [0, 1, 2, 2, 2]


async def test_an_outage_can_begin_later_and_last(slack: Slack, call: Caller, clock: Clock) -> None:
    slack.faults.add(Fault.reset(starts_in=5))
    assert await call() == "ok"
    for _ in range(2):
        clock.advance(5000)
        assert await call() == "no connection"


async def test_a_window_and_a_count_both_bind(slack: Slack, call: Caller, clock: Clock) -> None:
    for _ in range(2):
        slack.faults.add(Fault.error("internal_error", times=1, lasting=60))
    assert await call() == "internal_error"
    clock.advance(60)
    assert await call() == "ok"


async def test_what_hangs_is_let_go_when_the_window_closes(
    slack: Slack, call: Caller, clock: Clock
) -> None:
    fault = slack.faults.add(Fault.hang(lasting=60))
    assert await call() == "no answer yet"
    clock.advance(59)
    assert await call() == "no answer yet"
    assert [one.done() for one in call.out] == [False, False]
    clock.advance(1)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*call.out) == ["ok", "ok"]
    assert fault.hits == 2


async def test_what_hangs_in_a_window_can_be_let_go_before(slack: Slack, call: Caller) -> None:
    fault = slack.faults.add(Fault.hang(lasting=60))
    assert await call() == "no answer yet"
    fault.release()
    assert await call.out[0] == "ok"


async def test_an_open_window_does_not_keep_the_stand_in_from_ending() -> None:
    before = asyncio.all_tasks()
    async with Slack.running() as slack, aiohttp.ClientSession() as session:
        slack.add_workspace(team_id="T01", name="Acme", bot_token=TOKEN)
        fault = slack.faults.add(Fault.hang(lasting=3600))
        form = {"token": TOKEN}
        call = asyncio.create_task(session.post(slack.api_url + "auth.test", data=form))
        await slack.until(lambda: fault.hits)
        slack.faults.clear()
        assert (await call).status == 200
    assert asyncio.all_tasks() == before


async def test_retry_after_is_honest_until_the_window_closes(
    slack: Slack, clock: Clock, ws: Workspace
) -> None:
    slack.faults.add(Fault.ratelimited(lasting=90))
    told = []
    async with aiohttp.ClientSession() as session:
        for seconds in (0, 0.5, 89):
            clock.advance(seconds)
            told.append(await retry_after(slack, session, ws))
        clock.advance(1)
        assert await retry_after(slack, session, ws) is None
    assert told == ["90", "90", "1"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.ratelimited(), "1"),
        (Fault.ratelimited(7), "7"),
        (Fault.ratelimited(0), "0"),
        (Fault.ratelimited(7, lasting=60), "7"),
    ],
)
async def test_retry_after_is_what_was_ordered(
    slack: Slack, ws: Workspace, fault: Fault, told: str
) -> None:
    slack.faults.add(fault)
    async with aiohttp.ClientSession() as session:
        assert await retry_after(slack, session, ws) == told
        assert slack.calls[-1].retry_after == int(told)


async def retry_after(slack: Slack, session: aiohttp.ClientSession, ws: Workspace) -> str | None:
    """The header of an answer; None if the call passed."""
    form = {"token": ws.bot_token}
    async with session.post(slack.api_url + "auth.test", data=form) as response:
        assert response.status in (200, 429)
        return response.headers.get("Retry-After")
