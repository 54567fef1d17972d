"""Who is in a private channel: asked of Slack, corrected by events, forgotten without the bot."""

import time
from datetime import timedelta

import pytest

from bot.directory import PAGE
from playground import Channel, Exchange, Fault, Person, Slack, Workspace
from tests.conftest import Ahead, RunningBot, eventually
from tests.journey import said

MEMBERS = "conversations.members"
PAST_FRESH = timedelta(hours=1, seconds=1)
CROWD = [f"U{number}" for number in range(10_000, 10_000 + 2 * PAGE)]
"""With Maya and Tom they are three pages."""


@pytest.fixture
def den(team: Workspace) -> Channel:
    """A private channel without the bot, in which Tom stands on the last page."""
    return team.add_channel("C03", name="den", kind="private", members=["U01", *CROWD, "U02"])


@pytest.fixture
async def invited(bot: RunningBot, team: Workspace, den: Channel, maya: Person) -> Exchange:
    """The bot was invited to the den, knows who is there, and has a task of Maya's there."""
    joined = await den.invite(team.bot_user_id, by=maya)
    assert joined
    await eventually(lambda: members(bot) == set(den.members))
    await maya.command("/task add Dig a tunnel !quiet", channel=den)
    return joined


def members(bot: RunningBot, channel: str = "C03") -> set[str]:
    """Whom the database has in a channel."""
    asked = "SELECT user_id FROM channel_members WHERE team_id = 'T01' AND channel_id = ?"
    return {row[0] for row in bot.rows(asked, channel)}


async def sees(person: Person, where: str = "C01") -> bool:
    """Whether Maya's task exists for somebody who asks in #dev, by number and in a list alike."""
    shown = said(await person.command("/task show 1", channel=where))
    listed = "Dig a tunnel" in said(await person.command("/task list all", channel=where))
    assert ("Dig a tunnel" in shown) is listed
    assert listed or shown.startswith("There is no task #1.")
    return listed


def asked_members(slack: Slack) -> list[str]:
    """How each request for a page of members ended."""
    return [call.outcome for call in slack.calls if call.method == MEMBERS]


@pytest.mark.usefixtures("invited")
async def test_everybody_in_a_channel_that_the_bot_came_into_sees_its_tasks_from_elsewhere(
    bot: RunningBot, slack: Slack, team: Workspace, tom: Person
) -> None:
    assert await sees(tom)
    assert not await sees(team.people["U03"])
    pages = [call.args for call in slack.calls if call.method == MEMBERS]
    assert [int(page["limit"]) for page in pages] == [PAGE] * 3
    assert [bool(page.get("cursor")) for page in pages] == [False, True, True]
    assert await bot.metric("slack_api_calls_total", method=MEMBERS, outcome="ok") == 3


async def test_a_request_does_not_wait_for_the_list(
    bot: RunningBot, slack: Slack, team: Workspace, den: Channel, maya: Person, tom: Person
) -> None:
    den.join(team.bot_user_id)
    hung = slack.faults.add(Fault.hang(method=MEMBERS))
    answer = await maya.command("/task add Dig a tunnel !quiet", channel=den)
    assert "Added #1" in answer.text
    await slack.until(lambda: hung.hits, why="the question")
    assert not await sees(tom)
    assert await sees(tom, where="C03")
    slack.faults.remove(hung)
    await eventually(lambda: members(bot) == set(den.members))
    assert await sees(tom)


@pytest.mark.usefixtures("invited")
async def test_who_joins_sees_at_once_and_who_leaves_no_more(
    bot: RunningBot, team: Workspace, den: Channel, maya: Person, tom: Person
) -> None:
    ada = team.people["U03"]
    joined = await den.invite(ada, by=maya)
    assert joined
    assert joined.status == 200
    assert await sees(ada)
    await den.remove(tom)
    assert not await sees(tom)
    await den.remove(maya)
    assert await sees(maya), "she made it"
    assert members(bot) == set(den.members)


async def test_an_event_that_is_told_again_too_late_is_mended_by_asking(
    bot: RunningBot, slack: Slack, den: Channel, maya: Person, tom: Person, invited: Exchange
) -> None:
    den.leave(tom)
    rejoined = await den.invite(tom, by=maya)
    assert rejoined
    await den.remove(tom)
    await slack.resend(rejoined)
    assert members(bot) == {*den.members, tom.id}
    await slack.resend(invited)
    await eventually(lambda: members(bot) == set(den.members))
    assert not await sees(tom)


@pytest.mark.parametrize("how", ["group_left", "member_left_channel"])
@pytest.mark.usefixtures("invited")
async def test_nobody_is_known_to_be_where_the_bot_was_removed(
    bot: RunningBot, team: Workspace, den: Channel, tom: Person, how: str
) -> None:
    if how == "group_left":
        gone = await den.remove(team.bot_user_id)
    else:
        den.leave(team.bot_user_id)
        gone = await team.event({"type": how, "user": team.bot_user_id, "channel": den.id})
    assert gone
    assert gone.status == 200
    assert members(bot) == set()
    assert bot.rows("SELECT has_bot FROM channels WHERE channel_id = 'C03'") == [(0,)]
    assert not await sees(tom)
    assert await sees(tom, where="C03")
    await den.invite(team.bot_user_id)
    await eventually(lambda: members(bot) == set(den.members))
    assert await sees(tom)


async def test_a_page_that_fails_leaves_the_list_as_it_was(
    bot: RunningBot,
    slack: Slack,
    team: Workspace,
    den: Channel,
    tom: Person,
    invited: Exchange,
) -> None:
    before = members(bot)
    den.leave(tom)
    den.join("U03")
    slack.calls.clear()
    failing = slack.faults.add(Fault.error("internal_error", method=MEMBERS, every=2))
    await slack.resend(invited)
    await slack.until(lambda: failing.hits, why="the second page")
    assert asked_members(slack) == ["ok", "internal_error"]
    assert await sees(tom)
    assert members(bot) == before
    slack.faults.remove(failing)
    await slack.resend(invited)
    await eventually(lambda: members(bot) == set(den.members))
    assert not await sees(tom)
    assert await sees(team.people["U03"])
    assert [line["team"] for line in bot.log("directory.no_members")] == ["T01"]


async def test_slack_is_asked_again_when_it_says_so(
    bot: RunningBot, slack: Slack, team: Workspace, den: Channel, maya: Person
) -> None:
    limited = slack.faults.add(Fault.ratelimited(1, method=MEMBERS, times=1))
    await den.invite(team.bot_user_id, by=maya)
    await slack.until(lambda: limited.hits, why="the refusal")
    await eventually(lambda: members(bot) == set(den.members))
    assert asked_members(slack) == ["ratelimited", "ok", "ok", "ok"]
    first, second, *_ = [call.at for call in slack.calls if call.method == MEMBERS]
    assert second - first >= 1


async def test_who_leaves_while_the_list_is_read_out_is_not_on_it(
    bot: RunningBot, slack: Slack, den: Channel, tom: Person, invited: Exchange
) -> None:
    slack.calls.clear()
    # Slack has read out the last page, with Tom on it, when he leaves.
    held = slack.faults.add(Fault.hang(method=MEMBERS, every=3, after_effect=True))
    await slack.resend(invited)
    await slack.until(lambda: held.hits, why="the last page")
    await den.remove(tom)
    assert tom.id not in members(bot)
    # When the next turn asks again, this one is through.
    again = slack.faults.add(Fault.hang(method=MEMBERS, times=1))
    await slack.resend(invited)
    slack.faults.remove(held)
    await slack.until(lambda: again.hits, why="the first page once more")
    assert tom.id not in members(bot)
    assert not await sees(tom)
    slack.faults.remove(again)
    await eventually(lambda: not is_stale(bot))
    assert members(bot) == set(den.members)


def is_stale(bot: RunningBot) -> bool:
    """Whether Slack is to be asked about the den with the next turn."""
    asked = "SELECT checked_at FROM channels WHERE channel_id = 'C03'"
    ((checked_at,),) = bot.rows(asked)
    return bool(checked_at / 1_000_000 < time.time() - PAST_FRESH.total_seconds() + 1)


async def test_a_channel_that_became_private_is_for_its_members_only(
    bot: RunningBot, slack: Slack, team: Workspace, clock: Ahead, maya: Person, tom: Person
) -> None:
    hall = team.add_channel("C04", name="hall", members=["U01"])
    joined = await hall.invite(team.bot_user_id, by=maya)
    assert joined
    await maya.command("/task add Dig a tunnel !quiet", channel=hall)
    assert await sees(tom)
    assert members(bot, "C04") == set()
    hall.kind = "private"
    hall.join("U03")
    clock.by += PAST_FRESH
    await slack.resend(joined)
    await eventually(lambda: members(bot, "C04") == set(hall.members))
    assert not await sees(tom)
    assert await sees(team.people["U03"])
    assert asked_members(slack) == ["ok"]


async def test_a_channel_that_became_public_keeps_no_list(
    bot: RunningBot,
    slack: Slack,
    team: Workspace,
    den: Channel,
    invited: Exchange,
) -> None:
    ada = team.people["U03"]
    assert not await sees(ada)
    den.kind = "public"
    await slack.resend(invited)
    await eventually(lambda: members(bot) == set())
    assert await sees(ada)
    assert bot.rows("SELECT kind FROM channels WHERE channel_id = 'C03'") == [("public",)]


async def test_a_channel_that_was_renamed_is_the_same_to_its_members(
    bot: RunningBot, slack: Slack, den: Channel, tom: Person, invited: Exchange
) -> None:
    den.name = "cellar"
    await slack.resend(invited)
    named = "SELECT name FROM channels WHERE channel_id = 'C03'"
    await eventually(lambda: bot.rows(named) == [("cellar",)])
    assert await sees(tom)
    await eventually(lambda: members(bot) == set(den.members))


async def test_an_event_about_a_channel_that_nothing_is_known_of_leaves_no_trace(
    bot: RunningBot, slack: Slack, team: Workspace, tom: Person
) -> None:
    hall = team.add_channel("C04", name="hall", kind="private", bot_in=True)
    joined = await hall.invite(tom)
    assert joined
    assert joined.status == 200
    assert members(bot, "C04") == set()
    assert bot.rows("SELECT count(*) FROM channels WHERE channel_id = 'C04'") == [(0,)]
    assert asked_members(slack) == []
