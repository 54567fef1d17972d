"""One call to the Web API: who calls, with which arguments, and how Slack refuses."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from playground.messages import JSON
from playground.people import Person
from playground.state import State
from playground.workspace import Channel, Workspace

_JSON_ARGUMENTS = ("blocks", "view", "metadata", "attachments")


class Refused(Exception):
    """A call that Slack answers with `ok: false`."""

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []

    def answer(self) -> JSON:
        """Return the body of the answer."""
        answer: JSON = {"ok": False, "error": self.error}
        if self.messages:
            answer |= {"errors": self.messages, "response_metadata": {"messages": self.messages}}
        return answer


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that carries a good token."""

    state: State
    workspace: Workspace
    args: JSON

    def text(self, name: str) -> str:
        """Return an argument that must be there."""
        value = self.args.get(name)
        if value in (None, ""):
            raise Refused("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return str(value)

    def flag(self, name: str) -> bool:
        """Return a switch, off when not given."""
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def person(self, name: str = "user") -> Person:
        """Return the person whom an argument names."""
        found = self.workspace.people.get(self.text(name))
        if found is None:
            raise Refused("user_not_found")
        return found

    def channel(self, name: str = "channel") -> Channel:
        """Return the channel that an argument names, if the bot is told that it exists."""
        asked = str(self.args.get(name) or "")
        found = self.workspace.channels.get(asked)
        if found is None or not found.visible_to_bot:
            raise Refused("channel_not_found")
        return found

    def page(self, everything: list[Any], bad_limit: str) -> tuple[list[Any], str]:
        """Return the asked part of a list, and the cursor of the next.

        `bad_limit` is the method's word for a limit that is no number.
        """
        start = _position(str(self.args.get("cursor") or ""))
        limit = str(self.args.get("limit") or len(everything))
        if not limit.isdecimal():
            raise Refused(bad_limit)
        end = start + int(limit)
        following = _cursor(end) if end < len(everything) else ""
        return everything[start:end], following


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        kind, _, position = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_cursor") from None
    if kind != "next" or not position.isdecimal():
        raise Refused("invalid_cursor")
    return int(position)


async def arguments(request: web.Request) -> JSON:
    """Return the arguments of a call, from the query, a form or a JSON body."""
    args: JSON = dict(request.query)
    if request.content_type == "application/json":
        body = json.loads(await request.text() or "{}")
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        args |= body
    else:
        args |= dict(await request.post())
    return {name: _decoded(name, value) for name, value in args.items()}


def _decoded(name: str, value: Any) -> Any:
    if name not in _JSON_ARGUMENTS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def token_of(request: web.Request, args: JSON) -> str:
    """Return the token that a call carries."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" and token else str(args.get("token") or "")


def workspace_of(state: State, token: str) -> Workspace:
    """Return the workspace whose bot calls."""
    if not token:
        raise Refused("not_authed")
    workspace = state.of_token(token)
    if workspace is None:
        raise Refused("invalid_auth")
    if workspace.token_error is not None:
        raise Refused(workspace.token_error)
    return workspace
