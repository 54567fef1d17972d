"""S13: the operator's pages on Slack's port, and what the metrics of 1,000 workspaces give away."""

import re
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import urljoin

import aiohttp

from tests.bot_process import ROOT, BotProcess, bot_process
from tests.conftest import lay_schema
from tests.knocks import Knock, form, knocked
from tests.proof.figures import Figure, Size
from tests.proof.stage import stage

FAULT = "/metrics and /health on Slack's port; 1,000 workspaces"
PATHS = ("/metrics", "/health", "/health/live", "/", "/slack", "/favicon.ico", "/.git/config")
METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "DELETE")
NOT_FOUND = 404
SERIES_MAX = 500
TITLE = "canary-title"


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Ask on the wrong port; then have somebody of each workspace add a task."""
    teams = [f"T9{at:06}" for at in range(size.of(1_000, 50))]
    async with stage(people=1, channels=1) as played:
        await lay_schema(played.path)
        _install(played.path, teams)
        async with bot_process(played.slack, played.path, house=house) as bot:
            statuses = await _asked_of_slacks_side(played.slack.request_url)
            before = await _operator(bot)
            added = await _add_everywhere(played.slack.request_url, teams)
            after = await _operator(bot)
    return [_found_there(statuses), _given_away(before, after, added, teams)]


def _install(path: Path, teams: Iterable[str]) -> None:
    """Write down workspaces that have the app."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO installations (team_id, team_name, bot_user_id, checked_at) "
            "VALUES (?, ?, ?, 0)",
            [(team, f"canary-team {team}", "UBOT") for team in teams],
        )


async def _asked_of_slacks_side(url: str) -> list[int]:
    async with aiohttp.ClientSession() as session:
        statuses = []
        for path in PATHS:
            for method in METHODS:
                async with session.request(method, urljoin(url, path)) as response:
                    statuses.append(response.status)
        return statuses


async def _operator(bot: BotProcess) -> dict[str, str]:
    """What the operator is told, by form."""
    async with aiohttp.ClientSession() as session:
        told = {}
        for path, accepts in (
            ("/metrics", "*/*"),
            ("/metrics", "application/json"),
            ("/health", "*/*"),
        ):
            async with session.get(bot.ops_url + path, headers={"Accept": accepts}) as response:
                told[f"{path} {accepts}"] = await response.text()
        return told


async def _add_everywhere(url: str, teams: Iterable[str]) -> int:
    """How many workspaces have a task after each was to add one."""
    added = 0
    for at, team in enumerate(teams):
        own = {"team_id": team, "user_id": f"U9{at:06}", "channel_id": f"C9{at:06}"}
        body = form(text=f"add {TITLE}", trigger_id=f"{at}.1.canary", **own)
        status, said = await knocked(url, Knock(body, 200), time.time())
        added += status == 200 and "Added #1" in said
    return added


def _found_there(statuses: list[int]) -> Figure:
    others = sum(status != NOT_FOUND for status in statuses)
    return Figure(
        id="S13",
        fault=FAULT,
        wanted="404",
        measured=f"{others} others of {len(statuses)}: {len(PATHS)} paths, {len(METHODS)} methods",
        reached=not others,
    )


def _given_away(
    before: dict[str, str], after: dict[str, str], added: int, teams: list[str]
) -> Figure:
    then, now = (len(_series(told["/metrics */*"])) for told in (before, after))
    ids = re.compile(r"\b[TUC]9\d{6}\b|canary")
    leaked = sum(len(ids.findall(text)) for text in after.values())
    return Figure(
        id="S13",
        fault=FAULT,
        wanted=f"< {SERIES_MAX} series, no ids",
        measured=f"{now} series for {added:,} workspaces with a task, {then} before; {leaked} ids",
        reached=now == then < SERIES_MAX and not leaked and added == len(teams),
    )


def _series(metrics: str) -> list[str]:
    return [line for line in metrics.splitlines() if line and not line.startswith("#")]
