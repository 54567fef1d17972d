"""What is done about each event that Slack tells us of."""

from typing import Any

from bot.directory import Directory
from bot.home import HomeTab
from bot.talk import Talk
from store import SlackUser

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


async def home_opened(event: Event, home: HomeTab, talk: Talk) -> None:
    """Somebody looks at the Home tab, or at the messages beside it."""
    if event.get("tab") == "home":
        await home.open(SlackUser(talk.payload.team_id, event["user"]))
