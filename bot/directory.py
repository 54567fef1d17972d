"""Keeps our copy of Slack's people and channels: asks at start, daily, and when in doubt."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import structlog

from bot.reading.normal import without_controls
from bot.slack import Later, Refused, Slack, SlackError, Unread
from ops.health import Check, State
from store import (
    Acquaintance,
    Channel,
    ChannelKind,
    Clock,
    Installation,
    People,
    Person,
    Role,
    zone_of,
)

log = structlog.get_logger()

T = TypeVar("T")

ASK_AGAIN_SECONDS = 5.0
TURN_SECONDS = 30.0
EVERYBODY_EVERY = timedelta(days=1)
PAGE = 200
STALE_A_TURN = 10
"""Twenty a minute of the fifty that Slack allows."""
LATER_THAN_ANY = 2**40
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Directory:
    """The installation that our token belongs to, and everybody in it."""

    def __init__(
        self, slack: Slack, people: People, clock: Clock, wake: Callable[[], None]
    ) -> None:
        """Begin with nobody; `wake` makes the next turn come at once."""
        self._slack = slack
        self._people = people
        self._clock = clock
        self._wake = wake
        self._installation: Installation | None = None
        self._is_checked = False
        self._everybody_at = LONG_AGO
        self._cursor = ""
        self._stale: set[str] = set()
        self._asking: dict[tuple[str, str], asyncio.Task[Any]] = {}

    @property
    def teams(self) -> Collection[str]:
        """The workspaces whose token we hold, once Slack has said so."""
        return [self._installation.team_id] if self._installation and self._is_checked else []

    async def turn(self) -> float:
        """Ask Slack what is due; returns seconds to the next turn."""
        try:
            await self._ask()
        except SlackError as error:
            log.warning("directory.waits", reason=type(error).__name__)
            seconds = error.seconds if isinstance(error, Later) else None
            return seconds or ASK_AGAIN_SECONDS
        return TURN_SECONDS

    async def begin(self) -> None:
        """Know our installation as it was the last time, until Slack can be asked."""
        self._installation = await self._people.last_installed()

    async def check(self) -> Check:
        """What Slack's last answer was; down while we never knew whose token this is."""
        if self._installation is None:
            return Check(State.DOWN, reason="Slack was never asked whose token this is")
        return await self._slack.check()

    def stop_asking(self) -> None:
        """Let go of every question that Slack has not answered."""
        for asking in self._asking.values():
            asking.cancel()

    def refresh(self, team_id: str, channel_id: str) -> None:
        """Have a channel asked about with the next turn."""
        if team_id in self.teams:
            self._stale.add(channel_id)

    async def ask_person(self, team_id: str, user_id: str) -> Person | None:
        """Ask Slack about a person and write it down; None when Slack cannot tell."""
        ask = partial(self._ask_person, team_id, user_id)
        return await self._ask_once((team_id, user_id), ask)

    async def ask_channel(self, team_id: str, channel_id: str) -> Channel | None:
        """Ask Slack about a channel and write it down; None when Slack cannot tell.

        Nobody waits for the list of its members: those come with the next turn, which is now.
        """
        channel = await self._channel(team_id, channel_id)
        if channel and channel.lists_members:
            self._wake()
        return channel

    async def _channel(self, team_id: str, channel_id: str) -> Channel | None:
        ask = partial(self._ask_channel, team_id, channel_id)
        return await self._ask_once((team_id, channel_id), ask)

    async def _ask_once(self, key: tuple[str, str], ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Ask on behalf of all who need the same answer now: a crowd would use up the quota."""
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(ask())
            asking.add_done_callback(lambda _: self._asking.pop(key))
        # One who stops waiting does not take the answer from the others.
        return cast("T", await asyncio.shield(asking))

    async def known(self, team_id: str, user_id: str) -> Acquaintance:
        """What we know of a person, after asking about one who was never seen.

        Raises:
            SlackError: Slack cannot tell now; it says so too when there is no such person.
        """
        known = await self._people.know(team_id, user_id)
        if known.person:
            return known
        return replace(known, person=await self._look_up(team_id, user_id))

    async def _ask_person(self, team_id: str, user_id: str) -> Person | None:
        if team_id not in self.teams:
            return None
        try:
            return await self._look_up(team_id, user_id)
        except SlackError:
            return None

    async def _look_up(self, team_id: str, user_id: str) -> Person:
        answer = await self._slack.call("users.info", user=user_id)
        person = to_person(answer["user"], team_id)
        await self._people.save([person])
        return person

    async def _ask_channel(self, team_id: str, channel_id: str) -> Channel | None:
        if team_id not in self.teams:
            return None
        try:
            answer = await self._slack.call("conversations.info", channel=channel_id)
            channel = to_channel(answer["channel"], team_id)
        except Refused as error:
            if error.code != "channel_not_found":
                return None
            # So Slack speaks of private channels that the bot is not in.
            channel = Channel(team_id=team_id, channel_id=channel_id)
        except SlackError:
            return None
        await self._people.save_channel(channel)
        return channel

    async def names(self, team_id: str, user_ids: Collection[str]) -> Mapping[str, str]:
        """The names of people, after asking about those whom we only know by what was typed."""
        if team_id in self.teams:
            unchecked = await self._people.unchecked(team_id, user_ids)
            await asyncio.gather(*(self.ask_person(team_id, user_id) for user_id in unchecked))
        return await self._people.names(team_id, user_ids)

    async def zone(self, team_id: str, user_id: str) -> ZoneInfo:
        """The zone that a person lives in; UTC for one whom we do not know."""
        return zone_of(await self._people.zone(team_id, user_id) or "UTC")

    async def heard_of(self, team_id: str, member: Mapping[str, Any]) -> None:
        """Write down what an event of a workspace says of a person there."""
        await self._people.save([to_person(member, team_id)])

    async def came(self, team_id: str, event: Mapping[str, Any]) -> None:
        """Note that somebody came into a channel; where the bot came, ask who else is there."""
        channel_id, user_id = str(event.get("channel", "")), str(event.get("user", ""))
        if await self._people.came(team_id, channel_id, user_id):
            self.refresh(team_id, channel_id)
            self._wake()

    async def went(self, team_id: str, event: Mapping[str, Any]) -> None:
        """Note that somebody left a channel; an event that names nobody speaks of the bot."""
        channel_id, user_id = str(event.get("channel", "")), event.get("user")
        await self._people.went(team_id, channel_id, user_id and str(user_id))

    async def _ask(self) -> None:
        await self._ask_who_we_are()
        for team_id in self.teams:
            await self._refresh_channels(team_id)
            if self._clock() - self._everybody_at >= EVERYBODY_EVERY:
                await self._ask_everybody(team_id)
                self._everybody_at = self._clock()

    async def _refresh_channels(self, team_id: str) -> None:
        """Ask again about the oldest, and about those in use: any may have become private."""
        oldest = await self._people.stale_channels(team_id, STALE_A_TURN)
        for channel_id in dict.fromkeys([*oldest, *self._stale]):
            # Whoever wants it refreshed from here on wants it once more.
            self._stale.discard(channel_id)
            channel = await self._channel(team_id, channel_id)
            if channel and channel.lists_members:
                await self._ask_members(channel)

    async def _ask_members(self, channel: Channel) -> None:
        """Ask who is in a channel; what could not be read to its end is asked for next turn.

        Raises:
            Later: Slack wants to be left alone for a while, by all that is still to be asked.
        """
        version = await self._people.channel_version(channel)
        try:
            user_ids = [user_id async for user_id in self._members(channel.channel_id)]
        except (Refused, Unread) as error:
            log.warning("directory.no_members", team=channel.team_id, reason=type(error).__name__)
            return
        await self._people.save_members(channel, user_ids, version)

    async def _members(self, channel_id: str) -> AsyncIterator[str]:
        """Everybody in a channel, page by page."""
        cursor = ""
        while True:
            asked = {"channel": channel_id, "limit": PAGE, "cursor": cursor}
            answer = await self._slack.call("conversations.members", **asked)
            for user_id in answer["members"]:
                yield str(user_id)
            cursor = _next_cursor(answer)
            if not cursor:
                return

    async def _ask_who_we_are(self) -> None:
        answer = await self._slack.call("auth.test")
        found = Installation(
            team_id=str(answer["team_id"]),
            team_name=str(answer.get("team", "")),
            bot_user_id=str(answer["user_id"]),
        )
        if not self._is_checked:
            await self._people.install(found)
        self._installation = found
        self._is_checked = True

    async def _ask_everybody(self, team_id: str) -> None:
        """Read all people, page by page; after a fault from the page that it met."""
        while True:
            answer = await self._slack.call("users.list", limit=PAGE, cursor=self._cursor)
            await self._people.save(to_person(one, team_id) for one in answer["members"])
            self._cursor = _next_cursor(answer)
            if not self._cursor:
                return


def _next_cursor(answer: Mapping[str, Any]) -> str:
    return str((answer.get("response_metadata") or {}).get("next_cursor") or "")


def to_person(member: Mapping[str, Any], team_id: str) -> Person:
    """A person from Slack's user object (https://docs.slack.dev/reference/objects/user-object)."""
    profile = member.get("profile") or {}
    names = (
        profile.get("display_name"),
        profile.get("real_name"),
        member.get("real_name"),
        member.get("name"),
    )
    return Person(
        team_id=team_id,
        user_id=str(member["id"]),
        name=next((name for name in map(_text, names) if name), str(member["id"])),
        zone=_text(member.get("tz")) or "UTC",
        role=_role(member, team_id),
        updated=_seconds(member.get("updated")),
    )


def _text(value: Any) -> str:
    """Without what no database takes, such as half a surrogate; empty for what is no text."""
    return without_controls(value) if isinstance(value, str) else ""


def _seconds(value: Any) -> int:
    """When Slack last changed it, in seconds since 1970; 0 for what is no such moment."""
    return value if isinstance(value, int) and 0 <= value < LATER_THAN_ANY else 0


def _role(member: Mapping[str, Any], team_id: str) -> Role:
    ordered = {
        Role.DEACTIVATED: member.get("deleted"),
        Role.BOT: member.get("is_bot"),
        Role.OUTSIDER: member.get("is_stranger") or member.get("team_id", team_id) != team_id,
        Role.GUEST: member.get("is_restricted") or member.get("is_ultra_restricted"),
        Role.ADMIN: member.get("is_admin") or member.get("is_owner"),
    }
    return next((role for role, is_so in ordered.items() if is_so), Role.MEMBER)


def to_channel(found: Mapping[str, Any], team_id: str) -> Channel:
    """A channel from Slack's conversation object; public only when Slack says so plainly.

    https://docs.slack.dev/reference/objects/conversation-object
    """
    is_public = found.get("is_channel") is True and found.get("is_private") is False
    is_direct = found.get("is_im") or found.get("is_mpim")
    kind = ChannelKind.PUBLIC if is_public else ChannelKind.PRIVATE
    return Channel(
        team_id=team_id,
        channel_id=str(found["id"]),
        name=str(found.get("name", "")),
        kind=ChannelKind.DIRECT if is_direct else kind,
        shared=bool(found.get("is_ext_shared")),
        has_bot=bool(found.get("is_member")),
    )
