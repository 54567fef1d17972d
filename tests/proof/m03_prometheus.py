"""M3: each alert is seen firing on its fault in a real Prometheus, and resolving after it.

Prometheus runs with the alerts that are shipped. Only their durations are shortened, those behind
`for:` and those in brackets, so that a minute of a fault is a second; no threshold is changed.
"""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp

from playground import Fault
from tests.bot_process import ROOT, BotProcess, bot_process, ended
from tests.journey import locked
from tests.proof.figures import Figure, Size
from tests.proof.shifted import MODULE, ShiftedClock, shifted_clock
from tests.proof.stage import Stage, stage

NEEDS = "prometheus"
"""A program, as Debian has it: `apt-get install prometheus`."""

FAULT = "each fault that has an alert, with a real Prometheus"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
FOR, RANGE = "1s", "6s"
START_SECONDS = 30.0
GLANCE = 0.2
CALM_SECONDS = 5.0
"""For so long a bot that is well is watched: `for` and the ranges are over by then."""

AHEAD, SKEWED = 600.0, 90.0
DUE = "in 2 minutes"
DISK = "700m"
FILLED = 300_000_000
"""Of a disk of 700 MB: less than 500 MB are left then."""
KNOCKS = 30
TOLD_WITHIN = 20.0

SLOW = "TaskbotErrors", "TaskbotAnswersSlow"
WAITING = "TaskbotNoticesWaiting", "TaskbotDatabaseNearFull", "TaskbotClockSkewed"
SHUT_OUT = 401


class Prometheus:
    """A Prometheus that scrapes a bot each second."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def firing(self) -> set[str]:
        """The alerts that call now."""
        async with self._session.get(f"{self._url}/api/v1/alerts") as response:
            told = await response.json()
        alerts = told["data"]["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    async def has_scraped(self) -> bool:
        """Whether it has met the bot at all: before that there is nobody who could be well."""
        asked = {"query": 'up{job="taskbot"} == 1'}
        async with self._session.get(f"{self._url}/api/v1/query", params=asked) as response:
            told = await response.json()
        return bool(told["data"]["result"])

    async def is_ready(self) -> bool:
        """Whether it answers."""
        with contextlib.suppress(aiohttp.ClientError):
            async with self._session.get(f"{self._url}/-/ready") as response:
                return response.status == 200
        return False


@dataclass
class Watched:
    """A bot, who watches it, and how long each alert took to come and to go."""

    played: Stage
    clock: ShiftedClock
    prometheus: Prometheus
    patience: float
    fired: dict[str, float] = field(default_factory=dict)
    resolved: dict[str, float] = field(default_factory=dict)
    uncalled: set[str] = field(default_factory=set)

    async def until_firing(self, *names: str) -> None:
        """Wait until each of these called, up to the end of patience."""
        await self._note(self.fired, names, lambda firing, name: name in firing)

    async def until_resolved(self, *names: str) -> None:
        """Wait until none of these calls any more."""
        await self._note(self.resolved, names, lambda firing, name: name not in firing)

    async def _note(
        self,
        into: dict[str, float],
        names: tuple[str, ...],
        is_so: Callable[[set[str], str], bool],
    ) -> None:
        began = time.monotonic()
        waiting = set(names)
        while waiting and time.monotonic() - began < self.patience:
            firing = await self.prometheus.firing()
            for name in [one for one in waiting if is_so(firing, one)]:
                into[name] = time.monotonic() - began
                waiting.discard(name)
            await asyncio.sleep(GLANCE)

    async def says(self, text: str, by: int = 0) -> int | None:
        """Have somebody type a command; the status of the answer."""
        played = self.played
        answer = await played.people[by].command(f"/task {text}", channel=played.channels[by])
        return answer.status


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """One fault after the other, and some together where they take as long alone."""
    _check_needs()
    async with stage(people=size.of(4, 1), channels=size.of(4, 1)) as built:
        with shifted_clock() as clock, _disk(size, built.path.parent) as folder:
            played = replace(built, path=folder / "taskbot.db")
            port = _free_port()
            async with _prometheus(port, built.path.parent) as prometheus:
                watched = Watched(played, clock, prometheus, size.of(90.0, 20.0))
                async with _bot(watched, house, port) as bot:
                    await _calm(watched, size)
                    await _skewed(watched)
                    if size is Size.FULL:
                        await _locked(watched)
                        await _knocked_at(watched)
                        await _cut_off(watched)
                    await _killed(watched, bot)
                async with _bot(watched, house, port):
                    await watched.until_resolved("TaskbotNotAnswering")
    return _figures(watched, _names() if size is Size.FULL else list(watched.fired), size)


def _check_needs() -> None:
    if shutil.which(NEEDS) is None:
        raise RuntimeError(f"needs {NEEDS}: apt-get install {NEEDS}")


def _names() -> list[str]:
    return re.findall(r"- alert: (\w+)", ALERTS.read_text(encoding="utf-8"))


@asynccontextmanager
async def _bot(watched: Watched, house: Path, port: int) -> AsyncIterator[BotProcess]:
    """Always on the same port, so that Prometheus finds it again."""
    also = watched.clock.environment() | {"OPS_PORT": str(port)}
    played = watched.played
    async with bot_process(played.slack, played.path, house=house, also=also, module=MODULE) as bot:
        await played.is_known()
        yield bot


@asynccontextmanager
async def _prometheus(target: int, folder: Path) -> AsyncIterator[Prometheus]:
    """One of our own, with its data in a folder that goes."""
    alerts = _shortened(ALERTS.read_text(encoding="utf-8"))
    (folder / "alerts.yml").write_text(alerts, encoding="utf-8")
    config = folder / "prometheus.yml"
    config.write_text(_config(target), encoding="utf-8")
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        NEEDS,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    )
    try:
        async with aiohttp.ClientSession() as session:
            prometheus = Prometheus(f"http://127.0.0.1:{port}", session)
            async with asyncio.timeout(START_SECONDS):
                while not await prometheus.is_ready():
                    assert process.returncode is None, "Prometheus ended"
                    await asyncio.sleep(GLANCE)
            yield prometheus
    finally:
        await ended(process)


def _shortened(alerts: str) -> str:
    """The same alerts, sooner."""
    return re.sub(r"\[\d+[smh]\]", f"[{RANGE}]", re.sub(r"for: \d+[smh]", f"for: {FOR}", alerts))


def _config(target: int) -> str:
    return f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [alerts.yml]
scrape_configs:
  - job_name: taskbot
    static_configs: [{{targets: ["127.0.0.1:{target}"]}}]
"""


def _free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


@contextmanager
def _disk(size: Size, folder: Path) -> Iterator[Path]:
    """A file system of 700 MB, which needs root; the cut fills none."""
    if size is Size.CUT:
        yield folder
        return
    disk = folder / "disk"
    disk.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk))
    subprocess.run(mount, check=True)  # noqa: S603  # our own words
    try:
        yield disk
    finally:
        subprocess.run(("umount", str(disk)), check=True)  # noqa: S603, S607  # the system's


async def _calm(watched: Watched, size: Size) -> None:
    """Nothing calls while all is well, once Prometheus has scraped at all."""
    async with asyncio.timeout(watched.patience):
        while not await watched.prometheus.has_scraped():  # noqa: ASYNC110  # Prometheus announces nothing
            await asyncio.sleep(GLANCE)
    await watched.until_resolved(*await watched.prometheus.firing())
    watched.resolved.clear()
    until = time.monotonic() + size.of(CALM_SECONDS, 1.0)
    while time.monotonic() < until:
        watched.uncalled |= await watched.prometheus.firing()
        await watched.says("list")
        await asyncio.sleep(GLANCE)


async def _skewed(watched: Watched) -> None:
    """A clock that is wrong, not yet so far that requests are refused."""
    watched.clock.turn_by(SKEWED)
    await watched.says("list")
    await watched.until_firing("TaskbotClockSkewed")
    watched.clock.turn_by(0)
    await watched.says("list")
    await watched.until_resolved("TaskbotClockSkewed")


async def _locked(watched: Watched) -> None:
    """Another program holds the file: nothing is saved, and it takes its time to say so."""
    with locked(watched.played.path):
        acting = [asyncio.create_task(_add_on_and_on(watched, by)) for by in range(4)]
        await watched.until_firing(*SLOW)
        for one in acting:
            one.cancel()
        await asyncio.gather(*acting, return_exceptions=True)
    await watched.until_resolved(*SLOW)


async def _add_on_and_on(watched: Watched, by: int) -> None:
    while True:
        await watched.says("add Thing !quiet", by)


async def _knocked_at(watched: Watched) -> None:
    """Strangers at the door, or Slack with another secret."""
    async with aiohttp.ClientSession() as session:
        for _ in range(KNOCKS):
            async with session.post(watched.played.slack.request_url, data="token=x") as response:
                assert response.status == SHUT_OUT
    await watched.until_firing("TaskbotRefusesRequests")
    await watched.until_resolved("TaskbotRefusesRequests")


async def _cut_off(watched: Watched) -> None:
    """Slack is down while the clock jumps by ten minutes and the disk fills up.

    The bot reads these gauges every 30 s: one by one they would take longer.
    """
    played = watched.played
    await watched.says(f"add Soon @me due {DUE}")
    await played.until_told(TOLD_WITHIN)
    down = played.slack.faults.add(Fault.status(500))
    await watched.says("add Waits")
    filling = played.path.with_name("filling")
    await asyncio.to_thread(_fill, filling)
    watched.clock.turn_by(AHEAD)
    assert await watched.says("list") == SHUT_OUT
    await watched.until_firing(*WAITING)
    played.slack.faults.remove(down)
    filling.unlink()
    # What it was told to remind of meanwhile is told now.
    await watched.until_firing("TaskbotRemindersLate")
    await watched.until_resolved("TaskbotRemindersLate", *WAITING[:2])
    watched.clock.turn_by(0)
    await watched.says("list")
    await watched.until_resolved("TaskbotClockSkewed")


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, FILLED)


async def _killed(watched: Watched, bot: BotProcess) -> None:
    await bot.killed()
    await watched.until_firing("TaskbotNotAnswering")


def _figures(watched: Watched, names: list[str], size: Size) -> list[Figure]:
    fired = [name for name in names if name in watched.fired]
    resolved = [name for name in names if name in watched.resolved]
    missing = [name for name in names if name not in fired or name not in resolved]
    at_least = size.of(8, 2)
    return [
        Figure(
            id="M3",
            fault=FAULT,
            wanted="nothing calls while the bot is well",
            measured=f"{', '.join(sorted(watched.uncalled)) or 'nothing'} called",
            reached=not watched.uncalled,
        ),
        Figure(
            id="M3",
            fault=FAULT,
            wanted="every alert calls on its fault, and not after it",
            measured=f"{len(fired)} of {len(names)} called, {len(resolved)} of them no more after",
            reached=len(names) >= at_least and not missing,
            note="; ".join(
                f"{name} after {watched.fired.get(name, -1):.1f} s, "
                f"over after {watched.resolved.get(name, -1):.1f} s"
                for name in names
            )
            + f". Durations behind `for:` are {FOR} here, ranges {RANGE}, and nothing else of "
            "the rules is changed; the bot reads what waits and what room is left every 30 s.",
        ),
    ]
