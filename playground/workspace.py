"""A workspace: its people, its channels and what is written there."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from playground import payloads
from playground.exchange import Exchange
from playground.messages import JSON, Ephemeral, Message, Shown, View
from playground.people import Person, Role
from playground.redelivery import deliver_event
from playground.shapes import user_shape

if TYPE_CHECKING:
    from playground.state import State

Kind = Literal["public", "private", "im", "mpim"]
ShownT = TypeVar("ShownT", Message, Ephemeral)


@dataclass(eq=False, kw_only=True)
class Channel:
    """A place where people write."""

    workspace: "Workspace"
    id: str
    name: str
    kind: Kind
    members: list[str]
    shared: bool = False
    archived: bool = False
    timeline: list[Shown] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """What everybody sees here now, oldest first."""
        return [it for it in self.timeline if isinstance(it, Message) and not it.deleted]

    @property
    def bot_in(self) -> bool:
        """Whether the bot is a member."""
        return self.workspace.bot_user_id in self.members

    @property
    def visible_to_bot(self) -> bool:
        """Whether the bot's token is told that this channel exists."""
        return self.kind == "public" or self.bot_in

    def seen_by(self, person: Person) -> list[Shown]:
        """Return the messages and the person's own private answers, oldest first."""
        if not self.open_to(person):
            return []
        return [it for it in self.timeline if not it.deleted and _for(it, person)]

    def open_to(self, person: Person) -> bool:
        """Whether somebody can read here: guests and strangers only where they are members."""
        at_home = person.role in ("owner", "admin", "member")
        return person.id in self.members or (self.kind == "public" and at_home)

    def standing(self, shown: Shown) -> Shown:
        """Return what stands here under the same time stamp: a screen may show an older copy."""
        return next((it for it in self.timeline if it.ts == shown.ts), shown)

    def find(self, ts: str) -> Message | None:
        """Return the live message with this time stamp."""
        return next((message for message in self.messages if message.ts == ts), None)

    def post(self, shown: ShownT) -> ShownT:
        """Put a message or a private answer at the end."""
        self.timeline.append(shown)
        self.workspace.state.changes.notify()
        return shown

    def delete(self, shown: Shown) -> None:
        """Take a message or a private answer away."""
        shown.deleted = True
        self.workspace.state.changes.notify()

    def join(self, person: Person | str) -> None:
        """Let somebody in, the bot included."""
        identity = person if isinstance(person, str) else person.id
        if identity not in self.members:
            self.members.append(identity)
        self.workspace.state.changes.notify()

    def leave(self, person: Person | str) -> None:
        """Let somebody out, the bot included."""
        self.members.remove(person if isinstance(person, str) else person.id)
        self.workspace.state.changes.notify()

    async def invite(self, person: Person | str, *, by: Person | None = None) -> Exchange | None:
        """Let somebody in and tell the app, which hears of it only where it is itself."""
        self.join(person)
        inviter = {"inviter": by.id} if by else {}
        return await self._moved("member_joined_channel", person, **inviter)

    async def remove(self, person: Person | str) -> Exchange | None:
        """Let somebody out and tell the app: of its own leaving in an event without a name.

        docs.slack.dev/reference/events/group_left; it gets no `member_left_channel` of itself.
        """
        self.leave(person)
        if self.workspace.person(person).id == self.workspace.bot_user_id:
            kind = "channel_left" if self.kind == "public" else "group_left"
            ts = self.workspace.state.next_ts()
            return await self.workspace.event({"type": kind, "channel": self.id, "event_ts": ts})
        return await self._moved("member_left_channel", person)

    async def _moved(self, kind: str, person: Person | str, **more: str) -> Exchange | None:
        if not self.bot_in:
            return None
        somebody = self.workspace.person(person)
        event = {
            "type": kind,
            "user": somebody.id,
            "channel": self.id,
            "channel_type": "C" if self.kind == "public" else "G",
            "team": somebody.home_team_id,
            "event_ts": self.workspace.state.next_ts(),
        }
        return await self.workspace.event(event | more)


def _for(shown: Shown, person: Person) -> bool:
    return isinstance(shown, Message) or shown.user_id == person.id


@dataclass(eq=False, kw_only=True)
class Workspace:
    """One Slack workspace with the app installed."""

    state: "State"
    id: str
    name: str
    domain: str
    bot_token: str
    app_id: str
    bot_user_id: str
    bot_id: str
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    token_error: str | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_person(
        self,
        user_id: str,
        *,
        name: str,
        real_name: str | None = None,
        tz: str = "Europe/Berlin",
        role: Role = "member",
        home_team_id: str | None = None,
    ) -> Person:
        """Add somebody; an outsider belongs to another workspace."""
        person = Person(
            workspace=self,
            id=user_id,
            name=name,
            real_name=real_name or name.title(),
            tz=tz,
            role=role,
            home_team_id=home_team_id or ("T0ELSEWHERE" if role == "outsider" else self.id),
        )
        self.people[user_id] = person
        self.state.changes.notify()
        return person

    def add_channel(
        self,
        channel_id: str,
        *,
        name: str = "",
        kind: Kind = "public",
        members: Iterable[Person | str] = (),
        bot_in: bool = False,
        shared: bool = False,
        archived: bool = False,
    ) -> Channel:
        """Add a channel or a conversation."""
        ids = [it if isinstance(it, str) else it.id for it in members]
        channel = Channel(
            workspace=self,
            id=channel_id,
            name=name or self._conversation_name(kind, ids),
            kind=kind,
            members=ids + ([self.bot_user_id] if bot_in else []),
            shared=shared,
            archived=archived,
        )
        self.channels[channel_id] = channel
        self.state.changes.notify()
        return channel

    def _conversation_name(self, kind: Kind, ids: list[str]) -> str:
        names = [self.people[identity].name for identity in ids if identity in self.people]
        return f"mpdm-{'--'.join(names)}-1" if kind == "mpim" else "directmessage"

    def dm(self, person: Person | str) -> Channel:
        """Return the conversation between the bot and somebody, opening it if need be."""
        somebody = self.person(person)
        pair = {somebody.id, self.bot_user_id}
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == pair:
                return channel
        return self.add_channel(f"D0{somebody.id}", kind="im", members=[somebody], bot_in=True)

    def person(self, person: Person | str) -> Person:
        """Return the person with this id."""
        return self.people[person] if isinstance(person, str) else person

    def channel(self, channel: Channel | str) -> Channel:
        """Return the channel with this id."""
        return self.channels[channel] if isinstance(channel, str) else channel

    def message(self, channel_id: str, *, user: str, text: str, **more: Any) -> Message:
        """Write a message that is not posted yet."""
        ts = self.state.next_ts()
        permalink = f"https://{self.domain}.slack.com/archives/{channel_id}/p{ts.replace('.', '')}"
        if more.get("thread_ts"):
            permalink += f"?thread_ts={more['thread_ts']}&cid={channel_id}"
        return Message(
            channel_id=channel_id,
            ts=ts,
            user=user,
            text=text,
            permalink=permalink,
            team_id=self.id,
            **more,
        )

    def bot_message(self, channel_id: str, text: str, **more: Any) -> Message:
        """Write a message of the bot that is not posted yet."""
        return self.message(
            channel_id,
            user=self.bot_user_id,
            text=text,
            bot_id=self.bot_id,
            app_id=self.app_id,
            **more,
        )

    def ephemeral(self, channel_id: str, user_id: str, text: str, **more: Any) -> Ephemeral:
        """Write a private answer that is not shown yet."""
        return Ephemeral(
            channel_id=channel_id, user_id=user_id, ts=self.state.next_ts(), text=text, **more
        )

    def settled(self, blocks: list[JSON] | None) -> list[JSON]:
        """Return the blocks with the ids that Slack gives to those that have none."""
        return [self._settled_block(block) for block in blocks or []]

    def _settled_block(self, block: JSON) -> JSON:
        settled: JSON = {"block_id": self._short_id(), **block}
        if block["type"] in ("actions", "context"):
            settled["elements"] = [self._settled_element(it) for it in block["elements"]]
        for name in ("accessory", "element"):
            if name in block:
                settled[name] = self._settled_element(block[name])
        return settled

    def _settled_element(self, element: JSON) -> JSON:
        if element["type"] in ("mrkdwn", "plain_text", "image"):
            return element
        return {"action_id": self._short_id(), **element}

    def _short_id(self) -> str:
        return f"s{next(self._numbers):04d}"

    def new_view(self, content: JSON, *, under: View | None = None) -> View:
        """Make a modal or a Home of what the app sent."""
        identity = f"V{self.id[1:]}{next(self._numbers):06d}"
        view = View(
            id=identity,
            team_id=self.id,
            app_id=self.app_id,
            bot_id=self.bot_id,
            hash=self._hash(),
            content=content | {"blocks": self.settled(content["blocks"])},
            root_view_id=under.root_view_id if under else identity,
            previous_view_id=under.id if under else None,
        )
        self.views[identity] = view
        return view

    def renew_view(self, view: View, content: JSON) -> None:
        """Put other content into a view; the old hash no longer holds."""
        view.content = content | {"blocks": self.settled(content["blocks"])}
        view.hash = self._hash()
        view.errors = {}
        view.versions += 1
        self.state.changes.notify()

    def _hash(self) -> str:
        return f"{int(self.state.clock())}.{next(self._numbers):08x}"

    async def event(self, event: JSON) -> Exchange:
        """Send something that happened through the Events API, and again if it is not taken."""
        return await deliver_event(self.state, payloads.event(self, event))

    async def user_change(self, person: Person | str) -> Exchange:
        """Tell the app what is true of a person now."""
        somebody = self.person(person)
        user = user_shape(somebody, self.state.clock())
        return await self.event(
            {"type": "user_change", "user": user, "event_ts": self.state.next_ts()}
        )
