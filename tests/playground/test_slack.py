"""The stand-in's life, its signatures, its triggers and `response_url`s, and waiting for it."""

import json
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from playground import Channel, Person, Slack, Workspace
from tests.playground.conftest import Bot, Clock
from tests.playground.drawn import actions, button, modal, section

DONE = [actions(button(action_id="done", value="12"))]


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def write(exchange: Any, body: Any) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(exchange.response_url, json=body) as response,
    ):
        return response.status, await response.text()


async def test_nothing_listens_any_more_afterwards() -> None:
    async with Slack.running() as slack:
        url = slack.api_url
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.post(url + "auth.test")


async def test_a_stand_in_that_does_not_run_delivers_nothing(clock: Clock) -> None:
    slack = Slack(signing_secret="shhh", clock=clock)
    ws = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
    with pytest.raises(RuntimeError, match="not running"):
        await ws.event({"type": "app_uninstalled"})


async def test_requests_are_signed_as_slack_signs_them(
    bot: Bot, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add “ñ” 🎉", channel=dev)
    body, headers = bot.requests[-1]
    assert SignatureVerifier("shhh").is_valid_request(body, headers)
    assert not SignatureVerifier("other").is_valid_request(body, headers)


async def test_the_same_bytes_are_sent_again_freshly_signed(
    slack: Slack, bot: Bot, maya: Person, dev: Channel, clock: Clock
) -> None:
    first = await maya.command("/task add Fix", channel=dev)
    clock.advance(1)
    again = await slack.resend(first)
    (one, headers_then), (two, headers_now) = bot.requests
    assert one == two == first.request.body
    assert first.trigger_id == again.trigger_id
    assert headers_then["X-Slack-Signature"] != headers_now["X-Slack-Signature"]
    assert "X-Slack-Retry-Num" not in headers_now


async def test_an_event_says_when_it_comes_again(slack: Slack, bot: Bot, ws: Workspace) -> None:
    first = await ws.event({"type": "app_uninstalled"})
    await slack.resend(first)
    assert bot.requests[-1][1]["X-Slack-Retry-Num"] == "1"


async def test_a_form_is_submitted_again_without_harm(
    slack: Slack, bot: Bot, maya: Person, ws: Workspace
) -> None:
    assert bot.requests == []
    maya.views.append(ws.new_view(modal()))
    first = await maya.submit(values={"title": "x"})
    again = await slack.resend(first)
    assert again.status == 200
    assert slack.violations == []


async def test_a_trigger_opens_one_view_for_three_seconds(
    slack: Slack, bot: Bot, maya: Person, dev: Channel, clock: Clock, client: AsyncWebClient
) -> None:
    one = await maya.command("/task", channel=dev)
    clock.advance(3.0)
    await client.views_open(trigger_id=str(one.trigger_id), view=modal())
    again = client.views_open(trigger_id=str(one.trigger_id), view=modal())
    assert await refusal(again) == "exchanged_trigger_id"
    late = await maya.command("/task", channel=dev)
    clock.advance(3.1)
    expired = client.views_open(trigger_id=str(late.trigger_id), view=modal())
    assert await refusal(expired) == "expired_trigger_id"
    made_up = client.views_open(trigger_id="1.2.3", view=modal())
    assert await refusal(made_up) == "invalid_trigger_id"
    assert len(bot.requests) == 2
    assert len(slack.violations) == 3


async def test_three_modals_stand_on_each_other_at_most(
    slack: Slack, bot: Bot, maya: Person, dev: Channel, client: AsyncWebClient, ws: Workspace
) -> None:
    async def trigger() -> str:
        return str((await maya.command("/task", channel=dev)).trigger_id)

    await client.views_open(trigger_id=await trigger(), view=modal())
    root = maya.views[0]
    for _ in range(2):
        await client.views_push(trigger_id=await trigger(), view=modal())
    assert [view.root_view_id for view in maya.views] == [root.id] * 3
    fourth = client.views_push(trigger_id=await trigger(), view=modal())
    assert await refusal(fourth) == "push_limit_reached"
    await client.views_open(trigger_id=await trigger(), view=modal())
    assert root.closed
    assert len(ws.views) == 4
    assert len(bot.requests) == 5
    assert len(slack.violations) == 1


async def test_a_view_is_updated_by_id_with_the_right_hash(
    client: AsyncWebClient, maya: Person, ws: Workspace
) -> None:
    view = ws.new_view(modal(external_id="form-1"))
    maya.views.append(view)
    old = view.hash
    await client.views_update(view_id=view.id, view=modal(section("two")), hash=old)
    stale = client.views_update(view_id=view.id, view=modal(), hash=old)
    assert await refusal(stale) == "hash_conflict"
    await client.views_update(view_id=view.id, view=modal(external_id="form-1"))
    await client.views_update(external_id="form-1", view=modal())
    view.closed = True
    assert await refusal(client.views_update(view_id=view.id, view=modal())) == "not_found"


async def test_a_view_that_is_too_big_is_refused(
    client: AsyncWebClient, slack: Slack, maya: Person
) -> None:
    big = {"type": "home", "blocks": [section()] * 101}
    refused = client.views_publish(user_id=maya.id, view=big)
    assert await refusal(refused) == "invalid_arguments"
    assert "no more than 100 items" in slack.violations[0]
    nothing = client.api_call("views.publish", json={"user_id": maya.id})
    assert await refusal(nothing) == "invalid_arguments"


async def test_a_response_url_is_good_for_five_uses(
    slack: Slack, bot: Bot, maya: Person, dev: Channel
) -> None:
    exchange = await maya.command("/task", channel=dev)
    for number in range(5):
        assert await write(exchange, {"text": f"answer {number}"}) == (200, "ok")
    status, body = await write(exchange, {"text": "answer 5"})
    assert (status, json.loads(body)) == (404, {"ok": False, "error": "used_url"})
    assert len(maya.sees(dev)) == 5
    assert len(bot.requests) == 1
    assert slack.violations == ["response_url: used_url"]
    assert [call.outcome for call in slack.calls] == ["ok"] * 5 + ["used_url"]


async def test_a_response_url_is_good_for_half_an_hour(
    slack: Slack, bot: Bot, maya: Person, dev: Channel, clock: Clock
) -> None:
    exchange = await maya.command("/task", channel=dev)
    clock.advance(30 * 60)
    assert (await write(exchange, {"text": "just in time"}))[0] == 200
    clock.advance(1)
    status, body = await write(exchange, {"text": "too late"})
    assert (status, json.loads(body)["error"]) == (404, "expired_url")
    assert slack.violations == ["response_url: expired_url"]
    assert len(bot.requests) == 1


async def test_an_unknown_response_url_is_not_found(slack: Slack) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.url + "/respond/T01/1/x", json={"text": "x"}) as response,
    ):
        assert response.status == 404


async def test_a_private_answer_is_replaced_and_deleted_by_its_click(
    bot: Bot, maya: Person, dev: Channel
) -> None:
    bot.says({"text": "Added", "blocks": DONE})
    added = await maya.command("/task add Fix", channel=dev)
    bot.says()
    click = await maya.click("done", on=added)
    await write(click, {"text": "Done", "blocks": DONE, "replace_original": True})
    assert [(it.text, it.edits) for it in maya.sees(dev)] == [("Done", 1)]
    next_click = await maya.click("done", on=click)
    await write(next_click, {"delete_original": True})
    assert maya.sees(dev) == []
    assert (await write(click, {"text": "x", "replace_original": True}))[0] == 400
    assert (await write(click, {"delete_original": True}))[0] == 400


async def test_there_is_nothing_to_replace_for_a_command(
    bot: Bot, maya: Person, tom: Person, dev: Channel
) -> None:
    exchange = await maya.command("/task", channel=dev)
    await write(exchange, {"text": "one", "replace_original": True})
    await write(exchange, {"text": "two", "response_type": "in_channel"})
    assert [it.text for it in maya.sees(dev)] == ["one", "two"]
    assert [it.text for it in tom.sees(dev)] == ["two"]
    assert len(bot.requests) == 1


@pytest.mark.parametrize(
    "body", [{}, {"text": "x", "blocks": [{"type": "card"}]}, [], {"text": "x", "to": "U02"}]
)
async def test_a_bad_response_url_body_is_noted(
    slack: Slack, bot: Bot, maya: Person, dev: Channel, body: Any
) -> None:
    exchange = await maya.command("/task", channel=dev)
    await write(exchange, body)
    assert len(slack.violations) == 1
    assert len(bot.requests) == 1


async def test_waiting_ends_with_what_was_waited_for(
    slack: Slack, maya: Person, dev: Channel
) -> None:
    maya.says("hello", channel=dev)
    (message,) = await slack.until(lambda: dev.messages, why="a message")
    assert message.text == "hello"


async def test_waiting_in_vain_tells_what_happened(slack: Slack, client: AsyncWebClient) -> None:
    await client.auth_test()
    with pytest.raises(AssertionError, match=r"the card; last calls: .*auth\.test"):
        await slack.until(lambda: False, seconds=0.01, why="the card")


async def test_changes_are_counted(slack: Slack, maya: Person, dev: Channel) -> None:
    before = slack.changes.count
    maya.says("hello", channel=dev)
    assert slack.changes.count > before


async def test_what_is_typed_arrives_as_slack_writes_it(
    bot: Bot, maya: Person, tom: Person, dev: Channel
) -> None:
    assert tom.name == "tom"
    await maya.command("/task add <b> & @tom", channel=dev)
    await maya.command("/task add <b> & @tom", channel=dev, escape=False)
    texts = [parse_qs(body.decode())["text"][0] for body, _ in bot.requests]
    assert texts == ["add &lt;b&gt; &amp; <@U02|tom>", "add <b> & @tom"]
