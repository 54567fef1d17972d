"""Faults to order, as Slack's own client meets them."""

import asyncio
import json
import time

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground import Channel, Fault, Person, Slack
from tests.playground.conftest import Bot


async def test_an_error_is_answered_so_many_times(client: AsyncWebClient, slack: Slack) -> None:
    fault = slack.faults.add(Fault.error("internal_error", method="auth.test", times=2))
    for _ in range(2):
        with pytest.raises(SlackApiError, match="internal_error"):
            await client.auth_test()
    await client.auth_test()
    assert fault.hits == 2
    assert fault.spent
    assert [call.outcome for call in slack.calls] == ["internal_error"] * 2 + ["ok"]


async def test_a_rate_limit_can_be_ordered(client: AsyncWebClient, slack: Slack) -> None:
    slack.faults.add(Fault.ratelimited(30, times=1))
    with pytest.raises(SlackApiError) as refused:
        await client.auth_test()
    assert refused.value.response.headers["Retry-After"] == "30"


async def test_a_call_whose_caller_gave_up_is_told_nothing(
    client: AsyncWebClient, slack: Slack
) -> None:
    hanging = slack.faults.add(Fault.hang(method="auth.test", times=1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.auth_test(), 0.2)
    hanging.release()
    await slack.until(lambda: slack.calls[0].outcome == "ok", why="what was asked for")
    await client.auth_test()
    assert [call.answered_at is None for call in slack.calls] == [True, False]


async def test_a_proxy_in_front_may_answer_with_html(client: AsyncWebClient, slack: Slack) -> None:
    slack.faults.add(Fault.status(502, "<html>Bad gateway</html>", method="auth.test"))
    with pytest.raises(SlackApiError) as refused:
        await client.auth_test()
    assert refused.value.response.status_code == 502
    slack.faults.clear()
    await client.auth_test()


async def test_a_fault_strikes_where_it_is_told_to(
    client: AsyncWebClient, slack: Slack, dev: Channel
) -> None:
    slack.limits.enabled = False
    slack.faults.add(Fault.error("fatal_error", method="chat.postMessage", channel="C99"))
    slack.faults.add(Fault.error("fatal_error", method="chat.postMessage", team="T99"))
    handle = slack.faults.add(Fault.error("fatal_error", method="chat.postMessage", channel="C01"))
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.chat_postMessage(channel=dev.id, text="hello")
    slack.faults.remove(handle)
    await client.chat_postMessage(channel=dev.id, text="hello")
    assert [fault.hits for fault in slack.faults] == [0, 0]


async def test_a_call_that_hangs_works_when_released(
    client: AsyncWebClient, slack: Slack, dev: Channel
) -> None:
    fault = slack.faults.add(Fault.hang(method="chat.postMessage"))
    call = asyncio.ensure_future(client.chat_postMessage(channel=dev.id, text="hello"))
    await slack.until(lambda: fault.hits == 1)
    assert dev.messages == []
    assert slack.calls[-1].outcome == "hang"
    fault.release()
    assert (await call)["ok"] is True
    assert slack.calls[-1].outcome == "ok"


async def test_a_call_can_work_and_withhold_its_answer(
    client: AsyncWebClient, slack: Slack, dev: Channel
) -> None:
    fault = slack.faults.add(Fault.hang(method="chat.postMessage", after_effect=True))
    call = asyncio.ensure_future(client.chat_postMessage(channel=dev.id, text="hello"))
    await slack.until(lambda: dev.messages)
    assert not call.done()
    fault.release()
    assert (await call)["ts"] == dev.messages[0].ts


@pytest.mark.parametrize("after_effect", [True, False])
async def test_a_connection_drops_before_or_after_the_effect(
    slack: Slack, dev: Channel, *, after_effect: bool
) -> None:
    # A session of our own, closed here: Slack's client opens a second one after a reset.
    slack.faults.add(Fault.reset(method="chat.postMessage", times=1, after_effect=after_effect))
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            token=dev.workspace.bot_token,
            base_url=slack.api_url,
            session=session,
            retry_handlers=[],
        )
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel=dev.id, text="hello")
    assert len(dev.messages) == int(after_effect)
    assert slack.calls[-1].outcome == "reset"


async def test_an_answer_can_be_delayed(client: AsyncWebClient, slack: Slack) -> None:
    fault = slack.faults.add(Fault.delay(0.05, method="auth.test"))
    began = time.monotonic()
    assert (await client.auth_test())["ok"] is True
    assert time.monotonic() - began >= 0.05
    assert fault.hits == 1


async def test_a_response_url_has_faults_too(
    slack: Slack, bot: Bot, maya: Person, dev: Channel
) -> None:
    slack.faults.add(Fault.status(500, "no", "text/plain", method="response_url", times=1))
    exchange = await maya.command("/task", channel=dev)
    async with aiohttp.ClientSession() as session:
        for status in (500, 200):
            body = json.dumps({"text": "hello"})
            async with session.post(str(exchange.response_url), data=body) as response:
                assert response.status == status
    assert len(maya.sees(dev)) == 1
    assert len(bot.requests) == 1


async def test_what_hangs_does_not_keep_the_stand_in_from_ending() -> None:
    async with Slack.running() as slack, aiohttp.ClientSession() as session:
        ws = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
        fault = slack.faults.add(Fault.hang())
        form = {"token": ws.bot_token}
        call = asyncio.ensure_future(session.post(slack.api_url + "auth.test", data=form))
        await slack.until(lambda: fault.hits)
        slack.faults.clear()
        response = await call
        assert response.status == 200
