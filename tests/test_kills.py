"""kill -9 at every point between a request and its card: nothing lost, nothing doubled."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from playground import Channel, Exchange, Fault, Message, Person, Slack, Workspace
from tests.bot_process import bot_process, rows, stalling_bot
from tests.conftest import eventually, running_bot

pytestmark = pytest.mark.usefixtures("untraced")

MANY = 200
"""Far more than share a commit, so that a kill comes between two of them."""
SURELY_STUCK = 1.0
PATIENCE = 15.0
POST, UPDATE = "chat.postMessage", "chat.update"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "taskbot.db"


async def test_a_kill_between_commit_and_answer_loses_and_doubles_nothing(
    slack: Slack, maya: Person, dev: Channel, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stalling_bot(slack, path) as process:
        answered, stuck = await until_one_is_stuck(maya, dev)
        # Its change stands, and its answer never left.
        assert count(path) == len(answered) + 1
        process.kill()
        unanswered = await stuck
    assert answered
    assert unanswered.status is None
    async with running_bot(slack, path, capsys):
        for earlier in [*answered, unanswered]:
            assert "Added #" in (await slack.resend(earlier)).text
    assert numbers(path) == list(range(1, len(answered) + 2))


async def until_one_is_stuck(
    maya: Person, dev: Channel
) -> tuple[list[Exchange], asyncio.Task[Exchange]]:
    """Add tasks one after the other, until one is not answered."""
    answered: list[Exchange] = []
    while True:
        line = f"/task add Task {len(answered)} !quiet"
        command = asyncio.create_task(maya.command(line, channel=dev))
        done, _ = await asyncio.wait([command], timeout=SURELY_STUCK)
        if not done:
            return answered, command
        answered.append(command.result())


async def test_a_kill_among_many_commands_keeps_all_that_was_answered(
    slack: Slack, maya: Person, dev: Channel, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with bot_process(slack, path) as bot:
        commands = [
            asyncio.create_task(maya.command(f"/task add Task {at} !quiet", channel=dev))
            for at in range(MANY)
        ]
        # Many share a commit: those of the first are answered, and the next is not made yet.
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait(commands, return_when=asyncio.FIRST_COMPLETED)
        await bot.killed()
        exchanges = await asyncio.gather(*commands)
    answered = [one for one in exchanges if one.status == 200]
    unanswered = [one for one in exchanges if one.status is None]
    assert len(answered) + len(unanswered) == MANY
    assert answered
    assert unanswered
    saved = {f"Added #{number} {title}" for number, title in tasks(path)}
    assert {headline(one) for one in answered} <= saved
    async with running_bot(slack, path, capsys):
        for earlier in exchanges:
            assert "Added #" in (await slack.resend(earlier)).text
    assert numbers(path) == list(range(1, MANY + 1))
    assert {title for _, title in tasks(path)} == {f"Task {at}" for at in range(MANY)}


def headline(answer: Exchange) -> str:
    """The first line of an answer to `add`."""
    return answer.text.partition("\n")[0]


@dataclass(frozen=True, kw_only=True)
class InFlight:
    """What a process was doing for one card when it was killed, and how the card ends."""

    fault: Fault
    is_posted_before: bool
    shown_at_the_kill: int
    posts_in_the_end: int = 1


IN_FLIGHT = {
    "between commit and delivery": InFlight(
        fault=Fault.reset(method=POST, channel="C11"),
        is_posted_before=False,
        shown_at_the_kill=0,
    ),
    "in a post that Slack did not make": InFlight(
        fault=Fault.hang(method=POST, channel="C12", times=1),
        is_posted_before=False,
        shown_at_the_kill=0,
    ),
    "in a post whose answer was never read": InFlight(
        fault=Fault.hang(method=POST, channel="C13", times=1, after_effect=True),
        is_posted_before=False,
        shown_at_the_kill=1,
        posts_in_the_end=2,
    ),
    "in an update that Slack did not make": InFlight(
        fault=Fault.hang(method=UPDATE, channel="C14", times=1),
        is_posted_before=True,
        shown_at_the_kill=1,
    ),
    "in an update whose answer was never read": InFlight(
        fault=Fault.hang(method=UPDATE, channel="C15", times=1, after_effect=True),
        is_posted_before=True,
        shown_at_the_kill=1,
    ),
}


async def test_a_kill_leaves_each_card_true_whatever_was_on_its_way_to_slack(
    slack: Slack, team: Workspace, maya: Person, path: Path
) -> None:
    channels = {
        case.fault.channel: team.add_channel(str(case.fault.channel), name=f"case{at}")
        for at, case in enumerate(IN_FLIGHT.values())
    }
    async with bot_process(slack, path) as bot:
        await bring_about(slack, maya, path)
        await bot.killed()
    for case in IN_FLIGHT.values():
        assert len(channels[case.fault.channel].messages) == case.shown_at_the_kill
    assert rows(path, "SELECT count(*) FROM notices WHERE lease_until IS NOT NULL") >= [(3,)]
    slack.faults.remove(IN_FLIGHT["between commit and delivery"].fault)
    async with bot_process(slack, path) as bot:
        print(f"from start to healthy: {bot.seconds_to_health:.2f} s")  # noqa: T201  # a figure
        await until_told(path)
    for why, case in IN_FLIGHT.items():
        cards = channels[case.fault.channel].messages
        assert len(cards) == case.posts_in_the_end, why
        assert len({card.client_msg_id for card in cards}) == 1, why
        assert is_done(cards[-1]), why


async def bring_about(slack: Slack, maya: Person, path: Path) -> None:
    """A task for each case, finished, with its card where the case wants it."""
    number = {why: at for at, why in enumerate(IN_FLIGHT, 1)}
    for case in IN_FLIGHT.values():
        if not case.is_posted_before:
            slack.faults.add(case.fault)
        await maya.command("/task add Fix login", channel=str(case.fault.channel))
    posted = "SELECT count(*) FROM notices WHERE ts IS NOT NULL"
    await eventually(lambda: rows(path, posted) == [(2,)], seconds=PATIENCE)
    for why, case in IN_FLIGHT.items():
        if case.is_posted_before:
            slack.faults.add(case.fault)
        answer = await maya.command(f"/task done {number[why]}", channel=str(case.fault.channel))
        assert "is done" in answer.text
    await slack.until(lambda: all(case.fault.hits for case in IN_FLIGHT.values()), PATIENCE)


async def until_told(path: Path) -> None:
    """Wait until Slack was told all that the database wants told, and no lease is held."""
    told = "SELECT min(told = wanted AND lease_until IS NULL) FROM notices"
    await eventually(lambda: rows(path, told) == [(1,)], seconds=PATIENCE)


def count(path: Path) -> int:
    return len(numbers(path))


def numbers(path: Path) -> list[int]:
    """The numbers of all tasks."""
    return [number for number, _ in tasks(path)]


def tasks(path: Path) -> list[tuple[int, str]]:
    """Number and title of all tasks."""
    return [(row[0], row[1]) for row in rows(path, "SELECT number, title FROM tasks ORDER BY 1")]


def is_done(card: Message) -> bool:
    return "(Done by maya" in card.text and offers(card) == ["Reopen"]


def offers(card: Message) -> list[str]:
    """The buttons that stand on a card."""
    elements = [one for block in card.blocks for one in block.get("elements", [])]
    return [one["text"]["text"] for one in elements if one["type"] == "button"]
