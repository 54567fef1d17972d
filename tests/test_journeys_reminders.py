"""What falls due is told at its moment or in the morning of its day, each task as it is then."""

import asyncio
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from playground import Channel, Fault, Message, Person, Slack, Workspace
from store import Database, DueAt, People, Role, TaskStore
from store import Person as Known
from tests.bot_process import bot_process, rows
from tests.conftest import Ahead, RunningBot, eventually, lay_schema, running_bot
from tests.factories import ACME, Clock, new, origin
from tests.journey import add, all_told, labels, seen

BERLIN = ZoneInfo("Europe/Berlin")
TOMORROW = datetime.now(BERLIN).date() + timedelta(days=1)
LAG = "reminder_lag_seconds"


def direct(person: Person) -> list[str]:
    """What the bot wrote to somebody, as they read it now."""
    place = person.workspace.dm(person)
    return [seen(message, place) for message in place.messages]


def messages(person: Person) -> list[Message]:
    return person.workspace.dm(person).messages


async def it_is(slack: Slack, clock: Ahead, moment: datetime) -> None:
    """Let it be that moment, and somebody type something: a change has the clock looked at."""
    clock.turn_to(moment)
    ada = slack.workspaces["T01"].people["U03"]
    await add(ada, ada.workspace.channels["C01"], "What time is it")


def at(hour: int, day: date = TOMORROW, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.combine(day, time(hour), zone)


async def test_a_moment_is_told_when_it_comes_with_a_card_that_follows(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel, clock: Ahead
) -> None:
    await add(maya, dev, f"Fix login @me {TOMORROW} 17:00")
    await all_told(bot)
    assert direct(maya) == []
    await it_is(slack, clock, at(17))
    await slack.until(lambda: direct(maya), why="the reminder")
    (told,) = direct(maya)
    assert told.splitlines()[:2] == ["Due now:", "#1 Fix login"]
    assert f"{TOMORROW.year}, 17:00 (Europe/Berlin)" in told
    assert labels(messages(maya)[0]) == [
        "Done",
        "Start",
        "Edit",
        "Assign to me",
        "Delete",
        "Settings",
    ]
    assert await bot.metric(f"{LAG}_count") == 1
    assert 0 <= await bot.metric(f"{LAG}_sum") < 4
    await maya.command("/task done 1", channel=dev)
    await slack.until(lambda: "Done by maya" in direct(maya)[0], why="the message follows")
    assert len(messages(maya)) == 1


@pytest.mark.usefixtures("bot")
async def test_several_at_once_are_one_message_with_a_row_and_a_button_each(
    slack: Slack, maya: Person, tom: Person, dev: Channel, clock: Ahead
) -> None:
    for number in range(1, 4):
        await add(maya, dev, f"Task {number} {TOMORROW} 17:00")
    await maya.command("/task done 2", channel=dev)
    await it_is(slack, clock, at(17))
    await slack.until(lambda: direct(maya), why="the reminder")
    (message,) = messages(maya)
    assert labels(message) == ["Done", "Done", "Settings"]
    assert message.text.startswith("Due now: #1 Task 1 (To do")
    assert "#2" not in message.text
    await maya.click(text="Done", on=message)
    await slack.until(lambda: labels(messages(maya)[0])[0] == "Reopen", why="the row follows")
    await tom.command("/task edit 3 Other", channel=dev)
    await slack.until(lambda: "#3 Other" in direct(maya)[0], why="the row follows")
    assert len(messages(maya)) == 1


async def test_a_day_is_told_in_its_morning_on_the_clock_of_whoever_owns_the_task(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel, clock: Ahead
) -> None:
    await add(maya, dev, f"Mine {TOMORROW}", f"His {TOMORROW} @tom")
    await slack.until(lambda: len(messages(tom)) == 1, why="that it was given")
    await it_is(slack, clock, at(9))
    await slack.until(lambda: direct(maya), why="the reminder")
    assert direct(maya)[0].splitlines()[:2] == ["Due today:", "#1 Mine"]
    assert len(messages(tom)) == 1
    await it_is(slack, clock, at(9, zone=ZoneInfo("America/Los_Angeles")))
    await slack.until(lambda: len(messages(tom)) == 2, why="the reminder")
    assert direct(tom)[1].splitlines()[:2] == ["Due today:", "#2 His"]
    await all_told(bot)
    assert (len(messages(maya)), len(messages(tom))) == (1, 2)


@pytest.mark.usefixtures("bot")
async def test_what_was_done_before_it_fell_due_is_not_told(
    slack: Slack, maya: Person, dev: Channel, clock: Ahead
) -> None:
    await add(maya, dev, f"Fix login {TOMORROW} 17:00", f"Mend login {TOMORROW}", "Marker @me")
    await maya.command("/task done 1 2", channel=dev)
    await maya.command(f"/task due 3 {TOMORROW} 18:00", channel=dev)
    await it_is(slack, clock, at(18))
    await slack.until(lambda: direct(maya), why="the reminder")
    assert [told.splitlines()[1] for told in direct(maya)] == ["#3 Marker"]


async def test_while_slack_is_down_for_an_hour_it_waits_and_is_told_once_with_its_lag(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel, clock: Ahead
) -> None:
    await add(maya, dev, f"Fix login {TOMORROW} 17:00")
    down = slack.faults.add(Fault.status(503, method="chat.postMessage"))
    await it_is(slack, clock, at(17))
    await slack.until(lambda: down.hits, why="the post that failed")
    clock.turn_to(at(18))
    slack.faults.remove(down)
    await slack.until(lambda: direct(maya), seconds=20, why="the reminder")
    await all_told(bot)
    assert direct(maya)[0].splitlines()[0] == "Due by now:"
    assert len(messages(maya)) == 1
    assert await bot.metric(f"{LAG}_count") == 1
    assert await bot.metric(f"{LAG}_sum") >= 3_600
    assert await bot.metric(f"{LAG}_bucket", le="900.0") == 0


@pytest.mark.usefixtures("bot")
async def test_a_title_that_looks_like_markup_stays_a_title_in_rows_and_digests(
    slack: Slack, maya: Person, dev: Channel, clock: Ahead
) -> None:
    hostile = "&lt;!channel&gt; *bold* &lt;@U03&gt;"
    for _ in range(2):
        line = f"/task add {hostile} {TOMORROW} 17:00 !quiet"
        await maya.command(line, channel=dev, escape=False)
    await it_is(slack, clock, at(17))
    await slack.until(lambda: direct(maya), why="the reminder")
    (message,) = messages(maya)
    assert "mrkdwn" not in str(message.blocks)
    assert "<" not in message.text


async def test_more_long_titles_than_a_message_holds_are_told_all_the_same_and_followed(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel, clock: Ahead
) -> None:
    await add(maya, dev, *[f"{'ж' * 190} {number} {TOMORROW}" for number in range(1, 31)])
    await it_is(slack, clock, at(9))
    await slack.until(lambda: direct(maya), why="the reminder")
    assert re.search(r"^and \d more: /task list$", direct(maya)[0], re.MULTILINE)
    await all_told(bot)
    await maya.command("/task edit 1 Short", channel=dev)
    await slack.until(lambda: "#1 Short" in direct(maya)[0], why="the message follows")


# Killed at any step


PEOPLE = 12


@pytest.fixture
async def many_due(team: Workspace, tmp_path: Path) -> Path:
    """A database in which something fell due for many people while nothing ran."""
    path = tmp_path / "taskbot.db"
    await lay_schema(path)
    clock = Clock(datetime.now(UTC) - timedelta(hours=1))
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
    people, tasks = People(database, clock), TaskStore(database, lambda _: None, clock)
    await people.install(ACME)
    due = DueAt(clock() + timedelta(minutes=30))
    for at_ in range(PEOPLE):
        user_id = f"U1{at_:02}"
        team.add_person(user_id, name=f"p{at_}")
        known = Known(team_id="T01", user_id=user_id, name=f"p{at_}", role=Role.MEMBER)
        await people.save([known])
        await tasks.add(origin(user_id, channel=None), new(f"Task {at_}", due=due))
    await database.close()
    return path


def told(team: Workspace) -> dict[str, list[str | None]]:
    """The messages that each person got, by the id that we gave them."""
    return {
        person.id: [message.client_msg_id for message in messages(person)]
        for person in team.people.values()
        if person.id.startswith("U1")
    }


async def all_is_told(path: Path) -> None:
    waiting = "SELECT count(*) FROM notices WHERE told < wanted OR lease_until IS NOT NULL"
    ahead = "SELECT count(*) FROM tasks WHERE remind_at IS NOT NULL"
    await eventually(lambda: rows(path, waiting) == rows(path, ahead) == [(0,)], seconds=40)


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize(
    "fault",
    [
        Fault.reset(method="chat.postMessage"),
        Fault.hang(method="chat.postMessage"),
        Fault.hang(method="chat.postMessage", after_effect=True),
    ],
    ids=["between claim and post", "in the post", "between post and told"],
)
async def test_a_kill_at_any_step_loses_no_reminder_and_tells_none_twice(
    slack: Slack, team: Workspace, many_due: Path, fault: Fault
) -> None:
    # What was posted while the answer was not read is posted once more, with the same id:
    # docs/decisions/0002. Slack knows the id again.
    slack.dedupes_client_msg_id = True
    slack.faults.add(fault)
    async with bot_process(slack, many_due) as bot:
        await slack.until(lambda: fault.hits, why="a post", seconds=20)
        await bot.killed()
    slack.faults.remove(fault)
    async with bot_process(slack, many_due):
        await all_is_told(many_due)
    assert {user_id: len(ids) for user_id, ids in told(team).items()} == dict.fromkeys(
        told(team), 1
    )


@pytest.mark.usefixtures("untraced")
async def test_kills_around_the_transaction_that_notes_what_was_told_lose_and_double_nothing(
    slack: Slack, team: Workspace, many_due: Path
) -> None:
    slack.dedupes_client_msg_id = True
    for hundredths in (0, 20, 50, 60):
        async with bot_process(slack, many_due) as bot:
            await asyncio.sleep(hundredths / 100)  # a moment that nothing announces
            await bot.killed()
    async with bot_process(slack, many_due):
        await all_is_told(many_due)
    assert {user_id: len(ids) for user_id, ids in told(team).items()} == dict.fromkeys(
        told(team), 1
    )
    assert rows(many_due, "SELECT count(*) FROM notices WHERE kind = 'dm'") == [(PEOPLE,)]


async def test_a_restart_tells_what_fell_due_meanwhile_and_nothing_again(
    slack: Slack, team: Workspace, many_due: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        async with running_bot(slack, many_due, capsys):
            await all_is_told(many_due)
    assert {user_id: len(ids) for user_id, ids in told(team).items()} == dict.fromkeys(
        told(team), 1
    )
