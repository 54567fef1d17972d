"""R4: every event redelivered three times, the bot killed between its commit and its answer."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any

from playground import Exchange, payloads
from playground.courier import deliver
from playground.exchange import Interaction
from playground.redelivery import again
from playground.shapes import user_shape
from tests.bot_process import ROOT, bot_process, rows, stalling_bot
from tests.proof.figures import Figure, Size
from tests.proof.stage import Stage, stage

REDELIVERIES = 3
SURELY_STUCK = 1.5
CHANNELS = 39
"""More than events in a round, which ends when the log's pipe is full; an odd number, so that the
bot joins where it left the last time.
"""
PERSON = "SELECT name FROM people WHERE user_id = ?"
HAS_BOT = "SELECT has_bot FROM channels WHERE channel_id = ?"
OK = 200


@dataclass(frozen=True)
class Told:
    """An event, and the row that it leads to: one, whatever happens on the way."""

    request: Interaction
    asked: str
    about: str
    wanted: Any

    def is_so(self, path: Path) -> bool:
        """Whether the database says so, once."""
        return rows(path, self.asked, self.about) == [(self.wanted,)]


@dataclass
class Run:
    """What was measured."""

    told: int = 0
    wrong: list[Told] = field(default_factory=list)
    saved_unanswered: int = 0
    not_taken: int = 0


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Stop the bot between commit and answer, kill it there, and send everything again."""
    rounds = size.of(20, 1)
    async with stage(people=4, channels=CHANNELS) as played:
        async with bot_process(played.slack, played.path, house=house):
            await played.is_known()
        run, happening = Run(), _happening(played)
        for _ in range(rounds):
            await _round(played, happening, run, house)
    return [
        Figure(
            id="R4",
            fault=f"every event redelivered {REDELIVERIES} times, killed between commit and answer",
            wanted="effect exactly once",
            measured=f"{run.told - len(run.wrong)} of {run.told} events so; "
            f"{run.saved_unanswered} of {rounds} kills found the change saved and unanswered",
            reached=not run.wrong and not run.not_taken and run.saved_unanswered > 0,
            note="people who are new or changed, and the bot that joins and leaves channels",
        )
    ]


async def _round(played: Stage, happening: Iterator[Told], run: Run, house: Path) -> None:
    told: list[Told] = []
    async with stalling_bot(played.slack, played.path, house) as process:
        stuck = await _until_one_is_stuck(played, happening, run, told)
        run.saved_unanswered += told[-1].is_so(played.path)
        process.kill()
        await stuck
    run.told += len(told)
    async with bot_process(played.slack, played.path, house=house):
        for number in range(1, REDELIVERIES + 1):
            headers = again(number, "http_timeout")
            sending = (deliver(played.slack, one.request, again=headers) for one in told)
            answers = await asyncio.gather(*sending)
            run.not_taken += sum(answer.status != OK for answer in answers)
    run.wrong += [one for one in told if not one.is_so(played.path)]


async def _until_one_is_stuck(
    played: Stage, happening: Iterator[Told], run: Run, told: list[Told]
) -> asyncio.Task[Exchange]:
    """Tell one event after the other, until one is not answered."""
    while True:
        told.append(next(happening))
        telling = asyncio.create_task(deliver(played.slack, told[-1].request))
        done, _ = await asyncio.wait([telling], timeout=SURELY_STUCK)
        if not done:
            return telling
        run.not_taken += telling.result().status != OK


def _happening(played: Stage) -> Iterator[Told]:
    """Something else about somebody or some place else, again and again."""
    team, rooms = played.team, cycle(played.channels)
    for at in count(1):
        for event, letter in (("team_join", "J"), ("user_change", "C")):
            somebody = team.add_person(f"U{letter}{at}", name=f"{event}{at}")
            # Nobody of the workspace by the time it is asked: the event alone tells of them.
            del team.people[somebody.id]
            who = {"type": event, "user": user_shape(somebody, played.slack.clock())}
            yield _told(played, who, PERSON, somebody.id, somebody.name)
        bot = {"user": team.bot_user_id}
        for event, is_there in (("member_joined_channel", 1), ("member_left_channel", 0)):
            moved = {"type": event, **bot, "channel": next(rooms).id}
            yield _told(played, moved, HAS_BOT, moved["channel"], is_there)


def _told(played: Stage, event: dict[str, Any], asked: str, about: str, wanted: Any) -> Told:
    return Told(payloads.event(played.team, event), asked, about, wanted)
