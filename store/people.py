"""Who is who: installations, people, channels, and who was active on which day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store.clock import EPOCH, Clock
from store.database import Database
from store.models import Channel, Person, SlackUser
from store.rows import from_person, to_channel, to_person
from store.tables import channels, installations, people, person_days

CHANNEL_FRESH_FOR = timedelta(hours=1)


# Asked with every request, and so built once.
_INSTALLATION = sa.select(installations).where(installations.c.team_id == sa.bindparam("team_id"))
_PERSON = sa.select(people).where(
    people.c.team_id == sa.bindparam("team_id"), people.c.user_id == sa.bindparam("user_id")
)
_CHANNEL = sa.select(channels).where(
    channels.c.team_id == sa.bindparam("team_id"),
    channels.c.channel_id == sa.bindparam("channel_id"),
)
_NAMES = sa.select(people.c.user_id, people.c.name).where(
    people.c.team_id == sa.bindparam("team_id"),
    people.c.user_id.in_(sa.bindparam("user_ids", expanding=True)),
)


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


class People:
    """Our copy of what Slack says, so that no request has to wait for Slack."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._active: set[tuple[str, str, int]] = set()

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
        return await self._database.read(lambda c: _installation(c.execute(asked).first()))

    async def know(self, team_id: str, user_id: str, channel_id: str | None = None) -> Acquaintance:
        """Everything that the identity of a request needs, in one transaction."""
        asked = {"team_id": team_id, "user_id": user_id, "channel_id": channel_id}

        def look(connection: sa.Connection) -> Acquaintance:
            person = connection.execute(_PERSON, asked).first()
            channel = connection.execute(_CHANNEL, asked).first() if channel_id else None
            return Acquaintance(
                _installation(connection.execute(_INSTALLATION, asked).first()),
                to_person(person) if person and person.checked_at else None,
                to_channel(channel) if channel else None,
                channel is not None and channel.checked_at < self._clock() - CHANNEL_FRESH_FOR,
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
            await self._database.write(lambda c: _save_people(c, rows))

    async def save_channel(self, channel: Channel) -> None:
        """Write down what Slack says of a channel."""
        row = {
            "team_id": channel.team_id,
            "channel_id": channel.channel_id,
            "name": channel.name,
            "kind": channel.kind,
            "shared": channel.shared,
            "has_bot": channel.has_bot,
            "checked_at": self._clock(),
        }
        await self._database.write(
            lambda c: c.execute(
                sqlite.insert(channels)
                .values(row)
                .on_conflict_do_update(index_elements=["team_id", "channel_id"], set_=row)
            )
        )

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

    async def set_bot_in(self, team_id: str, channel_id: str, *, has_bot: bool) -> None:
        """Note that the bot was invited to a channel or left it."""
        here = sa.and_(channels.c.team_id == team_id, channels.c.channel_id == channel_id)
        await self._database.write(
            lambda c: c.execute(channels.update().where(here).values(has_bot=has_bot))
        )

    async def names(self, team_id: str, user_ids: Collection[str]) -> dict[str, str]:
        """The names by which people stand on cards and in lists."""
        asked = {"team_id": team_id, "user_ids": list(user_ids)}
        return await self._database.read(
            lambda c: {row.user_id: row.name for row in c.execute(_NAMES, asked)}
        )

    async def zone(self, team_id: str, user_id: str) -> str | None:
        """The IANA name of the zone that a person lives in, None for one never heard of."""
        asked = {"team_id": team_id, "user_id": user_id}
        row = await self._database.read(lambda c: c.execute(_PERSON, asked).first())
        return row.zone if row else None

    async def unchecked(self, team_id: str, user_ids: Collection[str]) -> set[str]:
        """Those of the people whom Slack was never asked about."""
        asked = sa.select(people.c.user_id).where(
            people.c.team_id == team_id,
            people.c.user_id.in_(list(user_ids)),
            people.c.checked_at.is_not(None),
        )
        return set(user_ids) - set(await self._database.read(lambda c: c.scalars(asked).all()))

    def note_active(self, actor: SlackUser) -> None:
        """Note in memory that a person was active today; `flush_active` writes it."""
        day = (self._clock() - EPOCH).days
        self._active.add((actor.team_id, actor.user_id, day))

    async def flush_active(self) -> None:
        """Write who was active; what could not be written is kept for the next time."""
        noted, self._active = self._active, set()
        if not noted:
            return
        columns = ("team_id", "user_id", "day")
        rows = [dict(zip(columns, one, strict=True)) for one in noted]
        try:
            await self._database.write(
                lambda c: c.execute(sqlite.insert(person_days).on_conflict_do_nothing(), rows)
            )
        except Exception:
            self._active |= noted
            raise


def _installation(row: sa.Row[tuple[object, ...]] | None) -> Installation | None:
    if row is None:
        return None
    return Installation(
        team_id=row.team_id,
        team_name=row.team_name,
        bot_user_id=row.bot_user_id,
        command=row.command,
    )


def _save_people(connection: sa.Connection, rows: list[dict[str, object]]) -> None:
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
