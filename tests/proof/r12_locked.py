"""R12: another process holds the file's write lock; nothing is saved, and everybody is told so."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bot_process import ROOT, BotProcess, bot_process
from tests.proof import checker
from tests.proof.crowd import Act, Crowd, add, add_quietly, look, move, press
from tests.proof.figures import Figure, Size, in_ms, percentile
from tests.proof.history import History, Sent, history_of
from tests.proof.stage import Stage, stage

FAULT = "write lock held {:.0f} s by another process"
MIX: Mapping[Act, float] = {add_quietly: 30, move: 25, press: 15, add: 5, look: 25}
OFTEN = 20
"""Requests a second."""
BEFORE = 50
"""Requests before the lock."""
ANSWERED = 2.5
TOLD = 2.0
NORMAL = 2.0
AFTER = 3
"""Seconds of requests after the lock is gone."""
GLANCE = 0.02
DOWN, UP = 503, 200
LIST = re.compile(r"(Open|Done)\b")
NOT_SAVED = "Not saved: the database is busy. Nothing was changed; try again."

HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
print("gone", flush=True)
"""


@dataclass
class Run:
    """When the lock came and went, and what `/health` said at which moment."""

    since: float = 0.0
    until: float = 0.0
    health: list[tuple[float, int]] = field(default_factory=list)

    def first(self, status: int, since: float) -> float:
        """Seconds from a moment until `/health` said this, and from then on nothing else."""
        told = [(at, said) for at, said in self.health if at >= since]
        wrong = [at for at, said in told if said != status and at < self.ends(status)]
        later = [at for at, said in told if said == status and at > max(wrong, default=since)]
        return min(later, default=float("inf")) - since

    def ends(self, status: int) -> float:
        """How long `/health` is to say this: down until the lock goes, and up for good."""
        return self.until if status == DOWN else float("inf")


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Let people work before the lock, against it, and after it."""
    seconds = size.of(30.0, 3.0)
    async with stage(people=16, channels=size.of(20, 4)) as played:
        async with bot_process(played.slack, played.path, house=house) as bot:
            await played.is_known()
            crowd, run = Crowd(played, MIX), Run()
            await crowd.as_fast_as_answered(BEFORE, len(played.people))
            await _through_the_lock(crowd, run, bot, seconds, size.of(AFTER, 1))
        history = history_of(crowd.sent, played.slack, played.path)
    return [*_told(history, run, seconds), *_health(history, run, seconds)]


async def _through_the_lock(
    crowd: Crowd, run: Run, bot: BotProcess, seconds: float, after: float
) -> None:
    watching = asyncio.create_task(_watch(bot, run))
    async with _locked(crowd.stage, run):
        acting = asyncio.create_task(crowd.at_rate(lambda _: OFTEN, seconds + after))
        await asyncio.sleep(seconds)
    await acting
    watching.cancel()


async def _watch(bot: BotProcess, run: Run) -> None:
    while True:
        status = await bot.health()
        run.health.append((time.time(), status))
        await asyncio.sleep(GLANCE)


@asynccontextmanager
async def _locked(played: Stage, run: Run) -> AsyncIterator[None]:
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDING, str(played.path), stdin=pipe, stdout=pipe
    )
    assert holder.stdin
    assert holder.stdout
    try:
        assert await holder.stdout.readline() == b"locked\n"
        run.since = time.time()
        yield
        run.until = time.time()
        holder.stdin.write(b"\n")
        assert await holder.stdout.readline() == b"gone\n"
    finally:
        holder.stdin.close()
        await holder.wait()


def _told(history: History, run: Run, seconds: float) -> list[Figure]:
    """What came of the requests that were answered while the lock was held."""
    during = [one for one in history.sent if run.since <= one.at and one.answered_at < run.until]
    writes = [one for one in during if one.verb in checker.MAKES]
    reads = [one for one in during if one.verb not in checker.MAKES]
    saved = {event.key for event in history.events}
    untold = [one for one in writes if not one.said.startswith(NOT_SAVED)]
    in_spite = [one for one in writes if one.key in saved]
    slowest = max((one.seconds for one in writes), default=0.0)
    unread = [one for one in reads if not LIST.match(one.said)]
    slowest_read = max((one.seconds for one in reads), default=0.0)
    return [
        Figure(
            id="R12",
            fault=FAULT.format(seconds),
            wanted=f'every write answered "not saved, try again" ≤ {ANSWERED} s, and so it is',
            measured=f"{len(writes) - len(untold)} of {len(writes)} writes so, {len(in_spite)} "
            f"saved in spite; {slowest:.2f} s at most",
            reached=bool(writes) and not untold and not in_spite and slowest <= ANSWERED,
            note="; ".join(f"{one.verb}: {one.said!r}" for one in untold[:3]),
        ),
        Figure(
            id="R12",
            fault=FAULT.format(seconds),
            wanted="reading goes on",
            measured=f"{len(reads) - len(unread)} of {len(reads)} lists answered, p99 "
            f"{in_ms(percentile([one.seconds for one in reads], 99))}",
            reached=bool(reads) and not unread and slowest_read <= ANSWERED,
        ),
    ]


def _health(history: History, run: Run, seconds: float) -> list[Figure]:
    """How soon it was told that nothing can be saved, and how soon all was well again."""
    told, well = run.first(DOWN, run.since), run.first(UP, run.until)
    saves = _saves_again(history.sent, run.until)
    lost, doubled = checker.missing(history), checker.doubled(history)
    contradicted = checker.contradicted(history)
    return [
        Figure(
            id="R12",
            fault=FAULT.format(seconds),
            wanted=f"`/health` says 503 ≤ {TOLD:.0f} s after the fault, for as long as it lasts",
            measured=f"{told:.2f} s",
            reached=told <= TOLD,
        ),
        Figure(
            id="R12",
            fault=FAULT.format(seconds),
            wanted=f"normal ≤ {NORMAL:.0f} s after",
            measured=f"`/health` says 200 after {well:.2f} s, the last write that was refused was "
            f"made {saves:.2f} s after",
            reached=max(well, saves) <= NORMAL,
        ),
        Figure(
            id="R12",
            fault=FAULT.format(seconds),
            wanted="answered and missing 0, doubled 0, contradicted 0",
            measured=f"{len(lost)}, {len(doubled)}, {len(contradicted)} of {len(history.sent):,} "
            "requests before, during and after",
            reached=not (lost or doubled or contradicted or checker.unasked(history)),
        ),
    ]


def _saves_again(sent: Sequence[Sent], until: float) -> float:
    """Seconds from the end of the lock to the last request that was not taken in spite of it."""
    writes = [one for one in sent if one.verb in checker.MAKES and one.at >= until]
    refused = [one.at for one in writes if one.said.startswith("Not saved")]
    assert writes, "nothing was asked for after the lock was gone"
    return max(refused, default=until) - until
