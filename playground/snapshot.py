"""What one person's screen shows now, whole, the way the page wants it. Pure.

The wire alone is the same for everybody: it shows what two programs say to each other.
"""

from playground.forms import state_of
from playground.messages import JSON, Ephemeral, Shown, View
from playground.offer import Offer
from playground.people import Person
from playground.workspace import Channel, Workspace

ROLE_WORDS = {
    "owner": "owner",
    "admin": "admin",
    "member": "member",
    "guest": "guest",
    "single_channel_guest": "guest of one channel",
    "bot": "app",
    "deactivated": "account closed",
    "outsider": "from another organisation",
}
_NOBODY = ("bot", "deactivated")
_SLACKBOT = "USLACKBOT"


def actors(workspace: Workspace) -> list[Person]:
    """Return everybody whom one can be."""
    return [person for person in workspace.people.values() if person.role not in _NOBODY]


def snapshot(person: Person, offer: Offer, faults: dict[str, bool]) -> JSON:
    """Return everything that this person's page draws."""
    ws = person.workspace
    open_channels = [it for it in ws.channels.values() if it.open_to(person)]
    return {
        "type": "state",
        "me": person.id,
        "workspace": _workspace(ws),
        "people": [_person(each) for each in ws.people.values()],
        "actors": [each.id for each in actors(ws)],
        "channels": [_channel(it, person, offer) for it in open_channels],
        "messages": {
            it.id: [_message(ws, each) for each in it.seen_by(person)] for it in open_channels
        },
        "home": _home(person.home),
        "modals": [_modal(view) for view in person.views],
        "commands": offer.commands,
        "shortcuts": offer.shortcuts,
        "hints": offer.hints,
        "faults": faults,
        "wire": [passage.shown() for passage in ws.state.wire],
    }


def _workspace(ws: Workspace) -> JSON:
    app = {"user_id": ws.bot_user_id, "name": ws.people[ws.bot_user_id].name}
    return {"id": ws.id, "name": ws.name, "app": app}


def _person(person: Person) -> JSON:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "tz": person.tz,
        "role": person.role,
        "role_words": ROLE_WORDS[person.role],
        "is_bot": person.role == "bot",
    }


def _channel(channel: Channel, person: Person, offer: Offer) -> JSON:
    other = partner(channel, person)
    return {
        "id": channel.id,
        "name": other.name if other else channel.name,
        "kind": channel.kind,
        "shared": channel.shared,
        "member": person.id in channel.members,
        "with": other.id if other else None,
        "read_only": is_read_only(channel, offer),
        "bot_in": channel.bot_in,
    }


def partner(channel: Channel, person: Person) -> Person | None:
    """Return the other one in a direct conversation."""
    if channel.kind != "im":
        return None
    return channel.workspace.people[next(it for it in channel.members if it != person.id)]


def is_read_only(channel: Channel, offer: Offer) -> bool:
    """Tell whether nobody can type here: so it is with an app whose Messages tab says so."""
    return channel.archived or (offer.dm_read_only and channel.kind == "im" and channel.bot_in)


def _message(ws: Workspace, shown: Shown) -> JSON:
    user_id = _author_id(ws, shown)
    author = ws.people.get(user_id)
    return {
        "ts": shown.ts,
        "user": user_id,
        "author": author.real_name if author else "Slackbot",
        "is_bot": author is None or author.role == "bot",
        "ephemeral": isinstance(shown, Ephemeral),
        "text": shown.text,
        "blocks": shown.blocks,
        "edited": shown.edits > 0,
        "edits": shown.edits,
        "thread_ts": shown.thread_ts,
    }


def _author_id(ws: Workspace, shown: Shown) -> str:
    if isinstance(shown, Ephemeral):
        return _SLACKBOT if shown.from_slackbot else ws.bot_user_id
    return shown.user


def _home(view: View | None) -> JSON | None:
    return {"id": view.id, "hash": view.hash, "blocks": view.blocks} if view else None


def _modal(view: View) -> JSON:
    return {
        "id": view.id,
        "hash": view.hash,
        "callback_id": view.callback_id,
        **{part: view.content.get(part) for part in ("title", "submit", "close")},
        "blocks": view.blocks,
        "errors": view.errors,
        "values": state_of(view.blocks),
    }
