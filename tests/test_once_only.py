"""The same request again, at once or after a restart, changes nothing and is answered the same."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from playground import Channel, Exchange, Person, Slack, Workspace, payloads
from playground.controls import find
from playground.courier import deliver
from playground.exchange import Interaction
from playground.messages import Message, Shown
from tests.conftest import SECRET, Ahead, RunningBot, eventually, running_bot, until_known
from tests.journey import all_told, labels, said, seen

pytestmark = pytest.mark.usefixtures("untraced")

TIMES = 100
EVENTS = "SELECT number, kind, actor_id FROM task_events ORDER BY rowid"


def typing(person: Person, channel: Channel, text: str) -> Interaction:
    """A command that was typed and not sent yet."""
    channel.join(person)
    return payloads.command(person, channel, command="/task", text=text)


def pressing(person: Person, channel: Channel, button: str, on: Message) -> Interaction:
    """A click that was made and not sent yet."""
    control = find(on, action_id=None, value=None, text=button)
    return payloads.message_action(person, channel, on, control)


async def at_once(slack: Slack, *interactions: Interaction) -> list[Exchange]:
    """Send them all before the first is answered."""
    return await asyncio.gather(*(deliver(slack, one) for one in interactions))


def posts(slack: Slack) -> int:
    return sum(call.method == "chat.postMessage" for call in slack.calls)


async def test_the_same_add_a_hundred_times_at_once_and_again_after_a_restart_is_one_task(
    slack: Slack,
    team: Workspace,
    maya: Person,
    tom: Person,
    dev: Channel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    added = "Added #1 Fix login &amp; &lt;logout&gt;"
    adding = typing(maya, dev, "add Fix login &amp; &lt;logout&gt; !high")
    async with running_bot(slack, tmp_path / "once.db", capsys) as bot:
        await until_known(bot, len(team.people))
        bot.output.readouterr()
        answers = await at_once(slack, *[adding] * TIMES)
        assert {(answer.status, answer.text) for answer in answers} == {
            (200, f"{added}\nFor nobody · High priority.")
        }
        assert bot.rows(EVENTS) == [(1, "created", "U01")]
        assert bot.rows("SELECT number, title FROM tasks") == [(1, "Fix login & <logout>")]
        assert bot.rows("SELECT last_number FROM installations") == [(1,)]
        events = [line["event"] for line in bot.log()]
        assert (events.count("task.created"), events.count("slack.interaction")) == (1, TIMES)
        assert await bot.metric("tasks_created_total", source="command") == 1
        answered = {"kind": "command", "outcome": "answered"}
        assert await bot.metric("slack_interactions_total", **answered) == TIMES
        await slack.until(lambda: dev.messages, why="the card")
        await all_told(bot)
    async with running_bot(slack, tmp_path / "once.db", capsys) as bot:
        await tom.command("/task start 1", channel=dev)
        bot.output.readouterr()
        answers = await at_once(slack, *[adding] * TIMES)
        (text,) = {answer.text for answer in answers}
        assert text.startswith(f"{added}\nFor tom · High priority.")
        assert bot.rows(EVENTS) == [(1, "created", "U01"), (1, "started", "U02")]
        assert bot.log("task.created") == []
        assert await bot.metric("tasks_created_total", source="command") == 0
        await all_told(bot)
    assert (posts(slack), len(dev.messages)) == (1, 1)


async def test_different_adds_at_once_get_numbers_without_gaps_or_doubles(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    typed = [typing(who, dev, "add Same words !quiet") for who in (maya, tom) for _ in range(30)]
    answers = await at_once(slack, *typed)
    numbers = sorted(int(answer.text.split("#")[1].split()[0]) for answer in answers)
    assert numbers == list(range(1, 61))
    assert bot.rows("SELECT count(*), max(number) FROM tasks") == [(60, 60)]


async def test_a_crowd_in_a_channel_never_seen_does_not_use_up_the_quota_for_asking_about_it(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await at_once(slack, *(typing(maya, dev, "list") for _ in range(TIMES)))
    asked = [call.outcome for call in slack.calls if call.method == "conversations.info"]
    assert set(asked) == {"ok"}
    assert len(asked) < 10
    assert bot.rows("SELECT kind FROM channels") == [("public",)]


async def test_the_same_click_a_hundred_times_is_one_completion(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await all_told(bot)
    (card,) = dev.messages
    bot.output.readouterr()
    slack.calls.clear()
    answers = await at_once(slack, *[pressing(tom, dev, "Done", card)] * TIMES)
    assert {(answer.status, answer.body) for answer in answers} == {(200, "")}
    await slack.until(lambda: card.edits, why="the card")
    await all_told(bot)
    assert bot.rows(EVENTS) == [(1, "created", "U01"), (1, "completed", "U02")]
    assert len(bot.log("task.completed")) == 1
    assert await bot.metric("tasks_completed_total", source="button") == 1
    assert [call.method for call in slack.calls] == ["response_url"]
    assert labels(card) == ["Reopen", "Edit", "Assign to me", "Delete"]


async def test_another_click_on_a_done_task_says_who_finished_it_and_changes_nothing(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await all_told(bot)
    clicks = [pressing(who, dev, "Done", dev.messages[0]) for who in (maya, tom) for _ in range(10)]
    answers = await at_once(slack, *clicks)

    def private() -> list[Shown]:
        return [one for answer in answers for one in answer.shown if one not in dev.messages]

    await slack.until(
        lambda: len(private()) >= len(clicks) - 1, why="an answer to all that came later"
    )
    ((_, _, first),) = [event for event in bot.rows(EVENTS) if event[1] == "completed"]
    assert bot.rows("SELECT status, completed_by, version FROM tasks") == [("done", first, 2)]
    name = {"U01": "maya", "U02": "tom"}[str(first)]
    assert len(private()) == len(clicks) - 1
    assert all(seen(one, dev).startswith(f"#1 Fix login: {name} finished it ") for one in private())


async def test_the_same_numbers_again_are_answered_the_same_and_move_nothing(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    for title in ("One thing", "Two thing"):
        await maya.command(f"/task add {title} !quiet", channel=dev)
    await tom.command("/task done 2", channel=dev)
    first = await maya.command("/task done 1 2 9", channel=dev)
    lines = first.text.splitlines()
    assert lines[0] == "#1 One thing is done."
    assert lines[1].startswith("#2 Two thing: tom finished it ")
    assert lines[2].startswith("There is no task #9")
    await tom.command("/task reopen 1", channel=dev)
    count = bot.rows("SELECT count(*) FROM task_events")

    again = await slack.resend(first)
    assert again.text == first.text
    assert bot.rows("SELECT status FROM tasks WHERE number = 1") == [("todo",)]
    assert bot.rows("SELECT count(*) FROM task_events") == count


async def test_a_refusal_is_judged_anew(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login !quiet", channel=dev)
    await maya.command("/task done 1", channel=dev)
    refused = await maya.command("/task start 1", channel=dev)
    assert "Reopen it first" in refused.text
    await maya.command("/task reopen 1", channel=dev)
    again = await slack.resend(refused)
    assert again.text == "#1 Fix login is in progress. For maya."
    assert bot.rows("SELECT status FROM tasks") == [("doing",)]


async def test_a_question_and_a_list_are_asked_again_as_often_as_they_are_sent(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login !quiet", channel=dev)
    for text in ("list", "show 1", "history 1", "delete 1", "help", ""):
        first = await maya.command(f"/task {text}", channel=dev)
        assert said(await slack.resend(first)) == said(first)
    assert bot.rows(EVENTS) == [(1, "created", "U01")]
    assert bot.rows("SELECT count(*) FROM requests") == [(1,)]


async def test_what_is_kept_of_a_request_is_facts_and_no_title(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/task add Confidential plan !quiet\nnever told", channel=dev)
    kept = bot.rows("SELECT team_id, request_key, actor_id, outcome FROM requests")
    assert kept == [("T01", answer.trigger_id, "U01", '[[1, "changed", 1]]')]


async def test_requests_are_forgotten_after_seven_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Ahead()
    async with Slack.running(signing_secret=SECRET, clock=clock.seconds) as slack:
        team = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
        maya = team.add_person("U01", name="maya")
        dev = team.add_channel("C01", name="dev")
        keys: list[tuple[str | None]] = []
        for days in (0, 1, 2):
            clock.by = timedelta(days=days, minutes=days)
            async with running_bot(slack, tmp_path / "days.db", capsys, clock.now) as bot:
                await until_known(bot, len(team.people))
                answer = await maya.command("/task add Thing !quiet", channel=dev)
                keys.append((answer.trigger_id,))
        clock.by = timedelta(days=8)
        async with running_bot(slack, tmp_path / "days.db", capsys, clock.now) as bot:
            asked = "SELECT request_key FROM requests ORDER BY at"
            await eventually(lambda: len(bot.rows(asked)) < len(keys))
            # 8 days, 6 days and 23:59, 5 days and 23:58 old
            assert bot.rows(asked) == keys[1:]
            assert bot.rows("SELECT count(*) FROM tasks") == [(3,)]
        assert slack.violations == []


async def test_a_change_that_takes_the_task_out_of_sight_is_answered_the_same_again(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person, dev: Channel
) -> None:
    zoe = team.add_person("U09", name="zoe")
    await team.user_change(zoe)
    await maya.command("/task add Hidden thing @zoe !quiet", channel=team.channels["C02"])
    given_back = await zoe.command("/task assign 1 @maya", channel=dev)
    assert given_back.text == "#1 Hidden thing is for maya."
    assert said(await slack.resend(given_back)) == said(given_back)
    await maya.command("/task edit 1 Nothing for zoe", channel=team.channels["C02"])
    again = await slack.resend(given_back)
    assert again.text == "#1 was changed as you asked."
    assert bot.rows("SELECT kind FROM task_events") == [("created",), ("assigned",), ("renamed",)]
