"""R7: SIGTERM under load, again and again: what was answered is saved, and the end comes soon."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playground import Fault
from tests.bot_process import ROOT, bot_process
from tests.proof import checker
from tests.proof.crowd import Act, Crowd, add, add_quietly, look, move, press
from tests.proof.figures import Figure, Size, percentile
from tests.proof.history import history_of
from tests.proof.stage import stage

PEOPLE, CHANNELS = 16, 20
MIX: Mapping[Act, float] = {add_quietly: 40, move: 25, press: 20, add: 5, look: 10}
BUSY = 60
"""So many requests are made between a start and its end."""
SOON = 10.0
HANGS_EVERY = 10
PATIENCE = 30.0
FAULT = "SIGTERM under load"


@dataclass
class Run:
    """How each run of the bot ended."""

    codes: list[int | None] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Stop a busy bot; every tenth time while Slack answers none of its calls."""
    times = size.of(100, 2)
    async with stage(PEOPLE, CHANNELS) as played:
        crowd, run = Crowd(played, MIX), Run()
        crowd.may_act.clear()
        acting = asyncio.create_task(crowd.as_fast_as_answered(10**9, PEOPLE))
        for at in range(1, times + 1):
            await _life(crowd, run, house, hangs=at % HANGS_EVERY == 0)
        crowd.go_home()
        await acting
        async with bot_process(played.slack, played.path, house=house):
            await crowd.ask_again()
        return _figures(crowd, run)


async def _life(crowd: Crowd, run: Run, house: Path, *, hangs: bool) -> None:
    """One run of the bot, told to end after some requests and an instant of chance."""
    slack, path = crowd.stage.slack, crowd.stage.path
    async with bot_process(slack, path, house=house) as bot:
        if not run.codes:
            await crowd.stage.is_known()
        faults = [slack.faults.add(Fault.hang())] if hangs else []
        crowd.may_act.set()
        enough = len(crowd.sent) + BUSY
        await slack.until(lambda: len(crowd.sent) >= enough, PATIENCE, "requests")
        await asyncio.sleep(crowd.chance.uniform(0, 0.02))
        began, code = time.monotonic(), None
        with contextlib.suppress(TimeoutError):
            code = await asyncio.wait_for(bot.stopped(), PATIENCE)
        run.codes.append(code)
        run.seconds.append(time.monotonic() - began)
        crowd.may_act.clear()
        for fault in faults:
            slack.faults.remove(fault)


def _figures(crowd: Crowd, run: Run) -> list[Figure]:
    history = history_of(crowd.sent, crowd.stage.slack, crowd.stage.path)
    lost, doubled = checker.missing(history), checker.doubled(history)
    contradicted = checker.contradicted(history)
    times, slowest = len(run.codes), max(run.seconds)
    in_order = sum(code == 0 for code in run.codes)
    return [
        Figure(
            id="R7",
            fault=FAULT,
            wanted="answered and missing 0, doubled 0, contradicted 0",
            measured=f"{len(lost)}, {len(doubled)}, {len(contradicted)} of "
            f"{len(history.sent):,} requests, {times} stops",
            reached=not (lost or doubled or contradicted or checker.unasked(history)),
        ),
        Figure(
            id="R7",
            fault=FAULT,
            wanted=f"ends ≤ {SOON:.0f} s, never hangs",
            measured=f"{slowest:.1f} s at most, {percentile(run.seconds, 50):.1f} s (p50); "
            f"{in_order} of {times} with exit code 0",
            reached=slowest <= SOON and in_order == times,
            note=f"every {HANGS_EVERY}th time while Slack answers none of the bot's calls",
        ),
    ]
