"""People who type and click, as fast as they are answered or at a rate, and what came of it."""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from playground import Channel, Exchange, Message, Person
from playground.controls import Control, controls
from tests.proof.history import Sent
from tests.proof.stage import Stage

OK = 200
BREATH = 0.05
"""Whoever is not answered does not try again at once."""
MOVES = {"Done": "done", "Start": "start", "Reopen": "reopen"}
"""What the buttons of a card ask for."""


@dataclass(eq=False)
class Crowd:
    """A crowd that remembers. `mix`: how often each of its acts comes, as weights.

    The same seed gives the same people the same choices; what they choose from depends on what was
    answered. Nobody acts while `may_act` is not set: that is when there is no bot.
    """

    stage: Stage
    mix: Mapping["Act", float]
    seed: int = 1
    people: Sequence[Person] = ()
    """Who acts, all of the stage if not said: who stands here twice does so twice as often."""
    sent: list[Sent] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Tasks without a card."""
    may_act: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    _unanswered: list[tuple[Exchange, Sent]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = self.people or self.stage.people
        self.chance = random.Random(self.seed)  # noqa: S311  # chance, not a secret
        self.may_act.set()
        self._titles = iter(range(1, 10**9))

    async def as_fast_as_answered(self, count: int, at_once: int) -> None:
        """Make so many requests, each of `at_once` people as soon as the last was answered."""
        left = iter(range(count))

        async def act_on(person: Person) -> None:
            while not self.is_over and next(left, None) is not None:
                await self.act(person)

        people = self.people
        with _watching_closely():
            await asyncio.gather(*(act_on(people[at % len(people)]) for at in range(at_once)))

    async def at_rate(self, each_second: Callable[[int], int], seconds: float) -> None:
        """Make so many requests in each second, spread over it, whether or not they are answered.

        `each_second` gets the number of the second. Nobody waits for another's answer, so a bot
        that slows down is not asked less.
        """
        began = time.monotonic()
        acts: set[asyncio.Task[None]] = set()
        with _watching_closely():
            for second in range(int(seconds)):
                count = each_second(second)
                for at in range(count):
                    await asyncio.sleep(began + second + at / count - time.monotonic())
                    act = asyncio.create_task(self.act(self.chance.choice(self.people)))
                    acts.add(act)
                    act.add_done_callback(acts.discard)
            await asyncio.gather(*acts)

    async def act(self, person: Person) -> None:
        """Have somebody do something, when there is a bot."""
        await self.may_act.wait()
        if self.is_over:
            return
        (act,) = self.chance.choices([*self.mix], [*self.mix.values()])
        await act(self, person, self.chance.choice(self.stage.channels))

    def go_home(self) -> None:
        """Begin nothing more."""
        self.is_over = True
        self.may_act.set()

    def title(self) -> str:
        """A title that nobody else uses."""
        return f"Thing {next(self._titles)}"

    async def send(
        self,
        request: Awaitable[Exchange],
        verb: str,
        *,
        number: int | None = None,
        title: str = "",
        is_click: bool = False,
    ) -> Sent:
        """Make a request and remember what came of it."""
        at = time.time()
        exchange = await request
        sent = Sent(
            key=exchange.trigger_id or "",
            verb=verb,
            number=number,
            title=title,
            is_click=is_click,
            at=at,
            seconds=exchange.seconds,
            status=exchange.status,
            said=exchange.text,
            shown=exchange.shown,
        )
        self.sent.append(sent)
        if sent.status is None:
            self._unanswered.append((exchange, sent))
        if sent.status != OK:
            await asyncio.sleep(BREATH)
        return sent

    async def ask_again(self) -> None:
        """Send every request that was not answered once more, the very same bytes."""
        turns = asyncio.Semaphore(len(self.people))

        async def again(exchange: Exchange, sent: Sent) -> None:
            async with turns:
                await self.send(
                    self.stage.slack.resend(exchange),
                    sent.verb,
                    number=sent.number,
                    title=sent.title,
                    is_click=sent.is_click,
                )

        waiting, self._unanswered = self._unanswered, []
        await asyncio.gather(*(again(exchange, sent) for exchange, sent in waiting))


@contextmanager
def _watching_closely() -> Iterator[None]:
    """Collect nothing meanwhile: what a crowd and a stand-in Slack remember grows with each answer.

    To look through it all took up to 180 ms, which would count as the bot's.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


Act = Callable[[Crowd, Person, Channel], Awaitable[object]]
"""Something that one person does in one channel."""


async def add_quietly(crowd: Crowd, person: Person, channel: Channel) -> None:
    """A task without a card."""
    title = crowd.title()
    line = f"/task add {title} !quiet"
    sent = await crowd.send(person.command(line, channel=channel), "add", title=title)
    if sent.said.startswith("Added #"):
        crowd.numbers.append(int(sent.said.removeprefix("Added #").split()[0]))


async def add(crowd: Crowd, person: Person, channel: Channel) -> None:
    """A task with a card."""
    title = crowd.title()
    await crowd.send(person.command(f"/task add {title}", channel=channel), "add", title=title)


async def move(crowd: Crowd, person: Person, channel: Channel) -> None:
    """One task without a card is moved by a command; without any, one is added."""
    if not crowd.numbers:
        return await add_quietly(crowd, person, channel)
    return await _move(crowd, person, channel, crowd.chance.choice(crowd.numbers))


async def move_card(crowd: Crowd, person: Person, channel: Channel) -> None:
    """A task that has a card is moved by a command: its card takes a call to change."""
    if not (cards := _cards(channel)):
        return await add_quietly(crowd, person, channel)
    return await _move(crowd, person, channel, _number(crowd.chance.choice(cards)))


async def _move(crowd: Crowd, person: Person, channel: Channel, number: int) -> None:
    verb = crowd.chance.choice([*MOVES.values()])
    line = f"/task {verb} {number}"
    await crowd.send(person.command(line, channel=channel), verb, number=number)


async def press(crowd: Crowd, person: Person, channel: Channel) -> None:
    """A button of some card."""
    if not (cards := _cards(channel)):
        return await add_quietly(crowd, person, channel)
    card = crowd.chance.choice(cards)
    control = crowd.chance.choice([one for one in controls(card) if one.label in MOVES])
    return await _press(crowd, person, card, control)


async def _press(crowd: Crowd, person: Person, card: Message, control: Control) -> None:
    request = person.press(card, control)
    number = int(control.value)
    await crowd.send(request, MOVES[control.label], number=number, is_click=True)


async def look(crowd: Crowd, person: Person, channel: Channel) -> None:
    """A list."""
    words = crowd.chance.choice(["", "all", "here", "done", "all overdue"])
    await crowd.send(person.command(f"/task list {words}".strip(), channel=channel), "list")


def _cards(channel: Channel) -> list[Message]:
    return [message for message in channel.messages if message.bot_id]


def _number(card: Message) -> int:
    return int(card.text.removeprefix("#").split()[0])
