"""R3: the same signed payload a hundred times at once, across a kill: one effect, equal answers."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playground import Exchange, payloads
from playground.courier import deliver
from tests.bot_process import ROOT, bot_process, rows
from tests.proof.figures import Figure, Size
from tests.proof.stage import Stage, stage

TIMES = 100
PATIENCE = 20.0

# Each is typed by somebody else, about tasks that nobody else touches.
LINES = (
    "add Once and only",
    "done 1 2",
    "start 3",
    "assign 4 @person1",
    "note 5 Once and only",
    "edit 6 Once and only renamed",
    "due 7 tomorrow",
    "priority 8 high",
    "restore 9",
    "undo",
)
EVENTS = {"done 1 2": 2}
"""How many changes a line makes, where it is not one."""


@dataclass(frozen=True)
class Repeated:
    """What came of a line that was sent so often."""

    line: str
    answers: Sequence[Exchange]
    events: int
    killed_after: int

    @property
    def is_once(self) -> bool:
        """Whether it had its one effect, and all were told of it alike."""
        told = {json.dumps([answer.status, answer.body]) for answer in self.answers}
        is_told = len(told) == 1 and self.answers[0].status == 200
        return is_told and self.events == EVENTS.get(self.line, 1)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Send each line a hundred times at once, kill the bot among them, and send what is left."""
    lines = size.of(LINES, LINES[:1])
    async with stage(people=len(LINES), channels=1) as played:
        async with bot_process(played.slack, played.path, house=house):
            await _prepare(played)
        found = [await _repeated(played, line, house) for line in lines]
    once = sum(one.is_once for one in found)
    effects = sum(one.events for one in found)
    different = sum(len({json.dumps(answer.body) for answer in one.answers}) for one in found)
    return [
        Figure(
            id="R3",
            fault=f"the same signed payload {TIMES} times at once, across a kill",
            wanted=f"one effect, {TIMES} equal answers",
            measured=f"{once} of {len(found)} lines so: {effects} changes, "
            f"{different} different answers",
            reached=once == len(found),
            note="`/task` with "
            + ", ".join(f"`{one.line}`" for one in found)
            + "; killed after "
            + ", ".join(str(one.killed_after) for one in found)
            + " answers",
        )
    ]


async def _prepare(played: Stage) -> None:
    """A task for each number in the lines, and something to undo for the last who types."""
    await played.is_known()
    room = played.channels[0]
    maker, last = played.people[0], played.people[-1]
    for number in range(1, 9):
        await maker.command(f"/task add Task {number} !quiet", channel=room)
    # Only who made or holds a task may delete it.
    restoring = played.people[LINES.index("restore 9")]
    gone = await restoring.command("/task add Task 9 !quiet", channel=room)
    asked = await restoring.command("/task delete 9", channel=room)
    await restoring.click(on=asked, text="Delete #9")
    await last.command("/task add Task 10 !quiet", channel=room)
    assert gone.text.startswith("Added #9")


async def _repeated(played: Stage, line: str, house: Path) -> Repeated:
    person = played.people[LINES.index(line)]
    text = line.replace("@person1", "<@U01|person1>")
    request = payloads.command(person, played.channels[0], command="/task", text=text)
    async with bot_process(played.slack, played.path, house=house) as bot:
        sending = [asyncio.create_task(deliver(played.slack, request)) for _ in range(TIMES)]
        await played.slack.until(lambda: sum(one.done() for one in sending) >= TIMES // 4, PATIENCE)
        await bot.killed()
        answers = [answer for one in sending if (answer := await one).status is not None]
    killed_after = len(answers)
    async with bot_process(played.slack, played.path, house=house):
        left = TIMES - killed_after
        answers += await asyncio.gather(*(deliver(played.slack, request) for _ in range(left)))
    made = "SELECT count(*) FROM task_events WHERE request_key = ?"
    ((events,),) = rows(played.path, made, request.trigger_id)
    return Repeated(line, answers, events, killed_after)
