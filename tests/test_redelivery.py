"""Events that Slack sends again: none is lost, and none counts twice."""

import asyncio

import pytest

from playground import Channel, Person, Slack, Workspace, payloads
from playground.courier import deliver
from playground.messages import JSON
from playground.shapes import user_shape
from tests.conftest import RunningBot
from tests.journey import all_told, locked

pytestmark = pytest.mark.usefixtures("untraced")

NAME = "SELECT name FROM people WHERE user_id = 'U01'"


@pytest.fixture(autouse=True)
def scaled(slack: Slack) -> None:
    """A minute takes a tenth of a second."""
    slack.retry_scale = 1 / 600


async def settled(slack: Slack) -> None:
    """Wait until no event is sent again any more."""
    await slack.until(lambda: not slack.redelivering, why="the end of the repetitions")


async def test_an_event_that_cannot_be_saved_is_saved_when_it_comes_again(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person
) -> None:
    maya.rename(name="maja")
    with locked(bot.path):
        refused = await team.user_change(maya)
        assert refused.status == 503
        assert bot.rows(NAME) == [("maya",)]
    await settled(slack)
    assert [again.status for again in refused.redeliveries] == [200]
    assert bot.rows(NAME) == [("maja",)]


async def test_an_event_answered_too_late_comes_again_and_is_saved(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person
) -> None:
    slack.deadline = 0.2
    maya.rename(name="maja")
    with locked(bot.path):
        late = await team.user_change(maya)
        assert late.failure == "http_timeout"
        assert bot.rows(NAME) == [("maya",)]
    slack.deadline = 3.0
    await settled(slack)
    assert [again.status for again in late.redeliveries] == [200]
    assert bot.rows(NAME) == [("maja",)]
    # What the stand-in complains of is what this test ordered.
    (complaint,) = slack.violations
    assert complaint.startswith("event not answered within 3 s")
    slack.violations.clear()


async def test_an_event_sent_three_times_at_once_leaves_one_person(
    bot: RunningBot, slack: Slack, team: Workspace
) -> None:
    zoe = team.add_person("U09", name="zoe")
    change: JSON = {"type": "user_change", "user": user_shape(zoe, slack.clock())}
    event = payloads.event(team, change)
    answers = await asyncio.gather(*(deliver(slack, event) for _ in range(3)))
    assert [answer.status for answer in answers] == [200] * 3
    assert bot.rows("SELECT name FROM people WHERE user_id = 'U09'") == [("zoe",)]


async def test_an_invitation_told_three_times_leads_to_one_card(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person
) -> None:
    secret: Channel = team.channels["C02"]
    await maya.command("/task add Hidden thing", channel=secret)
    await all_told(bot)
    first = await secret.invite(team.bot_user_id)
    assert first
    for _ in range(2):
        assert (await slack.resend(first)).status == 200
    await maya.command("/task start 1", channel=secret)
    await slack.until(lambda: secret.messages, why="the card")
    await all_told(bot)
    posts = [call.outcome for call in slack.calls if call.method == "chat.postMessage"]
    assert posts == ["channel_not_found", "ok"]
    assert len(secret.messages) == 1
    assert bot.rows("SELECT kind FROM task_events ORDER BY version") == [("created",), ("started",)]


async def test_an_event_that_comes_again_does_not_replace_what_was_said_later(
    bot: RunningBot, slack: Slack, team: Workspace
) -> None:
    zoe = team.add_person("U09", name="zoe")
    older = payloads.event(team, {"type": "user_change", "user": user_shape(zoe, slack.clock())})
    zoe.rename(name="zora")
    later = user_shape(zoe, slack.clock() + 60)
    for event in (payloads.event(team, {"type": "user_change", "user": later}), older):
        assert (await deliver(slack, event)).status == 200
    assert bot.rows("SELECT name FROM people WHERE user_id = 'U09'") == [("zora",)]
