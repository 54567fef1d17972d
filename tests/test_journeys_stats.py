"""The team in numbers: which tasks are counted for whom, in whose weeks, and what is posted."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from playground import Channel, Person, Slack, Workspace, payloads
from playground.controls import controls
from playground.courier import deliver
from tests.conftest import Ahead, RunningBot, running_bot, until_known
from tests.journey import Trail, add, labels, said, seen

SUNDAY = datetime(2027, 1, 10, 22, 30, tzinfo=UTC)
"""In Berlin it is 23:30 of that Sunday, in Los Angeles the early afternoon."""
NOBODYS = ("maya", "tom", "ada", "gus", "Maya", "Tom")


@pytest.fixture
def clock() -> Ahead:
    ahead = Ahead()
    ahead.turn_to(SUNDAY)
    return ahead


@pytest.fixture
async def trail(bot: RunningBot) -> Trail:
    return await Trail.begin(bot)


@pytest.fixture
def secret(team: Workspace) -> Channel:
    return team.channels["C02"]


async def stats(person: Person, channel: Channel) -> list[str]:
    """What somebody reads in answer, line by line."""
    answer = await person.command("/task stats", channel=channel)
    return [line.removeprefix("• ") for line in said(answer).splitlines()]


async def opened(person: Person, channel: Channel) -> str:
    """The line about what is open."""
    return (await stats(person, channel))[1]


async def test_the_numbers_are_words_for_a_standup_without_names_and_titles(
    trail: Trail, clock: Ahead, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "Fix login @tom 2027-01-10", "Order cake", "Write docs @me", "Call Bob")
    await maya.command("/task start 1", channel=dev)
    clock.turn_to(SUNDAY + timedelta(hours=5, minutes=10))
    await maya.command("/task done 3", channel=dev)
    await trail.skip()
    answer = await maya.command("/task stats", channel=dev)
    assert said(answer).splitlines() == [
        "Tasks that you may see",
        "• Open 3, 1 in progress, 1 overdue, 2 nobody's.",
        "• Done this week 1 (last week 0).",
        "• Added this week 0 (last week 4).",
        "• Half of what was done in the last 4 weeks took 6 hours or less.",
        "Weeks begin on Monday, on the clock of Europe/Berlin.",
        "[Post to channel]",
    ]
    assert answer.text.startswith("Tasks that you may see: Open 3, 1 in progress, 1 overdue,")
    assert not [word for word in (*NOBODYS, "login", "cake") if word in json.dumps(answer.body)]
    await trail.of(answer)


@pytest.mark.usefixtures("bot")
async def test_weeks_and_days_are_those_of_the_one_who_asks(
    clock: Ahead, maya: Person, tom: Person, dev: Channel
) -> None:
    await add(maya, dev, "One", "Two", "Three 2027-01-10")
    await maya.command("/task done 1", channel=dev)
    clock.turn_to(SUNDAY + timedelta(hours=1))
    await maya.command("/task done 2", channel=dev)
    await add(maya, dev, "Four")
    assert (await stats(maya, dev))[1:4] == [
        "Open 2, 0 in progress, 1 overdue, 2 nobody's.",
        "Done this week 1 (last week 1).",
        "Added this week 1 (last week 3).",
    ]
    assert (await stats(tom, dev))[1:4] == [
        "Open 2, 0 in progress, 0 overdue, 2 nobody's.",
        "Done this week 2 (last week 0).",
        "Added this week 4 (last week 0).",
    ]
    assert (await stats(tom, dev))[5] == (
        "Weeks begin on Monday, on the clock of America/Los_Angeles."
    )


@pytest.mark.usefixtures("bot")
async def test_what_is_not_done_any_more_was_not_done_and_what_is_deleted_never_was(
    clock: Ahead, maya: Person, dev: Channel
) -> None:
    await add(maya, dev, "One", "Two", "Three")
    await maya.command("/task done 1 2", channel=dev)
    await maya.command("/task reopen 1", channel=dev)
    assert (await stats(maya, dev))[1:3] == [
        "Open 2, 0 in progress, 0 overdue, 2 nobody's.",
        "Done this week 1 (last week 0).",
    ]
    clock.turn_to(SUNDAY + timedelta(weeks=1))
    await maya.command("/task done 1", channel=dev)
    await maya.command("/task undo", channel=dev)
    question = await maya.command("/task delete 3", channel=dev)
    await maya.click(text="Delete #3", on=question)
    assert (await stats(maya, dev))[1:4] == [
        "Open 1, 0 in progress, 0 overdue, 1 nobody's.",
        "Done this week 0 (last week 1).",
        "Added this week 0 (last week 2).",
    ]
    clock.turn_to(SUNDAY + timedelta(weeks=5))
    assert "Nothing was done in the last 4 weeks." in await stats(maya, dev)


@pytest.mark.usefixtures("bot")
async def test_only_what_one_may_see_is_counted(
    team: Workspace, maya: Person, tom: Person, dev: Channel, secret: Channel
) -> None:
    ada, gus = team.people["U03"], team.people["U04"]
    ops = team.add_channel("C05", name="ops")
    await add(maya, secret, "Hidden", "Hidden too @ada")
    await add(tom, ops, "Public", "For a guest @gus")
    await add(tom, team.dm(tom), "Private")
    assert (await opened(maya, secret)).startswith("Open 4,")
    assert (await opened(tom, secret)).startswith("Open 5,"), "who is there sees it there"
    assert (await opened(tom, dev)).startswith("Open 3,"), "the bot cannot tell who is in it"
    assert (await opened(ada, dev)).startswith("Open 3,"), "what one holds is seen anywhere"
    assert (await opened(gus, dev)).startswith("Open 1,")
    assert (await opened(gus, ops)).startswith("Open 2,")


async def test_another_workspace_counts_its_own(
    slack: Slack,
    team: Workspace,
    clock: Ahead,
    maya: Person,
    dev: Channel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = slack.add_workspace(team_id="T02", name="Other", bot_token="xoxb-T02")
    mo = other.add_person("U01", name="mo", role="admin")
    plaza = other.add_channel("C01", name="dev")
    path = tmp_path / "taskbot.db"
    async with running_bot(slack, path, capsys, clock.now) as bot:
        await until_known(bot, len(team.people))
        await add(maya, dev, "Ours", "Ours too")
    async with running_bot(slack, path, capsys, clock.now, token="xoxb-T02") as bot:
        await until_known(bot, len(team.people) + len(other.people))
        assert "There is no task yet that you may see." in (await stats(mo, plaza))[0]
        await add(mo, plaza, "Theirs")
        assert (await opened(mo, plaza)).startswith("Open 1,")
        assert (await opened(maya, dev)).startswith("Open 2,")


async def test_a_team_without_tasks_is_shown_how_to_begin(
    trail: Trail, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/todo stats", channel=dev)
    assert said(answer) == (
        "There is no task yet that you may see. Add the first: "
        "/todo add Fix the login page @maya friday !high"
    )
    assert labels(answer.latest()) == []
    await trail.of(answer)


@pytest.mark.usefixtures("bot")
async def test_when_all_is_done_nothing_is_open(maya: Person, dev: Channel) -> None:
    await add(maya, dev, "One")
    await maya.command("/task done 1", channel=dev)
    assert await opened(maya, dev) == "Nothing is open."
    assert "Half of what was done in the last 4 weeks took 1 minute or less." in await stats(
        maya, dev
    )


async def test_words_behind_it_are_refused_with_what_to_type(
    trail: Trail, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/task stats @tom", channel=dev)
    assert "“stats” takes nothing behind it" in answer.text
    assert "Example: /task stats" in said(answer)
    await trail.of(answer, outcome="rejected")


async def test_what_is_posted_counts_what_everybody_there_may_see(
    slack: Slack,
    trail: Trail,
    team: Workspace,
    maya: Person,
    dev: Channel,
    secret: Channel,
) -> None:
    await add(maya, dev, "Here @me")
    await add(maya, team.add_channel("C05", name="ops"), "Public")
    await add(maya, secret, "Hidden @me", "Hidden too")
    await add(maya, team.dm(maya), "Private @me")
    await trail.skip()
    private = await maya.command("/task stats", channel=dev)
    assert "Open 5," in private.text
    await trail.of(private)
    click = await maya.click(text="Post to channel", on=private)
    await slack.until(lambda: dev.messages, why="the posted numbers")
    (posted,) = dev.messages
    assert seen(posted, dev).splitlines() == [
        "Tasks that everybody here may see",
        "• Open 2, 0 in progress, 0 overdue, 1 nobody's.",
        "• Done this week 0 (last week 0).",
        "• Added this week 2 (last week 0).",
        "• Nothing was done in the last 4 weeks.",
        "Posted by maya. Weeks begin on Monday, on the clock of Europe/Berlin.",
    ]
    assert posted.text.startswith("Tasks that everybody here may see: Open 2,")
    assert labels(posted) == []
    await trail.of(click)


@pytest.mark.parametrize(
    ("who", "where", "count"),
    [("maya", "C02", 1), ("maya", "C06", 1), ("gus", "C01", 1), ("maya", "C01", 3)],
)
@pytest.mark.usefixtures("bot")
async def test_strangers_and_guests_have_only_the_channel_s_own_posted(
    slack: Slack, team: Workspace, maya: Person, who: str, where: str, count: int
) -> None:
    team.add_channel("C05", name="ops")
    team.add_channel("C06", name="with-partners", shared=True)
    for channel_id in ("C01", "C02", "C05", "C06"):
        await add(maya, team.channels[channel_id], "Something @gus")
    person = next(one for one in team.people.values() if one.name == who)
    channel = team.channels[where]
    answer = await person.command("/task stats", channel=channel)
    await person.click("stats_post", on=answer)
    await slack.until(lambda: channel.messages, why="the posted numbers")
    assert f": Open {count}, " in channel.messages[0].text


@pytest.mark.usefixtures("bot")
async def test_a_post_of_nothing_says_so(
    slack: Slack, team: Workspace, maya: Person, dev: Channel
) -> None:
    await add(maya, team.dm(maya), "Private")
    await maya.click("stats_post", on=await maya.command("/task stats", channel=dev))
    await slack.until(lambda: dev.messages, why="the posted numbers")
    assert dev.messages[0].text == "Tasks that everybody here may see: None yet."


@pytest.mark.parametrize("line", ["stats", "list all"])
async def test_a_click_that_says_no_channel_posts_nothing(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person, dev: Channel, line: str
) -> None:
    await add(maya, team.dm(maya), "Private @me")
    shown = (await maya.command(f"/task {line}", channel=dev)).latest()
    (post,) = (it for it in controls(shown) if it.label == "Post to channel")
    click = payloads.message_action(maya, dev, shown, post)
    body = json.loads(parse_qs(click.body.decode())["payload"][0]) | {"channel": None}
    forged = replace(click, body=urlencode({"payload": json.dumps(body)}).encode())
    answer = await deliver(team.state, forged)
    await slack.until(lambda: answer.shown, why="the refusal")
    assert "I do not know this button." in said(answer)
    assert dev.messages == []
    assert bot.log("slack.interaction")[-1]["outcome"] == "rejected"
