"""R5: Slack fails in every way it has: people are answered, and the cards catch up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playground import Fault
from tests.bot_process import ROOT, bot_process
from tests.proof import checker
from tests.proof.crowd import Act, Crowd, add, add_quietly, look, move, move_card, press
from tests.proof.figures import Figure, Size, in_ms, percentile
from tests.proof.history import History, history_of
from tests.proof.stage import CaughtUp, stage

WITHIN = 30.0
MIX: Mapping[Act, float] = {add_quietly: 20, move: 20, look: 30, press: 15, add: 10, move_card: 5}

FAULTS: Mapping[str, Callable[[float], Fault]] = {
    "429": lambda seconds: Fault.ratelimited(lasting=seconds),
    "500": lambda seconds: Fault.status(500, lasting=seconds),
    "HTML": lambda seconds: Fault.status(200, "<html>Sorry</html>", lasting=seconds),
    "internal_error": lambda seconds: Fault.error("internal_error", lasting=seconds),
    "internal_error, but done": lambda seconds: Fault.error(
        "internal_error", lasting=seconds, after_effect=True
    ),
    "reset": lambda seconds: Fault.reset(lasting=seconds),
    "hang": lambda seconds: Fault.hang(lasting=seconds),
}


@dataclass
class Run:
    """What was measured after each fault."""

    told: dict[str, CaughtUp] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """One fault after the other, each with people at work; after each the cards catch up."""
    seconds, rate = size.of((60, 10), (1, 30))
    async with stage(people=16, channels=20) as played:
        async with bot_process(played.slack, played.path, house=house):
            await played.is_known()
            crowd, run = Crowd(played, MIX), Run()
            await crowd.at_rate(lambda _: rate, 1)
            for name, fault in FAULTS.items():
                ordered = played.slack.faults.add(fault(float(seconds)))
                await crowd.at_rate(lambda _: rate, seconds)
                played.slack.faults.remove(ordered)
                run.told[name] = await played.until_told(WITHIN)
                history = history_of(crowd.sent, played.slack, played.path)
                run.wrong += [f"{name}: {wrong}" for wrong in checker.wrong_cards(history)]
        return _figures(history, run, size)


def _figures(history: History, run: Run, size: Size) -> list[Figure]:
    fault = f"Slack {size.of(60, 1)} s each of {', '.join(FAULTS)}"
    each = [sent.seconds for sent in history.sent]
    answered = sum(sent.status == 200 for sent in history.sent)
    wrong = checker.missing(history) + checker.contradicted(history)
    p99, soon = percentile(each, 99), size.of(0.5, 3.0)
    late = max(one.late for one in run.told.values())
    inside = checker.inside_retry_after(history)
    extra, unread = checker.doubled_cards(history), checker.posts_never_read(history)
    return [
        Figure(
            id="R5",
            fault=fault,
            wanted=f"answered 100 %, p99 < {in_ms(soon)}; missing and contradicted 0",
            measured=f"{answered:,} of {len(each):,}, {in_ms(p99)}; {len(wrong)}",
            reached=answered == len(each) and p99 < soon and not wrong,
            note=f"{size.of(10, 30)} commands and clicks a second in 20 channels seen before",
        ),
        Figure(
            id="R5",
            fault=fault,
            wanted=f"every card right ≤ {WITHIN:.0f} s after the earliest that Slack allows",
            measured=f"{len(run.wrong)} wrong of {sum(task.has_card for task in history.tasks)}; "
            f"{late:.1f} s after",
            reached=not run.wrong and late <= WITHIN,
            note="; ".join(f"{name}: {told}" for name, told in run.told.items()),
        ),
        Figure(
            id="R5",
            fault=fault,
            wanted="no call inside a `Retry-After`; doubled cards ≤ answers never read",
            measured=f"{len(inside)} inside; {extra} doubled, {unread} never read",
            reached=not inside and extra <= unread,
            note=", ".join(f"{call.method} {after:.2f} s after a 429" for call, after in inside),
        ),
    ]
