"""When Slack, the database or the machine fail: people are answered, and the cards end true."""

import asyncio
import contextlib
import itertools
import json
import re
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.delivery import Delivery
from bot.directory import Directory
from bot.painter import Painter
from bot.slack import Slack as SlackApi
from ops.metrics import Metrics
from playground import Channel, Exchange, Fault, Message, Person, Slack, Workspace
from store import Clock, Directs, Homes, Notices, People, utc_now
from tests.bot_process import bot_process, healthy, refused_start, rows, settings
from tests.conftest import TOKEN, RunningBot, eventually, running_bot, until_known
from tests.journey import locked, slow_down

POST, UPDATE, RESPONSE_URL = "chat.postMessage", "chat.update", "response_url"

AT_ONCE = 1.5
"""Seconds for an answer that waits for nothing, on a busy machine."""

pytestmark = pytest.mark.usefixtures("team")


# Slack is slow, or a worker is.


async def test_a_change_during_a_hanging_post_ends_on_one_true_card(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    hanging = slack.faults.add(Fault.hang(method=POST, times=1))
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: hanging.hits, why="the post")
    assert "is done" in (await maya.command("/task done 1", channel=dev)).text
    assert calls(slack, POST, UPDATE) == [POST]
    hanging.release()
    await slack.until(lambda: dev.messages and is_done(dev.messages[0]), why="the truth")
    await until_told(bot)
    assert calls(slack, POST, UPDATE) == [POST, UPDATE]
    assert len(dev.messages) == 1


async def test_ten_changes_while_slack_is_slow_are_one_update(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await until_told(bot)
    hanging = slack.faults.add(Fault.hang(method=UPDATE, times=1))
    for verb in ("start", "done", *["reopen", "done"] * 4):
        assert "#1" in (await maya.command(f"/task {verb} 1", channel=dev)).text
        await slack.until(lambda: hanging.hits, why="the first update")
    assert bot.rows("SELECT version FROM tasks") == [(11,)]
    hanging.release()
    await until_told(bot)
    assert calls(slack, POST, UPDATE) == [POST, UPDATE, UPDATE]
    assert is_done(dev.messages[0])


async def test_a_worker_frozen_in_a_post_past_its_lease_takes_its_double_back(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    frozen = slack.faults.add(Fault.hang(method=POST, times=1, after_effect=True))
    await maya.command("/task add Fix login", channel=dev)
    await slack.until(lambda: frozen.hits, why="the post")
    await maya.command("/task done 1", channel=dev)
    async with another_worker(bot, slack, past_the_lease):
        await slack.until(lambda: len(dev.messages) == 2, why="the card of the other worker")
        await until_told(bot)
        double, card = dev.messages
        frozen.release()
        await slack.until(lambda: double.deleted, why="the double taken back")
    await until_told(bot)
    assert dev.messages == [card]
    assert is_done(card)


async def test_a_worker_frozen_in_an_update_past_its_lease_leaves_the_card_true(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await until_told(bot)
    frozen = slack.faults.add(Fault.hang(method=UPDATE, times=1))
    await maya.command("/task start 1", channel=dev)
    await slack.until(lambda: frozen.hits, why="the update")
    await maya.command("/task done 1", channel=dev)
    (card,) = dev.messages
    async with another_worker(bot, slack, past_the_lease):
        await slack.until(lambda: is_done(card), why="the truth from the other worker")
        await until_told(bot)
        frozen.release()
        await slack.until(lambda: card.edits >= 2, why="the frozen worker's old paint")
    await slack.until(lambda: is_done(card), why="the truth once more")
    await until_told(bot)
    assert dev.messages == [card]
    assert is_done(card)


def past_the_lease() -> Any:
    """The time 31 s from now: a lease is 30 s long."""
    return utc_now() + timedelta(seconds=31)


@asynccontextmanager
async def another_worker(bot: RunningBot, slack: Slack, clock: Clock) -> AsyncIterator[None]:
    """A second delivery on the same database, as another replica would run one."""
    metrics = Metrics()
    async with aiohttp.ClientSession() as session:
        api = SlackApi(TOKEN, slack.api_url, session, metrics)
        directory = Directory(api, People(bot.database, clock), clock, wake=lambda: None)
        await directory.turn()
        notices = Notices(bot.database, clock)
        homes = Homes(bot.database, clock)
        painter = Painter(notices, Directs(bot.database), homes, directory, clock)
        delivery = Delivery(notices, directory, painter, api, clock, metrics)
        delivery.worker.start()
        try:
            yield
        finally:
            await delivery.stop(time.monotonic() + 1)


# Slack answers something else.


async def test_no_call_is_made_before_slacks_retry_after_is_over(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person, dev: Channel
) -> None:
    design = team.add_channel("C11", name="design")
    limited = slack.faults.add(Fault.ratelimited(2, method=POST, times=1))
    assert "Added #1" in (await maya.command("/task add Fix login", channel=dev)).text
    await slack.until(lambda: limited.hits, why="the refusal")
    assert "Added #2" in (await maya.command("/task add Paint", channel=design)).text
    await slack.until(lambda: dev.messages and design.messages, why="both cards")
    refused, *others = [call.at for call in slack.calls if call.method == POST]
    assert min(others) - refused >= 2
    await until_told(bot)
    assert calls(slack, POST, UPDATE) == [POST] * 3


async def test_updates_that_slack_refused_are_not_counted_against_its_quota(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person
) -> None:
    channels = [team.add_channel(f"C1{at}", name=f"case{at}") for at in range(10)]
    for channel in channels:
        await maya.command("/task add Fix login", channel=channel)
    await until_told(bot)
    limited = slack.faults.add(Fault.ratelimited(1, method=UPDATE, times=50))
    for number, channel in enumerate(channels, 1):
        await maya.command(f"/task done {number}", channel=channel)
    await slack.until(lambda: limited.spent, 20, why="as many refusals as Slack takes updates")
    await until_told(bot, seconds=20)
    assert all(is_done(channel.messages[0]) for channel in channels)


@pytest.mark.usefixtures("bot")
async def test_a_card_that_is_long_in_drawing_brings_no_two_posts_within_a_second(
    slack: Slack, team: Workspace, maya: Person, dev: Channel
) -> None:
    team.add_person("U09", name="zoe")
    slow = slack.faults.add(Fault.delay(0.8, method="users.info", times=1))
    await maya.command("/task add Fix login @zoe", channel=dev)
    await maya.command("/task add Another", channel=dev)
    await slack.until(lambda: len(dev.messages) == 2, why="both cards")
    posts = [call for call in slack.calls if (call.method, call.channel) == (POST, dev.id)]
    assert slow.hits
    assert [post.outcome for post in posts] == ["ok", "ok"]


# Each strikes one post and one update in a channel of its own: what Slack says instead of an
# answer, and how many posts there are in the end. A post that was made, but whose answer was
# never read, is the one that may be doubled.
INSTEAD_OF_AN_ANSWER: dict[str, tuple[Fault, int]] = {
    "500": (Fault.status(500), 1),
    "503 from a proxy": (Fault.status(503, "<html>Bad Gateway</html>"), 1),
    "a page": (Fault.status(200, "<html>Sorry</html>"), 1),
    "JSON that is no object": (Fault.status(200, "[]", "application/json"), 1),
    "internal_error": (Fault.error("internal_error"), 1),
    "internal_error, but done": (Fault.error("internal_error", after_effect=True), 2),
    "service_unavailable": (Fault.error("service_unavailable"), 1),
    "no connection": (Fault.reset(), 1),
    "no connection, but done": (Fault.reset(after_effect=True), 2),
    "no answer": (Fault.hang(), 1),
}


async def test_whatever_slack_says_instead_people_are_answered_and_cards_become_true(
    bot: RunningBot, slack: Slack, team: Workspace, maya: Person
) -> None:
    channels = [
        team.add_channel(f"C1{at}", name=f"case{at}") for at in range(len(INSTEAD_OF_AN_ANSWER))
    ]
    strike(slack, POST)
    for channel in channels:
        answered = await maya.command("/task add Fix login", channel=channel)
        assert "Added #" in answered.text
        assert answered.seconds < AT_ONCE
    # One of them has to run into our own limit of 10 s for a call.
    await until_told(bot, seconds=25)
    updates = strike(slack, UPDATE)
    for number, channel in enumerate(channels, 1):
        answered = await maya.command(f"/task done {number}", channel=channel)
        assert f"#{number} Fix login is done." in answered.text
        assert answered.seconds < AT_ONCE
    await slack.until(lambda: all(fault.hits for fault in updates), why="all updates struck")
    for fault in updates:
        fault.release()
    await until_told(bot, seconds=15)
    for channel, (why, (_, posts)) in zip(channels, INSTEAD_OF_AN_ANSWER.items(), strict=True):
        assert len(channel.messages) == posts, why
        assert len({card.client_msg_id for card in channel.messages}) == 1, why
        assert is_done(channel.messages[-1]), why
    assert await bot.metric("errors_total", where="delivery") == 0


def strike(slack: Slack, method: str) -> list[Fault]:
    """Have each fault strike once, in its own channel."""
    faults = [fault for fault, _ in INSTEAD_OF_AN_ANSWER.values()]
    # Each with a release of its own: a copy would share it, and letting the held update go would
    # let the post go as well that was given up long before.
    return [
        slack.faults.add(
            replace(fault, method=method, channel=f"C1{at}", times=1, _released=asyncio.Event())
        )
        for at, fault in enumerate(faults)
    ]


async def test_a_click_whose_response_url_answers_with_a_page_is_painted_by_a_call(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await until_told(bot)
    slack.faults.add(Fault.status(200, "<html>Sorry</html>", method=RESPONSE_URL, times=1))
    await maya.click(on=dev.messages[0], text="Done")
    await slack.until(lambda: is_done(dev.messages[0]), why="the truth")
    assert calls(slack, RESPONSE_URL, UPDATE) == [RESPONSE_URL, UPDATE]


async def test_no_response_url_is_used_before_slacks_retry_after_is_over(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await until_told(bot)
    slack.faults.add(Fault.ratelimited(60, method=RESPONSE_URL, times=1))
    for button in ("Done", "Reopen", "Done"):
        await maya.click(on=dev.messages[0], text=button)
        await until_told(bot)
    assert is_done(dev.messages[0])
    assert calls(slack, RESPONSE_URL, UPDATE) == [RESPONSE_URL, UPDATE, UPDATE, UPDATE]


@pytest.mark.usefixtures("bot")
async def test_nobody_is_asked_about_before_slacks_retry_after_is_over(
    slack: Slack, team: Workspace, dev: Channel
) -> None:
    slack.faults.add(Fault.ratelimited(60, method="users.info", times=1))
    for at, name in enumerate(("zoe", "ada")):
        somebody = team.add_person(f"U8{at}", name=name)
        answer = await somebody.command("/task add Fix login !quiet", channel=dev)
        assert "Slack could not tell me who you are" in answer.text
    assert calls(slack, "users.info") == ["users.info"]


async def test_a_card_that_somebody_deleted_is_not_written_to_again(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    await maya.command("/task add Fix login", channel=dev)
    await until_told(bot)
    dev.delete(dev.messages[0])
    await maya.command("/task done 1", channel=dev)
    await until_told(bot)
    assert calls(slack, UPDATE) == [UPDATE]
    await maya.command("/task reopen 1", channel=dev)
    await maya.command("/task add Another", channel=dev)
    await slack.until(lambda: dev.messages, why="the other card")
    assert calls(slack, UPDATE) == [UPDATE]
    assert [card.text.startswith("#2 Another") for card in dev.messages] == [True]


# Slack is down, or does not know us.


async def test_with_slack_down_at_start_last_times_row_serves(
    slack: Slack, maya: Person, dev: Channel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "taskbot.db"
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, 5)
    down = slack.faults.add(Fault.reset())
    async with running_bot(slack, path, capsys) as bot:
        assert "Added #1 Fix login" in (await maya.command("/task add Fix login", channel=dev)).text
        await slack.until(lambda: down.hits, why="Slack was asked")
        await eventually_says(bot, 200, "DEGRADED", slack="DEGRADED")
        assert bot.rows("SELECT status FROM tasks") == [("todo",)]
    assert dev.messages == []


async def test_a_bot_that_never_knew_its_workspace_is_down_until_slack_is_back(
    slack: Slack, maya: Person, dev: Channel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    down = slack.faults.add(Fault.status(503, "<html>Sorry</html>", times=1))
    async with running_bot(slack, tmp_path / "taskbot.db", capsys) as bot:
        await slack.until(lambda: down.hits, why="Slack was asked")
        await eventually_says(bot, 503, "DOWN", slack="DOWN")
        refused = await maya.command("/task add Fix login", channel=dev)
        assert "not installed in this workspace" in refused.text
        await eventually_says(bot, 200, "UP", slack="UP", seconds=10)
        first, second = [call.at for call in slack.calls if call.method == "auth.test"]
        assert 4.9 <= second - first <= 6.5
        assert "Added #1" in (await maya.command("/task add Fix login", channel=dev)).text
        await slack.until(lambda: dev.messages, why="the card")


async def test_a_token_that_slack_refuses_is_down(
    slack: Slack,
    team: Workspace,
    maya: Person,
    dev: Channel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "taskbot.db"
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, 5)
    team.token_error = "token_revoked"
    async with running_bot(slack, path, capsys) as bot:
        health = await eventually_says(bot, 503, "DOWN", slack="DOWN", seconds=2)
        assert "token_revoked" in health["checks"]["slack"]["reason"]
        # What people type is still taken: it is told once the token is good again.
        assert "Added #1" in (await maya.command("/task add Fix login", channel=dev)).text


async def eventually_says(
    bot: RunningBot, status: int, state: str, seconds: float = 5.0, **checks: str
) -> dict[str, Any]:
    """Wait until `/health` says so, and return all that it says."""
    async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
        while True:
            async with session.get(bot.ops_url + "/health") as response:
                health: dict[str, Any] = await response.json()
            found = {name: health["checks"][name]["status"] for name in checks}
            if (response.status, health["status"], found) == (status, state, checks):
                return health
            await asyncio.sleep(0.02)


# The database takes no writes.


async def test_while_the_database_is_locked_nothing_is_saved_and_everybody_is_told_so(
    bot: RunningBot, maya: Person, tom: Person, dev: Channel
) -> None:
    await maya.command("/task add Before", channel=dev)
    await until_told(bot)
    await eventually_says(bot, 200, "UP", database="UP")
    with locked(bot.path):
        began = time.monotonic()
        down = asyncio.create_task(eventually_says(bot, 503, "DOWN", database="DOWN"))
        commands = [maya.command(f"/task add Lost {at}", channel=dev) for at in range(5)]
        answers = await asyncio.gather(*commands, tom.command("/task done 1", channel=dev))
        for answer in answers:
            assert answer.text.startswith("Not saved: the database is busy.")
            assert answer.seconds < 2.5
        assert "/task add Lost 0" in json.dumps(answers[0].body)
        listed = await maya.command("/task list all", channel=dev)
        assert "#1 Before" in listed.text
        assert listed.seconds < AT_ONCE
        await down
        assert time.monotonic() - began < 5
    assert bot.rows("SELECT title, status FROM tasks") == [("Before", "todo")]
    assert bot.rows("SELECT count(*) FROM requests") == [(1,)]
    assert "Added #2 After" in (await maya.command("/task add After", channel=dev)).text
    await eventually_says(bot, 200, "UP", database="UP")
    failed = await bot.metric("slack_interactions_total", kind="command", outcome="failed")
    assert failed == len(answers)


async def test_health_tells_of_a_lock_within_two_seconds(bot: RunningBot) -> None:
    await eventually_says(bot, 200, "UP", slack="UP")
    # The probe was good at this very moment, which is the worst for the next one.
    began = time.monotonic()
    with locked(bot.path):
        await eventually_says(bot, 503, "DOWN", database="DOWN")
        seconds = time.monotonic() - began
    assert seconds <= 2.0
    await eventually_says(bot, 200, "UP", database="UP")


async def test_a_file_that_may_not_grow_saves_nothing_and_loses_nothing(
    slack: Slack, maya: Person, dev: Channel, tmp_path: Path
) -> None:
    path = tmp_path / "taskbot.db"
    async with bot_process(slack, path) as bot:
        await maya.command("/task add Before !quiet", channel=dev)
        size = path.with_name("taskbot.db-wal").stat().st_size
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        await refusal(maya, dev)
        await healthy(bot.ops_url, 503)
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, unlimited)
        await healthy(bot.ops_url)
        assert titles(path) == ["Before"]
        assert "Added #2 After" in (await maya.command("/task add After", channel=dev)).text


IN_A_SMALL_PLACE = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"'
MAY_MOUNT = not subprocess.run(
    ["unshare", "-Urm", "true"],  # noqa: S607  # wherever it stands
    check=False,
    capture_output=True,
).returncode


@pytest.mark.skipif(not MAY_MOUNT, reason="this machine lets nobody mount a small disk")
async def test_a_full_disk_saves_nothing_and_loses_nothing(
    slack: Slack, maya: Person, dev: Channel, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    before = ("unshare", "-Urm", "sh", "-c", IN_A_SMALL_PLACE, str(disk))
    async with bot_process(slack, disk / "taskbot.db", *before) as bot:
        inside = Path(f"/proc/{bot.process.pid}/root{disk}")
        await maya.command("/task add Before !quiet", channel=dev)
        filling = inside / "filling"
        fill(filling)
        answer = await refusal(maya, dev)
        assert answer.text.startswith("Not saved: the database is full.")
        await healthy(bot.ops_url, 503)
        filling.unlink()
        await healthy(bot.ops_url)
        # SQLite would look for the file outside of that place: it is copied out of it.
        for name in ("taskbot.db", "taskbot.db-wal"):
            shutil.copyfile(inside / name, tmp_path / name)
        assert titles(tmp_path / "taskbot.db") == ["Before"]
        assert "Added #2 After" in (await maya.command("/task add After", channel=dev)).text


def fill(path: Path) -> None:
    """Write until the disk takes no more."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)


async def refusal(maya: Person, dev: Channel) -> Exchange:
    """The answer to a task that cannot be saved, while reading goes on."""
    answer = await maya.command("/task add Lost", channel=dev)
    assert answer.text.startswith("Not saved: the database is ")
    assert answer.seconds < 2.5
    assert "#1 Before" in (await maya.command("/task list all", channel=dev)).text
    return answer


def titles(path: Path) -> list[str]:
    return [row[0] for row in rows(path, "SELECT title FROM tasks ORDER BY number")]


async def test_a_save_that_takes_longer_than_slack_waits_is_told_when_it_is_through(
    bot: RunningBot, slack: Slack, maya: Person, dev: Channel
) -> None:
    drop = slow_down(bot.path, seconds=4)
    answer = await maya.command("/task add Fix login", channel=dev)
    match = re.match(r"Still saving \(ref (\w+)\)", answer.text)
    assert match, answer.text
    assert 2.3 <= answer.seconds <= 2.5 + AT_ONCE / 3
    await slack.until(lambda: len(answer.shown) == 2, seconds=20, why="the outcome")
    assert "Added #1 Fix login" in answer.latest().text
    assert bot.rows("SELECT number, title FROM tasks") == [(1, "Fix login")]
    late = bot.log("slack.late")
    assert [line["reference"] for line in late] == [match.group(1)]
    drop()
    assert "Added #1 Fix login" in (await slack.resend(answer)).text
    assert bot.rows("SELECT count(*) FROM tasks") == [(1,)]


# The process itself.


async def test_a_second_process_on_the_same_file_is_refused_in_words(
    bot: RunningBot, slack: Slack
) -> None:
    code, said = await refused_start(settings(slack, bot.path))
    assert code == 2
    assert json.loads(said)["reason"] == f"another process serves {bot.path}"


async def test_a_newer_schema_is_refused_in_words_and_left_alone(
    slack: Slack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "taskbot.db"
    async with running_bot(slack, path, capsys) as bot:
        await until_known(bot, 5)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    before = list(connection.iterdump())
    code, said = await refused_start(settings(slack, path))
    assert code == 2
    assert "the database has schema 9999, this release knows" in json.loads(said)["reason"]
    assert list(connection.iterdump()) == before
    connection.close()


async def test_every_fault_of_the_configuration_is_told_at_once() -> None:
    code, said = await refused_start(
        {
            "SLACK_BOT_TOKEN": "xoxp-not-a-bots",
            "SLACK_API_URL": "slack.com",
            "DATABASE_URL": "mysql://here",
            "PORT": "http",
            "OPS_PORT": "70000",
            "LOG_LEVEL": "LOUD",
            "LOG_FORMAT": "xml",
        }
    )
    assert code == 2
    for name in (
        "SLACK_SIGNING_SECRET is missing",
        "SLACK_BOT_TOKEN cannot be its value",
        'SLACK_API_URL cannot be "slack.com"',
        'DATABASE_URL cannot be "mysql://here"',
        'PORT cannot be "http"',
        'OPS_PORT cannot be "70000"',
        'LOG_LEVEL cannot be "LOUD"',
        'LOG_FORMAT cannot be "xml"',
    ):
        assert f"- {name}" in said
    assert "xoxp-not-a-bots" not in said
    assert "Traceback" not in said


async def test_sigterm_under_load_loses_nothing_that_was_answered(
    slack: Slack, maya: Person, dev: Channel, tmp_path: Path
) -> None:
    hanging = slack.faults.add(Fault.hang(method=POST))
    path = tmp_path / "taskbot.db"
    async with bot_process(slack, path) as bot:
        answered: list[Exchange] = []
        senders = [asyncio.create_task(keep_adding(maya, dev, answered)) for _ in range(8)]
        await eventually(lambda: len(answered) >= 50 and hanging.hits, seconds=15)
        began = time.monotonic()
        code = await bot.stopped()
        seconds = time.monotonic() - began
        await asyncio.gather(*senders)
        print(f"from SIGTERM to the end: {seconds:.2f} s")  # noqa: T201  # a figure
        lines = bot.lines()
    assert code == 0
    assert seconds < 10
    assert lines[-1]["event"] == "bot.stopped"
    saved = {
        f"Added #{number} {title}"
        for number, title in rows(path, "SELECT number, title FROM tasks")
    }
    assert {one.text.partition("\n")[0] for one in answered} <= saved
    assert rows(path, "SELECT count(*) FROM notices WHERE lease_until IS NOT NULL") == [(0,)]
    assert rows(path, "SELECT count(*) > 0 FROM notices WHERE told < wanted") == [(1,)]


async def keep_adding(maya: Person, dev: Channel, answered: list[Exchange]) -> None:
    """Add one task after the other until nobody answers any more."""
    for at in itertools.count():
        answer = await maya.command(f"/task add Task {at}", channel=dev)
        if answer.status != 200:
            return
        answered.append(answer)


async def until_told(bot: RunningBot, seconds: float = 10.0) -> None:
    """Wait until Slack was told all that the database wants told, and no lease is held."""
    told = "SELECT min(told = wanted AND lease_until IS NULL) FROM notices"
    await eventually(lambda: bot.rows(told) == [(1,)], seconds)


def calls(slack: Slack, *methods: str) -> list[str]:
    """The calls of these methods, in their order."""
    return [call.method for call in slack.calls if call.method in methods]


def is_done(card: Message) -> bool:
    """Whether a card shows a finished task, in words and by its buttons."""
    elements = [one for block in card.blocks for one in block.get("elements", [])]
    buttons = [one["text"]["text"] for one in elements if one["type"] == "button"]
    return "(Done by maya" in card.text and buttons == ["Reopen"]
