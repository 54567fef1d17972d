"""The demo: a conversation in plain lines, and a bot process that is started and ended."""

import asyncio
import os
import signal
import socket
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground import Slack, Workspace
from playground.bot_process import BotDied, BotProcess, Ports, free_port
from playground.demo import TOKEN, Conversation, furnish
from playground.readable import Reader
from tests.playground.conftest import Bot
from tests.playground.drawn import actions, button, entry, overflow, plain, section

BOT = """
    import os
    import signal
    import sys
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Ops(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("ready", flush=True)
    HTTPServer(("127.0.0.1", int(os.environ["OPS_PORT"])), Ops).serve_forever()
"""


Starter = Callable[[str], Awaitable[BotProcess]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Starter]:
    """Start a `bot` module of some code instead of the real one; it never outlives the test."""
    bots = []

    async def start(code: str) -> BotProcess:
        (tmp_path / "bot.py").write_text(textwrap.dedent(code), encoding="utf-8")
        ports = Ports.free()
        settings = {
            "PYTHONSAFEPATH": "1",
            "PYTHONPATH": str(tmp_path),
            "OPS_PORT": str(ports.operator),
        }
        bots.append(await BotProcess.start(tmp_path, ports=ports, settings=settings))
        return bots[-1]

    yield start
    for bot in bots:
        await bot.stop()


async def test_the_bot_is_started_and_ended(start: Starter) -> None:
    bot = await start(BOT)
    await bot.ready()
    assert bot.last_lines()[0] == "ready\n"
    await bot.stop()
    with pytest.raises(BotDied, match="exit code 0"):
        await bot.died()
    await bot.stop()


async def test_a_bot_that_dies_early_is_noticed(start: Starter) -> None:
    bot = await start("raise SystemExit('no token')")
    with pytest.raises(BotDied, match="exit code 1"):
        await bot.ready()
    assert bot.last_lines() == ["no token\n"]


async def test_a_bot_that_does_not_end_is_killed(start: Starter) -> None:
    bot = await start(BOT.replace("sys.exit(0)", "None"))
    await bot.ready()
    await bot.stop(seconds=0.05)
    with pytest.raises(BotDied, match="exit code -9"):
        await bot.died()


async def test_a_bot_that_never_gets_healthy_is_given_up(start: Starter) -> None:
    bot = await start(BOT.replace("200", "503"))
    with pytest.raises(BotDied, match="not healthy within"):
        await bot.ready(seconds=0.3)
    await bot.stop()


def test_a_port_in_use_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        usual = taken.getsockname()[1]
        assert free_port(usual) > usual


async def test_the_demo_without_a_bot_says_so_and_fails(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("raise SystemExit('no token')", encoding="utf-8")
    code, output = await demo(tmp_path)
    assert code == 1
    assert "The bot ended with exit code 1." in output
    assert "no token" in output


async def test_the_demo_ends_with_a_signal_and_leaves_nothing(tmp_path: Path) -> None:
    # A bot that is healthy and answers nothing: the conversation waits for its card.
    (tmp_path / "bot.py").write_text(textwrap.dedent(BOT), encoding="utf-8")
    code, output = await demo(tmp_path, stop_at="types in #dev")
    assert code == 0
    log = next(word for word in output.split() if word.endswith("bot.log"))
    assert not Path(log).parent.exists()


async def demo(folder: Path, stop_at: str | None = None) -> tuple[int | None, str]:
    """Run the demo with another `bot`; end it as soon as it has printed some words."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([str(folder), root])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "playground",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PYTHONSAFEPATH": "1", "PYTHONPATH": path},
    )
    assert process.stdout is not None
    output = ""
    async for line in process.stdout:
        output += line.decode()
        if stop_at and stop_at in output:
            stop_at = None
            process.send_signal(signal.SIGTERM)
    return await process.wait(), output


async def test_the_conversation_is_printed(
    slack: Slack, bot: Bot, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = furnish(slack)
    client = AsyncWebClient(token=TOKEN, base_url=slack.api_url)
    app = AsyncApp(signing_secret="shhh", client=client, process_before_response=True)
    app.command("/task")(_answer)
    app.action("done")(_done)
    bot.runs(app)
    slack.limits.enabled = False
    await Conversation(slack, ws).play()
    printed = capsys.readouterr().out
    assert "▸ Maya Lind types in #dev: /task add Fix the login page @tom !high" in printed
    assert "Only Maya Lind sees in #dev, from Taskbot:\n  │ Added #1 for @Tom Reyes" in printed
    assert "Everybody sees in #dev, from Taskbot:\n  │ #1 Fix  [Done]" in printed
    assert "from Taskbot, edited:\n  │ #1 is done" in printed
    assert slack.violations == []


async def test_trouble_in_the_conversation_is_printed(
    slack: Slack, bot: Bot, capsys: pytest.CaptureFixture[str]
) -> None:
    bot.says(text="oops", status=500)
    with pytest.raises(AssertionError, match="the card of the task"):
        await Conversation(slack, furnish(slack), patience=0.01).play()
    assert "(the bot's answer: 500)" in capsys.readouterr().out


async def _answer(ack: Any, client: Any, command: Any) -> None:
    await ack(text="Added #1 for <@U02|tom>")
    if command["text"].startswith("add"):
        blocks = [section("#1 Fix", accessory=button(action_id="done", value="1"))]
        await client.chat_postMessage(channel=command["channel_id"], text="#1", blocks=blocks)


async def _done(ack: Any, respond: Any) -> None:
    await ack()
    await respond(text="#1 is done", replace_original=True)


def test_blocks_are_read_aloud(ws: Workspace) -> None:
    ws.add_person("U01", name="maya", real_name="Maya Lind")
    ws.add_channel("C01", name="dev")
    words: list[dict[str, Any]] = [
        {"type": "text", "text": "Fix", "style": {"strike": True}},
        {"type": "user", "user_id": "U01"},
        {"type": "channel", "channel_id": "C01"},
        {"type": "link", "url": "https://x.io"},
        {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "then"},
        {"type": "emoji", "name": "tada"},
        {"type": "broadcast", "range": "here"},
    ]
    run = {"type": "rich_text_section", "elements": words}
    bullets = {"type": "rich_text_list", "style": "bullet", "elements": [run]}
    blocks = [
        {"type": "header", "text": plain("Tasks")},
        {"type": "section", "fields": [plain("Due\nFriday"), plain("Low")]},
        section("<@U01> <#C01> <https://x.io|link> <!date^1^x|then> <@U99> &amp; <#C99>"),
        {"type": "divider"},
        {"type": "context", "elements": [plain("by Maya"), plain("today")]},
        actions(button("Done"), overflow("Edit", "Delete"), {"type": "users_select"}),
        {"type": "image", "alt_text": "a chart", "image_url": "https://x.io/a.png"},
        entry(label=plain("Title")),
        {"type": "rich_text", "elements": [run, bullets]},
    ]
    message = ws.bot_message("C01", "Tasks", blocks=blocks)
    run_read = "~Fix~@Maya Lind#devhttps://x.iothen:tada:@here"
    assert Reader(ws).lines(message) == [
        "# Tasks",
        "Due Friday · Low",
        "@Maya Lind #dev link then @U99 & #C99",
        "────",
        "by Maya · today",
        "[Done] [⋯ Edit | Delete] [users select]",
        "[image: a chart]",
        "Title: …",
        run_read,
        f"• {run_read}",
    ]


def test_authors_are_named(ws: Workspace) -> None:
    reader = Reader(ws)
    private = ws.ephemeral("C01", "U01", "psst")
    apology = ws.ephemeral("C01", "U01", "sorry", from_slackbot=True)
    authors = [reader.author(it) for it in (ws.bot_message("C01", "x"), private, apology)]
    assert authors == ["Taskbot", "Taskbot", "Slackbot"]
