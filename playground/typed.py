"""Turns what a person types into what Slack sends, with `should_escape` on."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.workspace import Workspace

# docs.slack.dev/interactivity/implementing-slash-commands: users, channels and links in angle
# brackets, and the three characters that would read as such as entities.
_TOKEN = re.compile(
    r"(?P<user><@(?P<user_id>[UW]\w+)(?:\|[^<>]*)?>)"
    r"|(?P<channel><\#(?P<channel_id>[CG]\w+)(?:\|[^<>]*)?>)"
    r"|(?P<ready><(?:!|https?://|mailto:)[^<>]*>)"
    r"|(?P<url>https?://[^\s<>]*[^\s<>.,;:!?\"')\]])"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<domain>(?<![\w.@/-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev)\b(?:/[^\s<>]*)?)"
    r"|(?P<at>(?<![\w@])@(?P<name>\w[\w.-]*\w|\w))"
    r"|(?P<hash>(?<![\w\#&])\#(?P<place>[a-z][\w-]*))"
    r"|(?P<special>[&<>])"
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_BROADCASTS = ("channel", "here", "everyone")
_ASCII_SPACE = " \t\r\n"


def split_command(line: str) -> tuple[str, str]:
    """Return the command and its text; Slack trims plain white space and keeps the rest."""
    command = re.split(r"[ \t\r\n]", line, maxsplit=1)[0]
    return command, line.removeprefix(command).strip(_ASCII_SPACE)


def escaped(text: str, workspace: "Workspace") -> str:
    """Return the text as Slack sends it."""
    return _TOKEN.sub(lambda found: _written(found, workspace), text)


def _written(found: re.Match[str], workspace: "Workspace") -> str:
    return _WRITERS[found.lastgroup or ""](found, workspace)


def _user(user_id: str, workspace: "Workspace") -> str:
    person = workspace.people.get(user_id)
    return f"<@{user_id}|{person.name}>" if person else f"<@{user_id}>"


def _channel(channel_id: str, workspace: "Workspace") -> str:
    channel = workspace.channels.get(channel_id)
    return f"<#{channel_id}|{channel.name}>" if channel else f"<#{channel_id}>"


def _at(found: re.Match[str], workspace: "Workspace") -> str:
    name = found["name"]
    if name in _BROADCASTS:
        return f"<!{name}>"
    for person in workspace.people.values():
        if person.name == name:
            return _user(person.id, workspace)
    return found[0]


def _hash(found: re.Match[str], workspace: "Workspace") -> str:
    for channel in workspace.channels.values():
        if channel.name == found["place"] and channel.kind in ("public", "private"):
            return _channel(channel.id, workspace)
    return found[0]


_WRITERS: dict[str, Callable[[re.Match[str], "Workspace"], str]] = {
    "user": lambda found, workspace: _user(found["user_id"], workspace),
    "channel": lambda found, workspace: _channel(found["channel_id"], workspace),
    "ready": lambda found, _: found[0],
    "url": lambda found, _: "<" + found[0].replace("&", "&amp;") + ">",
    "email": lambda found, _: f"<mailto:{found[0]}|{found[0]}>",
    "domain": lambda found, _: f"<http://{found[0]}|{found[0]}>",
    "at": _at,
    "hash": _hash,
    "special": lambda found, _: _ENTITIES[found[0]],
}
