"""What people do, read by Slack's own framework and shown on their screens."""

import dataclasses
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from playground import Channel, Ephemeral, Person, Slack, Workspace
from tests.playground.conftest import Bot
from tests.playground.drawn import actions, button, entry, home, modal, option, overflow, section

CARD = [section("*#12* Fix"), actions(button(action_id="done", value="12"))]


def fields(bot: Bot) -> dict[str, str]:
    body, _ = bot.requests[-1]
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


def payload(bot: Bot) -> Any:
    return json.loads(fields(bot)["payload"])


async def test_a_command_has_the_fields_that_slack_sends(
    bot: Bot, maya: Person, dev: Channel
) -> None:
    exchange = await maya.command("/task add Fix login", channel=dev)
    sent = fields(bot)
    assert sent == {
        "token": "verification-token",
        "team_id": "T01",
        "team_domain": "acme",
        "channel_id": "C01",
        "channel_name": "dev",
        "user_id": "U01",
        "user_name": "maya",
        "command": "/task",
        "text": "add Fix login",
        "api_app_id": maya.workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": exchange.response_url,
        "trigger_id": exchange.trigger_id,
    }
    assert bot.requests[-1][1]["Content-Type"] == "application/x-www-form-urlencoded"


async def test_private_places_have_no_name_of_their_own(
    bot: Bot, ws: Workspace, maya: Person, tom: Person
) -> None:
    ws.add_channel("C02", name="launch", kind="private", members=[maya])
    ws.add_channel("G01", kind="mpim", members=[maya, tom])
    names = []
    for place in ("C02", "G01", ws.dm(maya).id):
        await maya.command("/task", channel=place)
        names.append(fields(bot)["channel_name"])
    assert names == ["privategroup", "mpdm-maya--tom-1", "directmessage"]


async def test_nobody_types_where_they_are_not(ws: Workspace, maya: Person) -> None:
    ws.add_channel("C02", name="launch", kind="private")
    with pytest.raises(LookupError, match="maya is not in private channel launch"):
        await maya.command("/task", channel="C02")


async def test_an_answer_to_a_command_is_private(
    bot: Bot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    bot.says({"text": "Added #12", "blocks": CARD})
    exchange = await maya.command("/task add Fix", channel=dev)
    (seen,) = maya.sees(dev)
    assert isinstance(seen, Ephemeral)
    assert seen.text == exchange.text == "Added #12"
    assert exchange.blocks == CARD
    assert exchange.in_time
    assert tom.sees(dev) == []
    assert slack.violations == []


async def test_an_answer_in_plain_text_is_shown_too(bot: Bot, maya: Person, dev: Channel) -> None:
    bot.says(text="Added #12")
    exchange = await maya.command("/task add Fix", channel=dev)
    assert exchange.body == exchange.text == maya.sees(dev)[0].text == "Added #12"
    assert exchange.blocks == []
    assert exchange.errors == {}


async def test_an_answer_in_the_channel_is_for_everybody(
    bot: Bot, maya: Person, tom: Person, dev: Channel
) -> None:
    bot.says({"text": "#12", "response_type": "in_channel"})
    await maya.command("/task", channel=dev)
    assert tom.sees(dev) == dev.messages
    assert len(dev.messages) == 1


async def test_an_answer_that_slack_would_refuse_is_not_shown(
    bot: Bot, slack: Slack, maya: Person, dev: Channel
) -> None:
    bot.says({"text": "x", "blocks": [{"type": "card"}], "colour": 1, "response_type": "all"})
    await maya.command("/task", channel=dev)
    assert maya.sees(dev) == []
    assert len(slack.violations) == 3


@pytest.mark.parametrize(("status", "said"), [(500, "http_service_error"), (404, "http_service")])
async def test_an_http_error_is_told_by_slackbot(
    bot: Bot, slack: Slack, maya: Person, dev: Channel, status: int, said: str
) -> None:
    bot.says(text="oops", status=status)
    exchange = await maya.command("/task", channel=dev)
    (seen,) = maya.sees(dev)
    assert isinstance(seen, Ephemeral)
    assert seen.from_slackbot
    assert said in seen.text
    assert exchange.status == status
    assert slack.violations == []


async def test_a_click_that_fails_shows_nothing(
    bot: Bot, slack: Slack, maya: Person, dev: Channel
) -> None:
    bot.says({"text": "Added", "blocks": CARD})
    added = await maya.command("/task add Fix", channel=dev)
    bot.says(text="oops", status=500)
    click = await maya.click("done", on=added)
    assert click.status == 500
    assert len(maya.sees(dev)) == 1
    assert slack.violations == []


async def test_json_that_is_none_is_kept_as_it_came(bot: Bot, maya: Person, dev: Channel) -> None:
    async def broken(_request: web.Request) -> web.Response:
        return web.Response(text="{", content_type="application/json")

    bot.answer = broken
    exchange = await maya.command("/task", channel=dev)
    assert exchange.body == "{"


async def test_a_bot_that_is_not_there_is_told_by_slackbot(
    slack: Slack, maya: Person, dev: Channel
) -> None:
    slack.request_url = "http://127.0.0.1:1/slack/events"
    exchange = await maya.command("/task", channel=dev)
    assert exchange.status is None
    assert exchange.error == "ClientConnectorError"
    assert "dispatch_failed" in maya.sees(dev)[0].text


async def test_an_answer_after_three_seconds_is_too_late(
    bot: Bot, slack: Slack, maya: Person, dev: Channel
) -> None:
    slack.deadline = 0.0
    bot.says({"text": "Added"})
    await maya.command("/task", channel=dev)
    assert ["operation_timeout" in it.text for it in maya.sees(dev)] == [True]
    assert "not answered within 3 s: an answer after" in slack.violations[0]


async def test_a_click_on_a_message_is_what_bolt_expects(
    bot: Bot, app: AsyncApp, slack: Slack, tom: Person, dev: Channel
) -> None:
    heard: list[Any] = []

    async def listen(ack: Any, action: Any, body: Any, respond: Any) -> None:
        await ack()
        heard.extend([action, body])
        await respond(text="#12 done", replace_original=True)

    app.action("done")(listen)
    app.command("/task")(_posting)
    bot.runs(app)
    await tom.command("/task", channel=dev)
    exchange = await tom.click("done", on=dev.messages[0], value="12")
    action, body = heard
    assert exchange.status == 200
    assert action.items() >= {"action_id": "done", "value": "12", "type": "button"}.items()
    assert action["block_id"]
    assert body["message"]["ts"] == body["container"]["message_ts"] == dev.messages[0].ts
    assert body["container"]["is_ephemeral"] is False
    assert body["user"] == {"id": "U02", "username": "tom", "name": "tom", "team_id": "T01"}
    assert (dev.messages[0].text, dev.messages[0].blocks) == ("#12 done", [])
    assert slack.violations == []


async def _posting(ack: Any, client: Any, command: Any) -> None:
    await ack()
    await client.chat_postMessage(channel=command["channel_id"], text="#12 Fix", blocks=CARD)


async def test_a_click_on_a_private_answer_carries_no_message(
    bot: Bot, maya: Person, dev: Channel
) -> None:
    bot.says({"text": "Added", "blocks": CARD})
    added = await maya.command("/task add Fix", channel=dev)
    bot.says()
    await maya.click(text="Done", on=added)
    sent = payload(bot)
    assert "message" not in sent
    assert sent["container"]["is_ephemeral"] is True
    assert sent["channel"] == {"id": "C01", "name": "dev"}
    assert sent["state"] == {"values": {}}


async def test_a_line_of_a_menu_is_a_selected_option(bot: Bot, maya: Person, dev: Channel) -> None:
    bot.says({"text": "#12", "blocks": [actions(overflow("Edit", "Delete", action_id="more"))]})
    shown = await maya.command("/task show 12", channel=dev)
    bot.says()
    await maya.click("more", on=shown, value="delete")
    (action,) = payload(bot)["actions"]
    assert action["selected_option"] == option("Delete")
    assert action["type"] == "overflow"


async def test_a_click_in_a_thread_says_which(
    bot: Bot, ws: Workspace, maya: Person, dev: Channel
) -> None:
    first = maya.says("It fails", channel=dev)
    card = ws.bot_message(dev.id, "#12", blocks=ws.settled(CARD), thread_ts=first.ts)
    dev.post(card)
    await maya.click("done", on=card)
    sent = payload(bot)
    assert sent["container"]["thread_ts"] == sent["message"]["thread_ts"] == first.ts


async def test_what_is_not_there_cannot_be_pressed(bot: Bot, maya: Person, dev: Channel) -> None:
    bot.says({"text": "#12", "blocks": CARD})
    shown = await maya.command("/task show 12", channel=dev)
    with pytest.raises(LookupError, match=r"there is: done \[Done\] value='12'"):
        await maya.click("undo", on=shown)
    with pytest.raises(LookupError, match="nothing to press with value='13'"):
        await maya.click(on=shown, value="13")


async def test_an_answer_without_a_message_has_nothing_to_press(
    bot: Bot, maya: Person, dev: Channel
) -> None:
    assert bot.requests == []
    nothing = await maya.command("/task", channel=dev)
    with pytest.raises(LookupError, match="put nothing on the screen"):
        await maya.click("done", on=nothing)


async def test_an_old_copy_of_a_message_can_still_be_pressed(
    bot: Bot, app: AsyncApp, maya: Person, dev: Channel
) -> None:
    async def listen(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="again", replace_original=True)

    app.command("/task")(_posting)
    app.action("done")(listen)
    bot.runs(app)
    await maya.command("/task", channel=dev)
    old = dataclasses.replace(dev.messages[0])
    await maya.click("done", on=old)
    await maya.click("done", on=old)
    assert [(it.text, it.edits) for it in dev.messages] == [("again", 2)]


async def test_a_form_is_opened_filled_in_and_submitted(
    bot: Bot, app: AsyncApp, slack: Slack, maya: Person
) -> None:
    heard: list[Any] = []

    async def open_form(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(private_metadata="12"))

    async def save(ack: Any, view: Any) -> None:
        heard.append(view)
        await ack()

    app.shortcut("new_task")(open_form)
    app.view("task_form")(save)
    bot.runs(app)
    await maya.shortcut("new_task")
    assert maya.modal is not None
    assert maya.modal.private_metadata == "12"
    exchange = await maya.submit(values={"title": "Fix login"})
    assert exchange.status == 200
    assert maya.views == []
    value = {"title_input": {"type": "plain_text_input", "value": "Fix login"}}
    assert heard[0]["state"]["values"] == {"title": value}
    assert slack.violations == []


async def opened(slack: Slack, maya: Person, view: dict[str, Any]) -> None:
    """Put a form on the screen as `views.open` would."""
    slack.changes.notify()
    maya.views.append(maya.workspace.new_view(view))


async def test_complaints_stay_on_the_form(bot: Bot, slack: Slack, maya: Person) -> None:
    await opened(slack, maya, modal())
    bot.says({"response_action": "errors", "errors": {"title": "too long", "other": "?"}})
    exchange = await maya.submit(values={"title_input": "x"})
    assert exchange.errors["title"] == "too long"
    assert maya.modal is not None
    assert maya.modal.errors == {"title": "too long"}
    assert slack.violations == ["answer to a form: errors name 'other', which is no input block"]


async def test_an_answer_to_a_form_can_go_on(bot: Bot, slack: Slack, maya: Person) -> None:
    await opened(slack, maya, modal())
    bot.says({"response_action": "update", "view": modal(section("again"))})
    await maya.submit(values={"title": "x"})
    assert [view.versions for view in maya.views] == [2]
    bot.says({"response_action": "push", "view": modal(callback_id="second")})
    await maya.submit()
    assert [view.callback_id for view in maya.views] == ["task_form", "second"]
    bot.says({"response_action": "clear"})
    await maya.submit(values={"title": "x"})
    assert maya.views == []
    assert slack.violations == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "dance"},
        {"response_action": "errors"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "push"},
    ],
)
async def test_a_bad_answer_to_a_form_leaves_it_and_is_noted(
    bot: Bot, slack: Slack, maya: Person, answer: dict[str, Any]
) -> None:
    await opened(slack, maya, modal())
    bot.says(answer)
    await maya.submit(values={"title": "x"})
    assert len(maya.views) == 1
    assert slack.violations != []


async def test_words_are_no_answer_to_a_form(bot: Bot, slack: Slack, maya: Person) -> None:
    await opened(slack, maya, modal())
    bot.says(text="ok")
    await maya.submit(values={"title": "x"})
    assert len(maya.views) == 1
    assert "neither empty nor JSON" in slack.violations[0]


async def test_a_fourth_modal_is_refused(bot: Bot, slack: Slack, maya: Person) -> None:
    for _ in range(3):
        await opened(slack, maya, modal())
    bot.says({"response_action": "push", "view": modal()})
    await maya.submit(values={"title": "x"})
    assert len(maya.views) == 3
    assert slack.violations == ["answer to a form: more than three modals"]


async def test_slack_insists_on_required_fields(slack: Slack, maya: Person) -> None:
    element = {"type": "plain_text_input", "action_id": "t", "max_length": 3}
    await opened(slack, maya, modal(entry(element=element), entry("notes", optional=True)))
    with pytest.raises(ValueError, match="title is required"):
        await maya.submit()
    with pytest.raises(ValueError, match="title takes 0 to 3 characters, not 4"):
        await maya.submit(values={"title": "four"})
    with pytest.raises(LookupError, match=r"no field 'due'; it has .*title/t"):
        await maya.submit(values={"due": "2026-12-03"})


async def test_every_kind_of_field_can_be_filled_in(bot: Bot, slack: Slack, maya: Person) -> None:
    choices = [option("Low"), option("High")]
    groups = [{"label": {"type": "plain_text", "text": "All"}, "options": choices}]
    elements: dict[str, dict[str, Any]] = {
        "due": {"type": "datepicker", "initial_date": "2026-12-03"},
        "who": {"type": "users_select"},
        "how": {"type": "static_select", "option_groups": groups},
        "days": {"type": "checkboxes", "options": choices},
    }
    blocks = [
        entry(name, optional=True, element={"action_id": f"{name}_it", **element})
        for name, element in elements.items()
    ]
    await opened(slack, maya, modal(*blocks))
    await maya.submit(values={"who": "U02", "how": {"how_it": "high"}, "days": ["Low"]})
    values = payload(bot)["view"]["state"]["values"]
    assert values["due"]["due_it"]["selected_date"] == "2026-12-03"
    assert values["who"]["who_it"]["selected_user"] == "U02"
    assert values["how"]["how_it"]["selected_option"] == option("High")
    assert values["days"]["days_it"]["selected_options"] == [option("Low")]


async def test_a_form_that_is_dismissed_tells_only_when_asked(
    bot: Bot, slack: Slack, maya: Person
) -> None:
    await opened(slack, maya, modal())
    assert await maya.close() is None
    await opened(slack, maya, modal(notify_on_close=True))
    exchange = await maya.close()
    assert exchange is not None
    assert payload(bot)["type"] == "view_closed"
    assert maya.views == []
    with pytest.raises(LookupError, match="no such form"):
        await maya.submit()


async def test_a_message_shortcut_carries_the_message(
    bot: Bot, maya: Person, tom: Person, dev: Channel
) -> None:
    message = tom.says("Login fails & nobody looks", channel=dev)
    await maya.message_shortcut("make_task", message)
    sent = payload(bot)
    assert sent["type"] == "message_action"
    assert sent["message"]["text"] == "Login fails &amp; nobody looks"
    assert sent["message_ts"] == message.ts
    assert sent["message"]["user"] == tom.id
    assert sent["response_url"]


async def test_a_click_in_home_has_neither_channel_nor_response_url(
    bot: Bot, app: AsyncApp, maya: Person
) -> None:
    async def show(event: Any, client: Any) -> None:
        view = home(actions(button(action_id="done", value="1")))
        await client.views_publish(user_id=event["user"], view=view)

    app.event("app_home_opened")(show)
    bot.runs(app)
    await maya.open_home()
    assert maya.home is not None
    bot.says()
    await maya.click("done", on=maya.home)
    sent = payload(bot)
    assert sent["container"] == {"type": "view", "view_id": maya.home.id}
    assert "channel" not in sent
    assert "response_url" not in sent
    await maya.open_home("messages")
    assert b'"tab": "messages"' in bot.requests[-1][0]


async def test_a_picker_is_used_with_a_value(bot: Bot, maya: Person, dev: Channel) -> None:
    who = {"type": "users_select", "action_id": "who"}
    how = {"type": "static_select", "action_id": "how", "options": [option("High")]}
    bot.says({"text": "#12", "blocks": [actions(who, how)]})
    shown = await maya.command("/task", channel=dev)
    bot.says()
    await maya.click("who", on=shown, value="U02")
    assert payload(bot)["actions"][0]["selected_user"] == "U02"
    await maya.click("how", on=shown, value="high")
    assert payload(bot)["actions"][0]["selected_option"] == option("High")
    with pytest.raises(LookupError, match="how has no option 'low'"):
        await maya.click("how", on=shown, value="low")


async def test_a_stranger_comes_from_another_team(
    bot: Bot, slack: Slack, ws: Workspace, dev: Channel
) -> None:
    eve = ws.add_person("U66", name="eve", role="outsider")
    dev.join(eve)
    await opened(slack, eve, modal())
    await eve.submit(values={"title": "x"})
    sent = payload(bot)
    assert sent["user"]["team_id"] == sent["team"]["id"] == "T0ELSEWHERE"
    assert sent["view"]["app_installed_team_id"] == "T01"


async def test_events_come_in_an_envelope(
    bot: Bot, app: AsyncApp, ws: Workspace, maya: Person
) -> None:
    heard: list[Any] = []

    async def listen(event: Any, body: Any) -> None:
        heard.extend([event, body])

    app.event("user_change")(listen)
    bot.runs(app)
    maya.rename(real_name="Maya Berg")
    exchange = await ws.user_change(maya)
    event, body = heard
    assert exchange.status == 200
    assert event["user"]["real_name"] == "Maya Berg"
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["team_id"] == "T01"


async def test_guests_see_only_channels_they_are_in(ws: Workspace, maya: Person) -> None:
    guest = ws.add_person("U03", name="ines", role="guest")
    dev = ws.add_channel("C01", name="dev")
    maya.says("hello", channel=dev)
    assert guest.sees(dev) == []
    dev.join(guest)
    assert len(guest.sees(dev)) == 1
    dev.leave(guest)
    assert guest.sees(dev) == []


async def test_the_app_hears_who_comes_and_goes_where_it_is_itself(
    bot: Bot, app: AsyncApp, ws: Workspace, maya: Person
) -> None:
    heard: list[Any] = []

    async def listen(event: Any) -> None:
        heard.append(event)

    kinds = ("member_joined_channel", "member_left_channel", "channel_left", "group_left")
    for kind in kinds:
        app.event(kind)(listen)
    bot.runs(app)
    den = ws.add_channel("C09", name="den", kind="private")
    hall = ws.add_channel("C10", name="hall")
    assert await den.invite(maya) is None
    for channel in (den, hall):
        await channel.invite(ws.bot_user_id, by=maya)
        await channel.remove(ws.bot_user_id)
    await hall.invite(ws.bot_user_id)
    await hall.invite(ws.add_person("U02", name="tom"))
    await hall.remove("U02")
    assert await den.remove(maya) is None
    told = [(it["type"], it["channel"], it.get("user")) for it in heard]
    assert told == [
        ("member_joined_channel", "C09", "UBOT01"),
        ("group_left", "C09", None),
        ("member_joined_channel", "C10", "UBOT01"),
        ("channel_left", "C10", None),
        ("member_joined_channel", "C10", "UBOT01"),
        ("member_joined_channel", "C10", "U02"),
        ("member_left_channel", "C10", "U02"),
    ]
    assert heard[0]["inviter"] == maya.id
    assert (den.members, hall.members) == ([], ["UBOT01"])
