"""R1: kill -9 at random instants among commands and clicks; nothing is lost, nothing doubled."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bot_process import ROOT, START_SECONDS, bot_process
from tests.proof import checker
from tests.proof.crowd import Act, Crowd, add, add_quietly, look, move, move_card, press
from tests.proof.figures import Figure, Size, percentile
from tests.proof.history import history_of
from tests.proof.stage import CaughtUp, stage

PEOPLE, CHANNELS = 16, 20
# Slack lets 50 updates and 300 posts a minute through: most of what the crowd does needs neither.
MIX: Mapping[Act, float] = {add_quietly: 40, move: 20, press: 28, add: 2, move_card: 0.5, look: 9.5}
WITHIN = 30.0
FAULT = "kill -9 at random instants"


@dataclass
class Run:
    """What was measured beside the history."""

    kills: int = 0
    starts: list[float] = field(default_factory=list)
    told: CaughtUp = field(default_factory=CaughtUp)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Kill a busy bot again and again, then let it catch up."""
    count, kills = size.of((10_000, 100), (300, 2))
    async with stage(PEOPLE, CHANNELS) as played:
        crowd, run = Crowd(played, MIX), Run()
        crowd.may_act.clear()
        acting = asyncio.create_task(crowd.as_fast_as_answered(count, PEOPLE))
        while run.kills < kills and not acting.done():
            await _life(crowd, run, acting, count // (kills + 1), house)
        await _last_life(crowd, run, acting, house)
        return _figures(crowd, run, size)


async def _life(
    crowd: Crowd, run: Run, acting: asyncio.Task[None], count: int, house: Path
) -> None:
    """One run of the bot, until after so many requests and an instant of chance it is killed."""
    stage = crowd.stage
    async with bot_process(stage.slack, stage.path, house=house) as bot:
        await _begin(crowd, run, bot.seconds_to_health)
        enough = len(crowd.sent) + count * crowd.chance.uniform(0.3, 1.1)
        await stage.slack.until(
            lambda: len(crowd.sent) >= enough or acting.done(), WITHIN, "requests"
        )
        await asyncio.sleep(crowd.chance.uniform(0, 0.02))
        crowd.may_act.clear()
        await bot.killed()
        run.kills += 1


async def _begin(crowd: Crowd, run: Run, seconds: float) -> None:
    """Let people act again; whoever was not answered asks again first."""
    if not run.starts:
        await crowd.stage.is_known()
    run.starts.append(seconds)
    await crowd.ask_again()
    crowd.may_act.set()


async def _last_life(crowd: Crowd, run: Run, acting: asyncio.Task[None], house: Path) -> None:
    """A run that nobody kills, in which the cards catch up."""
    stage = crowd.stage
    async with bot_process(stage.slack, stage.path, house=house) as bot:
        await _begin(crowd, run, bot.seconds_to_health)
        await acting
        await crowd.ask_again()
        run.told = await stage.until_told(WITHIN)


def _figures(crowd: Crowd, run: Run, size: Size) -> list[Figure]:
    history = history_of(crowd.sent, crowd.stage.slack, crowd.stage.path)
    missing, doubled = checker.missing(history), checker.doubled(history)
    wrong, contradicted = checker.wrong_cards(history), checker.contradicted(history)
    ready = percentile(run.starts, 95)
    soon = size.of(1.5, START_SECONDS)
    of = f"of {len(history.sent):,} requests from {PEOPLE} people, {run.kills} kills"
    extra = checker.doubled_cards(history)
    return [
        Figure(
            id="R1",
            fault=FAULT,
            wanted="answered and missing 0, doubled 0, contradicted 0",
            measured=f"{len(missing)}, {len(doubled)}, {len(contradicted)} {of}",
            reached=not (missing or doubled or contradicted or checker.unasked(history)),
        ),
        Figure(
            id="R1",
            fault=FAULT,
            wanted=f"ready again ≤ {soon:.1f} s (p95)",
            measured=f"{ready:.2f} s (p95), {percentile(run.starts, 50):.2f} s (p50)",
            reached=ready <= soon,
        ),
        Figure(
            id="R1",
            fault=FAULT,
            wanted=f"every card right ≤ {WITHIN:.0f} s after the earliest that Slack allows",
            measured=f"{len(wrong)} wrong of {sum(task.has_card for task in history.tasks)}; "
            f"{run.told.late:.1f} s after",
            reached=not wrong and run.told.late <= WITHIN,
            note=f"{CHANNELS} channels; {run.told}. {extra} cards stand twice: they were posted, "
            "and the process that did so was killed before it read the answer.",
        ),
    ]
