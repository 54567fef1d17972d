"""The real app on loopback, a real database file, and Slack played by the stand-in."""

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import pytest

from bot.__main__ import Bot
from ops.config import Config
from ops.logging import configure_logging
from playground import Channel, Person, Slack, Workspace
from store import Clock, Database, bring_up_to_date, utc_now

SECRET = "shhh"
TOKEN = "xoxb-T01"


@dataclass
class RunningBot:
    """The bot as Slack, an operator and a test reach it."""

    bot: Bot
    database: Database
    path: Path
    events_url: str
    ops_url: str
    output: pytest.CaptureFixture[str]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database file says, read past the bot."""
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def log(self, event: str | None = None) -> list[dict[str, Any]]:
        """The log lines since the last look, of one event or all."""
        lines = [json.loads(line) for line in self.output.readouterr().out.splitlines()]
        return [line for line in lines if event is None or line["event"] == event]

    async def metric(self, name: str, **labels: str) -> float:
        """One figure of /metrics."""
        wanted = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        line = f"{name}{{{wanted}}} " if wanted else f"{name} "
        text = await self.get("/metrics")
        found = [one for one in text.splitlines() if one.startswith(line)]
        assert found, f"no metric {line!r}"
        return float(found[0].removeprefix(line))

    async def get(self, path: str, **headers: str) -> str:
        """What the operator's side answers."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.ops_url + path, headers=headers) as response,
        ):
            return await response.text()


class Ahead:
    """A clock for Slack and the bot alike, which a test turns forward."""

    def __init__(self) -> None:
        self.by = timedelta()

    def turn_to(self, moment: datetime) -> None:
        """Have it be that moment, and go on from there."""
        self.by = moment - datetime.now(UTC)

    def seconds(self) -> float:
        return time.time() + self.by.total_seconds()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)


_SCHEMA: list[bytes] = []


async def lay_schema(path: Path) -> None:
    """Begin a database with the schema, unless there is one: applying it takes half a second."""
    if not await asyncio.to_thread(path.exists):
        await asyncio.to_thread(path.write_bytes, await _schema())


async def _schema() -> bytes:
    if not _SCHEMA:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "schema.db"
            database = await Database.open(f"sqlite+aiosqlite:///{path}")
            await bring_up_to_date(database, utc_now())
            await database.close()
            _SCHEMA.append(path.read_bytes())
    return _SCHEMA[0]


@asynccontextmanager
async def running_bot(
    slack: Slack,
    path: Path,
    output: pytest.CaptureFixture[str],
    clock: Clock = utc_now,
    token: str = TOKEN,
) -> AsyncIterator[RunningBot]:
    """Start the bot in this process on free ports, ready for Slack's requests; stop it after."""
    configure_logging("INFO", "json")
    await lay_schema(path)
    config = Config(
        slack_signing_secret=SECRET,
        slack_bot_token=token,
        slack_api_url=slack.api_url,
        database_url=f"sqlite+aiosqlite:///{path}",
        host="127.0.0.1",
        port=0,
        ops_port=0,
    )
    database = await Database.open(config.database_url)
    await bring_up_to_date(database, clock())
    async with aiohttp.ClientSession() as session:
        bot = Bot(config, database, session, clock)
        await bot.start()
        slack.request_url = f"http://127.0.0.1:{bot.ports['port']}/slack/events"
        ops_url = f"http://127.0.0.1:{bot.ports['ops_port']}"
        try:
            yield RunningBot(bot, database, path, slack.request_url, ops_url, output)
        finally:
            await bot.stop()
            # In any case: its threads would keep the whole test run from ending.
            await database.close()


@pytest.fixture
def untraced() -> Iterator[None]:
    """Without coverage's tracer, which doubles what a request costs: for crowds and for clocks."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.fixture
def clock() -> Ahead:
    """The clock of Slack and of the bot."""
    return Ahead()


@pytest.fixture
async def slack(clock: Ahead) -> AsyncIterator[Slack]:
    """A stand-in Slack; whatever real Slack would have refused fails the test."""
    async with Slack.running(signing_secret=SECRET, clock=clock.seconds) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def team(slack: Slack) -> Workspace:
    """A workspace with a few people and two channels."""
    workspace = slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")
    workspace.add_person("U01", name="maya", real_name="Maya Lind", tz="Europe/Berlin")
    workspace.add_person("U02", name="tom", real_name="Tom Reed", tz="America/Los_Angeles")
    workspace.add_person("U03", name="ada", real_name="Ada Admin", role="admin")
    workspace.add_person("U04", name="gus", real_name="Gus Guest", role="guest")
    workspace.add_channel("C01", name="dev", kind="public")
    workspace.add_channel("C02", name="secret", kind="private", members=["U01", "U02"])
    return workspace


@pytest.fixture
def maya(team: Workspace) -> Person:
    return team.people["U01"]


@pytest.fixture
def tom(team: Workspace) -> Person:
    return team.people["U02"]


@pytest.fixture
def dev(team: Workspace) -> Channel:
    return team.channels["C01"]


@pytest.fixture
async def bot(
    slack: Slack,
    team: Workspace,
    clock: Ahead,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[RunningBot]:
    """The bot, which knows the people of the team already."""
    async with running_bot(slack, tmp_path / "taskbot.db", capsys, clock.now) as running:
        await slack.until(
            lambda: any(call.method == "users.list" for call in slack.calls), why="everybody known"
        )
        await until_known(running, len(team.people))
        yield running


async def until_known(running: RunningBot, count: int) -> None:
    """Wait until the people that Slack listed are in the database."""
    await eventually(lambda: running.rows("SELECT count(*) FROM people")[0][0] >= count)


async def eventually(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    """Wait until something that announces no change is so."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # a database file announces nothing
            await asyncio.sleep(0.01)
