"""Which installation, which person, and may they act: the Origin of a request."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.clicked import Clicked
from bot.delivery import Delivery
from bot.directory import Directory
from bot.home import HomeTab
from bot.payloads import OF_PEOPLE, Kind, Payload
from bot.reading.verbs import read_verb
from bot.talk import Talk
from store import (
    MAY_ACT,
    Acquaintance,
    Channel,
    ChannelKind,
    Lists,
    NotInstalled,
    Origin,
    People,
    Person,
    Role,
    SlackUser,
    Source,
    Stats,
    Surveys,
    TaskStore,
    Usage,
    zone_of,
)

ASK_SECONDS = 0.7
"""For a person and a channel never seen, side by side: what of Slack's 3 s may be spent."""


T = TypeVar("T")


NOT_KNOWN = (
    "Slack could not tell me who you are: for now you see the tasks of this conversation, "
    "those that you made and those that you hold, and times are in UTC."
)


@dataclass(eq=False)
class MayNotAct(Exception):
    """A person, or what passes for one, whom no rule lets act."""

    role: Role


class NotTheirChannel(Exception):
    """A channel was chosen in a form, and nobody can tell that the person is in it."""


class Identity:
    """Knows who asks, from our own tables; asks Slack only about those never seen."""

    def __init__(
        self,
        people: People,
        directory: Directory,
        tasks: TaskStore,
        lists: Lists,
        stats: Stats,
        surveys: Surveys,
        delivery: Delivery,
        home: HomeTab,
        usage: Usage,
    ) -> None:
        self._people = people
        self._directory = directory
        self._tasks = tasks
        self._lists = lists
        self._stats = stats
        self._surveys = surveys
        self._delivery = delivery
        self._home = home
        self._usage = usage

    async def identify(
        self,
        talk: Talk,
        ack: AsyncAck,
        context: AsyncBoltContext,
        next_: Callable[[], Awaitable[Any]],
    ) -> None:
        """Put into the context what listeners may ask for by name.

        Raises:
            NotInstalled, MayNotAct, UnknownVerb
        """
        payload = talk.payload
        talk.has_token = payload.team_id in self._directory.teams
        known = await self._people.know(
            payload.team_id, payload.user_id, payload.channel_id, payload.request_key
        )
        if known.installation is None:
            raise NotInstalled(payload.team_id)
        talk.command = payload.command or known.installation.command
        context["directory"] = self._directory
        context["home"] = self._home
        if payload.kind in OF_PEOPLE:
            await self._put_actor(context, talk, known)
        # Nothing is sent by this: it tells Bolt that the listener which comes next has answered,
        # and the answer is what that leaves in `talk.response`.
        await ack()
        await next_()

    async def _put_actor(self, context: AsyncBoltContext, talk: Talk, known: Acquaintance) -> None:
        payload = talk.payload
        origin = await self._origin(talk, known)
        self._usage.note_active(origin.actor)
        talk.survey_for = origin if known.survey_is_due else None
        if known.installation and talk.command != known.installation.command:
            await self._people.rename_command(payload.team_id, talk.command)
        if payload.kind is Kind.COMMAND:
            context["typed"] = read_verb(payload.text)
        context["origin"] = talk.origin = origin
        talk.say_in_home = partial(self._home.say, origin.actor)
        context["tasks"] = self._tasks
        context["lists"] = self._lists
        context["stats"] = self._stats
        context["people"] = self._people
        context["surveys"] = self._surveys
        context["clicked"] = Clicked(talk, origin, self._tasks, self._lists, self._delivery)

    async def _origin(self, talk: Talk, known: Acquaintance) -> Origin:
        payload = talk.payload
        if payload.actor_team_id != payload.team_id:
            raise MayNotAct(Role.OUTSIDER)
        person, channel = await self._meet(payload, known)
        if person.role not in MAY_ACT:
            raise MayNotAct(person.role)
        if person.role is Role.UNKNOWN:
            talk.remark = NOT_KNOWN
        if known.person:
            talk.names[person.user_id] = person.name
        talk.now = talk.now.astimezone(zone_of(person.zone))
        return Origin(
            actor=SlackUser(payload.team_id, payload.user_id),
            role=person.role,
            source=_source(payload),
            request_key=payload.request_key,
            channel=await self._proven(payload, person, channel),
        )

    async def _meet(self, payload: Payload, known: Acquaintance) -> tuple[Person, Channel | None]:
        """The person and the channel; a guest in UTC, and private, where nobody can tell."""
        team_id, channel_id = payload.team_id, payload.channel_id
        if known.channel_is_stale:
            self._directory.refresh(team_id, channel_id)
        person, channel = await asyncio.gather(
            _known_or(known.person, self._directory.ask_person, team_id, payload.user_id),
            _known_or(
                known.channel or direct(payload), self._directory.ask_channel, team_id, channel_id
            ),
        )
        nobody = Person(team_id=team_id, user_id=payload.user_id, name="")
        unknown = Channel(team_id=team_id, channel_id=channel_id) if channel_id else None
        return person or nobody, channel or unknown

    async def _proven(
        self, payload: Payload, person: Person, channel: Channel | None
    ) -> Channel | None:
        """The channel of a request: who types or clicks in it is in it, for that request.

        In a form it is the one where it was opened, unless the person is known to have left it;
        or the one that was chosen in it, where this person may add tasks.

        Raises:
            NotTheirChannel
        """
        if channel is None or not payload.is_in_form:
            return channel
        actor = SlackUser(payload.team_id, payload.user_id)
        if payload.is_chosen:
            if not await self._people.may_add_to(actor, person.role, channel.channel_id):
                raise NotTheirChannel
            return channel
        return None if await self._people.is_in(actor, channel.channel_id) is False else channel


def _source(payload: Payload) -> Source:
    if payload.is_home:
        return Source.HOME
    if payload.kind is Kind.VIEW:
        return payload.opened.source
    return _SOURCES.get(payload.kind, Source.BUTTON)


_SOURCES = {
    Kind.COMMAND: Source.COMMAND,
    Kind.SHORTCUT: Source.SHORTCUT,
}


async def authorize(team_id: str | None) -> AuthorizeResult:
    """What Bolt needs to go on; left to itself it would ask Slack with each request."""
    return AuthorizeResult(enterprise_id=None, team_id=team_id)


async def _known_or(
    known: T | None, ask: Callable[[str, str], Awaitable[T | None]], team_id: str, key: str
) -> T | None:
    """What we know, or what Slack says in time when we know nothing."""
    if known or not key:
        return known
    with contextlib.suppress(TimeoutError):
        return await asyncio.wait_for(ask(team_id, key), ASK_SECONDS)
    return None


def direct(payload: Payload) -> Channel | None:
    """A direct or group conversation, which Slack names as such: nothing is to be asked."""
    if payload.channel_id.startswith("D") or payload.channel_name.startswith("mpdm-"):
        return Channel(
            team_id=payload.team_id,
            channel_id=payload.channel_id,
            kind=ChannelKind.DIRECT,
        )
    return None
