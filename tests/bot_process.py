"""`python -m bot` as a process of its own, which tests kill, stop and start again."""

import asyncio
import fcntl
import json
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from playground import Slack
from tests.conftest import SECRET, TOKEN

ROOT = Path(__file__).parent.parent
START_SECONDS = 60.0
SMALLEST_PIPE = 4_096
OK = 200
OURS = ("SLACK_", "DATABASE_", "OPS_", "LOG_", "HOST", "PORT", "PYTHONDONTWRITEBYTECODE")
"""What of our environment would change the bot that is started, or how long that takes."""


@dataclass(eq=False)
class BotProcess:
    """One run of the bot, up and healthy."""

    process: asyncio.subprocess.Process
    path: Path
    output: Path
    ops_url: str
    seconds_to_health: float

    def kill(self) -> None:
        """End it without a word: SIGKILL."""
        self.process.kill()

    async def killed(self) -> None:
        """End it without a word, and wait until it is gone."""
        self.kill()
        await self.process.wait()

    async def stopped(self) -> int:
        """Ask it to end, and wait for its exit code."""
        self.process.terminate()
        return await self.process.wait()

    async def health(self) -> int:
        """The status that `/health` answers with."""
        return await _status(self.ops_url + "/health")

    def lines(self) -> list[dict[str, Any]]:
        """What it logged, of which a killed process may have left half a line."""
        whole = self.output.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in whole]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What its database file says."""
        return rows(self.path, query, *values)


def rows(path: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a database file says, read past the bot."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


@asynccontextmanager
async def bot_process(
    slack: Slack,
    path: Path,
    *before: str,
    token: str = TOKEN,
    house: Path = ROOT,
    also: Mapping[str, str] | None = None,
    module: str = "bot",
) -> AsyncIterator[BotProcess]:
    """Run the bot on free ports, ready for Slack's requests; it is gone after.

    `before` is a command to start it by, such as `unshare`; `house` the folder that it lives in;
    `also` goes into its environment, over the settings; `module` is what Python runs.
    """
    output = path.with_name(f"bot-{time.monotonic_ns()}.log")
    began = time.monotonic()
    with output.open("wb") as log:
        environment = settings(slack, path, token) | {**(also or {})}
        process = await start(environment, log, before, house, module)
    try:
        ports = await _ready(process, output)
        ops_url = f"http://127.0.0.1:{ports['ops_port']}"
        await healthy(ops_url)
        slack.request_url = f"http://127.0.0.1:{ports['port']}/slack/events"
        yield BotProcess(process, path, output, ops_url, time.monotonic() - began)
    finally:
        await ended(process)


@asynccontextmanager
async def stalling_bot(
    slack: Slack, path: Path, house: Path = ROOT
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot that comes to a stop between the commit and the answer of some request.

    Nobody reads its log once it is ready: it stops at the first line that the pipe has no room
    for, and a request's first line is written after its commit and before its answer.
    """
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    process = await start(settings(slack, path), writing, house=house)
    os.close(writing)
    try:
        said = b""
        while not (ports := ports_in(said)):
            said += await asyncio.to_thread(os.read, reading, SMALLEST_PIPE)
        await healthy(f"http://127.0.0.1:{ports['ops_port']}")
        slack.request_url = f"http://127.0.0.1:{ports['port']}/slack/events"
        yield process
    finally:
        await ended(process)
        os.close(reading)


async def refused_start(environment: dict[str, str]) -> tuple[int, str]:
    """Exit code and words of a bot that does not come up."""
    process = await start(environment, asyncio.subprocess.PIPE)
    try:
        said, _ = await asyncio.wait_for(process.communicate(), START_SECONDS)
    finally:
        await ended(process)
    return process.returncode or 0, said.decode()


def settings(slack: Slack, path: Path, token: str = TOKEN) -> dict[str, str]:
    """The configuration of a bot that this Slack knows, on ports of the system's choice."""
    return {
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_BOT_TOKEN": token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{path}",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "OPS_PORT": "0",
        "LOG_FORMAT": "json",
    }


async def start(
    environment: dict[str, str],
    output: Any,
    before: Sequence[str] = (),
    house: Path = ROOT,
    module: str = "bot",
) -> asyncio.subprocess.Process:
    """Start it, with nothing in its environment that is not meant for it."""
    rest = {name: it for name, it in os.environ.items() if not name.startswith(OURS)}
    return await asyncio.create_subprocess_exec(
        *before,
        sys.executable,
        "-m",
        module,
        cwd=house,
        env=rest | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _ready(process: asyncio.subprocess.Process, output: Path) -> dict[str, int]:
    """The ports that it says it listens on."""
    async with asyncio.timeout(START_SECONDS):
        while not (ports := ports_in(_read(output))):
            assert process.returncode is None, f"the bot ended: {_read(output).decode()}"
            await asyncio.sleep(0.01)
    return ports


def _read(output: Path) -> bytes:
    return output.read_bytes()


def ports_in(said: bytes) -> dict[str, int]:
    """The ports that a line of a bot's log tells; empty before it is there."""
    lines = [json.loads(line) for line in said.split(b"\n")[:-1] if b'"bot.ready"' in line]
    return {name: lines[0][name] for name in ("port", "ops_port")} if lines else {}


async def healthy(ops_url: str, wanted: int = OK, seconds: float = START_SECONDS) -> None:
    """Wait until `/health` answers with this status."""
    async with asyncio.timeout(seconds):
        while await _status(ops_url + "/health") != wanted:  # noqa: ASYNC110  # it announces nothing
            await asyncio.sleep(0.02)


async def _status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


async def ended(process: asyncio.subprocess.Process) -> None:
    """Make sure that it is gone, and let go of its pipes."""
    if process.returncode is None:
        process.kill()
    await process.wait()
