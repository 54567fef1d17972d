"""The survey is offered once, below an answer, and what people say is kept word for word."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.drawing.ids import Question
from ops import VERSION
from playground import Channel, Exchange, Fault, Person, Slack, Workspace, payloads
from playground.blocks import length
from playground.courier import deliver
from playground.messages import View
from tests.conftest import Ahead, RunningBot, eventually, running_bot, until_known
from tests.journey import Trail, form_of, labels, locked, said, seen, slow_down, words_of

BLOCKS_MOST = 11_000
"""Slack answers `msg_blocks_too_long` somewhere above."""
ASK = "Answer three questions"
ANSWERS = "SELECT team_id, user_id, release, used_for, missing, feeling FROM feedback ORDER BY at"
OFFERS = "SELECT count(*) FROM surveys WHERE offered_by IS NOT NULL"


async def finish(person: Person, channel: Channel, count: int = 5) -> Exchange:
    """Have somebody finish so many new tasks at once; returns the answer to that."""
    numbers = [await added(person, channel) for _ in range(count)]
    return await person.command(f"/task done {' '.join(numbers)}", channel=channel)


async def added(person: Person, channel: Channel) -> str:
    """The number of a new task."""
    answer = await person.command("/task add Fix login !quiet", channel=channel)
    return answer.text.removeprefix("Added #").split()[0]


def offers(answer: Exchange) -> bool:
    """Whether the survey stands below an answer: if so, in its last line and nowhere else."""
    pressed = labels(answer.latest()) if answer.shown else []
    if ASK not in pressed:
        assert "If you like" not in str(answer.body)
        return False
    last = answer.blocks[-1]
    assert (pressed.count(ASK), last["accessory"]["text"]["text"]) == (1, ASK)
    assert answer.text.endswith(f"\n{last['text']['text']}")
    return True


async def asked(person: Person, channel: Channel, line: str = "list") -> bool:
    """Whether the next answer offers it."""
    return offers(await person.command(f"/task {line}", channel=channel))


@pytest.fixture
async def due(bot: RunningBot, maya: Person, dev: Channel) -> Person:
    """Maya, who has just finished her fifth task."""
    assert not offers(await finish(maya, dev))
    assert bot.rows(OFFERS) == [(0,)]
    return maya


# When it falls due.


@pytest.mark.usefixtures("bot")
async def test_after_the_fifth_task_the_next_answer_offers_it_once(
    maya: Person, dev: Channel
) -> None:
    numbers = [await added(maya, dev) for _ in range(6)]
    for number in numbers[:5]:
        assert not await asked(maya, dev)
        assert not await asked(maya, dev, f"done {number}")
    assert await asked(maya, dev, f"done {numbers[5]}")
    assert not await asked(maya, dev)
    assert not offers(await finish(maya, dev))
    assert not await asked(maya, dev)


@pytest.mark.usefixtures("bot")
async def test_the_fifth_task_may_be_finished_by_a_click_or_with_others_at_once(
    slack: Slack, maya: Person, tom: Person, dev: Channel
) -> None:
    await finish(maya, dev, 4)
    await maya.command("/task add By a click", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await maya.click(text="Done", on=dev.messages[0])
    assert await asked(maya, dev, "help")
    assert not offers(await finish(tom, dev, 7))
    assert await asked(tom, dev, "add Another !quiet")


@pytest.mark.usefixtures("bot")
async def test_of_two_requests_at_once_that_finish_the_fifth_one_counts(
    maya: Person, dev: Channel
) -> None:
    await finish(maya, dev, 4)
    numbers = [await added(maya, dev) for _ in range(4)]
    done = [maya.command(f"/task done {number}", channel=dev) for number in numbers]
    offered = [offers(answer) for answer in await asyncio.gather(*done)]
    offered += [await asked(maya, dev), await asked(maya, dev)]
    assert sum(offered) == 1


@pytest.mark.usefixtures("bot")
async def test_what_others_finish_and_what_is_taken_back_counts_for_nobody_else(
    maya: Person, tom: Person, dev: Channel
) -> None:
    await finish(tom, dev, 4)
    number = await added(maya, dev)
    await tom.command(f"/task done {number}", channel=dev)
    assert not await asked(maya, dev)
    assert await asked(tom, dev, "undo"), "the undo is the next command"
    assert not await asked(tom, dev, f"done {number}")


@pytest.mark.usefixtures("bot")
async def test_a_task_that_is_reopened_and_finished_again_is_one(
    maya: Person, dev: Channel
) -> None:
    number = await added(maya, dev)
    for _ in range(5):
        assert not await asked(maya, dev, f"done {number}")
        assert not await asked(maya, dev, f"reopen {number}")
        assert not await asked(maya, dev, "undo")
    assert not await asked(maya, dev)


async def test_guests_are_asked_too_and_the_same_id_in_another_workspace_is_somebody_else(
    slack: Slack,
    team: Workspace,
    maya: Person,
    dev: Channel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    mo, theirs = other.add_person("U01", name="mo"), other.add_channel("C01", name="dev")
    path, gus = tmp_path / "two.db", team.people["U04"]
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, len(team.people))
        await finish(maya, dev)
        await finish(gus, dev)
        assert await asked(gus, dev)
    async with running_bot(slack, path, capsys, token="xoxb-T02") as bot:
        await until_known(bot, len(team.people) + 1)
        await finish(mo, theirs, 4)
        assert not await asked(mo, theirs)
        assert await asked(maya, dev)
        await finish(mo, theirs, 1)
        assert await asked(mo, theirs)


# Who is offered it, and when not.


async def test_the_same_request_again_is_offered_it_again_and_no_other(
    slack: Slack, due: Person, dev: Channel
) -> None:
    first = await due.command("/task list", channel=dev)
    assert offers(first)
    assert offers(await slack.resend(first))
    assert not await asked(due, dev)
    assert offers(await slack.resend(first))


async def test_of_many_next_commands_at_once_one_offers_it(
    bot: RunningBot, due: Person, dev: Channel
) -> None:
    lines = ["list", "help", "add Order cake !quiet", "lsit", "show 1", "done 99"] * 2
    answers = await asyncio.gather(*(due.command(f"/task {line}", channel=dev) for line in lines))
    assert [offers(answer) for answer in answers].count(True) == 1
    assert bot.rows(OFFERS) == [(1,)]


@pytest.mark.parametrize(
    "line", ["", "help", "list", "show 1", "history 1", "undo", "lsit", "done 99", "add", "edit"]
)
async def test_every_private_answer_may_offer_it_also_a_refusal(
    due: Person, dev: Channel, line: str
) -> None:
    assert await asked(due, dev, line)


@pytest.mark.parametrize("line", ["settings", "feedback", "edit 1"])
async def test_a_command_that_opens_a_form_leaves_it_to_the_next(
    due: Person, dev: Channel, line: str
) -> None:
    opened = await due.command(f"/task {line}", channel=dev)
    assert (opened.status, opened.body) == (200, "")
    assert due.modal
    assert await asked(due, dev)


async def test_clicks_and_forms_are_no_answers_to_commands(
    bot: RunningBot, due: Person, dev: Channel
) -> None:
    await due.command("/task settings", channel=dev)
    sent = await due.submit(None, {"hour": "7"})
    assert sent.body == ""
    await due.shortcut("new_task")
    turned = await due.submit(None, {"title": "Fix logout"})
    assert ASK not in str(turned.body)
    assert bot.rows(OFFERS) == [(0,)]
    assert await asked(due, dev)


async def test_it_is_offered_after_a_restart_and_not_twice_after_another(
    slack: Slack,
    team: Workspace,
    maya: Person,
    dev: Channel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    offered = []
    for at in range(3):
        async with running_bot(slack, tmp_path / "again.db", capsys) as bot:
            await until_known(bot, len(team.people))
            offered.append(offers(await finish(maya, dev) if at == 0 else await look(maya, dev)))
    assert offered == [False, True, False]


async def look(person: Person, channel: Channel) -> Exchange:
    return await person.command("/task list", channel=channel)


async def test_the_longest_answers_have_room_for_it(
    bot: RunningBot, slack: Slack, due: Person, dev: Channel
) -> None:
    numbers = " ".join([await added(due, dev) for _ in range(20)])
    again = "UPDATE surveys SET offered_by = NULL"
    for line in (f"delete {numbers}", f"wash {'& the car ' * 1_900}", f"add {'x ' * 150}!quiet"):
        change(bot.path, again)
        answer = await due.command(f"/task {line}", channel=dev)
        assert offers(answer)
        assert length(answer.blocks) < BLOCKS_MOST
    assert slack.violations == []


def change(path: Path, statement: str) -> None:
    """Write to the database past the bot."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


async def test_nobody_is_asked_within_a_day_of_an_error_of_ours(
    bot: RunningBot, due: Person, dev: Channel, clock: Ahead
) -> None:
    with locked(bot.path):
        failed = await due.command("/task add Fix login", channel=dev)
        assert "Not saved" in failed.text
        assert not offers(failed)
        assert not await asked(due, dev), "nor while the error cannot be written down"
    began = clock.now()
    for hours in (0.0, 12.0, 23.9):
        clock.turn_to(began + timedelta(hours=hours))
        assert not await asked(due, dev)
    clock.turn_to(began + timedelta(hours=24.1))
    assert await asked(due, dev)


async def test_an_error_outlives_a_restart_and_is_nobody_elses(
    slack: Slack,
    team: Workspace,
    maya: Person,
    tom: Person,
    dev: Channel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "again.db"
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, len(team.people))
        await finish(maya, dev)
        await finish(tom, dev)
        with locked(path):
            await maya.command("/task add Fix login", channel=dev)
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, len(team.people))
        assert not await asked(maya, dev)
        assert await asked(tom, dev)


async def test_a_form_of_ours_that_failed_counts_as_an_error_and_a_refusal_does_not(
    bot: RunningBot, due: Person, dev: Channel
) -> None:
    await due.command("/task settings", channel=dev)
    with locked(bot.path):
        failed = await due.submit(None, {"hour": "7"})
        assert "Not saved" in str(failed.errors)
    assert not await asked(due, dev)


async def test_an_answer_goes_out_without_it_when_it_cannot_be_claimed(
    bot: RunningBot, due: Person, dev: Channel
) -> None:
    with locked(bot.path):
        answer = await due.command("/task list", channel=dev)
        assert answer.seconds < 2.0
        assert not offers(answer)
    assert await asked(due, dev)


async def test_a_claim_that_comes_too_late_for_its_answer_uses_nothing_up(
    bot: RunningBot, due: Person, dev: Channel
) -> None:
    drop = slow_down(bot.path, 3, on="UPDATE OF offered_by ON surveys")
    answer = await due.command("/task list", channel=dev)
    assert answer.seconds < 2.0
    assert not offers(answer)
    await eventually(lambda: bot.rows(OFFERS) == [(1,)], seconds=20)
    await eventually(lambda: bot.rows(OFFERS) == [(0,)], seconds=20)
    drop()
    assert await asked(due, dev)
    assert not await asked(due, dev)


async def test_still_saving_offers_nothing_and_nor_does_what_follows(
    bot: RunningBot, slack: Slack, due: Person, dev: Channel
) -> None:
    drop = slow_down(bot.path, 5)
    late = await due.command("/task add Fix login", channel=dev)
    assert late.text.startswith("Still saving")
    await slack.until(lambda: len(late.shown) == 2, seconds=20, why="the outcome")
    assert [ASK in labels(shown) for shown in late.shown] == [False, False]
    drop()
    assert bot.rows(OFFERS) == [(0,)]
    assert await asked(due, dev)


async def test_people_who_may_not_act_are_not_asked(
    bot: RunningBot, due: Person, dev: Channel
) -> None:
    due.set_role("deactivated")
    await due.workspace.user_change(due)
    refused = await due.command("/task list", channel=dev)
    assert "deactivated" in refused.text
    assert not offers(refused)
    assert bot.rows(OFFERS) == [(0,)]


# The three questions.


async def test_the_button_opens_three_questions_and_what_is_said_is_kept_word_for_word(
    bot: RunningBot, due: Person, dev: Channel
) -> None:
    answer = await look(due, dev)
    shown = answer.latest()
    read = seen(shown, dev)
    for words in ("If you like", "a minute", "those who run Taskbot, and only them"):
        assert words in read
    await due.click(text=ASK, on=answer)
    form = form_of(due)
    assert form.content["title"]["text"] == "Feedback"
    assert [block["label"]["text"] for block in form.blocks if block["type"] == "input"] == [
        "What do you use Taskbot for?",
        "What frustrates you, or is missing?",
        "How would you feel if you could no longer use it?",
    ]
    assert "read by those who run Taskbot" in words_of(form, due)
    said_of_it = " <b>&amp; *All*</b> \n\t<!channel> \u202eword for word\u202c, :tada: 😀 "
    values = {"used_for": "Our chores", "missing": said_of_it, "feeling": "very"}
    sent = await due.submit(form, values)
    assert "Thank you!" in words_of(form_of(due), due)
    assert sent.status == 200
    assert bot.rows(ANSWERS) == [("T01", "U01", VERSION, "Our chores", said_of_it, "very")]


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"used_for": "Chores"}, ("Chores", "", None)),
        ({"missing": "A" * 3_000}, ("", "A" * 3_000, None)),
        ({"feeling": "somewhat"}, ("", "", "somewhat")),
        ({"feeling": "not", "missing": " \n\u200b"}, ("", "", "not")),
    ],
)
async def test_one_answer_is_enough_also_before_anybody_asks(
    bot: RunningBot, maya: Person, dev: Channel, values: dict[str, str], kept: tuple[Any, ...]
) -> None:
    await maya.command("/task feedback", channel=dev)
    await maya.submit(None, values)
    assert [row[3:] for row in bot.rows(ANSWERS)] == [kept]


async def test_home_has_a_button_for_it(bot: RunningBot, slack: Slack, maya: Person) -> None:
    await maya.open_home()
    await slack.until(lambda: maya.home, why="Home")
    assert maya.home
    await maya.click(text="Feedback", on=maya.home)
    await maya.submit(None, {"feeling": "very"})
    assert [row[5] for row in bot.rows(ANSWERS)] == ["very"]


async def test_the_same_submission_twice_is_one_answer_and_another_is_another(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task feedback", channel=dev)
    sent = await maya.submit(None, {"missing": "Sub-tasks"})
    again = await asyncio.gather(*(slack.resend(sent) for _ in range(3)))
    assert {json.dumps(one.body) for one in again} == {json.dumps(sent.body)}
    assert len(bot.rows(ANSWERS)) == 1
    await maya.command("/task feedback", channel=dev)
    await maya.submit(None, {"missing": "Sub-tasks"})
    assert len(bot.rows(ANSWERS)) == 2


@pytest.mark.parametrize("values", [{}, {"used_for": "  ", "missing": "\u200b"}])
async def test_no_answer_at_all_is_refused_at_the_first_question_and_the_form_stays(
    bot: RunningBot, maya: Person, dev: Channel, values: dict[str, str]
) -> None:
    await maya.command("/task feedback", channel=dev)
    form = form_of(maya)
    sent = await maya.submit(form, values)
    assert list(sent.errors) == [Question.USED_FOR]
    assert "at least one" in sent.errors[Question.USED_FOR]
    assert maya.modal is form
    assert bot.rows(ANSWERS) == []


def state(**changed: Any) -> dict[str, Any]:
    """What no client of Slack's sends, beside what it does."""
    honest: dict[str, Any] = {
        "used_for": {"used_for": {"type": "plain_text_input", "value": "Chores"}},
        "missing": {"missing": {"type": "plain_text_input", "value": None}},
        "feeling": {"feeling": {"type": "radio_buttons", "selected_option": None}},
    }
    return honest | changed


async def sent_as(person: Person, form: View, values: dict[str, Any]) -> Exchange:
    return await deliver(person.workspace.state, payloads.submission(person, form, values))


async def test_what_is_too_long_is_refused_and_what_no_database_takes_left_out(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    await maya.command("/task feedback", channel=dev)
    form = form_of(maya)
    long = state(
        used_for={"used_for": {"value": "A" * 301}}, missing={"missing": {"value": "B" * 3_001}}
    )
    refused = await sent_as(maya, form, long)
    assert refused.errors == {
        "used_for": "The answer has 301 characters; 300 fit.",
        "missing": "The answer has 3,001 characters; 3,000 fit.",
    }
    await sent_as(maya, form, state(missing={"missing": {"value": "No\x00thing\ud800 at all\r"}}))
    assert [row[3:] for row in bot.rows(ANSWERS)] == [("Chores", "Nothing at all", None)]


@pytest.mark.parametrize(
    "forged",
    [
        {"used_for": {}},
        {"missing": {"missing": {"value": 7}}},
        {"feeling": {"feeling": {"selected_option": {"value": "furious"}}}},
        {"feeling": {"feeling": {"selected_option": "very"}}},
        {"feeling": {"feeling": {}}},
    ],
)
async def test_what_our_form_never_had_is_refused_in_words(
    bot: RunningBot, maya: Person, dev: Channel, forged: dict[str, Any]
) -> None:
    await maya.command("/task feedback", channel=dev)
    answer = await sent_as(maya, form_of(maya), state(**forged))
    assert "I do not know this form, so nothing was saved." in str(answer.body)
    assert bot.rows(ANSWERS) == []


async def test_when_slack_does_not_open_the_form_it_is_said_wherever_it_was_asked_for(
    slack: Slack, due: Person, dev: Channel
) -> None:
    offered = await look(due, dev)
    slack.faults.add(Fault.error("expired_trigger_id", method="views.open"))
    answer = await due.command("/task feedback", channel=dev)
    clicked = await due.click(text=ASK, on=offered)
    await slack.until(lambda: clicked.shown, why="the refusal")
    for read in (said(answer), seen(clicked.latest(), dev)):
        assert "Slack did not let me open the form" in read
        assert "/task feedback" in read
    slack.violations.clear()


async def test_more_words_are_refused_with_an_example_and_given_back(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    trail = await Trail.begin(bot)
    answer = await maya.command("/task feedback I like Kestrels", channel=dev)
    assert "“feedback” takes nothing behind it" in said(answer)
    assert "/task feedback I like Kestrels" in said(answer)
    assert maya.modal is None
    await trail.of(answer, outcome="rejected")


async def test_an_answer_that_cannot_be_saved_stays_in_the_form(
    bot: RunningBot, maya: Person, dev: Channel
) -> None:
    await maya.command("/task feedback", channel=dev)
    form = form_of(maya)
    with locked(bot.path):
        failed = await maya.submit(form, {"missing": "Sub-tasks"})
        assert "Not saved" in failed.errors[Question.USED_FOR]
        assert maya.modal is form
    await maya.submit(form, {"missing": "Sub-tasks"})
    assert [row[4] for row in bot.rows(ANSWERS)] == ["Sub-tasks"]


async def test_an_answer_that_is_saved_late_is_thanked_for_late(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task feedback", channel=dev)
    drop = slow_down(bot.path, 5, on="INSERT ON feedback")
    await maya.submit(None, {"missing": "Sub-tasks", "feeling": "not"})
    assert "Still saving" in words_of(form_of(maya), maya)
    thanked = lambda: "Thank you!" in words_of(form_of(maya), maya)  # noqa: E731
    await slack.until(thanked, seconds=20, why="thanks")
    drop()
    assert [row[4:] for row in bot.rows(ANSWERS)] == [("Sub-tasks", "not")]


async def test_what_people_say_is_in_no_log_and_told_to_nobody(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task feedback", channel=dev)
    form = form_of(maya)
    trail = await Trail.begin(bot)
    sent = await maya.submit(form, {"used_for": "Kestrelling", "missing": "Falconry of Merlins"})
    await trail.of(sent, source="form")
    await maya.command("/task feedback", channel=dev)
    with locked(bot.path):
        await maya.submit(None, {"missing": "Peregrination"})
    await look(maya, dev)
    lines = json.dumps(bot.log())
    told = json.dumps([call.args for call in slack.calls])
    for word in ("Kestrel", "Falconry", "Merlin", "Peregrination"):
        assert word not in lines
        assert word not in told
