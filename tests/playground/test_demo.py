"""The demo: where it says things are, and a bot process that is started and ended."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playground import Slack, Workspace
from playground.__main__ import Data
from playground.bot_process import BotDied, BotProcess, Ports, free_port
from playground.readable import Reader
from tests.conftest import eventually
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
        ports = Ports(slack=unused_port(), operator=unused_port())
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
    assert bot.last_lines()[0] == "ready"
    await bot.stop()
    with pytest.raises(BotDied, match="exit code 0"):
        await bot.died()
    await bot.stop()


async def test_a_bot_that_dies_early_is_noticed(start: Starter) -> None:
    bot = await start("raise SystemExit('no token')")
    with pytest.raises(BotDied, match="exit code 1"):
        await bot.ready()
    assert bot.last_lines() == ["no token"]


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
    async with demo(tmp_path) as (process, output):
        said = (await output.read()).decode()
        assert await process.wait() == 1
    assert "The bot ended with exit code 1." in said
    assert "no token" in said


async def test_the_demo_ends_with_ctrl_c_and_leaves_nothing(tmp_path: Path) -> None:
    """With a bot that lives, is never healthy, and says which process it is and where its log."""
    note = tmp_path / "note"
    (tmp_path / "bot.py").write_text(ASLEEP.format(note=note), encoding="utf-8")
    async with demo(tmp_path) as (process, output):
        page = await told(output, "http://")
        assert await opened(page) == "U01"
        await eventually(note.exists)
        bot_id, log = read(note).split()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        assert time.monotonic() - began < 10
        assert b"Stopped; nothing is left running." in await output.read()
    assert not exists(log, str(Path(log).parent), f"/proc/{bot_id}")


ASLEEP = """
import os
import pathlib
import signal
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
note = pathlib.Path("{note}")
words = f"{{os.getpid()}} {{os.readlink('/proc/self/fd/1')}}"
note.with_suffix(".new").write_text(words)
note.with_suffix(".new").rename(note)
while True:
    signal.pause()
"""


def test_the_database_is_a_file_of_the_demo_or_where_it_was_asked_for(tmp_path: Path) -> None:
    file, url = tmp_path / "own.db", "postgresql+asyncpg://me:secret@db/x"
    none = Data.chosen(tmp_path, None, {})
    variable = Data.chosen(tmp_path, None, {"DATABASE_URL": url})
    path = Data.chosen(Path("/elsewhere"), file, {"DATABASE_URL": url})
    assert none.url == f"sqlite+aiosqlite:///{tmp_path}/taskbot.db"
    assert none.words == f"{tmp_path}/taskbot.db (goes when the demo ends)"
    assert (variable.url, variable.words) == (url, "the one that DATABASE_URL names")
    assert (path.url, path.words) == (f"sqlite+aiosqlite:///{file}", str(file))
    assert [it.own for it in (none, variable, path)] == [False, True, True]


async def test_the_demo_says_where_everything_is(tmp_path: Path) -> None:
    """With a bot that is healthy, says what its database is, and takes no commands."""
    code = textwrap.dedent(BOT).replace('"ready"', 'os.environ["DATABASE_URL"]')
    (tmp_path / "bot.py").write_text(code, encoding="utf-8")
    own = tmp_path / "own.db"
    async with demo(tmp_path, "--database", str(own)) as (_, output):
        page = await told(output, "http://")
        assert port_of(page) >= 8000
        assert await told(output, "Slack's Web API") == page + "api/"
        operators_page = await told(output, "the bot's page")
        assert port_of(operators_page) >= 8080
        assert await told(output, "the bot's health") == operators_page + "health"
        log = Path(await told(output, "the bot's log"))
        assert await told(output, "the database") == str(own)
        assert read(log).splitlines()[0] == f"sqlite+aiosqlite:///{own}"
    assert not exists(str(log))


async def test_the_page_takes_the_next_port_when_one_is_in_use() -> None:
    usual, following = unused_port(), unused_port()
    with listening(usual):
        async with Slack.running(ports=(usual, following)) as slack:
            assert port_of(slack.url) == following
        with pytest.raises(OSError, match="no free port"):
            async with Slack.running(ports=(usual,)):
                pass


async def test_a_bot_whose_port_was_taken_meanwhile_gets_another(tmp_path: Path) -> None:
    note, gone = tmp_path / "note", tmp_path / "gone"
    code = ROBBED.format(note=note, gone=gone) + textwrap.dedent(BOT)
    (tmp_path / "bot.py").write_text(code, encoding="utf-8")
    async with demo(tmp_path) as (process, output):
        await eventually(note.exists, seconds=20)
        port = int(read(note))
        with listening(port):
            note.rename(gone)
            health = await told(output, "the bot's health")
        assert port_of(health.removesuffix("health")) != port
        # The terminal is closed: what was started has no terminal, and must not stay.
        process.send_signal(signal.SIGHUP)
        assert await process.wait() == 0


# It says its port, waits until somebody has it, and dies of that, once.
ROBBED = """
import os
import pathlib
import time
note, gone = pathlib.Path("{note}"), pathlib.Path("{gone}")
if not gone.exists():
    note.with_suffix(".new").write_text(os.environ["OPS_PORT"])
    note.with_suffix(".new").rename(note)
    while not gone.exists():
        time.sleep(0.01)
    raise SystemExit("address already in use")
"""


Demo = tuple[asyncio.subprocess.Process, asyncio.StreamReader]


@asynccontextmanager
async def demo(folder: Path, *arguments: str) -> AsyncIterator[Demo]:
    """Run the demo with another `bot`; it never outlives the block."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([str(folder), root])
    rest = {name: it for name, it in os.environ.items() if name != "DATABASE_URL"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "playground",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=rest | {"PYTHONSAFEPATH": "1", "PYTHONPATH": path},
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        if process.returncode is None:
            process.terminate()
            assert await process.wait() == 0


async def told(output: asyncio.StreamReader, name: str) -> str:
    """Read on until the demo says where something is."""
    async with asyncio.timeout(20):
        while name not in (line := (await output.readline()).decode()):
            assert line, f"the demo ended and never said {name!r}"
    return line.split("  ")[-1].split()[0]


def unused_port() -> int:
    """A port that nobody else is given: other tests start bots at the same time."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_of(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def exists(*paths: str) -> bool:
    return any(Path(path).exists() for path in paths)


@contextlib.contextmanager
def listening(port: int) -> Iterator[None]:
    """Have a port taken."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        yield


async def opened(page: str) -> str:
    """Open the page as a browser does, and return who one is there."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{page}live", origin=page.rstrip("/")) as socket,
    ):
        screen = await socket.receive_json()
        assert screen["commands"][0]["command"] == "/task"
        return str(screen["me"])


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
        "by Maya today",
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
