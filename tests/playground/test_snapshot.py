"""What each person's screen shows, and what it keeps from them."""

import json
import time

import pytest

from playground import Channel, Slack, Workspace
from playground.demo import furnish
from playground.messages import JSON
from playground.offer import Offer
from playground.snapshot import snapshot
from tests.playground.drawn import actions, button, entry, home, modal, section

MAYA, TOM, PRIYA, KENJI, INES, OLGA = (f"U0{number}" for number in range(1, 7))
CHANNELS = {
    MAYA: ["C01", "C02", "C03", "D01", "D0U01"],
    TOM: ["C01", "C03", "D01", "D0U02"],
    PRIYA: ["C01", "C03", "D0U03"],
    KENJI: ["C01", "C03", "D0U04"],
    INES: ["C02", "D0U05"],
    OLGA: ["C03", "D0U06"],
}


@pytest.fixture
def acme() -> Workspace:
    return furnish(Slack(signing_secret="shhh", clock=time.time))


@pytest.fixture
def dev(acme: Workspace) -> Channel:
    return acme.channels["C01"]


def screen(ws: Workspace, user_id: str, offer: Offer | None = None) -> JSON:
    """The screen as it arrives: whatever cannot be written as JSON fails here."""
    shown = snapshot(ws.people[user_id], offer or Offer(), {"down": False})
    return dict(json.loads(json.dumps(shown)))


@pytest.mark.parametrize(("user_id", "open_to_them"), CHANNELS.items())
def test_everybody_finds_the_channels_that_they_may_open(
    acme: Workspace, user_id: str, open_to_them: list[str]
) -> None:
    shown = screen(acme, user_id)
    assert shown["me"] == user_id
    assert [it["id"] for it in shown["channels"]] == open_to_them
    assert list(shown["messages"]) == open_to_them


@pytest.mark.parametrize("user_id", CHANNELS)
def test_what_is_said_in_a_private_channel_reaches_its_members_alone(
    acme: Workspace, user_id: str
) -> None:
    acme.people[MAYA].says("The launch is off", channel="C02")
    there = "The launch is off" in json.dumps(screen(acme, user_id))
    assert there is (user_id in (MAYA, INES))


@pytest.mark.parametrize("user_id", CHANNELS)
def test_a_private_answer_is_on_one_screen_alone(
    acme: Workspace, dev: Channel, user_id: str
) -> None:
    dev.post(acme.ephemeral(dev.id, TOM, "Added #1", blocks=acme.settled([section("Added #1")])))
    apology = acme.ephemeral(dev.id, TOM, "/task failed", from_slackbot=True)
    dev.post(apology)
    messages = screen(acme, user_id)["messages"].get(dev.id, [])
    seen = [(it["author"], it["user"], it["ephemeral"], it["is_bot"]) for it in messages]
    added, failed = ("Taskbot", "UBOT01", True, True), ("Slackbot", "USLACKBOT", True, True)
    assert seen == ([added, failed] if user_id == TOM else [])


def test_a_message_says_who_wrote_it_and_whether_it_was_changed(
    acme: Workspace, dev: Channel
) -> None:
    first = acme.people[KENJI].says("It is blank & broken", channel=dev)
    card = dev.post(acme.bot_message(dev.id, "#1", blocks=acme.settled([section("#1")])))
    acme.people[TOM].says("Looking", channel=dev, thread=first)
    card.edits += 1
    human, bot, reply = screen(acme, MAYA)["messages"][dev.id]
    assert (human["author"], human["text"]) == ("Kenji Sato", "It is blank &amp; broken")
    assert (human["is_bot"], human["ephemeral"], human["edited"]) == (False, False, False)
    assert (bot["author"], bot["is_bot"], bot["edited"], bot["edits"]) == ("Taskbot", True, True, 1)
    assert bot["blocks"][0]["block_id"]
    assert (human["thread_ts"], reply["thread_ts"]) == (None, first.ts)


def test_what_was_deleted_is_gone(acme: Workspace, dev: Channel) -> None:
    message = acme.people[KENJI].says("Never mind", channel=dev)
    assert screen(acme, MAYA)["messages"][dev.id]
    dev.delete(message)
    assert screen(acme, MAYA)["messages"][dev.id] == []


def test_people_are_named_with_zone_and_role(acme: Workspace) -> None:
    acme.add_person("U07", name="gone", role="deactivated")
    shown = screen(acme, MAYA)
    people = {it["id"]: it for it in shown["people"]}
    assert shown["actors"] == list(CHANNELS)
    assert people[PRIYA]["role_words"] == "admin"
    assert people[INES]["role_words"] == "guest"
    assert people[OLGA]["role_words"] == "from another organisation"
    assert people["U07"]["role_words"] == "account closed"
    assert [it["id"] for it in shown["people"] if it["is_bot"]] == ["UBOT01"]
    zones = [people[user_id]["tz"] for user_id in (MAYA, TOM, PRIYA, KENJI)]
    assert len(set(zones)) == 4
    app = {"user_id": "UBOT01", "name": "taskbot"}
    assert shown["workspace"] == {"id": "T01", "name": "Acme", "app": app}


def test_a_conversation_is_named_after_the_other_one(acme: Workspace) -> None:
    facts = {}
    for user_id in (MAYA, TOM):
        for it in screen(acme, user_id)["channels"]:
            facts[user_id, it["id"]] = (it["kind"], it["name"], it["with"], it["member"])
    assert facts[MAYA, "D01"] == ("im", "tom", TOM, True)
    assert facts[TOM, "D01"] == ("im", "maya", MAYA, True)
    assert facts[MAYA, "D0U01"] == ("im", "taskbot", "UBOT01", True)
    assert facts[MAYA, "C02"] == ("private", "launch", None, True)
    assert facts[TOM, "C03"] == ("public", "partners", None, False)


def test_a_conversation_with_the_app_is_read_only_when_the_app_says_so(acme: Workspace) -> None:
    acme.channels["C03"].archived = True
    told = screen(acme, MAYA, Offer(dm_read_only=True))["channels"]
    assert [it["id"] for it in told if it["read_only"]] == ["C03", "D0U01"]
    acme.channels["C03"].archived = False
    assert not any(it["read_only"] for it in screen(acme, MAYA)["channels"])


def test_home_and_forms_are_for_one_person(acme: Workspace) -> None:
    maya = acme.people[MAYA]
    maya.home = acme.new_view(home(section("My tasks")))
    first = acme.new_view(modal(entry(), callback_id="one"))
    second = acme.new_view(modal(actions(button("Go", action_id="go")), callback_id="two"))
    maya.views += [first, second]
    first.errors = {"title": "Too long"}
    shown, others = screen(acme, MAYA), screen(acme, TOM)
    assert (shown["home"]["id"], shown["home"]["hash"]) == (maya.home.id, maya.home.hash)
    assert shown["home"]["blocks"][0]["text"]["text"] == "My tasks"
    below, top = shown["modals"]
    assert [it["callback_id"] for it in (below, top)] == ["one", "two"]
    assert (below["title"]["text"], below["submit"]["text"], below["close"]) == (
        "A task",
        "Save",
        None,
    )
    assert below["errors"] == {"title": "Too long"}
    empty = {"type": "plain_text_input", "value": None}
    assert below["values"] == {"title": {"title_input": empty}}
    assert (others["home"], others["modals"]) == (None, [])


def test_what_is_offered_and_what_is_switched_on_stand_there(acme: Workspace) -> None:
    offer = Offer(commands=[{"command": "/task"}], hints=["/task list"])
    shown = screen(acme, MAYA, offer)
    assert (shown["commands"], shown["hints"]) == ([{"command": "/task"}], ["/task list"])
    assert (shown["shortcuts"], shown["faults"], shown["wire"]) == ([], {"down": False}, [])
