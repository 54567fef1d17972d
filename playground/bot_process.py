"""The real bot as a process of its own: started, watched, and ended in order."""

import asyncio
import contextlib
import os
import socket
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiohttp

HOST = "127.0.0.1"
START_SECONDS = 20.0
# The bot ends within 8 s by itself, and the demo within 10 s with all that it started.
STOP_SECONDS = 9.0
# Whoever has taken the port meanwhile may never answer.
_PATIENCE = aiohttp.ClientTimeout(total=1.0)
_OK = 200
_LAST_LINES = 20


class BotDied(Exception):
    """The bot ended, or did not come up."""


def free_port(usual: int) -> int:
    """Return the usual port, or the next one that nobody listens on."""
    for port in range(usual, usual + 200):
        if _is_free(port):
            return port
    raise OSError(f"no free port from {usual} on")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return True
    return False


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the bot listens: to Slack, and to its operator."""

    slack: int
    operator: int

    @classmethod
    def free(cls) -> Self:
        """Choose the usual ones, or the next."""
        slack = free_port(3000)
        operator = free_port(8080)
        return cls(slack=slack, operator=operator)

    @property
    def taken(self) -> bool:
        """Whether somebody listens on one of them."""
        return not (_is_free(self.slack) and _is_free(self.operator))

    @property
    def request_url(self) -> str:
        """Where Slack's requests go."""
        return f"http://{HOST}:{self.slack}/slack/events"

    @property
    def operator_url(self) -> str:
        """Where the operator's page, `/health` and `/metrics` are."""
        return f"http://{HOST}:{self.operator}"


class BotProcess:
    """One run of `python -m bot`."""

    def __init__(self, process: asyncio.subprocess.Process, ports: Ports, log: Path) -> None:
        self._process = process
        self.log = log
        self.ports = ports

    @classmethod
    async def start(cls, folder: Path, *, ports: Ports, settings: dict[str, str]) -> Self:
        """Start the bot with these settings and nothing of ours but what a process needs."""
        log = folder / "bot.log"
        with log.open("wb") as output:
            # A session of its own: Ctrl-C reaches the demo alone, which then ends the bot.
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env=_environment() | settings,
                start_new_session=True,
            )
        return cls(process, ports, log)

    async def ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until the bot lives and is healthy, for at most so long."""
        try:
            async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
                await self._answers(session, "/health/live")
                await self._answers(session, "/health")
        except TimeoutError:
            raise BotDied(f"The bot was not healthy within {seconds:.0f} s.") from None

    async def _answers(self, session: aiohttp.ClientSession, path: str) -> None:
        while not await self._asked(session, path):
            if self._process.returncode is not None:
                raise BotDied(f"The bot ended with exit code {self._process.returncode}.")
            await asyncio.sleep(0.1)

    async def _asked(self, session: aiohttp.ClientSession, path: str) -> bool:
        try:
            async with session.get(self.ports.operator_url + path, timeout=_PATIENCE) as response:
                return response.status == _OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def died(self) -> None:
        """Wait until the bot ends by itself, and say so."""
        code = await self._process.wait()
        raise BotDied(f"The bot ended with exit code {code}.")

    def last_lines(self) -> list[str]:
        """Return the end of the bot's log."""
        with self.log.open(encoding="utf-8", errors="replace") as lines:
            return [line.rstrip("\n") for line in deque(lines, _LAST_LINES)]

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask the bot to end; insist after so long."""
        if self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except (TimeoutError, asyncio.CancelledError):
            self._process.kill()
            await self._process.wait()


def _environment() -> dict[str, str]:
    """Return our environment without settings of the bot that would change the demo."""
    foreign = ("SLACK_", "DATABASE_", "OPS_", "LOG_", "PUBLIC_URL", "TOKEN_KEY", "HOST", "PORT")
    return {name: it for name, it in os.environ.items() if not name.startswith(foreign)}
