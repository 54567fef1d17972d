"""Rate limits, with a clock that needs no waiting."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground import Channel, Slack, Workspace
from playground.limits import PER_MINUTE, Limits


@pytest.mark.parametrize(("method", "allowed"), sorted(PER_MINUTE.items()))
def test_a_method_may_be_called_so_often_a_minute(method: str, allowed: int) -> None:
    limits = Limits()
    for number in range(allowed):
        assert limits.admit(method, "T01", f"C{number}", 100.0) is None
    assert limits.admit(method, "T01", "C0", 130.0) == 30
    assert limits.admit(method, "T02", "C0", 130.0) is None
    assert limits.admit(method, "T01", "C0", 160.0) is None


def test_the_minute_rolls() -> None:
    limits = Limits()
    for second in range(20):
        assert limits.admit("users.list", "T01", None, float(second)) is None
    assert limits.admit("users.list", "T01", None, 59.5) == 1
    assert limits.admit("users.list", "T01", None, 60.0) is None
    assert limits.admit("users.list", "T01", None, 60.5) == 1


def test_a_channel_takes_one_post_a_second() -> None:
    limits = Limits()
    assert limits.admit("chat.postMessage", "T01", "C01", 10.0) is None
    assert limits.admit("chat.postMessage", "T01", "C01", 10.5) == 1
    assert limits.admit("chat.postMessage", "T01", "C02", 10.5) is None
    assert limits.admit("chat.postMessage", "T01", "C01", 10.96) is None


def test_methods_without_a_limit_are_always_let_through() -> None:
    limits = Limits()
    assert [limits.admit("auth.test", "T01", None, 1.0) for _ in range(500)] == [None] * 500


def test_limits_can_be_switched_off() -> None:
    limits = Limits()
    limits.enabled = False
    assert [limits.admit("users.list", "T01", None, 1.0) for _ in range(50)] == [None] * 50


async def test_asking_too_often_is_answered_with_429(
    slack: Slack, client: AsyncWebClient, ws: Workspace, dev: Channel
) -> None:
    await client.chat_postMessage(channel=dev.id, text="one")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=dev.id, text="two")
    answer = refused.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert answer.headers["Retry-After"] == "1"
    assert [call.outcome for call in slack.calls] == ["ok", "ratelimited"]
    assert [message.text for message in dev.messages] == ["one"]
    assert slack.violations == []
    assert ws.channels[dev.id] is dev
