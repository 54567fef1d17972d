"""`python -m playground.bench`: how long `/task add` takes, beside a bare Bolt app in one run."""

import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from playground.bot_process import HOST, BotProcess, Ports, free_port
from playground.demo import TOKEN, furnish, say
from playground.exchange import FORM
from playground.signing import signed_headers
from playground.slack import Slack

SECRET = "bench-signing-secret"  # noqa: S105 — opens nothing but the stand-in
ROUNDS = 3
REQUESTS = {1: 200, 64: 1_000}
OK = 200

_numbers = itertools.count(1)


def main() -> None:
    """Measure and print a table in Markdown."""
    asyncio.run(_bench())


async def _bench() -> None:
    with tempfile.TemporaryDirectory(prefix="taskbot-bench-") as folder:
        async with (
            _bot(Path(folder)) as bot,
            _bare(polls=True) as stock,
            _bare(polls=False) as bare,
        ):
            places = {"Taskbot, `/task add`": bot, "Bolt, bare ok": bare, "Bolt as shipped": stock}
            say(
                f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {ROUNDS} rounds.",
                "",
            )
            say("| connections | what | p50 ms | p99 ms | a second |", "|---|---|---|---|---|")
            for connections, count in REQUESTS.items():
                seconds = await _in_turn(places, connections, count)
                for name, taken in seconds.items():
                    say(_row(connections, name, taken))


async def _in_turn(
    places: dict[str, str], connections: int, count: int
) -> dict[str, list[tuple[float, float]]]:
    """Measure each place in each round, so that a slow minute of the machine meets all alike."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in places}
    for url in places.values():
        await _load(url, connections, connections * 5)
    for _ in range(ROUNDS):
        for name, url in places.items():
            taken[name] += await _load(url, connections, count)
    return taken


def _row(connections: int, name: str, taken: list[tuple[float, float]]) -> str:
    """The figures of one place: each request's seconds, and its share of the whole."""
    each = sorted(seconds * 1_000 for seconds, _ in taken)
    p99 = statistics.quantiles(each, n=100)[98]
    rate = 1 / statistics.mean(share for _, share in taken)
    return f"| {connections} | {name} | {statistics.median(each):.1f} | {p99:.1f} | {rate:.0f} |"


async def _load(url: str, connections: int, count: int) -> list[tuple[float, float]]:
    """Send `count` commands over so many connections, each as soon as the last was answered."""
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        left = iter(range(count))
        taken: list[float] = []

        async def send() -> None:
            for _ in left:
                taken.append(await _command(session, url))  # noqa: PERF401 — one after the other

        began = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(connections)))
        share = (time.perf_counter() - began) / count
    return [(seconds, share) for seconds in taken]


async def _command(session: aiohttp.ClientSession, url: str) -> float:
    number = next(_numbers)
    fields = {
        "command": "/task",
        "text": f"add Measure the {number}th time !high",
        "team_id": "T01",
        "user_id": "U01",
        "channel_id": "C01",
        "channel_name": "dev",
        "trigger_id": f"{number}.bench",
        "response_url": "",
    }
    body = urlencode(fields).encode()
    headers = signed_headers(SECRET, body, time.time(), FORM)
    began = time.perf_counter()
    async with session.post(url, data=body, headers=headers) as response:
        await response.read()
        if response.status != OK:
            raise RuntimeError(f"{url} answered {response.status}")
    return time.perf_counter() - began


@asynccontextmanager
async def _bot(folder: Path) -> AsyncIterator[str]:
    async with Slack.running(signing_secret=SECRET) as slack:
        furnish(slack)
        ports = Ports.free()
        settings = {
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'taskbot.db'}",
            "HOST": HOST,
            "PORT": str(ports.slack),
            "OPS_PORT": str(ports.operator),
        }
        bot = await BotProcess.start(folder, ports=ports, settings=settings)
        try:
            await bot.ready()
            yield ports.request_url
        finally:
            await bot.stop()


@asynccontextmanager
async def _bare(*, polls: bool) -> AsyncIterator[str]:
    """A Bolt app that says ok; as shipped it polls for its listener's answer."""
    app = AsyncApp(signing_secret=SECRET, process_before_response=not polls, authorize=_authorized)
    app.command("/task")(_ok)
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
    await runner.setup()
    port = free_port(5000)
    await web.TCPSite(runner, HOST, port).start()
    try:
        yield f"http://{HOST}:{port}/slack/events"
    finally:
        await runner.cleanup()


async def _ok(ack: AsyncAck) -> None:
    await ack("ok")


async def _authorized(team_id: str) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id=team_id)


if __name__ == "__main__":
    main()
