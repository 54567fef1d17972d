"""Each button from the signed click to everything that follows from it, the card included."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from playground import Channel, Person, Slack, Workspace
from playground.messages import Ephemeral, Message
from tests.conftest import SECRET, Ahead, RunningBot, running_bot, until_known
from tests.journey import Trail, all_told, labels, said, seen

ROW = "SELECT status, assignee_id, completed_by, deleted_by FROM tasks WHERE number = 1"


@pytest.fixture
async def trail(bot: RunningBot) -> Trail:
    return await Trail.begin(bot)


@pytest.fixture
async def card(bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel) -> Message:
    """The card of task 1, which maya added for nobody."""
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await all_told(bot)
    await trail.skip()
    slack.calls.clear()
    return dev.messages[0]


def as_it_is(message: Message) -> Message:
    """The message as somebody's screen may still show it when the message has changed."""
    return Message(**vars(message))


def methods(slack: Slack) -> list[str]:
    """Which calls were made about cards, in order."""
    asked = ("auth.test", "users.list", "conversations.info")
    cards = [call for call in slack.calls if not str(call.channel).startswith(("U", "D"))]
    return [call.method for call in cards if call.method not in asked]


# The card's own buttons


async def test_done_on_the_card_finishes_the_task_and_repaints_the_card_through_the_click(
    bot: RunningBot, slack: Slack, trail: Trail, tom: Person, dev: Channel, card: Message
) -> None:
    click = await tom.click(text="Done", on=card)
    assert (click.status, click.body) == (200, "")
    await slack.until(lambda: card.edits, why="the card")
    assert seen(card, dev).startswith("#1 ~Fix login~\nDone by tom")
    assert card.text.startswith("#1 Fix login (Done by tom")
    assert labels(card) == ["Reopen", "Edit", "Assign to me", "Delete"]
    assert bot.rows(ROW) == [("done", None, "U02", None)]
    await trail.of(click, "#1 completed")
    await all_told(bot)
    assert methods(slack) == ["response_url"]
    assert dev.messages == [card]


async def test_start_on_the_card_takes_nobody_s_task(
    bot: RunningBot, slack: Slack, trail: Trail, tom: Person, dev: Channel, card: Message
) -> None:
    click = await tom.click(text="Start", on=card)
    await slack.until(lambda: card.edits, why="the card")
    assert seen(card, dev).splitlines()[1] == "In progress · For tom · Added by maya"
    assert labels(card) == ["Done", "Edit", "Assign to me", "Delete"]
    assert bot.rows(ROW) == [("doing", "U02", None, None)]
    await trail.of(click, "#1 started")
    await all_told(bot)
    assert methods(slack) == ["response_url"]


async def test_reopen_on_the_card_sets_the_task_back(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel, card: Message
) -> None:
    await maya.click(text="Done", on=card)
    await slack.until(lambda: card.edits == 1, why="the card")
    await all_told(bot)
    await trail.skip()
    click = await maya.click(text="Reopen", on=card)
    await slack.until(lambda: card.edits == 2, why="the card")
    assert seen(card, dev).startswith("#1 Fix login\nTo do")
    assert labels(card) == ["Done", "Start", "Edit", "Assign to me", "Delete"]
    assert bot.rows(ROW) == [("todo", None, None, None)]
    await trail.of(click, "#1 reopened")
    await all_told(bot)
    assert methods(slack) == ["response_url", "response_url"]


async def test_assign_to_me_takes_a_task_from_whoever_had_it_and_twice_says_so(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, card: Message
) -> None:
    for edits, person in enumerate((tom, maya), 1):
        click = await person.click(text="Assign to me", on=card)
        await slack.until(lambda edits=edits: card.edits == edits, why="the card")  # type: ignore[misc]
        assert f"For {person.name}" in card.text
        assert bot.rows(ROW) == [("todo", person.id, None, None)]
        await trail.of(click, "#1 assigned")
    await all_told(bot)
    again = await maya.click(text="Assign to me", on=card)
    await slack.until(lambda: again.shown, why="the answer")
    assert said(again) == "#1 Fix login is yours already."
    await trail.of(again)


async def test_delete_in_the_menu_asks_in_private_and_the_deleted_card_has_restore_but_no_title(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel, card: Message
) -> None:
    asked = await maya.click(text="Delete", on=card)
    await slack.until(lambda: asked.shown, why="the question")
    assert said(asked) == "Delete #1 Fix login?\n[Delete #1] [Keep]"
    assert asked.latest() not in dev.messages
    await trail.of(asked)
    assert (card.edits, bot.rows(ROW)) == (0, [("todo", None, None, None)])

    kept = await maya.click(text="Keep", on=asked)
    await slack.until(lambda: kept.shown, why="the answer")
    assert said(asked) == "#1 stays."
    await trail.of(kept)

    asked = await maya.click(text="Delete", on=card)
    await slack.until(lambda: asked.shown, why="the question")
    await trail.of(asked)
    question = asked.latest()
    deleted = await maya.click(text="Delete #1", on=question)
    await slack.until(lambda: deleted.shown, why="the answer")
    assert seen(question, dev) == "#1 is deleted.\n[Undo]"
    await trail.of(deleted, "#1 deleted")
    await slack.until(lambda: card.edits, why="the card")
    assert seen(card, dev) == "#1 deleted by maya\n[Restore]"
    assert "login" not in str(card.payload())
    assert bot.rows(ROW) == [("todo", None, None, "U01")]

    restored = await maya.click(text="Restore", on=card)
    await slack.until(lambda: card.edits == 2, why="the card")
    assert seen(card, dev).startswith("#1 Fix login\nTo do")
    assert labels(card) == ["Done", "Start", "Edit", "Assign to me", "Delete"]
    await trail.of(restored, "#1 restored")
    assert bot.rows(ROW) == [("todo", None, None, None)]


async def test_whoever_may_not_delete_is_told_so_and_nothing_is_written(
    bot: RunningBot,
    slack: Slack,
    trail: Trail,
    maya: Person,
    tom: Person,
    dev: Channel,
    card: Message,
) -> None:
    refused = await tom.click(text="Delete", on=card)
    await slack.until(lambda: refused.shown, why="the refusal")
    assert said(refused).startswith("#1 Fix login: only maya, who added it")
    assert labels(refused.latest()) == []
    await trail.of(refused, outcome="rejected")

    await tom.click(text="Assign to me", on=card)
    question = await tom.command("/task delete 1", channel=dev)
    assert labels(question.latest()) == ["Delete #1", "Keep"]
    await maya.click(text="Assign to me", on=card)
    await slack.until(lambda: "For maya" in card.text, why="the card")
    await all_told(bot)
    await trail.skip()
    refused = await tom.click(text="Delete #1", on=question)
    await slack.until(lambda: refused.shown, why="the refusal")
    assert "only maya, who added it" in said(refused)
    await trail.of(refused, outcome="rejected")
    assert bot.rows(ROW) == [("todo", "U01", None, None)]

    asked = await maya.click(text="Delete", on=card)
    await slack.until(lambda: asked.shown, why="the question")
    await maya.click(text="Delete #1", on=asked)
    await slack.until(lambda: labels(card) == ["Restore"], why="the card")
    await all_told(bot)
    await trail.skip()
    refused = await tom.click(text="Restore", on=card)
    await slack.until(lambda: refused.shown, why="the refusal")
    assert said(refused).startswith("#1: only maya, who added it")
    assert labels(card) == ["Restore"]
    await trail.of(refused, outcome="rejected")
    assert bot.rows(ROW) == [("todo", "U01", None, "U01")]


async def test_old_buttons_answer_what_is_already_so(
    bot: RunningBot,
    slack: Slack,
    trail: Trail,
    maya: Person,
    tom: Person,
    dev: Channel,
    card: Message,
) -> None:
    fresh = as_it_is(card)
    await tom.click(text="Done", on=card)
    await slack.until(lambda: card.edits, why="the card")
    await all_told(bot)
    await trail.skip()
    again = await maya.click(text="Done", on=fresh)
    await slack.until(lambda: again.shown, why="the answer")
    assert said(again).startswith("#1 Fix login: tom finished it ")
    await trail.of(again)
    start = await maya.click(text="Start", on=fresh)
    await slack.until(lambda: start.shown, why="the answer")
    assert said(start) == "#1 Fix login is done. Reopen it first: /task reopen 1"
    await trail.of(start, outcome="rejected")
    assert bot.rows(ROW) == [("done", None, "U02", None)]

    question = await maya.command("/task delete 1", channel=dev)
    await maya.click(text="Delete #1", on=question)
    await slack.until(lambda: labels(card) == ["Restore"], why="the card")
    await all_told(bot)
    await trail.skip()
    done = await maya.click(text="Done", on=fresh)
    await slack.until(lambda: done.shown, why="the answer")
    assert said(done) == "#1 was deleted by maya. To bring it back: /task restore 1"
    await trail.of(done, outcome="rejected")


async def test_a_button_that_we_never_drew_is_refused_in_words(
    slack: Slack, trail: Trail, maya: Person, card: Message
) -> None:
    forged = as_it_is(card)
    forged.blocks = [
        {
            "type": "actions",
            "block_id": block_id,
            "elements": [{"type": "button", "action_id": action_id, "value": value}],
        }
        for block_id, action_id, value in (
            ("card|1|||", "task_done", "one"),
            ("nonsense", "task_start", "1"),
            ("list|||| all", "list_more", "nowhere"),
            ("card|1|||", "task_burn", "1"),
        )
    ]
    for action_id in ("task_done", "task_start", "list_more", "task_burn"):
        click = await maya.click(action_id, on=forged)
        assert click.status == 200
        await slack.until(lambda click=click: click.shown, why="the refusal")  # type: ignore[misc]
        assert said(click) == "I do not know this button. Your tasks: /task list"
        await trail.of(click, outcome="rejected")


# Undo


async def test_undo_takes_an_addition_back_and_twice_says_so(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: dev.messages, why="the card")
    await trail.skip()
    old = answer.latest()
    assert isinstance(old, Ephemeral)
    first = Ephemeral(**vars(old))
    click = await maya.click(text="Undo", on=answer)
    await slack.until(lambda: click.shown, why="the answer")
    assert said(click) == "Undone: #1 is deleted."
    assert labels(answer.latest()) == []
    assert bot.rows(ROW) == [("todo", None, None, "U01")]
    await trail.of(click, "#1 deleted")
    await slack.until(lambda: labels(dev.messages[0]) == ["Restore"], why="the card")
    again = await maya.click(text="Undo", on=first)
    await slack.until(lambda: answer.latest().edits == 2, why="the answer")
    assert seen(answer.latest(), dev) == "#1 was taken back already."
    await trail.of(again)


async def test_undo_leaves_a_task_that_was_changed_since(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    answer = await maya.command("/task add Fix login !quiet", channel=dev)
    await tom.command("/task start 1", channel=dev)
    await trail.skip()
    click = await maya.click(text="Undo", on=answer)
    await slack.until(lambda: click.shown, why="the refusal")
    assert said(click) == "#1 Fix login was changed since. See what happened: /task history 1"
    await trail.of(click, outcome="rejected")
    assert bot.rows(ROW) == [("doing", "U02", None, None)]


async def test_undo_is_for_the_one_alone_who_made_the_change(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, tom: Person, dev: Channel
) -> None:
    answer = await maya.command("/task add Fix login @tom !quiet", channel=dev)
    await trail.skip()
    click = await tom.click(text="Undo", on=answer)
    await slack.until(lambda: click.shown, why="the refusal")
    assert said(click) == "There is nothing of yours to undo. Your tasks: /task list"
    await trail.of(click, outcome="rejected")
    assert bot.rows(ROW) == [("todo", "U02", None, None)]


@pytest.fixture
async def later(
    clock: Ahead, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[tuple[RunningBot, Slack]]:
    """A bot and its Slack that live by the clock that the test turns."""
    async with Slack.running(signing_secret=SECRET, clock=clock.seconds) as slack:
        team = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
        team.add_person("U01", name="maya")
        team.add_channel("C01", name="dev")
        async with running_bot(slack, tmp_path / "later.db", capsys, clock.now) as running:
            await until_known(running, 2)
            yield running, slack
        assert slack.violations == []


@pytest.mark.parametrize(("minutes", "is_undone"), [(9.9, True), (10.1, False)])
async def test_undo_is_possible_for_ten_minutes(
    later: tuple[RunningBot, Slack], clock: Ahead, minutes: float, *, is_undone: bool
) -> None:
    bot, slack = later
    trail = await Trail.begin(bot)
    maya = slack.workspaces["T01"].people["U01"]
    answer = await maya.command("/task add Fix login !quiet", channel="C01")
    await trail.of(answer, "#1 created")
    clock.by = timedelta(minutes=minutes)
    click = await maya.click(text="Undo", on=answer)
    await slack.until(lambda: click.shown, why="the answer")
    if is_undone:
        assert said(click) == "Undone: #1 is deleted."
        await trail.of(click, "#1 deleted")
    else:
        assert said(click).startswith("That is more than 10 minutes ago, so it stays.")
        assert said(click).endswith("/task history 1")
        await trail.of(click, outcome="rejected")
    assert bot.rows(ROW) == [("todo", None, None, "U01" if is_undone else None)]


# The card follows


async def test_the_card_follows_every_path_of_change(
    bot: RunningBot, slack: Slack, maya: Person, tom: Person, dev: Channel, card: Message
) -> None:
    await tom.command("/task start 1", channel=dev)
    await slack.until(lambda: "(In progress · For tom" in card.text, why="a command")

    rows = await tom.command("/task list", channel=dev)
    await tom.click("task_done", on=rows, value="1")
    await slack.until(lambda: "(Done by tom" in card.text, why="a row of a list")

    whole = await maya.command("/task show 1", channel=dev)
    await maya.click(text="Reopen", on=whole)
    await slack.until(lambda: "(To do · For tom" in card.text, why="the whole task")

    rows = await maya.command("/task list all", channel=dev)
    await maya.click(text="Post to channel", on=rows)
    posted = await slack.until(lambda: dev.messages[1:], why="the posted list")
    await maya.click("task_done", on=posted[0], value="1")
    await slack.until(lambda: "(Done by maya" in card.text, why="a posted list")

    await tom.click(text="Reopen", on=card)
    await slack.until(lambda: "(To do · For tom" in card.text, why="the card")

    question = await maya.command("/task delete 1", channel=dev)
    await maya.click(text="Delete #1", on=question)
    await slack.until(lambda: card.text == "#1 deleted by maya", why="the question")
    await all_told(bot)
    assert "chat.postMessage" not in methods(slack)
    assert dev.messages[0] is card


async def test_the_card_follows_changes_that_are_made_from_elsewhere(
    slack: Slack, team: Workspace, tom: Person, card: Message
) -> None:
    ops = team.add_channel("C05", name="ops")
    await tom.command("/task done 1", channel=ops)
    await slack.until(lambda: "(Done by tom" in card.text, why="the card")
    assert ops.messages == []
    await tom.command("/task reopen 1", channel=team.dm(tom))
    await slack.until(lambda: "(To do" in card.text, why="the card")
    assert team.dm(tom).messages == []


async def test_a_click_whose_response_url_fails_still_has_its_card_painted(
    bot: RunningBot, slack: Slack, tom: Person, card: Message
) -> None:
    click = await tom.click(text="Done", on=as_it_is(card))
    await slack.until(lambda: card.edits, why="the card")
    await all_told(bot)
    ticket = click.interaction.ticket
    assert ticket is not None
    slack.calls.clear()
    ticket.issued_at -= 1_800
    await tom.command("/task reopen 1", channel=card.channel_id)
    await slack.until(lambda: "(To do" in card.text, why="the card")
    assert methods(slack) == ["chat.update"]


async def test_a_card_that_somebody_deleted_is_noticed_and_not_written_to_again(
    bot: RunningBot, slack: Slack, trail: Trail, maya: Person, dev: Channel, card: Message
) -> None:
    dev.delete(card)
    await trail.of(await maya.command("/task start 1", channel=dev), "#1 started")
    await slack.until(lambda: "chat.update" in methods(slack), why="the attempt")
    await all_told(bot)
    assert [call.outcome for call in slack.calls] == ["message_not_found"]
    assert bot.rows("SELECT gone FROM notices") == [(1,)]
    assert [line["code"] for line in bot.log("delivery.dropped")] == ["message_not_found"]

    await trail.skip()
    slack.calls.clear()
    done = await maya.command("/task done 1", channel=dev)
    assert done.text == "#1 Fix login is done."
    await trail.of(done, "#1 completed")
    other = await maya.command("/task add Another", channel=dev)
    await slack.until(lambda: dev.messages, why="a later card")
    await trail.of(other, "#2 created")
    assert [call.method for call in slack.calls] == ["chat.postMessage"]
    await all_told(bot)
    assert bot.rows("SELECT gone FROM notices") == [(1,), (0,)]


async def test_a_card_in_a_channel_that_the_bot_left_is_dropped_and_follows_when_it_is_back(
    bot: RunningBot, slack: Slack, trail: Trail, team: Workspace, maya: Person
) -> None:
    inner = team.add_channel("C03", name="inner", kind="private", members=["U01"], bot_in=True)
    await maya.command("/task add Inner thing", channel=inner)
    await slack.until(lambda: inner.messages, why="the card")
    (card,) = inner.messages
    await all_told(bot)
    await trail.skip()
    gone = await inner.remove(team.bot_user_id)
    assert gone
    await trail.of(gone)
    assert bot.rows("SELECT has_bot FROM channels WHERE channel_id = 'C03'") == [(0,)]
    answer = await maya.command("/task start 1", channel=inner)
    assert answer.text == "#1 Inner thing is in progress. For maya."
    await all_told(bot)
    assert card.edits == 0

    await inner.invite(team.bot_user_id)
    await maya.command("/task done 1", channel=inner)
    await slack.until(lambda: "(Done by maya" in card.text, why="the card")
    assert inner.messages == [card]
