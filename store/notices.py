"""What must still be told to Slack: written with the change, claimed with a lease, told once."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store.clock import Clock
from store.database import Database
from store.models import Task
from store.rows import to_task
from store.tables import followed, notices, tasks

LONGEST_WAIT = timedelta(minutes=2)
"""Longer than anything is put off or leased, even by a worker whose clock is a minute ahead: what
waits for longer waits since a clock was set back."""

NONE_SHOWN: Mapping[int, int] = {}
LEASE = timedelta(seconds=30)
"""Longer than any call to Slack takes (10 s), so that a lost lease means a lost worker."""

HOME_EVERY = timedelta(seconds=2)
"""One change may follow on another in no time; nobody reads a Home that changes any faster."""


class NoticeKind(StrEnum):
    """What is told; with the subject it names one message of ours in Slack.

    A card's subject is the task's number, a Home's the person, a direct message's is what it is
    about and the person.
    """

    CARD = "card"
    HOME = "home"
    DM = "dm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One claimed notice: the right to call Slack about it until `lease_until`.

    `ts` is the message where it stands, None while it was never posted. `wanted` is what was
    wanted when it was claimed: changes that come later stay due. `channel_id` of a direct message
    is the person until it was posted, which is what Slack takes to post one. `about` are facts.
    """

    team_id: str
    kind: NoticeKind
    subject: str
    channel_id: str
    user_id: str | None
    about: Mapping[str, Any]
    ts: str | None
    client_msg_id: str
    wanted: int
    token: int
    attempts: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """Which (team, method) and which (team, channel) take no call for now.

    `notices`: those, by team, kind and subject, for which a call is under way.
    """

    methods: Collection[tuple[str, str]] = ()
    channels: Collection[tuple[str, str]] = ()
    notices: Collection[tuple[str, str, str]] = ()


def want_card(connection: sa.Connection, task: Task, at: datetime) -> None:
    """Ask, in the transaction of a change, that the task's card be drawn anew."""
    wanted = {"kind": NoticeKind.CARD, "subject": str(task.number), "channel_id": task.channel_id}
    want(connection, task.team_id, at, **wanted)


def want(connection: sa.Connection, team_id: str, at: datetime, **wanted: Any) -> None:
    """Ask that something be told: its `kind`, `subject` and `channel_id`, `user_id`, `about`."""
    connection.execute(
        _WANT,
        {
            "team_id": team_id,
            "user_id": None,
            "about": None,
            "wanted": 1,
            "told": 0,
            "wanted_at": at,
            "due_at": at,
            "attempts": 0,
            "token": 0,
            "lease_until": None,
            "client_msg_id": str(uuid.uuid4()),
            "ts": None,
            "told_at": None,
            "gone": False,
        }
        | wanted,
    )


def _want() -> sa.Insert:
    """Insert a notice or raise what is wanted of it; one that waits already keeps its place."""
    insert = sqlite.insert(notices)
    waits = notices.c.told < notices.c.wanted
    kept = {
        name: sa.case((waits, notices.c[name]), else_=insert.excluded[name])
        for name in ("wanted_at", "due_at", "attempts")
    }
    return insert.on_conflict_do_update(
        index_elements=["team_id", "kind", "subject"],
        set_={"wanted": notices.c.wanted + 1, **kept},
        where=notices.c.gone.is_(False),
    )


def want_again(which: sa.ColumnElement[bool]) -> sa.Update:
    """Raise what is wanted of notices that were written already; bind `now`."""
    now = sa.bindparam("now", type_=notices.c.due_at.type)
    begun = {"wanted_at": now, "due_at": now, "attempts": 0}
    waits = notices.c.told < notices.c.wanted
    kept = {name: sa.case((waits, notices.c[name]), else_=it) for name, it in begun.items()}
    return (
        notices.update()
        .where(which, notices.c.gone.is_(False))
        .values(wanted=notices.c.wanted + 1, **kept)
    )


_WANT = _want()


class Notices:
    """The queue between the store and Slack."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def forget_leases(self) -> None:
        """Free what a killed process held: the lock on the file proves that none is alive."""
        held = notices.c.lease_until.is_not(None)
        free = notices.update().where(held).values(lease_until=None)
        await self._database.write(lambda connection: connection.execute(free))

    async def claim(
        self,
        limit: int,
        closed: Closed,
        teams: Collection[str],
        favoured: Collection[tuple[str, str]] = (),
    ) -> list[Notice]:
        """Take up to `limit` notices that are due, the oldest first, one post a channel.

        Only of `teams`, whose tokens are at hand, and none that needs what is `closed`, but for
        the messages `favoured` by (team, ts), which need no method that can be closed.
        """
        now = self._clock()
        asked = {
            "now": now,
            "never": now + LONGEST_WAIT,
            "limit": limit,
            "teams": list(teams),
            "methods": list(closed.methods),
            "channels": list(closed.channels),
            "notices": list(closed.notices),
            "favoured": list(favoured),
        }
        if not await self._database.read(lambda c: c.execute(_DUE, asked).first()):
            return []
        return await self._database.write(
            lambda c: [_lease(c, row, now) for row in _in_turn(c.execute(_DUE, asked))]
        )

    async def next_due(self, teams: Collection[str]) -> datetime | None:
        """When the earliest notice that waits may be tried, None while nothing waits."""
        asked = {"teams": list(teams)}
        return await self._database.read(lambda c: c.scalar(_NEXT_DUE, asked))

    async def told(
        self,
        notice: Notice,
        ts: str | None,
        channel_id: str | None = None,
        shown: Mapping[int, int] = NONE_SHOWN,
    ) -> bool:
        """Note that Slack shows what was wanted at the claim, and where; False: lost the lease.

        `channel_id`: where it stands, if that is not where it was to be posted. `shown`: the
        tasks, with their versions, that a direct message follows from its first post on.

        A worker that lost its lease may have painted over a newer truth: it raises `wanted`, so
        that the truth is painted once more.
        """
        now = self._clock()
        where = {"ts": ts, "channel_id": channel_id or notice.channel_id, "told_at": now}
        values = {"told": notice.wanted, "attempts": 0, "lease_until": None, **where}
        if notice.kind is NoticeKind.HOME:
            # Changes that came during the call wait their time, too.
            values["due_at"] = now + HOME_EVERY
        return await self._settle(notice, values, shown if notice.ts is None else NONE_SHOWN)

    async def later(self, notice: Notice, due_at: datetime, *, counts: bool = True) -> bool:
        """Hand the lease back and try again from `due_at`."""
        attempts = notice.attempts + 1 if counts else notice.attempts
        return await self._settle(
            notice, {"due_at": due_at, "attempts": attempts, "lease_until": None}
        )

    async def dropped(self, notice: Notice, *, gone: bool) -> bool:
        """Close it untold, since Slack says that it cannot be; `gone`: never write there again."""
        told = notices.c.wanted if gone else notice.wanted
        values = {"told": told, "gone": gone, "attempts": 0, "lease_until": None}
        return await self._settle(notice, values)

    async def standing(self, notice: Notice) -> str | None:
        """The message that shows it, as far as anybody has written it down."""
        asked = sa.select(notices.c.ts).where(is_notice(notice))
        return await self._database.read(lambda c: c.execute(asked).scalar_one())

    async def _settle(
        self, notice: Notice, values: dict[str, Any], shown: Mapping[int, int] = NONE_SHOWN
    ) -> bool:
        now = self._clock()

        def work(connection: sa.Connection) -> bool:
            mine = sa.and_(is_notice(notice), notices.c.token == notice.token)
            if connection.execute(notices.update().where(mine).values(values)).rowcount:
                if shown:
                    _follow(connection, notice, shown, now)
                return True
            standing = sa.and_(is_notice(notice), notices.c.gone.is_(False))
            again = {"wanted": notices.c.wanted + 1, "wanted_at": now, "due_at": now}
            connection.execute(notices.update().where(standing).values(again))
            return False

        return await self._database.write(work)

    async def task(self, notice: Notice) -> Task:
        """The task that a card shows, as it is now."""
        asked = sa.select(tasks).where(
            tasks.c.team_id == notice.team_id, tasks.c.number == int(notice.subject)
        )
        return await self._database.read(lambda c: to_task(c.execute(asked).one()))


def _waiting() -> sa.ColumnElement[bool]:
    return notices.c.told < notices.c.wanted


def _due() -> sa.Select[Any]:
    """The rows that may be claimed now, the oldest first; built once, asked at every turn."""
    method = sa.case(
        (notices.c.kind == NoticeKind.HOME, "views.publish"),
        (notices.c.ts.is_(None), "chat.postMessage"),
        else_="chat.update",
    )
    place = sa.tuple_(notices.c.team_id, notices.c.channel_id)
    message = sa.tuple_(notices.c.team_id, notices.c.ts)
    may_be_called = sa.and_(
        sa.tuple_(notices.c.team_id, method).not_in(_any_of("methods")),
        sa.or_(notices.c.ts.is_not(None), place.not_in(_any_of("channels"))),
    )
    is_favoured = sa.and_(notices.c.ts.is_not(None), message.in_(_any_of("favoured")))
    notice = sa.tuple_(notices.c.team_id, notices.c.kind, notices.c.subject)
    return (
        sa.select(notices)
        .where(
            _waiting(),
            _is_over(notices.c.due_at),
            sa.or_(notices.c.lease_until.is_(None), _is_over(notices.c.lease_until)),
            notices.c.team_id.in_(_any_of("teams")),
            notice.not_in(_any_of("notices")),
            sa.or_(may_be_called, is_favoured),
        )
        .order_by(notices.c.wanted_at)
        .limit(sa.bindparam("limit"))
    )


def _is_over(until: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Whether a moment has come, or can only stand there since the clock was set back."""
    now, never = (sa.bindparam(name, type_=until.type) for name in ("now", "never"))
    return sa.or_(until <= now, until > never)


def _next_due() -> sa.Select[datetime | None]:
    free_at = sa.func.coalesce(notices.c.lease_until, notices.c.due_at)
    later = sa.case((free_at > notices.c.due_at, free_at), else_=notices.c.due_at)
    teams = notices.c.team_id.in_(_any_of("teams"))
    return sa.select(sa.func.min(later)).where(_waiting(), teams)


def _any_of(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, expanding=True)


_DUE = _due()
_NEXT_DUE = _next_due()


def is_notice(notice: Notice) -> sa.ColumnElement[bool]:
    """The row of a notice."""
    return sa.and_(
        notices.c.team_id == notice.team_id,
        notices.c.kind == notice.kind,
        notices.c.subject == notice.subject,
    )


def _in_turn(due: Iterable[sa.Row[Any]]) -> list[sa.Row[Any]]:
    """Without the second post to a channel, which waits until the first is made."""
    posting: set[tuple[str, str]] = set()
    rows = []
    for row in due:
        place = (row.team_id, row.channel_id)
        is_post = row.ts is None and row.kind != NoticeKind.HOME
        if is_post and place in posting:
            continue
        if is_post:
            posting.add(place)
        rows.append(row)
    return rows


def _lease(connection: sa.Connection, row: sa.Row[Any], now: datetime) -> Notice:
    notice = Notice(
        team_id=row.team_id,
        kind=NoticeKind(row.kind),
        subject=row.subject,
        channel_id=row.channel_id,
        user_id=row.user_id,
        about=row.about or {},
        ts=row.ts,
        client_msg_id=row.client_msg_id,
        wanted=row.wanted,
        token=row.token + 1,
        attempts=row.attempts,
        lease_until=now + LEASE,
    )
    held = {"token": notice.token, "lease_until": notice.lease_until}
    connection.execute(notices.update().where(is_notice(notice)).values(held))
    return notice


def _follow(
    connection: sa.Connection, notice: Notice, shown: Mapping[int, int], now: datetime
) -> None:
    """A direct message was posted: it follows these tasks now, and not an earlier one.

    What changed between drawing and telling raised nothing, so it is wanted once more.
    """
    kept = {**notice.about, "shown": list(shown)}
    connection.execute(notices.update().where(is_notice(notice)).values(about=kept))
    of_person = {"team_id": notice.team_id, "user_id": notice.user_id}
    of_notice = {"kind": notice.kind, "subject": notice.subject}
    insert = sqlite.insert(followed).on_conflict_do_update(
        index_elements=["team_id", "number", "user_id"], set_=of_notice
    )
    connection.execute(insert, [{**of_person, **of_notice, "number": number} for number in shown])
    asked = sa.select(tasks.c.number, tasks.c.version).where(
        tasks.c.team_id == notice.team_id, tasks.c.number.in_(list(shown))
    )
    if {row.number: row.version for row in connection.execute(asked)} != dict(shown):
        connection.execute(want_again(is_notice(notice)), {"now": now})


def waiting(connection: sa.Connection) -> tuple[int, datetime | None]:
    """How many notices wait to be told, and since when the oldest does."""
    count, oldest = connection.execute(
        sa.select(sa.func.count(), sa.func.min(notices.c.wanted_at)).where(_waiting())
    ).one()
    return count, oldest
