"""Who is who: installations, people and channels."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store import settings as kept_settings
from store.clock import Clock
from store.database import Database
from store.members import Members
from store.models import (
    FULL_MEMBERS,
    MAY_ACT,
    Channel,
    ChannelKind,
    Origin,
    Person,
    Role,
    Settings,
    SlackUser,
)
from store.mornings import note_moves
from store.rows import from_person, to_channel, to_person
from store.survey import SURVEY_IS_DUE, of_request
from store.tables import channel_members, channels, installations, people
from store.visible import joined_channels, public_channels

CHANNEL_FRESH_FOR = timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)

_PERSON = sa.and_(
    people.c.team_id == sa.bindparam("team_id"), people.c.user_id == sa.bindparam("user_id")
)
_CHANNEL = sa.and_(
    channels.c.team_id == sa.bindparam("team_id"),
    channels.c.channel_id == sa.bindparam("channel_id"),
)
_INSTALLATION = installations.c.team_id == sa.bindparam("team_id")

# Asked with every request: built once, and one statement, as each has the thread that runs it
# wait for Python's lock several times. There is one row, of NULLs where nothing is known.
_KNOWN = (
    sa.select(people, channels, installations, SURVEY_IS_DUE.label("survey_is_due"))
    .select_from(sa.select(sa.literal(1)).subquery())
    .outerjoin(people, _PERSON)
    .outerjoin(channels, _CHANNEL)
    .outerjoin(installations, _INSTALLATION)
)
_ZONE = sa.select(people.c.zone).where(_PERSON)
_BOT = sa.select(installations.c.bot_user_id).where(_INSTALLATION)
_NAMES = sa.select(people.c.user_id, people.c.name).where(
    people.c.team_id == sa.bindparam("team_id"),
    people.c.user_id.in_(sa.bindparam("user_ids", expanding=True)),
)
_NEXT_VERSION = {"version": channels.c.version + 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A workspace that we serve; `command` is the name that its manifest gives to `/task`."""

    team_id: str
    team_name: str
    bot_user_id: str
    command: str = "/task"


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What we know of a workspace, a person and a channel before anything was asked of Slack."""

    installation: Installation | None
    person: Person | None
    channel: Channel | None
    channel_is_stale: bool
    survey_is_due: bool


class People:
    """Our copy of what Slack says, so that no request has to wait for Slack."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def install(self, installation: Installation) -> None:
        """Write down a workspace that gave us a token, over what was known of it."""
        row = {
            "team_id": installation.team_id,
            "team_name": installation.team_name,
            "bot_user_id": installation.bot_user_id,
            "checked_at": self._clock(),
        }
        await self._database.write(
            lambda c: c.execute(
                sqlite.insert(installations)
                .values(row)
                .on_conflict_do_update(index_elements=["team_id"], set_=row)
            )
        )

    async def last_installed(self) -> Installation | None:
        """The workspace whose token was last seen to work."""
        asked = sa.select(installations).order_by(installations.c.checked_at.desc()).limit(1)

        def look(connection: sa.Connection) -> Installation | None:
            row = connection.execute(asked).mappings().first()
            return _to_installation(row) if row else None

        return await self._database.read(look)

    async def know(
        self, team_id: str, user_id: str, channel_id: str | None = None, request_key: str = ""
    ) -> Acquaintance:
        """Everything that the identity of a request needs, in one statement."""
        now = self._clock()
        of_whom = {"team_id": team_id, "user_id": user_id, "channel_id": channel_id}
        asked = of_whom | of_request(team_id, user_id, request_key, now)

        def look(connection: sa.Connection) -> Acquaintance:
            row = connection.execute(_KNOWN, asked).mappings().one()
            checked_at = row[channels.c.checked_at]
            return Acquaintance(
                _to_installation(row) if row[installations.c.team_id] else None,
                to_person(row) if row[people.c.checked_at] else None,
                to_channel(row) if row[channels.c.channel_id] else None,
                checked_at is not None and checked_at < now - CHANNEL_FRESH_FOR,
                row["survey_is_due"],
            )

        return await self._database.read(look)

    async def rename_command(self, team_id: str, command: str) -> None:
        """Remember what a workspace calls the command, for answers to clicks."""
        await self._database.write(
            lambda c: c.execute(
                installations.update()
                .where(installations.c.team_id == team_id)
                .values(command=command)
            )
        )

    async def save(self, found: Iterable[Person]) -> None:
        """Write down what Slack says of people, unless something later is known of them.

        Slack sends an event again that was not taken, when a newer one may have been.
        """
        now = self._clock()
        rows = [from_person(person, now) for person in found]
        if rows:
            await self._database.write(lambda c: _save_people(c, rows, now))

    async def save_channel(self, channel: Channel) -> None:
        """Write down what Slack says of a channel.

        One whose members Slack tells stays stale until they are known, too; of any other
        nothing is known of its members from here on.
        """
        row = {
            "team_id": channel.team_id,
            "channel_id": channel.channel_id,
            "name": channel.name,
            "kind": channel.kind,
            "shared": channel.shared,
            "has_bot": channel.has_bot,
            "checked_at": self._just_stale() if channel.lists_members else self._clock(),
        }

        def work(connection: sa.Connection) -> None:
            connection.execute(_save_channel(row))
            if not channel.lists_members:
                Members(connection, channel.team_id, channel.channel_id).forget()

        await self._database.write(work)

    async def channel_version(self, channel: Channel) -> int | None:
        """What is raised with all that we learn of a channel, None when we know nothing of it."""
        asked = sa.select(channels.c.version).where(_is(channel.team_id, channel.channel_id))
        return await self._database.read(lambda c: c.scalar(asked))

    async def save_members(
        self, channel: Channel, user_ids: Collection[str], version: int | None
    ) -> bool:
        """Write down who is in a channel: all of them, as asked for when it had that version.

        False: something was learned of it meanwhile. Who came or went while Slack read the list
        out may stand in it or not.
        """
        same = sa.and_(_is(channel.team_id, channel.channel_id), channels.c.version == version)
        checked = channels.update().where(same).values(checked_at=self._clock())

        def work(connection: sa.Connection) -> bool:
            if not connection.execute(checked).rowcount:
                return False
            Members(connection, channel.team_id, channel.channel_id).replace(user_ids)
            return True

        return await self._database.write(work)

    async def came(self, team_id: str, channel_id: str, user_id: str) -> bool:
        """Note that somebody came into a channel; True if it was the bot."""

        def work(connection: sa.Connection) -> bool:
            is_bot = user_id == connection.scalar(_BOT, {"team_id": team_id})
            if is_bot:
                connection.execute(self._learned(team_id, channel_id).values(has_bot=True))
            elif connection.execute(self._moved(team_id, channel_id)).rowcount:
                Members(connection, team_id, channel_id).add(user_id)
            return is_bot

        return await self._database.write(work)

    async def went(self, team_id: str, channel_id: str, user_id: str | None) -> None:
        """Note that somebody left a channel; None: the bot.

        Without the bot there nobody would tell us who comes and goes, so we know of nobody.
        """

        def work(connection: sa.Connection) -> None:
            members = Members(connection, team_id, channel_id)
            if user_id in {None, connection.scalar(_BOT, {"team_id": team_id})}:
                connection.execute(self._learned(team_id, channel_id).values(has_bot=False))
                members.forget()
            elif user_id and connection.execute(self._moved(team_id, channel_id)).rowcount:
                members.strike(user_id)

        await self._database.write(work)

    async def may_add_to(self, actor: SlackUser, role: Role, channel_id: str) -> bool:
        """Whether somebody may put a task into a channel where we do not see them now."""
        if role not in MAY_ACT:
            return False
        places = [joined_channels(actor.team_id, actor.user_id)]
        if role in FULL_MEMBERS:
            places.append(public_channels(actor.team_id))
        asked = sa.select(sa.or_(*(sa.literal(channel_id).in_(place) for place in places)))
        return bool(await self._database.read(lambda c: c.scalar(asked)))

    def _learned(self, team_id: str, channel_id: str) -> sa.Update:
        """Something new is known of a channel, and the rest is to be asked for soon."""
        learned = {"checked_at": self._just_stale(), **_NEXT_VERSION}
        return channels.update().where(_is(team_id, channel_id)).values(learned)

    def _moved(self, team_id: str, channel_id: str) -> sa.Update:
        """Somebody came or went where Slack tells the members.

        They are asked for once more: events may come late, twice and in any order.
        """
        lists_members = sa.and_(
            channels.c.kind == ChannelKind.PRIVATE, channels.c.has_bot.is_(True)
        )
        return self._learned(team_id, channel_id).where(lists_members)

    def _just_stale(self) -> datetime:
        """When a channel was checked that is to be asked about, after those that wait already."""
        return self._clock() - CHANNEL_FRESH_FOR - A_MOMENT

    async def stale_channels(self, team_id: str, limit: int) -> Sequence[str]:
        """The channels that Slack was not asked about for the longest, more than an hour ago."""
        asked = (
            sa.select(channels.c.channel_id)
            .where(
                channels.c.team_id == team_id,
                channels.c.checked_at < self._clock() - CHANNEL_FRESH_FOR,
            )
            .order_by(channels.c.checked_at)
            .limit(limit)
        )
        return await self._database.read(lambda c: c.scalars(asked).all())

    async def is_in(self, somebody: SlackUser, channel_id: str) -> bool | None:
        """Whether a person is in a channel that is not public; None where nobody could tell us."""
        here = sa.and_(
            channel_members.c.team_id == somebody.team_id,
            channel_members.c.channel_id == channel_id,
        )
        anybody = sa.select(channel_members.c.user_id).where(here)

        def look(connection: sa.Connection) -> bool | None:
            this_one = anybody.where(channel_members.c.user_id == somebody.user_id)
            if connection.execute(this_one).first():
                return True
            return False if connection.execute(anybody.limit(1)).first() else None

        return await self._database.read(look)

    async def names(self, team_id: str, user_ids: Collection[str]) -> dict[str, str]:
        """The names by which people stand on cards and in lists."""
        if not user_ids:
            return {}
        asked = {"team_id": team_id, "user_ids": list(user_ids)}
        return await self._database.read(
            lambda c: {row.user_id: row.name for row in c.execute(_NAMES, asked)}
        )

    async def zone(self, team_id: str, user_id: str) -> str | None:
        """The IANA name of the zone that a person lives in, None for one never heard of."""
        asked = {"team_id": team_id, "user_id": user_id}
        return await self._database.read(lambda c: c.scalar(_ZONE, asked))

    async def settings(self, user: SlackUser) -> Settings:
        """What a person wants to be told."""
        return await self._database.read(lambda c: kept_settings.read(c, user))

    async def save_settings(self, origin: Origin, wanted: Settings) -> None:
        """Write it down, and which request did so."""
        now = self._clock()
        await self._database.write(lambda c: kept_settings.save(c, origin, wanted, now))

    async def unchecked(self, team_id: str, user_ids: Collection[str]) -> set[str]:
        """Those of the people whom Slack was never asked about."""
        asked = sa.select(people.c.user_id).where(
            people.c.team_id == team_id,
            people.c.user_id.in_(list(user_ids)),
            people.c.checked_at.is_not(None),
        )
        return set(user_ids) - set(await self._database.read(lambda c: c.scalars(asked).all()))


def _is(team_id: str, channel_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(channels.c.team_id == team_id, channels.c.channel_id == channel_id)


def _save_channel(row: dict[str, object]) -> sa.Insert:
    return (
        sqlite.insert(channels)
        .values(row)
        .on_conflict_do_update(
            index_elements=["team_id", "channel_id"], set_={**row, **_NEXT_VERSION}
        )
    )


def _to_installation(row: sa.RowMapping) -> Installation:
    return Installation(
        team_id=row[installations.c.team_id],
        team_name=row[installations.c.team_name],
        bot_user_id=row[installations.c.bot_user_id],
        command=row[installations.c.command],
    )


def _save_people(connection: sa.Connection, rows: list[dict[str, object]], now: datetime) -> None:
    note_moves(connection, rows, now)
    insert = sqlite.insert(people)
    columns = ("name", "zone", "role", "updated", "checked_at")
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["team_id", "user_id"],
            set_={name: insert.excluded[name] for name in columns},
            where=insert.excluded.updated >= people.c.updated,
        ),
        rows,
    )
