"""`python -m playground`: a stand-in Slack with the real bot behind it, until Ctrl-C."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playground.bot_process import HOST, BotDied, BotProcess, Ports, free_port
from playground.demo import TOKEN, Conversation, furnish, say
from playground.slack import Slack

SECRET = "demo-signing-secret"  # noqa: S105 — opens nothing but the stand-in


def main() -> int:
    """Run the demo and return its exit code."""
    return asyncio.run(_until_told())


async def _until_told() -> int:
    """Run until a signal comes, whatever is being done then."""
    demo = asyncio.ensure_future(_demo())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, demo.cancel)
    try:
        return await demo
    except asyncio.CancelledError:
        say("Stopped; nothing is left running.")
        return 0


async def _demo() -> int:
    with tempfile.TemporaryDirectory(prefix="taskbot-demo-") as folder:
        async with Slack.running(signing_secret=SECRET, port=free_port(8000)) as slack:
            workspace = furnish(slack)
            async with _bot(slack, Path(folder)) as bot:
                try:
                    await bot.ready()
                    await Conversation(slack, workspace).play()
                    _show_addresses(slack, bot.ports)
                    await bot.died()
                except (BotDied, AssertionError, LookupError) as trouble:
                    say("", str(trouble), "The last lines of its log:", *bot.last_lines())
    return 1


@asynccontextmanager
async def _bot(slack: Slack, folder: Path) -> AsyncIterator[BotProcess]:
    """Run the bot while the block lasts."""
    ports = Ports.free()
    slack.request_url = ports.request_url
    settings = {
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'taskbot.db'}",
        "HOST": HOST,
        "PORT": str(ports.slack),
        "OPS_HOST": HOST,
        "OPS_PORT": str(ports.operator),
        "LOG_FORMAT": "json",
        # What the bot said last must stand in its log when it dies.
        "PYTHONUNBUFFERED": "1",
    }
    say(f"Starting the bot; its log is {folder / 'bot.log'}")
    bot = await BotProcess.start(folder, ports=ports, settings=settings)
    try:
        yield bot
    finally:
        await bot.stop()


def _show_addresses(slack: Slack, ports: Ports) -> None:
    say(
        "",
        "Still running, until Ctrl-C:",
        f"  the stand-in's Web API   {slack.api_url}",
        f"  the bot, for Slack       {ports.request_url}",
        f"  the bot, for operators   {ports.operator_url}/health",
        f"                           {ports.operator_url}/metrics",
    )


if __name__ == "__main__":
    sys.exit(main())
