"""What is done about each event that Slack tells us of."""

from typing import Any

from bot.directory import Directory
from bot.talk import Talk

Event = dict[str, Any]


async def person_changed(event: Event, directory: Directory, talk: Talk) -> None:
    """Somebody is new, or has another name, zone or role."""
    await directory.heard_of(talk.payload.team_id, event["user"])


async def member_joined(event: Event, directory: Directory, talk: Talk) -> None:
    """Somebody came into a channel, perhaps the bot."""
    await directory.came(talk.payload.team_id, event)


async def member_left(event: Event, directory: Directory, talk: Talk) -> None:
    """Somebody left a channel, or the bot did: then the event names nobody."""
    await directory.went(talk.payload.team_id, event)
