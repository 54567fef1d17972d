"""Who looks at their Home, and when it must be drawn anew."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store.clock import MICROSECOND, Clock
from store.database import Database
from store.home_page import HomePage, home_page
from store.models import (
    Person,
    SlackUser,
    Source,
    Task,
    TaskEvent,
)
from store.notices import HOME_EVERY, NoticeKind, want
from store.tables import Moment, homes, notices

FRESH_FOR = timedelta(days=7)
"""Whose Home was not opened for so long is shown it anew only when they open it."""


def want_home(connection: sa.Connection, user: SlackUser, at: datetime) -> None:
    """Ask that somebody's Home be drawn anew, at once."""
    person = {"subject": user.user_id, "user_id": user.user_id, "channel_id": ""}
    want(connection, user.team_id, at, kind=NoticeKind.HOME, **person)
    of_home = {"key_team_id": user.team_id, "key_user_id": user.user_id}
    # A change may wait its time already.
    connection.execute(_AT_ONCE, of_home | {"at": at})


def want_homes(
    connection: sa.Connection, event: TaskEvent, before: Task | None, after: Task
) -> None:
    """Ask, in the transaction of a change, that the Homes of all whom it concerns be drawn anew.

    Whoever did it in their own Home looks at it; it is noted, to be said there.
    """
    if event.source is Source.HOME:
        _note_click(connection, event)
    wanted = {
        "key_team_id": event.team_id,
        "creator_id": after.creator_id,
        "assignee_id": after.assignee_id,
        "was_assignee_id": before.assignee_id if before else None,
        "actor_id": event.actor_id,
        "at": event.at,
        "fresh_from": event.at - FRESH_FOR,
    }
    connection.execute(_WANT_HOMES, wanted)


def _note_click(connection: sa.Connection, event: TaskEvent) -> None:
    said = {
        "number": event.number,
        "version": event.version,
        "kind": event.kind,
        "is_undo": event.is_undo,
    }
    mine = {"key_team_id": event.team_id, "key_user_id": event.actor_id}
    connection.execute(_LOOKED_AT, mine | {"at": event.at})
    connection.execute(_SAY_IN_HOME, mine | {"about": said})


# As many parameters whoever they are: a list of another length would be another statement.
_CONCERNED = ("creator_id", "assignee_id", "was_assignee_id", "actor_id")


def _want_homes() -> sa.Update:
    """Raise what is wanted of the Homes that people look at; each has had its notice since then."""
    at = sa.bindparam("at", type_=Moment)
    waits = notices.c.told < notices.c.wanted
    free_at = sa.type_coerce(notices.c.told_at, sa.BigInteger) + HOME_EVERY // MICROSECOND
    # What was told after now was told by a clock that has been put back since.
    is_soon = sa.and_(free_at > at, notices.c.told_at <= at)
    looked_at = sa.exists().where(
        homes.c.team_id == notices.c.team_id,
        homes.c.user_id == notices.c.subject,
        homes.c.opened_at >= sa.bindparam("fresh_from", type_=Moment),
    )
    return (
        notices.update()
        .where(
            notices.c.team_id == sa.bindparam("key_team_id"),
            notices.c.kind == NoticeKind.HOME,
            notices.c.subject.in_([sa.bindparam(name) for name in _CONCERNED]),
            looked_at,
        )
        .values(
            wanted=notices.c.wanted + 1,
            wanted_at=sa.case((waits, notices.c.wanted_at), else_=at),
            due_at=sa.case((waits, notices.c.due_at), (is_soon, free_at), else_=at),
            attempts=sa.case((waits, notices.c.attempts), else_=0),
        )
    )


_WANT_HOMES = _want_homes()
_OF_HOME = notices.update().where(
    notices.c.team_id == sa.bindparam("key_team_id"),
    notices.c.kind == NoticeKind.HOME,
    notices.c.subject == sa.bindparam("key_user_id"),
)
_SAY_IN_HOME = _OF_HOME.values(about=sa.bindparam("about"))
_AT_ONCE = _OF_HOME.values(due_at=sa.bindparam("at", type_=Moment))
_LOOKED_AT = (
    homes.update()
    .where(
        homes.c.team_id == sa.bindparam("key_team_id"),
        homes.c.user_id == sa.bindparam("key_user_id"),
    )
    .values(opened_at=sa.bindparam("at", type_=Moment))
)


class Homes:
    """Who looks at their Home, and what is in it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(self, user: SlackUser) -> None:
        """Note that somebody opened their Home, and have its first page drawn."""
        now = self._clock()
        key = {"team_id": user.team_id, "user_id": user.user_id}
        looked = {"opened_at": now, "page": 1}
        noted = (
            sqlite.insert(homes)
            .values(key | looked)
            .on_conflict_do_update(index_elements=list(key), set_=looked)
        )

        def work(connection: sa.Connection) -> None:
            connection.execute(noted)
            want_home(connection, user, now)

        await self._database.write(work)

    async def turn_to(self, user: SlackUser, page: int) -> None:
        """Have another page drawn, which stays until the Home is opened again."""
        now = self._clock()
        turned = homes.update().where(_of(user)).values(page=page, opened_at=now)

        def work(connection: sa.Connection) -> None:
            connection.execute(turned)
            want_home(connection, user, now)

        await self._database.write(work)

    async def look(self, person: Person, now: datetime) -> HomePage:
        """What somebody's Home shows; `now` is on their clock: its zone says when days end."""
        return await self._database.read(lambda connection: home_page(connection, person, now))

    async def wanted(self, user: SlackUser) -> int:
        """How often it was asked that a Home be drawn: it grows with every change of it."""
        return await self._database.read(lambda c: c.scalar(_WANTED, _key(user))) or 0

    async def draw_again(self, user: SlackUser) -> None:
        """Have a Home drawn anew by its notice."""
        await self._database.write(lambda c: want_home(c, user, self._clock()))


_WANTED = sa.select(notices.c.wanted).where(
    notices.c.team_id == sa.bindparam("team_id"),
    notices.c.kind == NoticeKind.HOME,
    notices.c.subject == sa.bindparam("user_id"),
)


def _key(user: SlackUser) -> dict[str, str]:
    return {"team_id": user.team_id, "user_id": user.user_id}


def _of(user: SlackUser) -> sa.ColumnElement[bool]:
    return sa.and_(homes.c.team_id == user.team_id, homes.c.user_id == user.user_id)
