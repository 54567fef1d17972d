"""R2: the power is cut: only what was synced is left, and whatever was answered is in it."""

import asyncio
import contextlib
import itertools
import random
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bot_process import ROOT, bot_process
from tests.proof import checker
from tests.proof.crowd import Act, Crowd, add, add_quietly, move, press
from tests.proof.disk import SECTOR, Disk
from tests.proof.figures import Figure, Size
from tests.proof.history import damage, saved_in
from tests.proof.stage import stage
from tests.proof.under_sqlite import steps, under_sqlite

PEOPLE, CHANNELS = 16, 20
MIX: Mapping[Act, float] = {add_quietly: 60, move: 25, press: 10, add: 5}
PATIENCE = 120.0
LOOKS_APART = 0.03
FAULT = "power cut: what was not synced is gone"


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """How long the record was at a moment, and how many requests had been answered before it."""

    recorded: int
    answered: int


@dataclass
class Run:
    """What was found after the cuts."""

    lives: int = 0
    cuts: int = 0
    answered: int = 0
    fewest: int = 10**9
    lost: set[str] = field(default_factory=set)
    corrupt: list[str] = field(default_factory=list)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Cut the power of a busy bot, start it on what is left, and again."""
    lives, writes, cuts = size.of((20, 1_000, 10), (2, 60, 3))
    async with stage(PEOPLE, CHANNELS) as played:
        crowd, run = Crowd(played, MIX), Run()
        crowd.may_act.clear()
        acting = asyncio.create_task(crowd.as_fast_as_answered(10**9, PEOPLE))
        # After a loss the numbers of tasks are given again, and no further one could be told.
        while run.lives < lives and not (run.lost or run.corrupt):
            await _life(crowd, run, house, writes, cuts)
        crowd.go_home()
        await acting
        return _figures(run, size)


async def _life(crowd: Crowd, run: Run, house: Path, writes: int, cuts: int) -> None:
    """One run of the bot, and what is found when the power goes at its end, or went before it.

    So many tasks are made in it; what else is done to them comes on top.
    """
    slack, path = crowd.stage.slack, crowd.stage.path
    disk, record = Disk(path), path.with_name("record")
    record.unlink(missing_ok=True)
    async with bot_process(slack, path, *under_sqlite("recording", record), house=house) as bot:
        if not run.lives:
            await crowd.stage.is_known()
        await crowd.ask_again()
        crowd.may_act.set()
        enough = len(crowd.numbers) + writes
        async with _looking(crowd, record) as instants:
            await slack.until(lambda: len(crowd.numbers) >= enough, PATIENCE, "so many tasks")
            await asyncio.sleep(crowd.chance.uniform(0, 0.02))
        crowd.may_act.clear()
        await bot.killed()
    run.lives += 1
    instants.append(_instant(crowd, record))
    _cut(crowd, run, disk, record.read_bytes(), _chosen(crowd.chance, instants, cuts))


@asynccontextmanager
async def _looking(crowd: Crowd, record: Path) -> AsyncIterator[list[Instant]]:
    """Look again and again how far the record and the crowd are."""
    instants: list[Instant] = []

    async def look() -> None:
        while True:
            instants.append(_instant(crowd, record))
            await asyncio.sleep(crowd.chance.uniform(0, LOOKS_APART))

    looking = asyncio.create_task(look())
    try:
        yield instants
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


def _instant(crowd: Crowd, record: Path) -> Instant:
    """Now. What has been answered stands in the record as it is found, or is lost."""
    return Instant(record.stat().st_size, len(crowd.sent))


def _chosen(chance: random.Random, instants: list[Instant], cuts: int) -> list[Instant]:
    """So many of them, each moved towards the next, within whatever was just written; and the last.

    Nothing was known to be answered in between.
    """
    pairs = list(itertools.pairwise(instants))
    chosen = [
        Instant(chance.randint(early.recorded, late.recorded), early.answered)
        for early, late in chance.sample(pairs, min(cuts, len(pairs)))
    ]
    return [*sorted(chosen), instants[-1]]


def _cut(crowd: Crowd, run: Run, disk: Disk, record: bytes, instants: list[Instant]) -> None:
    """Play the record, cutting the power at each instant; what the last leaves is gone on with."""
    done = steps(record)
    step = next(done, None)
    for instant in instants:
        while step and step[0] <= instant.recorded:
            disk.do(step[1])
            step = next(done, None)
        with tempfile.TemporaryDirectory(dir=crowd.stage.path.parent) as folder:
            for chance in (None, crowd.chance):
                path = Path(folder) / crowd.stage.path.name
                disk.cut(path, chance)
                _look(crowd, run, path, instant)
    run.answered, before = sum(one.status == 200 for one in crowd.sent), run.answered
    run.fewest = min(run.fewest, run.answered - before)
    disk.cut(crowd.stage.path, crowd.chance if run.lives % 2 == 0 else None)


def _look(crowd: Crowd, run: Run, path: Path, instant: Instant) -> None:
    """What is wrong with a database that a cut left."""
    run.cuts += 1
    if said := damage(path):
        run.corrupt.append(said)
        return
    history = saved_in(path, crowd.sent[: instant.answered])
    run.lost |= {one.key for one in checker.missing(history)}
    run.lost |= set(checker.doubled(history))


def _figures(run: Run, size: Size) -> list[Figure]:
    lost, corrupt = len(run.lost), len(run.corrupt)
    least = size.of(1_000, 60)
    return [
        Figure(
            id="R2",
            fault=FAULT,
            wanted=f"lost 0, corrupt 0 in {size.of(20, 2)} runs of {least:,} answered writes",
            measured=f"{lost}, {corrupt}; {run.lives} runs, {run.answered:,} requests answered, "
            f"at least {run.fewest:,} in each",
            reached=not (lost or corrupt) and run.fewest >= least,
            note=f"In each run {least:,} of them or more added a task. The bot is killed, and "
            f"started again on what the cut left. {run.cuts} databases were looked through, as "
            "they would be after a cut at the end of each run or at an instant of chance before: "
            "half with nothing of what was not synced, half with those sectors of it, of "
            f"{SECTOR} bytes, that chance chose. What SQLite writes and syncs is recorded between "
            "SQLite and the system.",
        ),
    ]
