"""Taking back the last request, by the command and by the button of its answer."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from playground import Channel, Exchange, Person, Slack, Workspace
from playground.messages import Ephemeral
from tests.conftest import Ahead, RunningBot, running_bot, until_known
from tests.journey import Trail, add, all_told, labels, locked, said, seen

EVENTS = "SELECT number, kind, actor_id, is_undo FROM task_events ORDER BY rowid"
VERSIONS = "SELECT number, version FROM tasks ORDER BY number"
STATUS = "SELECT status FROM tasks ORDER BY number"
NOTHING = "There is nothing of yours to undo. Your tasks: /task list"
NOT_STATE = {"version", "updated_at"}


@pytest.fixture
async def trail(bot: RunningBot) -> Trail:
    return await Trail.begin(bot)


def state(bot: RunningBot) -> dict[int, dict[str, Any]]:
    """Every column of every task but its version and when that was made."""
    names = [name for (name,) in bot.rows("SELECT name FROM pragma_table_info('tasks')")]
    tasks = [dict(zip(names, row, strict=True)) for row in bot.rows("SELECT * FROM tasks")]
    return {
        task["number"]: {name: value for name, value in task.items() if name not in NOT_STATE}
        for task in tasks
    }


async def typed(person: Person, channel: Channel, *lines: str) -> Exchange:
    """The last of several commands."""
    for line in lines:
        answer = await person.command(f"/task {line}", channel=channel)
    return answer


async def deleted(person: Person, channel: Channel, slack: Slack, number: int) -> Exchange:
    """The answer to the click that deletes, after the question."""
    question = await person.command(f"/task delete {number}", channel=channel)
    click = await person.click(text=f"Delete #{number}", on=question)
    await slack.until(lambda: click.shown, why="the answer")
    return click


async def undo(person: Person, slack: Slack, answer: Exchange | Ephemeral) -> Exchange:
    """A click on Undo, when its answer stands there."""
    click = await person.click(text="Undo", on=answer)
    await slack.until(lambda: click.shown, why="the answer")
    return click


def as_it_is(answer: Exchange) -> Ephemeral:
    """The answer as the screen may still show it when it has changed."""
    shown = answer.latest()
    assert isinstance(shown, Ephemeral)
    return Ephemeral(**vars(shown))


# Every verb


DELETE = "the button"
EVERY_VERB: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "start, nobody's": ((), "start 1", "reopened", "To do · For nobody"),
    "start, tom's": (("assign 1 @tom",), "start 1", "reopened", "To do · For tom"),
    "done": ((), "done 1", "reopened", "To do · For nobody"),
    "done, from doing": (("start 1",), "done 1", "reopened", "In progress · For maya"),
    "reopen": (("done 1",), "reopen 1", "completed", "Done by maya"),
    "assign": ((), "assign 1 @tom", "assigned", "To do · For nobody"),
    "assign nobody": (("assign 1 @tom",), "assign 1 nobody", "assigned", "To do · For tom"),
    "due": ((), "due 1 2099-12-01", "rescheduled", "To do · For nobody · Added"),
    "due none": (
        ("due 1 2099-12-01 17:00",),
        "due 1 none",
        "rescheduled",
        "To do · For nobody · Due Tue 1 Dec 2099, 17:00 (Europe/Berlin)",
    ),
    "due, day for moment": (
        ("due 1 2099-12-01 17:00",),
        "due 1 2099-12-01",
        "rescheduled",
        "To do · For nobody · Due Tue 1 Dec 2099, 17:00 (Europe/Berlin)",
    ),
    "priority": (("priority 1 low",), "priority 1 high", "prioritised", "To do · For nobody · Low"),
    "edit": ((), "edit 1 Quite other", "renamed", "To do · For nobody"),
    "note": (("note 1 First",), "note 1 Second", "noted", "To do · For nobody"),
    "note, of a done task": (("done 1",), "note 1 Late", "noted", "Done by maya"),
    "delete": (("assign 1 @tom", "done 1"), DELETE, "restored", "Done by maya"),
    "restore": ((DELETE,), "restore 1", "deleted", "Undone: #"),
}


async def test_undo_after_every_verb_gives_back_the_state_before(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    async def do(line: str, number: int) -> Exchange:
        if line == DELETE:
            return await deleted(maya, dev, slack, number)
        return await typed(maya, dev, line.replace(" 1", f" {number}", 1))

    for number, (about, (before, change, event, words)) in enumerate(EVERY_VERB.items(), 1):
        await add(maya, dev, "Fix login\nOn staging")
        for line in before:
            await do(line, number)
        as_it_was = state(bot)
        for by_button in (True, False):
            answer = await do(change, number)
            assert (about, state(bot) == as_it_was) == (about, False)
            await trail.skip()
            undone = await (undo(maya, slack, answer) if by_button else typed(maya, dev, "undo"))
            assert (about, state(bot)) == (about, as_it_was)
            assert said(undone).startswith(f"Undone: #{number}")
            assert (about, said(undone).splitlines()[-1].startswith(words)) == (about, True)
            assert labels(undone.latest()) == []
            await trail.of(undone, f"#{number} {event} undo")
        told = said(await maya.command(f"/task history {number}", channel=dev)).splitlines()
        assert [" (undo), " in line for line in told[1:5]] == [True, False, True, False]
        assert bot.rows(EVENTS)[-1] == (number, event, "U01", 1)


async def test_undo_after_add_deletes_the_task_and_uses_its_number_never_again(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person
) -> None:
    await add(maya, team.channels["C01"], "Stays")
    as_it_was = state(bot)
    for number in (2, 3):
        place = team.add_channel(f"C9{number}", name=f"r{number}")
        line = f"/task add Fix login @tom tomorrow\nnote {number}"
        answer = await maya.command(line, channel=place)
        assert said(answer).startswith(f"Added #{number} ")
        (card,) = await slack.until(lambda place=place: place.messages, why="the card")  # type: ignore[misc]
        await all_told(bot)
        await trail.skip()
        undone = await (undo(maya, slack, answer) if number == 2 else typed(maya, place, "undo"))
        assert said(undone) == f"Undone: #{number} is deleted."
        await trail.of(undone, f"#{number} deleted undo")
        await slack.until(lambda card=card: labels(card) == ["Restore"], why="the card")  # type: ignore[misc]
        assert "login" not in str(card.payload())
    deleted_by = bot.rows("SELECT deleted_by FROM tasks ORDER BY number")
    assert deleted_by == [(None,), ("U01",), ("U01",)]
    assert state(bot)[1] == as_it_was[1]


async def test_undo_takes_back_all_numbers_of_the_request_and_the_cards_follow(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person, dev: Channel
) -> None:
    other = team.add_channel("C05", name="ops")
    for place in (dev, other):
        await maya.command(f"/task add In {place.name}", channel=place)
    await add(maya, dev, "Done before", "Other")
    await maya.command("/task done 3", channel=dev)
    await maya.command("/task start 1", channel=dev)
    await slack.until(lambda: dev.messages and other.messages, why="the cards")
    await all_told(bot)
    as_it_was = state(bot)
    answer = await maya.command("/task done 1 2 3 4 99", channel=dev)
    assert labels(answer.latest()) == ["Undo"]
    cards = [place.messages[0] for place in (dev, other)]
    await slack.until(lambda: all("Done by" in card.text for card in cards), why="the cards")
    await trail.skip()
    undone = await undo(maya, slack, answer)
    assert said(undone).splitlines() == [
        "Undone: #1 In dev",
        "In progress · For maya · Added by maya.",
        "Undone: #2 In ops",
        "To do · For nobody · Added by maya.",
        "Undone: #4 Other",
        "To do · For nobody · Added by maya.",
    ]
    await trail.of(undone, "#1 reopened undo", "#2 reopened undo", "#4 reopened undo")
    assert state(bot) == as_it_was
    await slack.until(lambda: "(In progress" in cards[0].text, why="the card")
    await slack.until(lambda: "(To do" in cards[1].text, why="the card")
    assert labels(cards[1]) == ["Done", "Start", "Edit", "Assign to me", "Delete"]


async def test_who_finished_it_and_when_comes_back_and_is_no_second_completion(
    bot: RunningBot, clock: Ahead, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login")
    await tom.command("/task done 1", channel=dev)
    ((finished_at, finished_by),) = bot.rows("SELECT completed_at, completed_by FROM tasks")
    clock.by += timedelta(days=1)
    await maya.command("/task reopen 1", channel=dev)
    assert bot.rows("SELECT completed_at, completed_by FROM tasks") == [(None, None)]
    await trail.skip()
    undone = await maya.command("/task undo", channel=dev)
    assert said(undone).splitlines()[1].startswith("Done by tom, ")
    await trail.of(undone, "#1 completed undo")
    assert bot.rows("SELECT completed_at, completed_by FROM tasks") == [(finished_at, finished_by)]
    assert finished_by == "U02"
    assert '"tasks_completed_total": 1,' in await bot.get("/metrics", Accept="application/json")


# What was changed since


async def test_tasks_that_were_changed_since_are_named_and_left(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing", "Two thing", "Three thing", "Four thing")
    answer = await maya.command("/task done 1 2 3 4", channel=dev)
    await tom.command("/task reopen 2", channel=dev)
    await maya.command("/task priority 3 high", channel=dev)
    await deleted(maya, dev, slack, 4)
    as_it_was = state(bot)
    await trail.skip()
    undone = await undo(maya, slack, answer)
    assert said(undone).splitlines() == [
        "Undone: #1 One thing",
        "To do · For nobody · Added by maya.",
        "#2 Two thing was changed since. See what happened: /task history 2",
        "#3 Three thing was changed since. See what happened: /task history 3",
        "#4 was changed since. See what happened: /task history 4",
    ]
    await trail.of(undone, "#1 reopened undo")
    after = state(bot)
    assert after.pop(1)["status"] == "todo"
    assert after == {number: task for number, task in as_it_was.items() if number != 1}


async def test_when_all_were_changed_since_nothing_is_and_the_answer_says_where_to_look(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing")
    answer = await maya.command("/task done 1", channel=dev)
    await tom.command("/task note 1 Not quite", channel=dev)
    as_it_was = bot.rows("SELECT * FROM tasks")
    await trail.skip()
    for refused in (await typed(maya, dev, "undo"), await undo(maya, slack, answer)):
        since = "#1 One thing was changed since. See what happened: /task history 1"
        assert said(refused) == since
    assert bot.rows("SELECT * FROM tasks") == as_it_was
    assert labels(answer.latest()) == ["Undo"]
    outcomes = [line["outcome"] for line in bot.log("slack.interaction")]
    assert outcomes == ["rejected", "rejected"]


async def test_the_last_request_is_mine_whatever_others_did_after_it(
    bot: RunningBot, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing", "Two thing")
    await maya.command("/task start 1", channel=dev)
    await tom.command("/task start 2", channel=dev)
    await trail.skip()
    undone = await maya.command("/task undo", channel=dev)
    assert said(undone).startswith("Undone: #1 One thing\n")
    await trail.of(undone, "#1 reopened undo")
    assert bot.rows(STATUS) == [("todo",), ("doing",)]


async def test_a_request_of_somebody_else_is_never_undone(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing @tom", "Two thing")
    answer = await maya.command("/task done 1 2", channel=dev)
    as_it_was = bot.rows("SELECT * FROM tasks")
    await trail.skip()
    refused = await tom.command("/task undo", channel=dev)
    assert said(refused) == NOTHING
    await trail.of(refused, outcome="rejected")
    refused = await undo(tom, slack, answer)
    await trail.of(refused, outcome="rejected")
    await tom.command("/task add Own thing !quiet", channel=dev)
    await trail.skip()
    refused = await undo(tom, slack, answer)
    await trail.of(refused, outcome="rejected")
    assert bot.rows("SELECT * FROM tasks WHERE number < 3") == as_it_was
    assert bot.rows("SELECT deleted_by FROM tasks WHERE number = 3") == [(None,)]


async def test_what_changed_nothing_is_no_last_request(
    trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing")
    await maya.command("/task start 1", channel=dev)
    for line in ("start 1", "done 99", "list", "show 1", "due 1 someday", "delete 1"):
        await maya.command(f"/task {line}", channel=dev)
    await trail.skip()
    undone = await maya.command("/task undo", channel=dev)
    assert said(undone).startswith("Undone: #1 One thing\nTo do")
    await trail.of(undone, "#1 reopened undo")


# Too late, twice, and again


async def test_undo_is_possible_for_ten_minutes(
    bot: RunningBot, slack: Slack, clock: Ahead, trail: Trail, maya: Person, dev: Channel
) -> None:
    late = "That is more than 10 minutes ago, so it stays. What happened: /task history"
    await add(maya, dev, "One thing", "Two thing", "Three thing")
    first = await maya.command("/task start 1", channel=dev)
    clock.by += timedelta(minutes=0.2)
    second = await maya.command("/task start 2", channel=dev)
    await maya.command("/task start 3", channel=dev)
    await trail.skip()
    clock.by += timedelta(minutes=9.9)
    by_button = await undo(maya, slack, first)
    assert said(by_button) == f"{late} 1"
    await trail.of(by_button, outcome="rejected")
    by_command = await maya.command("/task undo", channel=dev)
    await trail.of(by_command, "#3 reopened undo")
    by_button = await undo(maya, slack, second)
    await trail.of(by_button, "#2 reopened undo")
    assert bot.rows(STATUS) == [("doing",), ("todo",), ("todo",)]

    await maya.command("/task done 3", channel=dev)
    clock.by += timedelta(minutes=10.1)
    await trail.skip()
    by_command = await maya.command("/task undo", channel=dev)
    assert said(by_command) == f"{late} 3"
    await trail.of(by_command, outcome="rejected")
    assert bot.rows(STATUS) == [("doing",), ("todo",), ("done",)]


async def test_undo_is_not_undone(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing")
    await maya.command("/task done 1", channel=dev)
    undone = await maya.command("/task undo", channel=dev)
    assert labels(undone.latest()) == []
    versions = bot.rows(VERSIONS)
    await trail.skip()
    refused = await maya.command("/task undo", channel=dev)
    assert said(refused) == (
        "Your last change was an undo, and an undo is not undone. What happened: /task history 1"
    )
    await trail.of(refused, outcome="rejected")
    assert bot.rows(VERSIONS) == versions

    await maya.command("/task done 1", channel=dev)
    await trail.skip()
    again = await maya.command("/task undo", channel=dev)
    await trail.of(again, "#1 reopened undo")


async def test_the_same_undo_sent_twice_changes_nothing_more_and_is_answered_the_same(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing", "Two thing")
    await maya.command("/task done 1 2", channel=dev)
    first = await maya.command("/task undo", channel=dev)
    after = (bot.rows("SELECT * FROM tasks"), bot.rows(EVENTS))
    await trail.skip()
    second = await slack.resend(first)
    assert second.body == first.body
    await trail.of(second)
    assert (bot.rows("SELECT * FROM tasks"), bot.rows(EVENTS)) == after

    answer = await maya.command("/task start 1 2", channel=dev)
    click = await undo(maya, slack, answer)
    after = (bot.rows("SELECT * FROM tasks"), bot.rows(EVENTS))
    words = said(click)
    await trail.skip()
    repeated = await slack.resend(click)
    await slack.until(lambda: answer.latest().edits == 2, why="the same answer")
    assert said(answer) == words
    await trail.of(repeated)
    assert (bot.rows("SELECT * FROM tasks"), bot.rows(EVENTS)) == after


async def test_undo_clicked_twice_says_that_it_was_taken_back_already(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing", "Two thing")
    answer = await maya.command("/task done 1 2", channel=dev)
    old = as_it_is(answer)
    await undo(maya, slack, answer)
    versions = bot.rows(VERSIONS)
    await trail.skip()
    again = await maya.click(text="Undo", on=old)
    await slack.until(lambda: answer.latest().edits == 2, why="the answer")
    assert seen(answer.latest(), dev).splitlines() == [
        "#1 One thing was taken back already.",
        "#2 Two thing was taken back already.",
    ]
    await trail.of(again)
    assert bot.rows(VERSIONS) == versions


async def test_a_click_after_the_command_finds_nothing_left_to_take_back(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing")
    answer = await maya.command("/task start 1", channel=dev)
    await maya.command("/task undo", channel=dev)
    await trail.skip()
    click = await undo(maya, slack, answer)
    assert said(click) == "#1 One thing was taken back already."
    await trail.of(click)
    assert bot.rows(VERSIONS) == [(1, 3)]


# Who, where and whether at all


async def test_undo_of_tasks_that_one_may_no_longer_see_finds_no_such_task(
    bot: RunningBot, trail: Trail, team: Workspace, maya: Person, tom: Person
) -> None:
    dev, secret = team.channels["C01"], team.channels["C02"]
    await add(maya, secret, "Hidden thing", "Given thing @tom")
    await tom.command("/task note 1 Mine", channel=secret)
    as_it_was = bot.rows("SELECT * FROM tasks")
    secret.leave(tom)
    await trail.skip()
    never = "There is no task #1. Yours: /task list"
    refused = await tom.command("/task undo", channel=dev)
    assert said(refused).splitlines() == [never, "Your last tasks: #2 Given thing"]
    await trail.of(refused, outcome="rejected")
    assert bot.rows("SELECT * FROM tasks") == as_it_was


async def test_undo_reaches_no_other_workspace(
    slack: Slack,
    team: Workspace,
    maya: Person,
    dev: Channel,
    clock: Ahead,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    namesake = other.add_person("U01", name="mo")
    other.add_channel("C01", name="dev")
    path = tmp_path / "two.db"
    async with running_bot(slack, path, capsys, clock.now) as bot:
        await until_known(bot, len(team.people))
        await add(maya, dev, "Ours")
        answer = await maya.command("/task start 1", channel=dev)
    async with running_bot(slack, path, capsys, clock.now, token="xoxb-T02") as bot:
        await until_known(bot, len(team.people) + len(other.people))
        as_it_was = bot.rows("SELECT * FROM tasks WHERE team_id = 'T01'")
        refused = await namesake.command("/task undo", channel="C01")
        assert said(refused) == NOTHING
        await namesake.command("/task add Theirs !quiet", channel="C01")
        await namesake.command("/task start 1", channel="C01")
        assert said(await undo(maya, slack, answer)).startswith("Undone: #1 Ours\n")
        undone = await namesake.command("/task undo", channel="C01")
        assert said(undone).startswith("Undone: #1 Theirs\n")
        events = "SELECT team_id, kind, is_undo FROM task_events ORDER BY rowid"
        assert bot.rows(events) == [
            ("T01", "created", 0),
            ("T01", "started", 0),
            ("T02", "created", 0),
            ("T02", "started", 0),
            ("T01", "reopened", 1),
            ("T02", "reopened", 1),
        ]
        assert bot.rows("SELECT * FROM tasks WHERE team_id = 'T01'") != as_it_was


async def test_while_the_database_is_locked_nothing_is_undone_and_then_it_is(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One thing")
    answer = await maya.command("/task start 1", channel=dev)
    await all_told(bot)
    as_it_was = (bot.rows("SELECT * FROM tasks"), bot.rows(EVENTS))
    bot.log()
    with locked(bot.path):
        both = maya.command("/task undo", channel=dev), undo(maya, slack, answer)
        refused = await asyncio.gather(*both)
    for one in refused:
        assert said(one).startswith("Not saved: the database is busy. Nothing was changed;")
    assert [line["outcome"] for line in bot.log("slack.interaction")] == ["failed", "failed"]
    assert (bot.rows("SELECT * FROM tasks"), bot.rows(EVENTS)) == as_it_was
    await trail.skip()
    await trail.of(await maya.command("/task undo", channel=dev), "#1 reopened undo")


async def test_undo_takes_no_words_and_needs_something_to_take_back(
    bot: RunningBot, trail: Trail, maya: Person, dev: Channel
) -> None:
    nothing = await maya.command("/task undo", channel=dev)
    assert said(nothing) == NOTHING
    await trail.of(nothing, outcome="rejected")
    await add(maya, dev, "One thing")
    await maya.command("/task start 1", channel=dev)
    await trail.skip()
    for words in ("1", "the last two", "<b>"):
        refused = await maya.command(f"/task undo {words}", channel=dev)
        assert said(refused).splitlines() == [
            "“undo” takes nothing behind it: it takes back your last change. Example: /task undo",
            f"/task undo {words}",
        ]
        await trail.of(refused, outcome="rejected")
    assert bot.rows(VERSIONS) == [(1, 2)]
    await trail.of(await maya.command("/task UNDO  ", channel=dev), "#1 reopened undo")
