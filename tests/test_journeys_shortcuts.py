"""Each shortcut, and New task in Home, from the click to the task and its card."""

import json
import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from bot.drawing import ids
from playground import Channel, Fault, Person, Slack, Workspace, payloads
from playground.controls import controls
from playground.courier import deliver
from playground.forms import filled
from playground.messages import Message, View
from tests.conftest import RunningBot
from tests.journey import Trail, all_told, fields, form_of, said, seen, words_of

TASK = "SELECT title, notes, assignee_id, channel_id, thread_ts, permalink FROM tasks"
SOURCE = "SELECT kind, source FROM task_events ORDER BY version"

pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
async def trail(bot: RunningBot) -> Trail:
    return await Trail.begin(bot)


@pytest.fixture
def secret(team: Workspace) -> Channel:
    return team.channels["C02"]


@pytest.fixture
def gus(team: Workspace) -> Person:
    return team.people["U04"]


async def made_of(person: Person, message: Message) -> View:
    """The form that the message's menu opens."""
    asked = await person.message_shortcut("make_task", message)
    assert (asked.status, asked.body) == (200, "")
    return form_of(person)


def members(bot: RunningBot, channel_id: str, *user_ids: str) -> None:
    """Who is in a channel, as it is written down when the bot is in it too."""
    with sqlite3.connect(bot.path) as connection:
        for user_id in user_ids:
            row = ("T01", channel_id, user_id)
            connection.execute("INSERT INTO channel_members VALUES (?, ?, ?)", row)
    connection.close()


def metadata(view: View) -> dict[str, Any]:
    kept = json.loads(view.private_metadata)
    assert isinstance(kept, dict)
    return kept


def home_of(person: Person) -> View:
    """A Home with the button for a new task."""
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "New task"},
        "action_id": ids.NEW,
    }
    block = {"type": "actions", "block_id": "top", "elements": [button]}
    person.home = person.workspace.new_view({"type": "home", "blocks": [block]})
    return person.home


# Make it a task


async def test_a_message_becomes_a_task_with_its_card_in_the_thread_and_a_way_back(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    text = "@tom, the login <b> is *slow* & broken\nSee #dev\nand https://x.example/?a=1"
    message = tom.says(text, channel=dev)
    asked = await maya.message_shortcut("make_task", message)
    assert (asked.status, asked.body) == (200, "")
    await trail.of(asked)
    form = form_of(maya)
    assert form.content["title"]["text"] == "New task"
    assert fields(form) == {
        "Title": "@tom, the login <b> is *slow* & broken",
        "Notes": "See #dev\nand https://x.example/?a=1",
        "Assignee": None,
        "Due date": None,
        "Due time": None,
        "Priority": "normal",
        "Card": ["show"],
    }
    added = await maya.submit(values={"title": "Fix login", "assignee": "U02"})
    assert (added.body, maya.modal) == ("", None), "its card says that it is added"
    await trail.of(added, "#1 created", source="shortcut")
    notes = "See #dev\nand https://x.example/?a=1"
    assert bot.rows(TASK) == [("Fix login", notes, "U02", "C01", message.ts, message.permalink)]
    await slack.until(lambda: len(dev.messages) == 2, why="the card")
    card = dev.messages[-1]
    assert card.thread_ts == message.ts
    assert "From a message" in seen(card, dev)
    assert message.permalink in str(card.blocks)
    shown = await tom.command("/task show 1", channel=dev)
    assert "From a message" in said(shown)
    await all_told(bot)
    posts = [call.channel for call in slack.calls if call.method == "chat.postMessage"]
    assert sorted(map(str, posts)) == ["C01", "U02"], "the card, and a word to whom it is for"


async def test_from_inside_a_thread_the_card_goes_into_that_thread(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    root = tom.says("Look", channel=dev)
    reply = tom.says("It is broken", channel=dev, thread=root)
    await made_of(maya, reply)
    await maya.submit()
    assert bot.rows(TASK) == [("It is broken", "", None, "C01", root.ts, reply.permalink)]
    assert "?thread_ts=" in reply.permalink
    await slack.until(lambda: len(dev.messages) == 3, why="the card")
    assert dev.messages[-1].thread_ts == root.ts


async def test_without_the_card_the_form_turns_into_what_is_added_and_its_buttons_work(
    slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    form = await made_of(maya, maya.says("Fix login", channel=dev))
    await trail.skip()
    added = await maya.submit(values={"card": []})
    assert words_of(form, maya).startswith("Added #1 Fix login\nFor nobody.\n")
    await trail.of(added, "#1 created", source="shortcut")
    click = await maya.click(text="Edit", on=form)
    assert form.content["title"]["text"] == "Edit #1"
    assert maya.views == [form]
    await trail.of(click)
    saved = await maya.submit(values={"title": "Fix logout"})
    await trail.of(saved, "#1 renamed")
    undone = await maya.click(text="Undo", on=form)
    await slack.until(lambda: "Undone: #1 Fix login" in words_of(form, maya), why="the outcome")
    await trail.of(undone, "#1 renamed undo")
    assert len(dev.messages) == 1


async def test_undo_in_the_form_s_place_deletes_what_was_added(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await maya.shortcut("new_task")
    form = form_of(maya)
    await maya.submit(values={"title": "Fix login"})
    assert [control.label for control in controls(form)] == ["Edit", "Undo"]
    await maya.click(text="Undo", on=form)
    await slack.until(lambda: "Undone: #1 is deleted." in words_of(form, maya), why="the outcome")
    assert bot.rows("SELECT deleted_by FROM tasks") == [("U01",)]


async def test_names_that_slack_left_out_come_from_the_people_that_we_know(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task", channel=dev)
    message = tom.says("x", channel=dev)
    message.text = "Ask <@U02> and <@W0UNKNOWN> in <#C02|> about &lt;!channel&gt; <!here>"
    slack.calls.clear()
    form = await made_of(maya, message)
    title = "Ask @tom and @W0UNKNOWN in #channel about <!channel> @here"
    assert fields(form)["Title"] == title
    assert [call.method for call in slack.calls] == ["views.open"]
    await maya.submit()
    await slack.until(lambda: len(dev.messages) == 2, why="the card")
    assert "&lt;!channel&gt;" in dev.messages[-1].text
    assert bot.rows(TASK)[0][0] == title


async def test_a_message_without_words_leaves_the_title_to_be_typed(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    message = maya.says("x", channel=dev)
    message.text = ""
    form = await made_of(maya, message)
    assert fields(form)["Title"] is None
    refused = await maya.submit(values={"title": " "})
    assert list(refused.errors) == ["title|0"]
    await maya.submit(values={"title": "Look at the file"})
    assert bot.rows(TASK)[0][0] == "Look at the file"


async def test_in_a_private_channel_without_the_bot_the_answer_says_how_to_get_a_card(
    bot: RunningBot, maya: Person, secret: Channel
) -> None:
    form = await made_of(maya, maya.says("Fix login", channel=secret))
    await maya.submit()
    assert words_of(form, maya).startswith("Added #1 Fix login\n")
    assert "/invite me" in words_of(form, maya)
    assert bot.rows(TASK)[0][3] == "C02"


@pytest.mark.parametrize("kind", ["im", "mpim"])
async def test_in_direct_and_group_conversations_there_is_no_card_and_none_to_choose(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person, kind: Any
) -> None:
    talk = team.add_channel("D0X" if kind == "im" else "C0X", kind=kind, members=["U01", "U02"])
    slack.calls.clear()
    form = await made_of(maya, maya.says("Fix login", channel=talk))
    assert "Card" not in fields(form)
    await maya.submit()
    assert words_of(form, maya).startswith("Added #1 Fix login\n")
    assert "/invite" not in words_of(form, maya)
    assert bot.rows("SELECT channel_id, has_card FROM tasks") == [(talk.id, 0)]
    assert [call.method for call in slack.calls] == ["views.open"]


async def test_a_message_shortcut_without_a_message_is_rejected_in_words(
    slack: Slack, trail: Trail, maya: Person
) -> None:
    asked = await maya.shortcut("make_task")
    assert asked.status == 200
    await slack.until(lambda: maya.modal, why="the words")
    assert words_of(form_of(maya), maya).startswith("I do not know this form")
    await trail.of(asked, outcome="rejected")


# New task


async def test_a_new_task_belongs_to_no_channel_unless_one_is_chosen(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    asked = await maya.shortcut("new_task")
    await trail.of(asked)
    form = form_of(maya)
    assert fields(form) | {"Card": ["show"], "Channel": None} == fields(form)
    assert "channel_id" not in metadata(form)
    added = await maya.submit(values={"title": "Fix login", "due_day": "2027-03-04"})
    assert words_of(form, maya).startswith(
        "Added #1 Fix login\nFor nobody · Due Thu 4 Mar 2027 (Europe/Berlin)"
    )
    assert "/invite" not in words_of(form, maya)
    await trail.of(added, "#1 created", source="shortcut")
    assert bot.rows(TASK) == [("Fix login", "", None, None, None, None)]

    await maya.shortcut("new_task")
    added = await maya.submit(values={"title": "Fix logout", "channel": "C01"})
    assert (added.body, maya.modal) == ("", None)
    await slack.until(lambda: dev.messages, why="the card")
    assert "#2 Fix logout" in dev.messages[0].text


async def test_home_opens_the_same_form_and_closes_it_in_silence(
    bot: RunningBot, trail: Trail, maya: Person
) -> None:
    click = await maya.click(ids.NEW, on=home_of(maya))
    await trail.of(click)
    assert metadata(form_of(maya)) == {"source": "home"}
    added = await maya.submit(values={"title": "Fix login"})
    assert (added.body, maya.modal) == ("", None)
    await trail.of(added, "#1 created", source="home")
    assert bot.rows(SOURCE) == [("created", "home")]


async def test_a_private_channel_can_be_chosen_only_by_those_who_are_known_to_be_in_it(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person, tom: Person
) -> None:
    team.add_channel("C03", name="board", kind="private", members=["U01"], bot_in=True)
    members(bot, "C03", "U01")
    answers = []
    for channel_id in ("C03", "C02", "C0NOSUCH"):
        await tom.shortcut("new_task")
        form = form_of(tom)
        await trail.skip()
        values = filled(form, {"title": "Fix login", "channel": channel_id})
        refused = await deliver(slack, payloads.submission(tom, form, values))
        assert list(refused.errors) == ["channel|0"]
        answers.append(refused.errors["channel|0"])
        assert tom.modal is form
        await trail.of(refused, outcome="rejected")
    assert set(answers) == {
        "I cannot tell that you are in it. Type “/task add Fix the login page” there instead."
    }
    assert bot.rows(TASK) == []
    await maya.shortcut("new_task")
    await maya.submit(values={"title": "Fix login", "channel": "C03"})
    await slack.until(lambda: team.channels["C03"].messages, why="the card")
    assert bot.rows(TASK)[0][3] == "C03"


async def test_guests_choose_no_channel_and_a_forged_choice_is_refused(
    bot: RunningBot, slack: Slack, trail: Trail, gus: Person
) -> None:
    await gus.shortcut("new_task")
    form = form_of(gus)
    assert not {"Channel", "Card"} & fields(form).keys()
    await trail.skip()
    values = filled(form, {"title": "Fix login"})
    values["channel|0"] = {"channel": {"selected_conversation": "C01"}}
    refused = await deliver(slack, payloads.submission(gus, form, values))
    assert words_of(form, gus).startswith("I do not know this form")
    await trail.of(refused, outcome="rejected")
    await gus.shortcut("new_task")
    await gus.submit(values={"title": "Mine"})
    assert bot.rows(TASK) == [("Mine", "", None, None, None, None)]


async def test_a_guest_makes_a_task_of_a_message_where_the_guest_is(
    bot: RunningBot, slack: Slack, gus: Person, dev: Channel
) -> None:
    await made_of(gus, gus.says("Fix login", channel=dev))
    await gus.submit()
    await slack.until(lambda: len(dev.messages) == 2, why="the card")
    assert bot.rows(TASK)[0][3] == "C01"


# When things fail


@pytest.mark.parametrize(
    "fault",
    [
        Fault.error("expired_trigger_id", method="views.open"),
        Fault.hang(method="views.open"),
    ],
    ids=["too late", "no answer"],
)
async def test_when_no_form_opens_the_words_come_as_a_direct_message_or_beside_the_message(
    slack: Slack, trail: Trail, maya: Person, dev: Channel, fault: Fault
) -> None:
    slack.faults.add(replace(fault))
    asked = await maya.shortcut("new_task")
    assert (asked.status, asked.body) == (200, "")
    assert asked.seconds < 2.9
    place = maya.workspace.dm(maya)
    await slack.until(lambda: place.messages, why="the direct message")
    assert "/task add Fix the login page @maya friday !high" in place.messages[0].text
    await trail.of(asked, outcome="rejected")
    asked = await maya.message_shortcut("make_task", maya.says("x", channel=dev))
    await slack.until(lambda: asked.shown, why="the words")
    assert "Slack did not let me open the form" in said(asked)
    await trail.of(asked, outcome="rejected")
    assert len(place.messages) == 1


async def test_the_same_shortcut_twice_opens_one_form_and_the_form_makes_one_task(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await made_of(maya, maya.says("Fix login", channel=dev))
    first = await maya.submit()
    again = await slack.resend(first)
    assert (first.body, again.body) == ("", "")
    await slack.until(lambda: len(dev.messages) == 2, why="the card")
    await all_told(bot)
    assert bot.rows("SELECT number FROM tasks") == [(1,)]
    assert len(dev.messages) == 2


async def test_an_unknown_shortcut_is_rejected_in_words(
    slack: Slack, trail: Trail, maya: Person
) -> None:
    asked = await maya.shortcut("from_another_release")
    await slack.until(lambda: maya.modal, why="the words")
    assert words_of(form_of(maya), maya).startswith("I do not know this shortcut.")
    await trail.of(asked, outcome="rejected")


async def test_somebody_of_another_organisation_makes_no_task_of_a_message(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace
) -> None:
    eve = team.add_person("U0E", name="eve", role="outsider")
    shared = team.add_channel("C04", name="shared", shared=True, members=["U0E", "U01"])
    await trail.skip()
    asked = await eve.message_shortcut("make_task", eve.says("Fix login", channel=shared))
    await slack.until(lambda: asked.shown, why="the words")
    assert said(asked).startswith("Tasks here belong to another organisation.")
    await trail.of(asked, outcome="rejected")
    assert (eve.modal, bot.rows(TASK)) == (None, [])


async def test_nothing_in_the_form_s_metadata_is_more_than_where_it_was_opened(
    maya: Person, dev: Channel
) -> None:
    message = maya.says("Fix login", channel=dev)
    form = await made_of(maya, message)
    assert metadata(form) == {
        "source": "shortcut",
        "channel_id": "C01",
        "thread_ts": message.ts,
        "permalink": message.permalink,
    }
