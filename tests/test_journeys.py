"""Each command and each button from the signed request to everything that follows from it."""

from playground import Channel, Person, Slack
from tests.conftest import RunningBot


async def test_an_added_task_is_saved_answered_shown_logged_and_counted(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    answer = await maya.command("/task add Fix login @tom !high", channel=dev)
    assert answer.status == 200
    assert "Added #1 Fix login" in answer.text
    assert bot.rows("SELECT title, assignee_id, priority, status FROM tasks") == [
        ("Fix login", "U02", "high", "todo")
    ]
    assert bot.rows("SELECT kind, actor_id, source FROM task_events") == [
        ("created", "U01", "command")
    ]
    await slack.until(lambda: dev.messages, why="the card")
    assert "#1 Fix login" in dev.messages[0].text
    lines = bot.log()
    assert [line["event"] for line in lines if line["event"].startswith("task.")] == [
        "task.created"
    ]
    assert await bot.metric("tasks_created_total", source="command") == 1
