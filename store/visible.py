"""The one rule for seeing: which tasks exist for the one who asks."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, assert_never

import sqlalchemy as sa

from store.models import (
    FULL_MEMBERS,
    MAY_ACT,
    Audience,
    Origin,
    Person,
    Role,
    Task,
)
from store.rows import to_task
from store.tables import channel_members, channels, tasks

Viewer = Origin | Person | Audience
Value = str | sa.BindParameter[str]


class Way(StrEnum):
    """Why a task exists for somebody."""

    OWN = "own"
    """They made or hold it."""
    HERE = "here"
    """It is of the channel in which they are."""
    PUBLIC = "public"
    """It is of a public channel."""
    JOINED = "joined"
    """It is of another channel, whose member we know them to be."""


class Eyes(NamedTuple):
    """Those through which tasks are looked at, or parameters for them."""

    team_id: Value
    user_id: Value
    channel_id: Value


def visible_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that every read and write of tasks carries.

    Full members see public channels, those whose members we know them to be, and where they
    speak now; guests only where they speak now; everybody sees what they made or hold. Being in
    a conversation is proved by speaking there, for as long as that request takes; who looks at
    their Home speaks nowhere. What is posted is seen through the eyes of a full member in that
    channel who made and holds nothing and is nowhere else; where people of other organisations
    listen, or a guest posts, only the channel's own tasks.
    """
    return _rule(_ways(viewer), _eyes(viewer))


def _ways(viewer: Viewer) -> tuple[Way, ...]:
    match viewer:
        case Origin():
            here = (Way.HERE,) if viewer.channel else ()
            return (*_ways_of(viewer.role), *here) if viewer.role in MAY_ACT else ()
        case Person():
            return _ways_of(viewer.role)
        case Audience(channel=channel, only_here=only_here):
            return (Way.HERE,) if channel.shared or only_here else (Way.HERE, Way.PUBLIC)
        case _ as never:
            assert_never(never)


def _ways_of(role: Role) -> tuple[Way, ...]:
    if role not in MAY_ACT:
        return ()
    return (Way.OWN, Way.PUBLIC, Way.JOINED) if role in FULL_MEMBERS else (Way.OWN,)


def _eyes(viewer: Viewer) -> Eyes:
    """What the rule is to know of the one who asks; empty where it is of no use."""
    match viewer:
        case Origin(actor=actor, channel=channel):
            return Eyes(actor.team_id, actor.user_id, channel.channel_id if channel else "")
        case Person(team_id=team_id, user_id=user_id):
            return Eyes(team_id, user_id, "")
        case Audience(team_id=team_id, channel=channel):
            return Eyes(team_id, "", channel.channel_id)
        case _ as never:
            assert_never(never)


def _rule(ways: tuple[Way, ...], eyes: Eyes) -> sa.ColumnElement[bool]:
    seen = {
        Way.OWN: sa.or_(tasks.c.creator_id == eyes.user_id, tasks.c.assignee_id == eyes.user_id),
        Way.HERE: tasks.c.channel_id == eyes.channel_id,
        Way.PUBLIC: tasks.c.channel_id.in_(public_channels(eyes.team_id)),
        Way.JOINED: tasks.c.channel_id.in_(joined_channels(eyes.team_id, eyes.user_id)),
    }
    is_seen = sa.or_(sa.false(), *(seen[way] for way in ways))
    return sa.and_(tasks.c.team_id == eyes.team_id, is_seen)


def public_channels(team_id: Value) -> sa.Select[str]:
    """The channels that every full member of a workspace can open."""
    return sa.select(channels.c.channel_id).where(
        channels.c.team_id == team_id, channels.c.kind == "public"
    )


def joined_channels(team_id: Value, user_id: Value) -> sa.Select[str]:
    """The channels that are not public and whose members we know somebody to be."""
    return sa.select(channel_members.c.channel_id).where(
        channel_members.c.team_id == team_id, channel_members.c.user_id == user_id
    )


# Built once for each kind of viewer: building it costs more than asking by it.
@cache
def _numbered(ways: tuple[Way, ...]) -> sa.Select[Any]:
    number_is_asked = tasks.c.number.in_(sa.bindparam("numbers", expanding=True))
    bound = Eyes(*(sa.bindparam(name) for name in Eyes._fields))
    return sa.select(tasks).where(number_is_asked, _rule(ways, bound))


def own_tasks(
    connection: sa.Connection, team_id: str, versions: Mapping[int, int]
) -> dict[int, Task]:
    """Those of the tasks that stand as a request of the asker's own left them, by number.

    They were shown in its answer, though the change itself may have taken them out of sight.
    """
    left = sa.tuple_(tasks.c.number, tasks.c.version).in_(list(versions.items()))
    asked = sa.select(tasks).where(tasks.c.team_id == team_id, left)
    return {row.number: to_task(row) for row in connection.execute(asked)}


def visible_tasks(
    connection: sa.Connection, viewer: Viewer, numbers: Iterable[int]
) -> dict[int, Task]:
    """Those of the tasks that exist for the viewer."""
    asked = _eyes(viewer)._asdict() | {"numbers": list(numbers)}
    found = connection.execute(_numbered(_ways(viewer)), asked)
    return {row.number: to_task(row) for row in found}
