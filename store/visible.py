"""The one rule for seeing: which tasks exist for the one who asks."""

from collections.abc import Iterable, Mapping
from typing import assert_never

import sqlalchemy as sa

from store.models import (
    FULL_MEMBERS,
    MAY_ACT,
    Audience,
    Channel,
    Origin,
    Person,
    Role,
    SlackUser,
    Task,
)
from store.rows import to_task
from store.tables import channel_members, channels, tasks

Viewer = Origin | Person | Audience


def visible_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that every read and write of tasks carries.

    Full members see public channels, those whose members we know them to be, and where they
    speak now; guests only where they speak now; everybody sees what they made or hold. Being in
    a conversation is proved by speaking there, for as long as that request takes; who looks at
    their Home speaks nowhere. What is posted is seen through the eyes of a full member in that
    channel who made and holds nothing and is nowhere else; where people of other organisations
    listen, or a guest posts, only the channel's own tasks.
    """
    match viewer:
        case Origin():
            seen = _by_person(viewer.actor, viewer.role, viewer.channel)
            return sa.and_(tasks.c.team_id == viewer.team_id, seen)
        case Person():
            seen = _by_person(SlackUser(viewer.team_id, viewer.user_id), viewer.role)
            return sa.and_(tasks.c.team_id == viewer.team_id, seen)
        case Audience():
            return sa.and_(tasks.c.team_id == viewer.team_id, _by_audience(viewer))
        case _ as never:
            assert_never(never)


def _by_person(
    user: SlackUser, role: Role, channel: Channel | None = None
) -> sa.ColumnElement[bool]:
    if role not in MAY_ACT:
        return sa.false()
    ways = [tasks.c.creator_id == user.user_id, tasks.c.assignee_id == user.user_id]
    if channel:
        ways.append(_here(channel))
    if role in FULL_MEMBERS:
        ways += [_in(public_channels(user.team_id)), _in(joined_channels(user))]
    return sa.or_(*ways)


def _by_audience(audience: Audience) -> sa.ColumnElement[bool]:
    if audience.channel.shared or audience.only_here:
        return _here(audience.channel)
    return sa.or_(_here(audience.channel), _in(public_channels(audience.team_id)))


def _here(channel: Channel) -> sa.ColumnElement[bool]:
    return tasks.c.channel_id == channel.channel_id


def _in(places: sa.Select[str]) -> sa.ColumnElement[bool]:
    return tasks.c.channel_id.in_(places)


def public_channels(team_id: str) -> sa.Select[str]:
    """The channels that every full member of a workspace can open."""
    return sa.select(channels.c.channel_id).where(
        channels.c.team_id == team_id, channels.c.kind == "public"
    )


def joined_channels(actor: SlackUser) -> sa.Select[str]:
    """The channels that are not public and whose members we know somebody to be."""
    return sa.select(channel_members.c.channel_id).where(
        channel_members.c.team_id == actor.team_id, channel_members.c.user_id == actor.user_id
    )


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
    asked = sa.select(tasks).where(tasks.c.number.in_(list(numbers)), visible_to(viewer))
    return {row.number: to_task(row) for row in connection.execute(asked)}
