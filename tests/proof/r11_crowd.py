"""R11: fifty people at once on SQLite: no lock is ever in anybody's way, and nobody waits."""

import time
from collections.abc import Mapping
from pathlib import Path

from tests.bot_process import ROOT, BotProcess, bot_process
from tests.proof import checker
from tests.proof.crowd import Act, Crowd, add, add_quietly, move, press
from tests.proof.figures import Figure, Size, in_ms, percentile
from tests.proof.history import History, history_of
from tests.proof.stage import stage
from tests.proof.watch import processor_seconds

AT_ONCE = 50
MIX: Mapping[Act, float] = {add_quietly: 70, move: 20, press: 9, add: 1}
FAULT = f"{AT_ONCE} people at once, SQLite"


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Each of them acts again as soon as the last answer is there."""
    # Some of what they ask for is so already, or was finished by somebody else.
    requests, changes = size.of((13_000, 10_000), (400, 200))
    async with stage(AT_ONCE, channels=20) as played:
        async with bot_process(played.slack, played.path, house=house) as bot:
            await played.is_known()
            crowd = Crowd(played, MIX)
            began, cpu = time.monotonic(), -processor_seconds(bot.process.pid)
            await crowd.as_fast_as_answered(requests, AT_ONCE)
            taken = time.monotonic() - began
            cpu += processor_seconds(bot.process.pid)
        history = history_of(crowd.sent, played.slack, played.path)
        locks = _locks(history, bot)
        wrong = checker.missing(history) + checker.contradicted(history)
        made, doubled = len(history.events), checker.doubled(history)
    each = [sent.seconds for sent in crowd.sent]
    p99, soon = percentile(each, 99), size.of(0.25, 3.0)
    return [
        Figure(
            id="R11",
            fault=FAULT,
            wanted='told or logged "database is locked" 0; missing, doubled and contradicted 0',
            measured=f"{locks}; {len(wrong) + len(doubled)}, of {made:,} changes",
            reached=not (locks or wrong or doubled) and made >= changes,
        ),
        Figure(
            id="R11",
            fault=FAULT,
            wanted=f"p99 < {in_ms(soon)}",
            measured=f"{in_ms(p99)} (p50 {in_ms(percentile(each, 50))}), {made / taken:.0f} "
            "changes a second",
            reached=p99 < soon,
            note=f"Each acts again as soon as the last answer is there, so the median is {AT_ONCE} "
            f"by the changes a second. A request took {1_000 * cpu / requests:.1f} ms of a "
            "processor in the bot, which Python's lock lets use little more than one; the crowd "
            "and the stand-in Slack have the other.",
        ),
    ]


def _locks(history: History, bot: BotProcess) -> int:
    """How often somebody was told of a lock, or the log was."""
    told = sum(sent.said.startswith("Not saved: ") for sent in history.sent)
    return told + bot.output.read_text(encoding="utf-8").count("database is locked")
