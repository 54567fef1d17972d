"""Direct messages: one to each person whom a change concerns, true until the task is done."""

from typing import Any

import pytest

from playground import Channel, Fault, Message, Person, Slack, Workspace
from playground.messages import Ephemeral
from tests.conftest import RunningBot, eventually
from tests.journey import add, all_told, labels, said, seen

DMS = "SELECT subject FROM notices WHERE kind = 'dm' ORDER BY wanted_at, subject"
SENT = "SELECT subject FROM notices WHERE kind = 'dm' AND ts IS NOT NULL ORDER BY ts"


def direct(person: Person) -> list[str]:
    """What the bot wrote to somebody, as they read it now."""
    place = person.workspace.dm(person)
    return [seen(message, place) for message in place.messages]


def messages(person: Person) -> list[Message]:
    return person.workspace.dm(person).messages


def answers(person: Person) -> list[Ephemeral]:
    """The private answers that stand in somebody's conversation with the bot."""
    shown = person.sees(person.workspace.dm(person))
    return [one for one in shown if isinstance(one, Ephemeral)]


async def written(slack: Slack, person: Person, count: int = 1) -> list[str]:
    """What the bot wrote to somebody, as soon as there are so many messages."""
    await slack.until(lambda: len(messages(person)) >= count, why=f"{count} direct messages")
    assert len(messages(person)) == count
    return direct(person)


async def typed(person: Person, channel: Channel, *lines: str) -> str:
    """The answer to the last of several commands."""
    for line in lines:
        answer = await person.command(f"/task {line}", channel=channel)
    return said(answer)


@pytest.fixture
def ada(team: Workspace) -> Person:
    return team.people["U03"]


# Whom a change concerns


async def test_a_task_that_is_added_for_somebody_is_told_to_them_with_a_card_of_their_own(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await typed(maya, dev, "add Fix login @tom 2099-12-01 17:00 !high !quiet")
    (told,) = await written(slack, tom)
    assert told.splitlines()[:2] == ["maya gave you a task:", "#1 Fix login"]
    assert "Due Tue 1 Dec 2099, 08:00 (America/Los_Angeles)" in told
    assert "High priority" in told
    (message,) = messages(tom)
    assert labels(message) == ["Done", "Start", "Edit", "Assign to me", "Delete", "Settings"]
    assert message.text.startswith("maya gave you a task: #1 Fix login (To do · For tom · Due")
    assert direct(maya) == []
    await all_told(bot)
    assert bot.rows(SENT) == [("1.1.U02",)]


async def test_one_is_never_told_what_one_did_oneself(
    bot: RunningBot, maya: Person, tom: Person, dev: Channel
) -> None:
    await typed(maya, dev, "add Mine @me !quiet", "add Nobody's !quiet", "start 2", "done 1 2")
    await typed(maya, dev, "reopen 1", "assign 1 nobody", "assign 1 me", "delete 1")
    await all_told(bot)
    assert bot.rows(DMS) == []
    assert direct(maya) == direct(tom) == []


async def test_each_change_is_told_once_to_each_whom_it_concerns(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, ada: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom")
    await written(slack, tom)
    await typed(ada, dev, "assign 1 @gus")
    assert (await written(slack, tom, 2))[1] == "ada took #1 Fix login from you.\n[Settings]"
    assert direct(maya) == [], "it is still somebody else's"
    (given,) = await written(slack, slack.workspaces["T01"].people["U04"])
    assert given.startswith("ada gave you a task:\n#1 Fix login")
    await typed(ada, dev, "done 1")
    (finished,) = await written(slack, maya)
    assert finished.startswith("ada finished a task that you gave:\n#1 ~Fix login~")
    assert "Done by ada" in finished
    assert labels(messages(maya)[0])[0] == "Reopen"
    await all_told(bot)
    assert sorted(bot.rows(SENT)) == [("1.1.U02",), ("1.2.U02",), ("1.2.U04",), ("1.3.U01",)]


async def test_a_deleted_task_is_told_without_its_title_to_who_gave_it_and_who_had_it(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, ada: Person, dev: Channel
) -> None:
    await add(maya, dev, "Secret plan @tom", "Nobody's plan")
    await written(slack, tom)
    question = await ada.command("/task delete 1 2", channel=dev)
    for number in (1, 2):
        await ada.click(text=f"Delete #{number}", on=question)
    (_, toms) = await written(slack, tom, 2)
    assert toms.splitlines()[:2] == ["ada deleted a task of yours:", "#1 deleted by ada"]
    mayas = await written(slack, maya, 2)
    assert {one.splitlines()[0] for one in mayas} == {
        "ada deleted a task that you gave:",
        "ada deleted a task of yours:",
    }
    await all_told(bot)
    assert all("plan" not in str(message.payload()) for message in messages(maya) + messages(tom))
    assert labels(messages(tom)[1]) == ["Restore", "Settings"]


async def test_a_task_of_nobody_that_somebody_takes_or_finishes_is_no_news_to_its_creator(
    bot: RunningBot, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Take me", "Finish me")
    await typed(tom, dev, "start 1", "done 2")
    await all_told(bot)
    assert bot.rows(DMS) == []


async def test_what_was_taken_away_is_named_as_it_was_then_and_cannot_be_pressed(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person, tom: Person
) -> None:
    secret = team.channels["C02"]
    await add(maya, secret, "Old name @tom")
    await written(slack, tom)
    secret.leave(tom)
    down = slack.faults.add(Fault.status(503, method="chat.postMessage"))
    await typed(maya, secret, "assign 1 nobody", "edit 1 Not for his eyes")
    slack.faults.remove(down)
    standing, taken = await written(slack, tom, 2)
    assert taken == "maya took #1 Old name from you.\n[Settings]"
    await all_told(bot)
    standing, _ = direct(tom)
    assert standing == "maya gave you a task:\n#1 is not yours any more.\n[Settings]"
    assert all("eyes" not in str(message.payload()) for message in messages(tom))


# What is no longer so is not told


@pytest.mark.parametrize(
    "changes",
    [
        ("assign 1 nobody",),
        ("assign 1 @ada",),
        ("undo",),
        ("done 1",),
    ],
)
async def test_what_is_no_longer_so_when_slack_can_be_told_is_not_told(
    bot: RunningBot,
    slack: Slack,
    maya: Person,
    tom: Person,
    dev: Channel,
    changes: tuple[str, ...],
) -> None:
    await add(maya, dev, "Fix login")
    down = slack.faults.add(Fault.status(503, method="chat.postMessage", channel="U02"))
    await typed(maya, dev, "assign 1 @tom")
    await slack.until(lambda: down.hits, why="the post that failed")
    await typed(maya, dev, *changes)
    slack.faults.remove(down)
    await eventually(
        lambda: bot.rows("SELECT told = wanted FROM notices WHERE subject = '1.2.U02'") == [(1,)],
        20,
    )
    await all_told(bot)
    was_taken = [one for one in direct(tom) if "took" in one]
    assert direct(tom) == was_taken


async def test_what_came_to_pass_again_is_told_once(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    down = slack.faults.add(Fault.status(503, method="chat.postMessage", channel="U02"))
    await typed(maya, dev, "assign 1 @tom", "assign 1 nobody", "assign 1 @tom")
    await slack.until(lambda: down.hits, why="the post that failed")
    slack.faults.remove(down)
    await eventually(lambda: bot.rows(SENT) == [("1.4.U02",)], seconds=20)
    await all_told(bot)
    assert len(messages(tom)) == 1


async def test_an_undo_sends_nothing_and_what_stands_follows(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    await typed(maya, dev, "assign 1 @tom")
    await written(slack, tom)
    await typed(maya, dev, "undo")
    await slack.until(lambda: "not yours any more" in direct(tom)[0], why="the message follows")
    await all_told(bot)
    assert len(messages(tom)) == 1


# The message follows the task


@pytest.mark.usefixtures("bot")
async def test_the_last_message_about_a_task_follows_it_whatever_changes_it(
    slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom")
    await written(slack, tom)
    for line, shows in {
        "edit 1 Mend login": "#1 Mend login",
        "priority 1 high": "High priority",
        "due 1 2099-12-01": "Due Tue 1 Dec 2099",
        "start 1": "In progress",
        "done 1": "Done by maya",
        "reopen 1": "To do",
    }.items():
        await typed(maya, dev, line)
        await slack.until(lambda shows=shows: shows in direct(tom)[0], why=shows)  # type: ignore[misc]
    assert len(messages(tom)) == 1


async def test_a_message_that_outlives_what_it_said_says_so(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom")
    await typed(tom, dev, "done 1")
    (told,) = await written(slack, maya)
    assert told.startswith("tom finished a task that you gave:")
    await typed(tom, dev, "undo")
    await slack.until(
        lambda: direct(maya)[0].startswith("tom had finished a task that you gave:\n#1 Fix login"),
        why="the message follows",
    )
    await all_told(bot)
    assert len(messages(maya)) == 1


@pytest.mark.usefixtures("bot")
async def test_a_change_while_the_first_post_is_on_its_way_is_shown_after_it(
    slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    slow = slack.faults.add(Fault.hang(method="chat.postMessage", channel="U02", times=1))
    await add(maya, dev, "Fix login @tom")
    await slack.until(lambda: slow.hits, why="the post")
    await typed(maya, dev, "edit 1 Mend login")
    slow.release()
    await written(slack, tom)
    await slack.until(lambda: "Mend login" in direct(tom)[0], why="the message follows")


async def test_a_click_in_a_direct_message_is_answered_there_and_changes_the_message_at_once(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom")
    await written(slack, tom)
    updates = [call for call in slack.calls if call.method == "chat.update"]
    await tom.click(text="Done", on=messages(tom)[0])
    answer = await slack.until(lambda: answers(tom), why="the answer")
    assert answer[0].text.startswith("#1 Fix login is done.")
    await slack.until(lambda: "Done by tom" in direct(tom)[0], why="the message follows")
    assert updates == [call for call in slack.calls if call.method == "chat.update"]
    await tom.click(text="Undo", on=answer[0])
    await slack.until(lambda: answers(tom)[0].text.startswith("Undone: #1"), why="the answer")
    await slack.until(lambda: "Done by tom" not in direct(tom)[0], why="the message follows")
    assert bot.rows("SELECT status FROM tasks") == [("todo",)]


async def test_a_message_that_was_deleted_is_not_written_to_again(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom")
    await written(slack, tom)
    place = tom.workspace.dm(tom)
    place.delete(messages(tom)[0])
    await typed(maya, dev, "edit 1 Once")
    await all_told(bot)
    calls = len(slack.calls)
    await typed(maya, dev, "edit 1 Twice")
    await all_told(bot)
    assert len(slack.calls) == calls
    assert bot.rows("SELECT gone FROM notices WHERE kind = 'dm'") == [(1,)]


# Who is told


@pytest.mark.parametrize("role", ["bot", "deactivated", "outsider"])
async def test_whoever_may_not_act_is_told_nothing(
    bot: RunningBot, team: Workspace, maya: Person, dev: Channel, role: Any
) -> None:
    zoe = team.add_person("U09", name="zoe", role=role)
    await add(maya, dev, "Fix login @zoe")
    await all_told(bot)
    assert direct(zoe) == []
    assert await bot.metric("errors_total", where="delivery") == 0


@pytest.mark.usefixtures("bot")
async def test_a_guest_is_told_of_what_they_hold(
    slack: Slack, team: Workspace, maya: Person
) -> None:
    await add(maya, team.channels["C02"], "Fix login @gus")
    (told,) = await written(slack, team.people["U04"])
    assert told.startswith("maya gave you a task:\n#1 Fix login")


async def test_one_of_whom_slack_knows_nothing_closes_the_notice_with_a_line(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    bot.log()
    await maya.command("/task add Fix login <@U77|ghost> !quiet", channel=dev, escape=False)
    await all_told(bot)
    (line,) = bot.log("delivery.dropped")
    assert (line["code"], line["notice"], line["subject"]) == ("user_not_found", "dm", "1.1.U77")
    assert await bot.metric("errors_total", where="delivery") == 0


@pytest.mark.parametrize(
    "code", ["cannot_dm_bot", "messages_tab_disabled", "user_disabled", "channel_not_found"]
)
async def test_what_slack_refuses_for_good_is_no_fault_of_ours(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel, code: str
) -> None:
    bot.log()
    slack.faults.add(Fault.error(code, method="chat.postMessage", channel="U02"))
    await add(maya, dev, "Fix login @tom")
    await all_told(bot)
    assert [line["code"] for line in bot.log("delivery.dropped")] == [code]
    assert await bot.metric("errors_total", where="delivery") == 0


async def test_hostile_words_stay_words(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    maya.rename(name="<!here> *m*")
    await tom.workspace.event({"type": "user_change", "user": _member(maya)})
    await eventually(
        lambda: bot.rows("SELECT name FROM people WHERE user_id = 'U01'") == [("<!here> *m*",)]
    )
    title = "<!channel> *bold* <@U03> \u202egnp.exe"
    await maya.command(
        f"/task add {title.replace('<', '&lt;').replace('>', '&gt;')} <@U02|tom> !quiet",
        channel=dev,
        escape=False,
    )
    await written(slack, tom)
    (message,) = messages(tom)
    assert "<" not in message.text
    assert "\u202e" not in str(message.payload())
    assert "mrkdwn" not in str(message.blocks)


def _member(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "team_id": "T01",
        "name": person.name,
        "tz": person.tz,
        "updated": 4_000_000_000,
        "profile": {"display_name": person.name},
    }
