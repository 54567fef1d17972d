"""What can be done on the page: with the real bot behind it, or one that says what a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from playground import Channel, Ephemeral, Person, Slack, Workspace
from playground.demo import TOKEN, begin, furnish, hints
from playground.offer import MANIFEST, Offer, declared
from tests.conftest import SECRET, RunningBot, running_bot, until_known
from tests.playground.conftest import Bot
from tests.playground.drawn import actions, button, entry, home, modal, option, section
from tests.playground.window import Window

MAYA, TOM, INES = "U01", "U02", "U05"


@pytest.fixture
async def real(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[tuple[Slack, RunningBot]]:
    """The workspace of the demo, with the real bot."""
    async with Slack.running(signing_secret=SECRET) as slack:
        slack.page.offer = declared(MANIFEST.read_text(encoding="utf-8"))
        workspace = furnish(slack)
        async with running_bot(slack, tmp_path / "taskbot.db", capsys, token=TOKEN) as running:
            await until_known(running, len(workspace.people))
            yield slack, running
        assert slack.violations == []


def drawn(messages: list[dict[str, Any]]) -> str:
    return json.dumps([it["blocks"] for it in messages], ensure_ascii=False)


def private(screen: dict[str, Any], channel_id: str = "C01") -> list[dict[str, Any]]:
    return [it for it in screen["messages"][channel_id] if it["ephemeral"]]


def cards(screen: dict[str, Any], channel_id: str = "C01") -> list[dict[str, Any]]:
    return [it for it in screen["messages"][channel_id] if not it["ephemeral"]]


async def test_a_task_is_added_done_and_watched_by_several_people(
    real: tuple[Slack, RunningBot],
) -> None:
    slack, _ = real
    async with (
        Window.of(slack, MAYA) as maya,
        Window.of(slack, TOM) as tom,
        Window.of(slack, INES) as ines,
    ):
        await _add_and_finish(maya, tom)
        await _keep_the_guest_out(ines)
        await _use_the_menu(maya, tom)
        await _invite(maya, ines)
        await _be_down_and_catch_up(maya, tom)
        assert "login" not in json.dumps(ines.screen["messages"])


async def _add_and_finish(maya: Window, tom: Window) -> None:
    added = await maya.does("command", channel="C01", text="/task add Fix the login <b> @tom !high")
    assert (added["ok"], added["status"]) == (True, 200)
    assert 0 < added["seconds"] < 3
    (answer,) = await maya.sees(private)
    assert "Fix the login <b>" in drawn([answer])
    (card,) = await tom.sees(cards)
    assert "For tom" in drawn([card])
    assert private(tom.screen) == []
    assert (await tom.does("click", **tom.button("Done")))["ok"]
    for window in (maya, tom):
        await window.sees(lambda it: "Reopen" in drawn(cards(it)))
        assert cards(window.screen)[0]["edited"]
    gone = await tom.does("click", **{**tom.button("Reopen"), "action_id": "task_start"})
    assert gone["error"] == "What you pressed is not there any more."
    assert (await maya.does("dismiss", channel="C01", ts=answer["ts"]))["ok"]
    await maya.sees(lambda it: not private(it))
    refused = await tom.does("dismiss", channel="C01", ts=card["ts"])
    assert "Everybody sees that message" in refused["error"]


async def _keep_the_guest_out(ines: Window) -> None:
    for act in ("command", "say", "click", "delete", "invite"):
        refused = await ines.does(act, channel="C01", text="/task list", ts="1.0")
        assert refused["error"] == "There is no such channel."
    own = await ines.does("command", channel="D0U05", text="/task list")
    assert own["error"] == "Nothing can be typed here."
    wrong = await ines.does("command", channel="C02", text="/remind me")
    assert wrong["error"] == "/remind is not a valid command."
    assert (await ines.does("command", channel="C02"))[
        "error"
    ] == "The page did not say which text."


async def _use_the_menu(maya: Window, tom: Window) -> None:
    await maya.does("command", channel="C01", text="/task add Order cake")
    await maya.sees(lambda it: len(cards(it)) == 2)
    assert (await maya.does("click", **maya.button("Assign to me")))["ok"]
    await tom.sees(lambda it: "For maya" in drawn(cards(it)))
    cake = cards(maya.screen)[1]
    assert (await tom.does("delete", channel="C01", ts=cake["ts"]))["ok"]
    await maya.sees(lambda it: len(cards(it)) == 1)
    again = await maya.does("delete", channel="C01", ts=cake["ts"])
    assert again["error"] == "That message is not there any more."
    refused = await maya.does("delete", channel="C01", ts=private(maya.screen)[0]["ts"])
    assert refused["error"] == "That cannot be done to a message that only you see."


async def _invite(maya: Window, ines: Window) -> None:
    await maya.does("command", channel="C02", text="/task add Choose a date")
    (answer,) = await maya.sees(lambda it: private(it, "C02"))
    assert "/invite" in drawn([answer])
    invited = await maya.does("command", channel="C02", text="/invite @taskbot")
    assert invited["status"] == 200
    assert "here already" in (await maya.does("invite", channel="C02"))["error"]
    assert "cannot be invited" in (await maya.does("invite", channel="D01"))["error"]
    await maya.does("command", channel="C02", text="/task start 3")
    await ines.sees(lambda it: "In progress" in drawn(cards(it, "C02")))


async def _be_down_and_catch_up(maya: Window, tom: Window) -> None:
    await maya.does("fault", name="down", on=True)
    reopened = await tom.does("command", channel="C01", text="/task reopen 1")
    assert reopened["ok"]
    await maya.sees(lambda it: ("chat.update C01", "reset") in outcomes(it["wire"]))
    assert "Reopen" in drawn(cards(tom.screen))
    await maya.does("fault", name="down", on=False)
    await tom.sees(lambda it: "To do" in drawn(cards(it)))


def outcomes(wire: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(it["what"], it["outcome"]) for it in wire]


async def test_the_demo_begins_with_tasks_for_channels_homes_and_direct_messages(
    real: tuple[Slack, RunningBot],
) -> None:
    slack, bot = real
    acme = slack.workspaces["T01"]
    await begin(acme)
    offered = await hints(acme)
    assert offered[0].startswith("/task add ")
    assert "/task list" in offered
    assert all(line.startswith("/task ") for line in offered)
    tasks = "SELECT number, creator_id, assignee_id, status FROM tasks ORDER BY number"
    assert bot.rows(tasks) == [
        (1, MAYA, TOM, "todo"),
        (2, MAYA, MAYA, "todo"),
        (3, "U03", MAYA, "todo"),
        (4, TOM, None, "done"),
        (5, MAYA, None, "todo"),
    ]
    maya, tom = acme.people[MAYA], acme.people[TOM]
    await slack.until(lambda: acme.dm(maya).messages and acme.dm(tom).messages, why="who has one")
    await maya.open_home()
    await slack.until(lambda: maya.home, why="a Home")
    assert maya.home is not None
    headings = [it["text"]["text"] for it in maya.home.blocks if it["type"] == "header"]
    assert {"Today", "No date", "Given to others"} < {*headings}
    dev = acme.channels["C01"]
    await slack.until(lambda: len(dev.messages) > 1, why="a card")
    assert "Safari" in dev.messages[0].text
    for person in acme.people.values():
        for channel in acme.channels.values():
            assert [it for it in person.sees(channel) if isinstance(it, Ephemeral)] == []


async def test_a_form_is_opened_filled_in_mended_and_saved(
    slack: Slack, bot: Bot, app: AsyncApp, ws: Workspace, maya: Person
) -> None:
    saved: list[Any] = []
    looked: list[Any] = []

    async def opens(ack: Any, client: Any, shortcut: Any) -> None:
        await ack()
        choose = {"type": "static_select", "action_id": "how", "options": PRIORITIES}
        look = actions(button("Look", action_id="look"), block_id="more")
        form = modal(entry("title"), entry("priority", optional=True, element=choose), look)
        await client.views_open(trigger_id=shortcut["trigger_id"], view=form)

    async def looks(ack: Any, body: Any) -> None:
        looked.append(body["view"]["state"]["values"])
        await ack()

    async def saves(ack: Any, view: Any) -> None:
        saved.append(view["state"]["values"])
        bad = saved[-1]["title"]["title_input"]["value"] == "bad"
        await (ack(response_action="errors", errors={"title": "Bad title"}) if bad else ack())

    app.shortcut("new_task")(opens)
    app.view("task_form")(saves)
    app.action("look")(looks)
    bot.runs(app)
    assert ws.people
    async with Window.of(slack, maya.id) as window:
        assert (await window.does("shortcut", callback_id="new_task"))["ok"]
        (form,) = await window.sees(lambda screen: screen["modals"])
        view_id = form["id"]
        empty = await window.does("submit", view_id=view_id, values=form["values"])
        assert (empty["ok"], empty["errors"]) == (False, {"title": "is required"})
        assert saved == []
        place = {"view_id": view_id, "block_id": "more", "action_id": "look"}
        assert (await window.does("view_click", **place, values=values("half")))["ok"]
        assert looked == [values("half")]
        bad = await window.does("submit", view_id=view_id, values=values("bad"))
        assert (bad["ok"], bad["errors"], bad["status"]) == (False, {"title": "Bad title"}, 200)
        await window.sees(lambda screen: screen["modals"][0]["errors"] == {"title": "Bad title"})
        assert (await window.does("submit", view_id=view_id, values=values("Fix")))["ok"]
        await window.sees(lambda screen: screen["modals"] == [])
        assert saved[-1] == values("Fix")
        gone = await window.does("submit", view_id=view_id, values={})
        assert gone["error"] == "That view is not open any more."
        (await window.does("shortcut", callback_id="new_task"))
        (form,) = await window.sees(lambda screen: screen["modals"])
        odd = await window.does("submit", view_id=form["id"], values={"title": "Fix"})
        assert odd["error"] == "The page did not say what stands in the fields."
        unknown = {"x": {"y": {"type": "plain_text_input", "value": "z"}}}
        lost = await window.does("submit", view_id=form["id"], values=unknown)
        assert "no field 'y'" in lost["error"]
        assert (await window.does("close", view_id=form["id"]))["ok"]
        await window.sees(lambda screen: screen["modals"] == [])
    assert slack.violations == []


PRIORITIES = [option("Low"), option("High")]


def values(title: str) -> dict[str, Any]:
    """The fields' state as Slack writes it."""
    return {
        "title": {"title_input": {"type": "plain_text_input", "value": title}},
        "priority": {"how": {"type": "static_select", "selected_option": PRIORITIES[1]}},
    }


async def test_home_is_opened_and_clicked(
    slack: Slack, bot: Bot, app: AsyncApp, maya: Person, tom: Person
) -> None:
    pressed: list[Any] = []
    pickers = actions(
        button("New task", action_id="new", value="1"),
        {"type": "datepicker", "action_id": "day"},
        {"type": "multi_static_select", "action_id": "tags", "options": PRIORITIES},
    )

    async def opened(event: Any, client: Any) -> None:
        await client.views_publish(user_id=event["user"], view=home(section("Mine"), pickers))

    async def acts(ack: Any, action: Any) -> None:
        pressed.append(action)
        await ack()

    app.event("app_home_opened")(opened)
    for action_id in ("new", "day", "tags"):
        app.action(action_id)(acts)
    bot.runs(app)
    async with Window.of(slack, maya.id) as window, Window.of(slack, tom.id) as other:
        assert (await window.does("open_home"))["ok"]
        shown = await window.sees(lambda screen: screen["home"])
        place = {"view_id": shown["id"], "block_id": shown["blocks"][1]["block_id"]}
        await window.does("view_click", **place, action_id="new", value="1")
        await window.does("view_click", **place, action_id="day", selected="2026-12-03")
        await window.does("view_click", **place, action_id="tags", selected=["low", "high"])
        assert [it["action_id"] for it in pressed] == ["new", "day", "tags"]
        assert pressed[0]["value"] == "1"
        assert pressed[1]["selected_date"] == "2026-12-03"
        assert pressed[2]["selected_options"] == PRIORITIES
        strange = await other.does("view_click", **place, action_id="new", value="1")
        assert strange["error"] == "That view is not open any more."
        assert other.screen["home"] is None
    assert slack.violations == []


async def test_a_message_becomes_a_task_from_its_menu(
    slack: Slack, bot: Bot, maya: Person, tom: Person, dev: Channel
) -> None:
    message = tom.says("It is blank", channel=dev)
    async with Window.of(slack, maya.id) as window:
        place = {"channel": dev.id, "ts": message.ts}
        done = await window.does("message_shortcut", callback_id="make_task", **place)
        assert done["ok"]
        (asked,) = await window.wire(1)
        assert (asked["kind"], asked["what"]) == ("shortcut", "make_task")
        assert json.loads(asked["request"])["message"]["text"] == "It is blank"
        assert len(bot.requests) == 1


async def test_an_app_that_fails_is_told_of_in_words(
    slack: Slack, bot: Bot, maya: Person, dev: Channel
) -> None:
    command = {"channel": dev.id, "text": "/task list"}
    async with Window.of(slack, maya.id) as window:
        bot.says(text="oops", status=500)
        broken = await window.does("command", **command)
        assert (broken["ok"], broken["status"]) == (False, 500)
        assert broken["error"] == "The app answered with HTTP status 500."
        slack.deadline = 0.0
        bot.says()
        late = await window.does("command", **command)
        assert "Slack does not wait so long" in late["error"]
        slack.request_url = "http://127.0.0.1:1/slack/events"
        nobody = await window.does("command", **command)
        assert nobody["error"] == "The app did not answer: it hangs, or does not run."
        assert nobody["status"] is None
        failed = await window.wire(3)
        assert seen(failed) == [
            (500, "http_error"),
            (200, "late"),
            (None, "ClientConnectorError"),
        ]
        assert all(it["ephemeral"] and it["author"] == "Slackbot" for it in window.messages())


def seen(wire: list[dict[str, Any]]) -> list[tuple[int | None, str]]:
    return [(it["status"], it["outcome"]) for it in wire]


async def test_without_a_manifest_every_command_goes_to_the_app(
    slack: Slack, bot: Bot, maya: Person, dev: Channel
) -> None:
    assert slack.page.offer == Offer()
    async with Window.of(slack, maya.id) as window:
        both = (
            window.socket.send_json(
                {"id": number, "act": "command", "channel": dev.id, "text": "/todo"}
            )
            for number in (101, 102)
        )
        await asyncio.gather(*both)
        await slack.until(lambda: len(bot.requests) == 2, why="both")
