"""R18: a steady load with bursts, half of it from one: everybody is answered, memory stays."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

from tests.bot_process import ROOT, bot_process
from tests.proof import checker
from tests.proof.crowd import Act, Crowd, add, add_quietly, look, move, move_card, press
from tests.proof.figures import Figure, Size, in_ms, percentile
from tests.proof.history import history_of
from tests.proof.stage import stage

PEOPLE = 50
MIX: Mapping[Act, float] = {look: 35, add_quietly: 30, move: 25, press: 8, add: 1.5, move_card: 0.5}
BURST = 5
BURST_EVERY = 30
SLOWEST = 2.5
FAULT = (
    "50 commands a second for 5 min, bursts of five times that, half of all from one of 50 people"
)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """The rate does not fall when the bot slows down."""
    rate, seconds, every = size.of((50, 300, BURST_EVERY), (20, 6, 3))
    async with stage(PEOPLE, channels=20) as played:
        async with bot_process(played.slack, played.path, house=house) as bot:
            await played.is_known()
            greedy, *others = played.people
            began = time.time()
            crowd = Crowd(played, MIX, people=[greedy] * len(others) + others)
            with _memory_of(bot.process.pid) as sizes:
                await crowd.at_rate(
                    lambda second: rate * (BURST if second % every == every - 1 else 1), seconds
                )
        history = history_of(crowd.sent, played.slack, played.path)
        wrong = checker.missing(history) + checker.contradicted(history)
    each = [sent.seconds for sent in crowd.sent]
    steady = [
        one.seconds for one in crowd.sent if int(one.at - began) % every in range(2, every - 1)
    ]
    answered = sum(sent.status == 200 for sent in crowd.sent)
    return [
        _speed(each, steady, size),
        Figure(
            id="R18",
            fault=FAULT,
            wanted="all answered; missing, doubled and contradicted 0",
            measured=f"{answered:,} of {len(each):,}; {len(wrong) + len(checker.doubled(history))}",
            reached=answered == len(each) and not wrong and not checker.doubled(history),
            note="the bot serves one workspace so far: the greedy one is a person",
        ),
        _growth(sizes, size),
    ]


def _speed(each: list[float], steady: list[float], size: Size) -> Figure:
    p99, soon, slowest = percentile(each, 99), size.of(0.3, 3.0), max(each)
    return Figure(
        id="R18",
        fault=FAULT,
        wanted=f"p99 < {in_ms(soon)}, none > {SLOWEST} s",
        measured=f"{in_ms(p99)} (p50 {in_ms(percentile(each, 50))}), slowest {slowest:.2f} s",
        reached=p99 < soon and slowest <= SLOWEST,
        note="What a burst asks for beyond what the machine answers in its second, with the crowd "
        f"and the stand-in Slack on it, waits. Outside the bursts: p99 "
        f"{in_ms(percentile(steady, 99))} of {len(steady):,}.",
    )


def _growth(sizes: list[float], size: Size) -> Figure:
    """The last sixth of the time against the second, which comes after the warm-up."""
    part = max(1, len(sizes) // 6)
    warm, late = mean(sizes[part : 2 * part]), mean(sizes[-part:])
    growth, most = late / warm - 1, size.of(0.05, 0.5)
    return Figure(
        id="R18",
        fault=FAULT,
        wanted=f"memory grows < {most:.0%} after the warm-up",
        measured=f"{growth:+.1%}, from {warm:.1f} to {late:.1f} MB",
        reached=growth < most,
    )


@contextmanager
def _memory_of(pid: int) -> Iterator[list[float]]:
    """A process's memory in MB, once a second as long as the block lasts."""
    sizes: list[float] = []
    watching = asyncio.create_task(_watch(pid, sizes))
    try:
        yield sizes
    finally:
        watching.cancel()


async def _watch(pid: int, sizes: list[float]) -> None:
    while True:
        sizes.append(resident_mb(pid))
        await asyncio.sleep(1)


def resident_mb(pid: int) -> float:
    """What of a process stands in memory, as the kernel says."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
