"""What each person wants to be told: the form, what it saves, and what follows from it."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.drawing.ids import Setting
from playground import Channel, Exchange, Fault, Message, Person, Slack, payloads
from playground.courier import deliver
from playground.messages import View
from tests.conftest import Ahead, RunningBot
from tests.journey import Trail, add, all_told, labels, said, seen

KEPT = "SELECT assigned, finished, due, digest, hour, weekdays FROM settings"
BERLIN = ZoneInfo("Europe/Berlin")


async def opened(person: Person, channel: Channel) -> View:
    """The form on somebody's screen."""
    answer = await person.command("/task settings", channel=channel)
    assert (answer.status, answer.shown) == (200, [])
    assert person.modal
    return person.modal


async def saved(person: Person, channel: Channel, **values: Any) -> Exchange:
    """The form sent off with some of its values changed."""
    return await person.submit(await opened(person, channel), values)


def chosen(view: View) -> dict[str, Any]:
    """What stands in each field."""
    found = {}
    for block in view.blocks:
        element = block["element"]
        options = element.get("initial_options", [])
        found[block["block_id"]] = [one["value"] for one in options]
        if "initial_option" in element:
            found[block["block_id"]] = element["initial_option"]["value"]
    return found


def messages(person: Person) -> list[Message]:
    return person.workspace.dm(person).messages


async def test_the_form_shows_the_defaults_and_then_what_was_saved(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    form = await opened(maya, dev)
    assert form.content["title"]["text"] == "Settings"
    assert chosen(form) == {
        "dms": ["assigned", "finished", "due"],
        "digest": [],
        "weekdays": ["1", "2", "3", "4", "5"],
        "hour": "9",
    }
    hints = [block["hint"]["text"] for block in form.blocks if "hint" in block]
    assert hints == [
        "On your clock (Europe/Berlin). What is due on a day is told at this hour, too.",
    ]
    values = {"dms": [], "digest": ["digest"], "weekdays": ["6", "7"], "hour": "23"}
    answer = await maya.submit(form, values)
    assert (answer.status, answer.body) == (200, "")
    assert maya.modal is None
    assert bot.rows(KEPT) == [(0, 0, 0, 1, 23, "67")]
    assert chosen(await opened(maya, dev)) == values


async def test_a_digest_on_no_day_is_refused_at_its_field_and_the_form_stays(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    form = await opened(maya, dev)
    bot.log()
    answer = await maya.submit(form, {"digest": ["digest"], "weekdays": []})
    assert answer.errors == {
        Setting.WEEKDAYS: "Choose the days on which you want it, or turn the digest off."
    }
    assert maya.modal is form
    assert bot.rows(KEPT) == []
    assert [line["outcome"] for line in bot.log("slack.interaction")] == ["rejected"]


async def test_saving_the_same_request_twice_leaves_the_same(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    answer = await saved(maya, dev, hour="7")
    again = await slack.resend(answer)
    assert again.status == 200
    assert bot.rows(KEPT) == [(1, 1, 1, 0, 7, "12345")]


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"dms": {"dms": {"selected_options": [{"value": "everything"}]}}},
        {"hour": {"hour": {"selected_option": {"value": "24"}}}},
        {"hour": {"hour": {"selected_option": None}}},
        {"digest": {"digest": {"selected_options": "digest"}}},
        {"weekdays": {"weekdays": {"selected_options": [7]}}},
        {"weekdays": []},
    ],
)
async def test_what_our_form_never_had_is_refused_in_words(
    bot: RunningBot, maya: Person, dev: Channel, forged: dict[str, Any]
) -> None:
    form = await opened(maya, dev)
    bot.log()
    nothing: dict[str, Any] = {"selected_options": []}
    honest: dict[str, Any] = {name: {name: nothing} for name in ("dms", "digest", "weekdays")}
    honest["hour"] = {"hour": {"selected_option": {"value": "9"}}}
    answer = await sent(maya, form, honest | forged if forged else {})
    assert answer.status == 200
    assert "I do not know this form, so nothing was saved." in str(answer.body)
    assert bot.rows(KEPT) == []
    assert [line["outcome"] for line in bot.log("slack.interaction")] == ["rejected"]


async def sent(person: Person, form: View, state: dict[str, Any]) -> Exchange:
    """A form as no client of Slack's sends it."""
    return await deliver(person.workspace.state, payloads.submission(person, form, state))


async def test_when_slack_does_not_open_the_form_it_is_said(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    slack.faults.add(Fault.error("expired_trigger_id", method="views.open"))
    answer = await maya.command("/task settings", channel=dev)
    assert "Slack did not let me open the form" in said(answer)
    slack.violations.clear()
    assert bot.rows(KEPT) == []


async def test_more_words_are_refused_with_an_example(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    trail = await Trail.begin(bot)
    answer = await maya.command("/task settings digest on", channel=dev)
    assert "/task settings" in said(answer)
    assert maya.modal is None
    await trail.of(answer, outcome="rejected")


@pytest.mark.parametrize(
    ("off", "line"),
    [("assigned", "assign 1 @tom"), ("finished", "done 2"), ("assigned", "assign 2 nobody")],
)
async def test_what_is_turned_off_is_not_told(
    bot: RunningBot, maya: Person, tom: Person, dev: Channel, off: str, line: str
) -> None:
    await add(maya, dev, "Fix login")
    await add(tom, dev, "Mend login @maya")
    await all_told(bot)
    before = len(messages(tom)) + len(messages(maya))
    for person in (maya, tom):
        left = [name for name in ("assigned", "finished", "due") if name != off]
        await saved(person, dev, dms=left)
    by = tom if line.startswith("assign 2") else maya
    await by.command(f"/task {line}", channel=dev)
    await all_told(bot)
    assert len(messages(tom)) + len(messages(maya)) == before


async def test_the_digest_comes_in_the_morning_with_a_way_to_turn_it_off(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel, clock: Ahead
) -> None:
    week = {str(day) for day in range(1, 8)}
    await saved(maya, dev, digest=["digest"], weekdays=sorted(week), hour="8")
    tomorrow = datetime.now(BERLIN).date() + timedelta(days=1)
    await add(maya, dev, "Some time", f"Fix login {tomorrow}", f"Given @tom {tomorrow}")
    for number in range(45):
        await add(maya, dev, f"Later {number} 2099-12-01")
    clock.turn_to(datetime.combine(tomorrow, time(8), BERLIN))
    await add(tom, dev, "What time is it")
    await slack.until(lambda: messages(maya), why="the digest")
    (digest,) = messages(maya)
    read = seen(digest, maya.workspace.dm(maya)).splitlines()
    assert read[:3] == ["Your open tasks", "Today", "#2 Fix login"]
    assert "and 22 more: /task list" in read
    assert "Given" not in str(digest.payload())
    assert labels(digest).count("Done") == 25
    assert len(digest.blocks) <= 50
    await maya.click(text="Settings", on=digest)
    assert maya.modal
    await maya.submit(None, {"digest": []})
    clock.turn_to(datetime.combine(tomorrow + timedelta(days=1), time(8), BERLIN))
    await add(tom, dev, "What time is it")
    await all_told(bot)
    assert messages(maya) == [digest]
    assert await bot.metric("reminder_lag_seconds_count") == 1


async def test_who_moves_has_another_morning(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel, clock: Ahead
) -> None:
    tomorrow = datetime.now(BERLIN).date() + timedelta(days=2)
    await add(maya, dev, f"Fix login {tomorrow}")
    member = {
        "id": maya.id,
        "team_id": "T01",
        "tz": "Asia/Tokyo",
        "updated": 4_000_000_000,
        "profile": {"display_name": "maya"},
    }
    await maya.workspace.event({"type": "user_change", "user": member})
    clock.turn_to(datetime.combine(tomorrow, time(9), ZoneInfo("Asia/Tokyo")))
    await add(tom, dev, "What time is it")
    await slack.until(lambda: messages(maya), why="the reminder")
    assert messages(maya)[0].text.startswith("Due today: #1 Fix login")
    assert await bot.metric("reminder_lag_seconds_count") == 1
