"""The message that a click came from: what the click means there, and how it is drawn anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.delivery import Delivery
from bot.drawing import cards, ids, lists, texts
from bot.drawing.blocks import Message
from bot.drawing.ids import Place, Surface, UnknownButton
from bot.reading.query import read_list
from bot.talk import Talk
from store import (
    FULL_MEMBERS,
    Audience,
    ChannelKind,
    Cursor,
    EventKind,
    ListPage,
    Lists,
    NoSuchTask,
    Origin,
    Outcome,
    TaskStore,
    Verdict,
    Viewer,
)


@dataclass(eq=False)
class NotForEverybody(Exception):
    """A task that the one who posts it sees, but not everybody in the channel."""

    number: int


@dataclass
class Clicked:
    """A message with buttons; an ephemeral one is not part of the click, so it is drawn anew."""

    talk: Talk
    origin: Origin
    tasks: TaskStore
    lists: Lists
    delivery: Delivery
    place: Place = field(default_factory=lambda: Place(Surface.WORDS))

    def read_number(self, action: Mapping[str, Any]) -> int:
        """The task that the button is about.

        Raises:
            UnknownButton
        """
        self._expect(ids.read_place(action))
        return ids.read_number(action)

    def read_event(self, action: Mapping[str, Any]) -> tuple[int, int]:
        """The number and version of a task that the request made which is to be taken back.

        Raises:
            UnknownButton
        """
        number = self.read_number(action)
        if self.place.version is None:
            raise UnknownButton
        return number, self.place.version

    def read_option(self, action: Mapping[str, Any]) -> tuple[str, int]:
        """The word that was chosen from the menu, and the task that it is about.

        Raises:
            UnknownButton
        """
        self._expect(ids.read_place(action))
        return ids.read_option(action)

    def read_cursor(self, action: Mapping[str, Any]) -> Cursor | None:
        """The place in the list to which the button turns.

        Raises:
            UnknownButton
        """
        self.place = ids.read_place(action)
        return ids.read_cursor(str(action.get("value", "")))

    async def show(self, outcomes: Sequence[Outcome], kind: EventKind) -> None:
        """Show what came of the click: on the message itself where it can be, in words else."""
        said = texts.moved(outcomes, kind, await self.talk.reader(*outcomes))
        (outcome,) = outcomes
        changed = outcome.verdict is Verdict.CHANGED
        match self.place.surface:
            case Surface.CARD if changed and not self._is_direct:
                return  # its notice paints the card, and the card is the answer
            case Surface.HOME if changed:
                return  # its notice paints it, with what was done on top
            case Surface.TASK if changed:
                history = await self.tasks.history(self.origin, outcome.number, cards.LAST_CHANGES)
                self.talk.replace(cards.whole(history, await self.talk.reader(history)))
            case Surface.LIST if changed:
                await self._show_list(said.text, outcome)
            case Surface.POSTED if changed and self.origin.role in FULL_MEMBERS:
                self.talk.replace(await self.posted_list())
            case Surface.ANSWER | Surface.ASKED:
                self.talk.replace(said)
            case _:
                self.talk.say(said)

    async def show_undone(self, outcomes: Sequence[Outcome]) -> None:
        """Show what was taken back: above the list where it was clicked, in words else."""
        said = texts.undone(outcomes, await self.talk.reader(*outcomes))
        match self.place.surface:
            case Surface.LIST:
                await self._show_list(said.text)
            case Surface.HOME if any(one.verdict is Verdict.CHANGED for one in outcomes):
                return  # its notice says so
            case Surface.HOME:
                self.talk.say(said)
            case _:
                self.talk.replace(said)

    async def turn_to(self, cursor: Cursor | None) -> None:
        """Show another page of the list in its place."""
        self.place = replace(self.place, cursor=cursor)
        await self._show_list()

    async def posted_list(self) -> Message:
        """The list as everybody in the channel may see it.

        Raises:
            UnknownButton
        """
        posted_by = self.place.posted_by or self.origin.actor.user_id
        page = await self._page(self.audience)
        return lists.posted(page, await self.talk.reader(page, also=posted_by), posted_by)

    async def posted_task(self, number: int) -> Message:
        """The task as everybody in the channel may see it.

        Raises:
            NoSuchTask, NotForEverybody, UnknownButton
        """
        mine = await self.tasks.history(self.origin, number)
        try:
            history = await self.tasks.history(self.audience, mine.task.number)
        except NoSuchTask as error:
            raise NotForEverybody(number) from error
        return cards.posted(history.task, await self.talk.reader(history.task))

    @property
    def audience(self) -> Audience:
        """Everybody who reads what is posted here; a guest shows no more than a guest sees.

        Raises:
            UnknownButton: the click says not where it was, so nobody can tell who would read it.
        """
        origin = self.origin
        if origin.channel is None:
            raise UnknownButton
        return Audience(origin.team_id, origin.channel, origin.role not in FULL_MEMBERS)

    @property
    def _is_direct(self) -> bool:
        """In a direct message, which an earlier one about a task does not follow any more."""
        channel = self.origin.channel
        return channel is not None and channel.kind is ChannelKind.DIRECT

    def _expect(self, place: Place) -> None:
        """Have a card that changes now be repainted through this very click."""
        self.place = place
        payload = self.talk.payload
        if place.surface is Surface.CARD and place.number and payload.response_url:
            self.delivery.hint(payload.team_id, payload.message_ts, payload.response_url)

    async def _show_list(self, note: str = "", changed: Outcome | None = None) -> None:
        page = await self._page(self.origin)
        self.talk.replace(lists.page(page, await self.talk.reader(page), note, changed))

    async def _page(self, viewer: Viewer) -> ListPage:
        query = read_list(self.place.query, self.origin.actor.user_id, None)
        return await self.lists.page(viewer, query, self.talk.now, self.place.cursor)
