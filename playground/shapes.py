"""People and channels the way Slack's JSON has them."""

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from playground.messages import JSON

if TYPE_CHECKING:
    from playground.people import Person
    from playground.workspace import Channel


def user_shape(person: "Person", now: float) -> JSON:
    """Return a user object, see docs.slack.dev/reference/objects/user-object."""
    shown: JSON = {
        "id": person.id,
        "team_id": person.home_team_id,
        "name": person.name,
        "profile": _profile(person),
        "updated": int(now),
        "is_app_user": False,
        "is_bot": person.role == "bot",
        "deleted": person.role == "deactivated",
    }
    # Slack leaves zone, name and standing out for accounts that are closed.
    return shown | ({} if shown["deleted"] else _zone(person, now) | _standing(person))


def _zone(person: "Person", now: float) -> JSON:
    there = datetime.fromtimestamp(now, ZoneInfo(person.tz))
    offset = there.utcoffset()
    return {
        "tz": person.tz,
        "tz_label": there.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
    }


def _profile(person: "Person") -> JSON:
    return {
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "team": person.home_team_id,
        "avatar_hash": "",
        "status_text": "",
        "status_emoji": "",
    }


def _standing(person: "Person") -> JSON:
    standing: JSON = {
        "real_name": person.real_name,
        "is_admin": person.role in ("owner", "admin"),
        "is_owner": person.role == "owner",
        "is_primary_owner": False,
        "is_restricted": person.role in ("guest", "single_channel_guest"),
        "is_ultra_restricted": person.role == "single_channel_guest",
        "is_email_confirmed": True,
    }
    return standing | ({"is_stranger": True} if person.role == "outsider" else {})


def channel_shape(channel: "Channel") -> JSON:
    """Return a conversation, see docs.slack.dev/reference/objects/conversation-object."""
    shown: JSON = {
        "id": channel.id,
        "created": 1_700_000_000,
        "is_channel": channel.kind in ("public", "private"),
        "is_group": channel.kind == "private",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_archived": channel.archived,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "context_team_id": channel.workspace.id,
    }
    return shown | (_im_part(channel) if channel.kind == "im" else _named_part(channel))


def _im_part(channel: "Channel") -> JSON:
    others = [it for it in channel.members if it != channel.workspace.bot_user_id]
    return {"user": others[0], "is_user_deleted": False, "priority": 0}


def _named_part(channel: "Channel") -> JSON:
    return {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": False,
        "is_member": channel.bot_in,
        "creator": channel.members[0] if channel.members else channel.workspace.bot_user_id,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }
