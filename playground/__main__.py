"""`python -m playground`: a Slack workspace in the browser with the real bot behind it."""

import argparse
import asyncio
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from playground.bot_process import HOST, BotDied, BotProcess, Ports
from playground.demo import TOKEN, begin, furnish, hints, say
from playground.offer import MANIFEST, declared
from playground.slack import Slack
from playground.workspace import Workspace

# Of each run its own: the bot of another demo, met on a port by chance, takes nothing from us.
SECRET = secrets.token_hex(16)
PORTS = range(8000, 8200)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Data:
    """Where the bot keeps its tasks: a database that goes with the demo, or one's own."""

    url: str
    words: str
    own: bool

    @classmethod
    def chosen(cls, folder: Path, path: Path | None, environment: Mapping[str, str]) -> Self:
        """Take the path that was named, or DATABASE_URL, or a file in the folder of the demo."""
        if path is None and (url := environment.get("DATABASE_URL")):
            return cls(url=url, words="the one that DATABASE_URL names", own=True)
        file = (path or folder / "taskbot.db").absolute()
        words = str(file) if path else f"{file} (goes when the demo ends)"
        return cls(url=f"sqlite+aiosqlite:///{file}", words=words, own=path is not None)


def main() -> int:
    """Run the demo and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--database", type=Path, metavar="PATH", help="a file to keep the tasks in")
    return asyncio.run(_until_told(parser.parse_args().database))


async def _until_told(path: Path | None) -> int:
    """Run until a signal comes, whatever is being done then."""
    demo = asyncio.ensure_future(_demo(path))
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, demo.cancel)
    try:
        return await demo
    except asyncio.CancelledError:
        say("", "Stopped; nothing is left running.")
        return 0


async def _demo(path: Path | None) -> int:
    with tempfile.TemporaryDirectory(prefix="taskbot-demo-") as name:
        folder = Path(name)
        async with Slack.running(signing_secret=SECRET, ports=PORTS) as slack:
            workspace = furnish(slack)
            slack.page.offer = declared(MANIFEST.read_text(encoding="utf-8"))
            slack.page.ready.clear()
            _show_page(slack)
            data = Data.chosen(folder, path, os.environ)
            return await _with_bot(slack, workspace, folder, data)


async def _with_bot(slack: Slack, workspace: Workspace, folder: Path, data: Data) -> int:
    """Run the bot until it ends by itself; on other ports if somebody was faster to take these."""
    may_try_again = True
    while may_try_again:
        ports, was_ready = Ports.free(), False
        async with _bot(slack, folder, ports, data) as bot:
            try:
                await bot.ready()
                was_ready = True
                _show_rest(slack, bot, data)
                await _prepare(slack, workspace, data)
                await bot.died()
            except BotDied as trouble:
                said = ["", "The last lines of its log:", *bot.last_lines(), "", str(trouble)]
        may_try_again = ports.taken and not was_ready
    say(*said)
    return 1


@asynccontextmanager
async def _bot(slack: Slack, folder: Path, ports: Ports, data: Data) -> AsyncIterator[BotProcess]:
    """Run the bot while the block lasts."""
    slack.request_url = ports.request_url
    settings = {
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": data.url,
        "HOST": HOST,
        "PORT": str(ports.slack),
        "OPS_HOST": HOST,
        "OPS_PORT": str(ports.operator),
        "LOG_FORMAT": "json",
        # What the bot said last must stand in its log when it dies.
        "PYTHONUNBUFFERED": "1",
    }
    bot = await BotProcess.start(folder, ports=ports, settings=settings)
    try:
        yield bot
    finally:
        await bot.stop()


async def _prepare(slack: Slack, workspace: Workspace, data: Data) -> None:
    """Fill the page, which is open already; in a database of one's own nothing is typed."""
    if not data.own:
        await begin(workspace)
    slack.page.offer.hints = await hints(workspace)
    slack.page.ready.set()
    slack.changes.notify()


def _show_page(slack: Slack) -> None:
    say(
        "Taskbot can be tried here, in a Slack workspace of your own machine:",
        "",
        f"    {slack.url}/",
        "",
        "Two windows can be two people. Ctrl-C ends everything.",
    )


def _show_rest(slack: Slack, bot: BotProcess, data: Data) -> None:
    say(
        "",
        f"  Slack's Web API    {slack.api_url}",
        f"  the bot's page     {bot.ports.operator_url}/",
        f"  the bot's health   {bot.ports.operator_url}/health",
        f"  the bot's log      {bot.log}",
        f"  the database       {data.words}",
    )


if __name__ == "__main__":
    sys.exit(main())
