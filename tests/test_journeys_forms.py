"""Each form from the click that opens it to everything that follows from sending it off."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

import pytest

from playground import Channel, Fault, Person, Slack, Workspace, payloads
from playground.courier import deliver
from playground.exchange import Interaction
from playground.forms import filled
from playground.messages import View
from tests.conftest import Ahead, RunningBot, eventually
from tests.journey import (
    Trail,
    add,
    all_told,
    fields,
    form_of,
    labels,
    locked,
    said,
    seen,
    slow_down,
    words_of,
)

TASK = "SELECT title, notes, assignee_id, priority, channel_id FROM tasks WHERE number = ?"
EVENTS = "SELECT kind, source FROM task_events WHERE number = ? ORDER BY version"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = "<!channel> <@U02> *bold* \u202etxt &amp; https://x.example/?a=1&b=2"


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


async def editing(person: Person, number: int, channel: Channel) -> View:
    """The form about a task, opened by the command."""
    answer = await person.command(f"/task edit {number}", channel=channel)
    assert (answer.status, answer.body) == (200, ""), answer.body
    return form_of(person)


def forged(person: Person, view: View, values: Any, **changes: Any) -> Interaction:
    """The form sent off with something in it that Slack would never send."""
    sent = payloads.submission(person, view, values)
    payload = json.loads(parse_qs(sent.body.decode())["payload"][0])
    payload["view"] |= changes
    return replace(sent, body=urlencode({"payload": json.dumps(payload)}).encode())


# Opening


async def test_edit_alone_opens_the_task_as_a_form_and_a_title_still_renames(
    trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom due 2027-03-04 17:00 !high")
    await trail.skip()
    asked = await maya.command("/task edit 1", channel=dev)
    assert (asked.status, asked.body, asked.shown) == (200, "", [])
    form = form_of(maya)
    assert form.content["title"]["text"] == "Edit #1"
    assert fields(form) == {
        "Title": "Fix login",
        "Notes": None,
        "Assignee": "U02",
        "Due date": "2027-03-04",
        "Due time": "17:00",
        "Priority": "high",
    }
    assert "Europe/Berlin" in str(form.content)
    await trail.of(asked)
    renamed = await maya.command("/task edit 1 Fix logout", channel=dev)
    assert said(renamed).startswith("#1 Fix logout is its title now.")


async def test_the_form_opens_from_the_card_s_menu_from_show_and_beside_undo(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    added = await maya.command("/task add Fix login", channel=dev)
    assert labels(added.latest()) == ["Edit", "Undo"]
    await slack.until(lambda: dev.messages, why="the card")
    shown = await maya.command("/task show 1", channel=dev)
    await all_told(bot)
    await trail.skip()
    for person, place in ((maya, added), (tom, dev.messages[0]), (maya, shown)):
        click = await person.click(text="Edit", on=place)
        assert fields(form_of(person))["Title"] == "Fix login"
        await trail.of(click)


async def test_a_form_about_a_task_that_is_not_there_or_deleted_is_answered_in_words(
    trail: Trail, maya: Person, tom: Person, dev: Channel, secret: Channel
) -> None:
    await add(maya, secret, "Hidden")
    await add(maya, dev, "Gone")
    question = await maya.command("/task delete 2", channel=dev)
    await maya.click(text="Delete #2", on=question)
    await trail.skip()
    answers = []
    for number in (1, 9):
        answer = await tom.command(f"/task edit {number}", channel=dev)
        await trail.of(answer, outcome="rejected")
        answers.append(answer.text.replace(f"#{number}", "#N").replace(f"edit {number}", "edit N"))
    assert answers[0] == answers[1]
    assert "There is no task #N" in answers[0]
    deleted = await tom.command("/task edit 2", channel=dev)
    assert said(deleted).startswith("#2 was deleted by maya.")
    await trail.of(deleted, outcome="rejected")
    assert (maya.modal, tom.modal) == (None, None)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.error("expired_trigger_id", method="views.open"),
        Fault.status(503, method="views.open"),
        Fault.hang(method="views.open"),
        Fault.reset(method="views.open"),
        Fault.ratelimited(method="views.open"),
    ],
    ids=lambda fault: fault.kind,
)
async def test_when_slack_opens_no_form_the_same_is_offered_in_words_in_time(
    slack: Slack, trail: Trail, maya: Person, dev: Channel, fault: Fault
) -> None:
    added = await maya.command("/task add Fix login !quiet", channel=dev)
    await trail.skip()
    slack.faults.add(replace(fault))
    answer = await maya.command("/task edit 1", channel=dev)
    assert answer.seconds < 2.9
    first, *others = said(answer).splitlines()
    assert first.startswith("Slack did not let me open the form; nothing was changed.")
    assert first.endswith("type: /task edit 1 New title")
    assert others == ["or: /task due 1 friday", "or: /task assign 1 @maya"]
    await trail.of(answer, outcome="rejected")
    click = await maya.click(text="Edit", on=added)
    assert (click.status, click.body) == (200, "")
    await slack.until(lambda: len(added.shown) + len(click.shown) > 1, why="the words")
    assert "/task edit 1 New title" in said(click)
    await trail.of(click, outcome="rejected")


async def test_opening_a_form_calls_slack_once_with_the_trigger_and_nothing_before_it(
    slack: Slack, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    slack.calls.clear()
    await editing(maya, 1, dev)
    assert [call.method for call in slack.calls] == ["views.open"]


# Saving


async def test_saving_writes_what_was_changed_an_event_for_each_and_undo_takes_all_back(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login due 2027-03-04", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await all_told(bot)
    await editing(maya, 1, dev)
    await trail.skip()
    values = {"title": "Fix logout", "notes": "See the logs", "assignee": "U02", "priority": "low"}
    saved = await maya.submit(values=values)
    assert (saved.status, saved.body, maya.modal) == (200, "", None)
    assert bot.rows(TASK, 1) == [("Fix logout", "See the logs", "U02", "low", "C01")]
    await trail.of(saved, "#1 renamed", "#1 noted", "#1 assigned", "#1 prioritised")
    (card,) = dev.messages
    await slack.until(lambda: "Fix logout" in card.text, why="the card")
    assert "For tom" in seen(card, dev)

    history = await maya.command("/task history 1", channel=dev)
    assert "maya changed the notes" in said(history)
    await trail.skip()
    undone = await maya.command("/task undo", channel=dev)
    assert said(undone).startswith("Undone: #1 Fix login\n")
    assert bot.rows(TASK, 1) == [("Fix login", "", None, "normal", "C01")]
    events = ("prioritised", "assigned", "noted", "renamed")
    await trail.of(undone, *(f"#1 {kind} undo" for kind in events))


async def test_a_form_of_a_task_without_a_card_turns_into_what_is_saved_and_its_undo_works(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    form = await editing(maya, 1, dev)
    await trail.skip()
    saved = await maya.submit(values={"priority": "high"})
    assert words_of(form, maya).startswith("Saved: #1 Fix login\nTo do · For nobody · High")
    await trail.of(saved, "#1 prioritised")
    undone = await maya.click(text="Undo", on=form)
    await slack.until(lambda: "Undone: #1" in words_of(form, maya), why="the outcome")
    assert bot.rows(TASK, 1)[0][3] == "normal"
    await trail.of(undone, "#1 prioritised undo")


async def test_saving_what_was_not_changed_closes_the_form_and_writes_nothing(
    bot: RunningBot, trail: Trail, clock: Ahead, maya: Person, dev: Channel
) -> None:
    clock.turn_to(MONDAY)
    await maya.command("/task add Fix login due 10:30 !high !quiet\nA note", channel=dev)
    await editing(maya, 1, dev)
    clock.turn_to(MONDAY + timedelta(days=2))
    await trail.skip()
    saved = await maya.submit()
    assert (saved.status, saved.body, maya.modal) == (200, "", None)
    assert bot.rows(EVENTS, 1) == [("created", "command")]
    await trail.of(saved)


async def test_a_past_due_date_stays_until_it_is_changed_and_then_may_not_be_past(
    bot: RunningBot, trail: Trail, clock: Ahead, maya: Person, dev: Channel
) -> None:
    clock.turn_to(MONDAY)
    await add(maya, dev, "Fix login due tomorrow 10:00")
    clock.turn_to(MONDAY + timedelta(days=3))
    form = await editing(maya, 1, dev)
    await trail.skip()
    refused = await maya.submit(values={"due_day": "2026-11-25"})
    assert list(refused.errors) == ["due_day|1"]
    assert "tomorrow 10:00, Fri 27 Nov 2026, 10:00 (Europe/Berlin)" in refused.errors["due_day|1"]
    await trail.of(refused, outcome="rejected")
    refused = await maya.submit(values={"due_day": "2026-11-26", "due_time": "09:59"})
    assert list(refused.errors) == ["due_time|1"]
    await trail.of(refused, outcome="rejected")
    assert maya.modal is form
    saved = await maya.submit(values={"title": "Fix logout"})
    await trail.of(saved, "#1 renamed")
    (due,) = bot.rows("SELECT due_at FROM tasks")[0]
    assert datetime.fromtimestamp(due / 1e6, BERLIN) == datetime(2026, 11, 24, 10, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"title": " \u200b "}, "title|1", "has no title"),
        ({"title": "\u3164"}, "title|1", "has no title"),
        ({"due_day": None, "due_time": "17:00"}, "due_day|1", "17:00 on which day?"),
        ({"due_day": "2020-02-29"}, "due_day|1", "The next possible: today"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_the_form_stays(
    bot: RunningBot,
    trail: Trail,
    maya: Person,
    dev: Channel,
    values: dict[str, Any],
    field: str,
    words: str,
) -> None:
    await add(maya, dev, "Fix login")
    form = await editing(maya, 1, dev)
    await trail.skip()
    refused = await maya.submit(values=values)
    assert list(refused.errors) == [field]
    assert words in refused.errors[field]
    assert maya.modal is form
    assert bot.rows(EVENTS, 1) == [("created", "command")]
    await trail.of(refused, outcome="rejected")


async def test_everything_that_is_wrong_is_told_at_once(maya: Person, dev: Channel) -> None:
    await add(maya, dev, "Fix login")
    form = await editing(maya, 1, dev)
    state = filled(form, {"title": "t" * 300, "notes": "n" * 3_001, "due_time": "17:00"})
    refused = await deliver(maya.workspace.state, payloads.submission(maya, form, state))
    assert {block: text.split(";")[0] for block, text in refused.errors.items()} == {
        "title|1": "The title has 300 characters",
        "notes|1": "The notes have 3,001 characters",
        "due_day|1": "17:00 on which day? Choose one, or take the time away.",
    }


FORGED: dict[str, Any] = {
    "no state": {"state": None},
    "no values": {"state": {"values": []}},
    "a field is missing": {"state": {"values": {}}},
    "a field is a list": {"state": {"values": {"title|1": {"title": []}}}},
    "no metadata": {"private_metadata": ""},
    "metadata is no object": {"private_metadata": "[1]"},
    "metadata is deep": {"private_metadata": "[" * 3_000},
    "another number": {"private_metadata": '{"number": "1", "version": 1}'},
    "no number": {"private_metadata": '{"version": 1}'},
    "a number beyond all": {"private_metadata": '{"number": 99999999999, "version": 1}'},
    "another field": {"private_metadata": '{"number": 1, "version": 1, "role": "admin"}'},
    "another source": {"private_metadata": '{"number": 1, "version": 1, "source": "command"}'},
    "a day that is none": {"private_metadata": '{"number": 1, "version": 1, "due": "2026-02-30"}'},
    "another site": {
        "private_metadata": '{"number": 1, "version": 1, "permalink": "https://slack.com.evil.x/"}'
    },
}


@pytest.mark.parametrize("case", FORGED)
async def test_a_form_that_we_never_drew_is_rejected_in_words(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel, case: str
) -> None:
    await add(maya, dev, "Fix login")
    form = await editing(maya, 1, dev)
    await trail.skip()
    interaction = forged(maya, form, filled(form, {"title": "Stolen"}), **FORGED[case])
    refused = await deliver(maya.workspace.state, interaction)
    assert refused.status == 200
    assert words_of(form, maya).startswith("I do not know this form, so nothing was saved.")
    assert bot.rows(EVENTS, 1) == [("created", "command")]
    await trail.of(refused, outcome="rejected")


@pytest.mark.parametrize(
    ("field", "state"),
    [
        ("title", {"value": 5}),
        ("assignee", {"selected_user": "maya"}),
        ("assignee", {}),
        ("due_day", {"selected_date": "9999-12-31"}),
        ("due_day", {"selected_date": "2026-02-30"}),
        ("due_time", {"selected_time": "25:00"}),
        ("priority", {"selected_option": {"value": "urgent"}}),
        ("priority", {"selected_option": None}),
    ],
)
async def test_a_value_that_no_field_of_ours_has_is_rejected_in_words(
    trail: Trail, maya: Person, dev: Channel, field: str, state: dict[str, Any]
) -> None:
    await add(maya, dev, "Fix login")
    form = await editing(maya, 1, dev)
    await trail.skip()
    values = filled(form, {"due_day": "2027-01-01"}) | {f"{field}|1": {field: state}}
    refused = await deliver(maya.workspace.state, payloads.submission(maya, form, values))
    assert words_of(form, maya).startswith("I do not know this form")
    await trail.of(refused, outcome="rejected")


async def test_a_number_that_is_not_theirs_in_the_form_is_no_task(
    bot: RunningBot,
    slack: Slack,
    trail: Trail,
    maya: Person,
    tom: Person,
    dev: Channel,
    secret: Channel,
) -> None:
    await add(maya, secret, "Hidden")
    await add(maya, dev, "Fix login")
    other = slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    other.add_person("U21", name="eve")
    words = []
    for number in (1, 99):
        form = await editing(tom, 2, dev)
        await trail.skip()
        metadata = json.dumps({"number": number, "version": 1, "channel_id": "C01"})
        values = filled(form, {"title": "Stolen"})
        refused = await deliver(slack, forged(tom, form, values, private_metadata=metadata))
        words.append(words_of(form, tom).replace(f"#{number}", "#N"))
        await trail.of(refused, outcome="rejected")
    assert words[0] == words[1]
    assert "There is no task #N" in words[0]
    assert "Stolen" in words[0], "what was typed is there to copy"
    assert bot.rows(TASK, 1)[0][0] == "Hidden"


async def test_hostile_titles_come_back_from_a_form_exactly_as_they_were_typed(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await editing(maya, 1, dev)
    await maya.submit(values={"title": HOSTILE, "notes": HOSTILE})
    assert bot.rows(TASK, 1)[0][:2] == (HOSTILE, HOSTILE)
    (card,) = dev.messages
    await slack.until(lambda: card.edits, why="the card")
    assert "&lt;!channel&gt; &lt;@U02&gt;" in card.text
    form = await editing(maya, 1, dev)
    assert (fields(form)["Title"], fields(form)["Notes"]) == (HOSTILE, HOSTILE)
    await maya.submit()
    assert len(bot.rows(EVENTS, 1)) == 3


# Two people


async def test_two_people_who_change_different_things_both_have_their_way(
    bot: RunningBot, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login !quiet\nA note", channel=dev)
    await editing(maya, 1, dev)
    await editing(tom, 1, dev)
    await tom.submit(values={"title": "Fix logout", "priority": "high"})
    await maya.submit(values={"notes": "Another note", "priority": "high"})
    assert bot.rows(TASK, 1) == [("Fix logout", "Another note", None, "high", "C01")]
    assert [kind for kind, _ in bot.rows(EVENTS, 1)] == [
        "created",
        "renamed",
        "prioritised",
        "noted",
    ]


async def test_a_crossing_writes_nothing_shows_theirs_beside_mine_and_saving_again_works(
    bot: RunningBot, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login !quiet\nA note", channel=dev)
    form = await editing(maya, 1, dev)
    before = {block["block_id"] for block in form.blocks}
    await tom.command("/task edit 1 Fix <b> logout", channel=dev)
    await tom.command("/task due 1 2027-03-04", channel=dev)
    await trail.skip()
    mine = {"title": "Fix sign-in", "priority": "high"}
    crossing = await maya.submit(values=mine)
    assert maya.modal is form
    assert bot.rows(TASK, 1)[0][:4] == ("Fix <b> logout", "A note", None, "normal")
    assert words_of(form, maya).startswith(
        "tom changed the title meanwhile to “Fix <b> logout”. "
        "Yours stands in the field; save to replace it, or type theirs.\n"
    )
    assert fields(form) == {
        "Title": "Fix sign-in",
        "Notes": "A note",
        "Assignee": None,
        "Due date": "2027-03-04",
        "Due time": None,
        "Priority": "high",
    }
    inputs = {block["block_id"] for block in form.blocks if block["type"] == "input"}
    assert not inputs & before, "Slack would show what stood in a field of the same name"
    await trail.of(crossing, outcome="rejected")

    saved = await maya.submit()
    await trail.of(saved, "#1 renamed", "#1 prioritised")
    assert bot.rows(TASK, 1)[0][:4] == ("Fix sign-in", "A note", None, "high")
    assert bot.rows("SELECT due_day FROM tasks") != [(None,)]


async def test_every_field_that_crosses_is_named_with_who_changed_it_and_to_what(
    bot: RunningBot, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login due 2027-03-01 !quiet\nA note", channel=dev)
    form = await editing(maya, 1, dev)
    await editing(tom, 1, dev)
    theirs = {"title": "T", "notes": "N", "assignee": "U02", "due_day": None, "priority": "low"}
    await tom.submit(values=theirs)
    mine = {
        "title": "t",
        "notes": "n",
        "assignee": "U03",
        "due_day": "2027-04-01",
        "priority": "high",
    }
    await maya.submit(values=mine)
    words = words_of(form, maya)
    for theirs_said in (
        "tom changed the title meanwhile to “T”.",
        "tom changed the notes meanwhile. Yours stands in the field; save to replace it, or copy",
        "tom gave the task to tom meanwhile.",
        "tom took the due date away meanwhile.",
        "tom set the priority to low meanwhile.",
    ):
        assert theirs_said in words
    assert list(fields(form).values()) == ["t", "n", "U03", "2027-04-01", None, "high"]
    await maya.submit()
    assert bot.rows(TASK, 1) == [("t", "n", "U03", "high", "C01")]


async def test_a_task_that_was_deleted_meanwhile_is_said_so_with_what_was_typed_to_copy(
    trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom")
    form = await editing(maya, 1, dev)
    question = await tom.command("/task delete 1", channel=dev)
    await tom.click(text="Delete #1", on=question)
    await trail.skip()
    refused = await maya.submit(values={"notes": "Ten lines of thought"})
    words = words_of(form, maya)
    assert words.startswith("#1 was deleted by tom. To bring it back: /task restore 1")
    assert "Ten lines of thought" in words
    await trail.of(refused, outcome="rejected")


# Once only, and when things fail


async def test_the_same_form_twice_is_saved_once_and_answered_the_same(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await maya.shortcut("new_task")
    added = await maya.submit(values={"title": "Fix login"})
    again = await slack.resend(added)
    assert again.body == added.body
    assert bot.rows("SELECT count(*) FROM tasks") == [(1,)]


async def test_while_nothing_can_be_saved_the_form_stays_with_what_was_typed(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    form = await editing(maya, 1, dev)
    with locked(bot.path):
        refused = await maya.submit(values={"title": "Fix logout"})
    assert list(refused.errors) == ["title|1"]
    assert refused.errors["title|1"].startswith("Not saved: the database is busy.")
    assert maya.modal is form
    await maya.submit(values={"title": "Fix logout"})
    assert bot.rows(TASK, 1)[0][0] == "Fix logout"


async def test_a_form_whose_saving_takes_long_says_so_and_then_what_came_of_it(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await maya.shortcut("new_task")
    form = form_of(maya)
    drop = slow_down(bot.path, seconds=4)
    answer = await maya.submit(values={"title": "Fix login"})
    assert answer.seconds < 2.9
    assert words_of(form, maya).startswith("Still saving (ref ")
    await slack.until(lambda: "Added #1 Fix login" in words_of(form, maya), seconds=20, why="it")
    drop()
    assert bot.rows("SELECT title FROM tasks") == [("Fix login",)]


async def test_a_form_that_is_not_saved_after_long_comes_back_as_it_was_filled_in(
    bot: RunningBot, slack: Slack, maya: Person
) -> None:
    await maya.shortcut("new_task")
    form = form_of(maya)
    drop = slow_down(bot.path, seconds=4)
    stop = "BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'no'); END"
    write(bot, f"CREATE TRIGGER broken {stop}")
    await maya.submit(values={"title": "Fix login", "assignee": "U02", "due_day": "2027-03-04"})
    assert words_of(form, maya).startswith("Still saving (ref ")
    await slack.until(lambda: "Not saved: " in words_of(form, maya), seconds=20, why="the form")
    filled_in = {"Title": "Fix login", "Assignee": "U02", "Due date": "2027-03-04"}
    assert fields(form) | filled_in == fields(form)
    assert bot.rows("SELECT count(*) FROM tasks") == [(0,)]
    drop()
    write(bot, "DROP TRIGGER broken")
    await maya.submit()
    assert bot.rows("SELECT title, assignee_id FROM tasks") == [("Fix login", "U02")]


# Who may


async def test_somebody_of_another_organisation_is_refused_in_the_form_s_place(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    form = await editing(maya, 1, dev)
    eve = team.add_person("U0E", name="eve", role="outsider")
    eve.views.append(form)
    await trail.skip()
    refused = await deliver(slack, payloads.submission(eve, form, filled(form, {"title": "X"})))
    assert words_of(form, eve).startswith("Tasks here belong to another organisation.")
    assert bot.rows(EVENTS, 1) == [("created", "command")]
    await trail.of(refused, outcome="rejected")


async def test_a_guest_edits_what_the_channel_shows_and_nothing_else(
    bot: RunningBot, team: Workspace, maya: Person, gus: Person, dev: Channel
) -> None:
    other = team.add_channel("C05", name="other", members=["U04"])
    await add(maya, dev, "Fix login")
    form = await editing(gus, 1, dev)
    await gus.submit(values={"title": "Fix logout"})
    assert bot.rows(TASK, 1)[0][0] == "Fix logout"
    assert words_of(form, gus).startswith("Saved: #1 Fix logout")
    refused = await gus.command("/task edit 1", channel=other)
    assert "There is no task #1" in refused.text


async def test_undo_in_what_a_form_turned_into_works_where_the_task_is_seen_only_there(
    bot: RunningBot,
    slack: Slack,
    maya: Person,
    tom: Person,
    gus: Person,
    dev: Channel,
    secret: Channel,
) -> None:
    await add(maya, secret, "Hidden")
    await add(maya, dev, "Fix login")
    for person, number, place in ((tom, 1, secret), (gus, 2, dev)):
        form = await editing(person, number, place)
        await person.submit(values={"title": "Another"})
        await person.click(text="Undo", on=form)
        shown = f"Undone: #{number}"
        await slack.until(lambda: shown in words_of(form, person), why="the outcome")  # noqa: B023  # awaited at once
    assert bot.rows("SELECT title FROM tasks") == [("Hidden",), ("Fix login",)]


async def test_who_left_the_channel_takes_nothing_back_in_what_a_form_turned_into(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, secret: Channel
) -> None:
    await add(maya, secret, "Hidden")
    form = await editing(tom, 1, secret)
    await tom.submit(values={"title": "Another"})
    await eventually(lambda: bot.rows("SELECT 1 FROM channels WHERE channel_id = 'C02'"))
    write(bot, "INSERT INTO channel_members VALUES ('T01', 'C02', 'U01')")
    await tom.click(text="Undo", on=form)
    await slack.until(lambda: "There is no task #1" in words_of(form, tom), why="the outcome")
    assert bot.rows(TASK, 1)[0][0] == "Another"


async def test_who_left_a_channel_whose_members_are_known_sees_its_task_no_more(
    bot: RunningBot, trail: Trail, maya: Person, tom: Person, secret: Channel
) -> None:
    await add(maya, secret, "Hidden")
    form = await editing(tom, 1, secret)
    await eventually(lambda: bot.rows("SELECT 1 FROM channels WHERE channel_id = 'C02'"))
    members = "INSERT INTO channel_members VALUES ('T01', 'C02', 'U01')"
    write(bot, members)
    await trail.skip()
    refused = await tom.submit(values={"title": "Seen"})
    assert "There is no task #1" in words_of(form, tom)
    await trail.of(refused, outcome="rejected")
    assert bot.rows(TASK, 1)[0][0] == "Hidden"


def write(bot: RunningBot, statement: str) -> None:
    """What another part of the bot would have written."""
    with sqlite3.connect(bot.path) as connection:
        connection.execute(statement)
    connection.close()
