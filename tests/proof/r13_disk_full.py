"""R13: the disk is full, then has room again: refused in words, read as ever, and nothing lost."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playground import Channel, Person
from tests.bot_process import ROOT, BotProcess, bot_process, healthy
from tests.proof import checker
from tests.proof.crowd import OK, Act, Crowd, add, add_quietly, look, move, press
from tests.proof.figures import Figure, Size, in_ms, percentile
from tests.proof.history import MICROSECOND, History, Sent, damage, history_of
from tests.proof.stage import CaughtUp, stage
from tests.proof.under_sqlite import under_sqlite

PEOPLE, CHANNELS = 16, 20
PATIENCE = 60.0
WITHIN = 30.0
SOON, ANSWERED = 2.0, 2.5
UP, DOWN = 200, 503
FAULT = "disk full, then room"
REFUSAL = "Not saved: the database is full. Nothing was changed; try again."
NOT_READ = ("Not saved", "Something went wrong", "Still saving", "There is no task")


@dataclass
class Run:
    """What was measured beside the history; `full`: from when until when the disk was."""

    full: list[tuple[float, float]] = field(default_factory=list)
    down_after: list[float] = field(default_factory=list)
    normal_after: list[float] = field(default_factory=list)
    told: CaughtUp = field(default_factory=CaughtUp)
    ended_with: int = 0
    damage: str = ""


async def show(crowd: Crowd, person: Person, channel: Channel) -> None:
    """A whole task."""
    if crowd.numbers:
        number = crowd.chance.choice(crowd.numbers)
        line = f"/task show {number}"
        await crowd.send(person.command(line, channel=channel), "show", number=number)


MIX: Mapping[Act, float] = {add_quietly: 40, move: 22, press: 1, add: 2, look: 20, show: 15}


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Fill the disk under a busy bot, make room, and again."""
    times, count = size.of((20, 200), (2, 20))
    async with stage(PEOPLE, CHANNELS) as played:
        crowd, run = Crowd(played, MIX), Run()
        full = played.path.with_name("full")
        before = under_sqlite("filling", full)
        async with bot_process(played.slack, played.path, *before, house=house) as bot:
            await played.is_known()
            acting = asyncio.create_task(crowd.as_fast_as_answered(10**9, PEOPLE))
            for _ in range(times):
                await _adds(crowd, count, saved=True)
                await _fill(crowd, run, bot, full, count)
            await _adds(crowd, count, saved=True)
            crowd.go_home()
            await acting
            run.told = await played.until_told(WITHIN)
            history = history_of(crowd.sent, played.slack, played.path)
            run.ended_with = await bot.stopped()
        run.damage = damage(played.path)
        return _figures(history, run, size)


async def _fill(crowd: Crowd, run: Run, bot: BotProcess, full: Path, count: int) -> None:
    """A disk without a block left until so many tasks were refused, and one with room after."""
    began = time.time()
    await asyncio.to_thread(full.touch)
    await _adds(crowd, 1, saved=False)
    refused = time.time()
    await _health(bot, DOWN)
    # What is small may still fit after something larger was refused, the probe of health too.
    (last,) = bot.rows("SELECT max(at) FROM task_events")[0]
    run.down_after.append(time.time() - max(refused, last * MICROSECOND))
    await _adds(crowd, count, saved=False)
    await asyncio.to_thread(full.unlink)
    room = time.time()
    run.full.append((began, room))
    await asyncio.gather(_health(bot, UP), _adds(crowd, 1, saved=True))
    run.normal_after.append(time.time() - room)


async def _adds(crowd: Crowd, count: int, *, saved: bool) -> None:
    """Wait until so many more tasks were saved, or were not."""
    begun = len(crowd.sent)

    def is_enough() -> bool:
        adds = [one for one in crowd.sent[begun:] if one.verb == "add"]
        return sum(one.said.startswith("Added #") is saved for one in adds) >= count

    await crowd.stage.slack.until(is_enough, PATIENCE, "answers")


async def _health(bot: BotProcess, status: int) -> None:
    """Wait until `/health` says so, up to the end of patience."""
    with contextlib.suppress(TimeoutError):
        await healthy(bot.ops_url, status, PATIENCE)


def _figures(history: History, run: Run, size: Size) -> list[Figure]:
    asked = [sent for sent in history.sent if any(a <= sent.at <= b for a, b in run.full)]
    changes = [sent for sent in asked if sent.verb in checker.MAKES]
    refused = [sent for sent in changes if sent.said.startswith(REFUSAL)]
    reads = [sent for sent in asked if sent.verb not in checker.MAKES]
    read = [sent for sent in reads if _is_read(sent)]
    missing, doubled = checker.missing(history), checker.doubled(history)
    contradicted, unanswered = checker.contradicted(history), checker.unanswered(history)
    wrong_cards = checker.wrong_cards(history)
    soon, at_once = size.of((SOON, ANSWERED), (PATIENCE, PATIENCE))
    slowest = max(sent.seconds for sent in asked)
    down, normal = max(run.down_after), max(run.normal_after)
    times = len(run.full)
    return [
        Figure(
            id="R13",
            fault=FAULT,
            wanted=f"refused in words, an answer ≤ {at_once:.1f} s; "
            "missing, doubled, contradicted and unanswered 0",
            measured=f"{len(refused):,} of {len(changes):,} changes refused, {in_ms(slowest)}; "
            f"{len(missing)}, {len(doubled)}, {len(contradicted)}, {len(unanswered)} "
            f"of {len(history.sent):,} requests",
            reached=bool(refused)
            and slowest <= at_once
            and not (missing or doubled or contradicted or unanswered),
            note=f"{times} times full. {REFUSAL!r} is what people read. What is not refused fits "
            "into blocks that the files have already, or is so already.",
        ),
        Figure(
            id="R13",
            fault=FAULT,
            wanted="reading works meanwhile: 100 %",
            measured=f"{len(read):,} of {len(reads):,} lists and tasks shown",
            reached=bool(reads) and len(read) == len(reads),
        ),
        Figure(
            id="R13",
            fault=FAULT,
            wanted=f"`/health` 503 ≤ {soon:.0f} s after the last change that fitted; saving again, "
            f"and 200, ≤ {soon:.0f} s after there is room, without a restart",
            measured=f"{down:.1f} s; {normal:.1f} s; exit code {run.ended_with} at its end",
            reached=down <= soon and normal <= soon and run.ended_with == 0,
            note=f"{in_ms(percentile(run.down_after, 50))} and "
            f"{in_ms(percentile(run.normal_after, 50))} (p50)",
        ),
        Figure(
            id="R13",
            fault=FAULT,
            wanted=f"database sound; every card right ≤ {WITHIN:.0f} s after the earliest that "
            "Slack allows",
            measured=f"{run.damage or 'sound'}; {len(wrong_cards)} wrong of "
            f"{sum(task.has_card for task in history.tasks)}, {run.told.late:.1f} s after",
            reached=not (run.damage or wrong_cards) and run.told.late <= WITHIN,
            note=f"{checker.doubled_cards(history)} cards stand twice: they were posted, and that "
            "they were could not be saved.",
        ),
    ]


def _is_read(sent: Sent) -> bool:
    """Whether a task or a list was shown: there is one of these words only when it was not."""
    return sent.status == OK and not sent.said.startswith(NOT_READ)
