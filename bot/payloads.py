"""What Slack sends, as far as we rely on it: anything else is refused before Bolt sees it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from bot.reading.form import read_chosen_channel
from bot.reading.opened import Opened, read_opened

FIELDS_MAX = 100
_ID = re.compile("[A-Z0-9]{0,32}")
"""Of a workspace, a person, a channel or a view: asked for, stored and logged as it came."""
_KEY = re.compile("[!-~]{0,255}")
"""Of a request, a `trigger_id` or an `event_id`, and of a message, its `ts`."""


class Kind(StrEnum):
    """The kinds of request, as they are counted."""

    COMMAND = "command"
    ACTION = "action"
    SHORTCUT = "shortcut"
    VIEW = "view"
    EVENT = "event"
    OTHER = "other"


OF_PEOPLE = frozenset({Kind.COMMAND, Kind.ACTION, Kind.SHORTCUT, Kind.VIEW})
"""The kinds that come from somebody who waits for an answer."""

_KINDS = {
    "block_actions": Kind.ACTION,
    "shortcut": Kind.SHORTCUT,
    "message_action": Kind.SHORTCUT,
    "view_submission": Kind.VIEW,
}
"""By the `type` of an interaction; whatever else Slack may send has no listener."""


_PARTS = frozenset(
    {"enterprise", "team", "user", "channel", "view", "container", "message", "previous_message"}
    | {"event", "item", "profile", "assistant_thread", "function_data"}
)
"""Names that stand for an object, or for its identity alone: Bolt and we look into them unasked."""
_LISTS = frozenset({"actions", "authorizations", "response_urls"})
_PARTS_DEEP = 3

_OF_PERSON = frozenset({"team_join", "user_change"})
_NAMES = {
    "member_joined_channel": ("user", "channel"),
    "member_left_channel": ("user", "channel"),
    "channel_left": ("channel",),
    "group_left": ("channel",),
    "app_home_opened": ("user",),
}
"""Which identities an event has to name; those about a person say all of it."""


class Malformed(Exception):
    """A body that is none of Slack's payloads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Who asks, where, and by which request; empty where this kind of payload has none.

    `actor_team_id` differs from `team_id` for people of another organisation in a shared
    channel (https://docs.slack.dev/apis/slack-connect). `request_key` is the same whenever
    Slack sends the same request again; of commands, clicks and shortcuts it is the `trigger_id`,
    which opens one form.
    """

    kind: Kind
    team_id: str = ""
    actor_team_id: str = ""
    user_id: str = ""
    channel_id: str = ""
    channel_name: str = ""
    request_key: str = ""
    command: str = ""
    text: str = ""
    response_url: str = ""
    message_ts: str = ""
    view_id: str = ""
    """The form or Home in which somebody clicked, or the form that was sent off."""
    is_home: bool = False
    view: Mapping[str, Any] = field(default_factory=dict)
    """The form or Home, with what was filled in."""
    opened: Opened = field(default_factory=Opened)
    """What we wrote into a form when we drew it."""
    is_chosen: bool = False
    """The channel was chosen in the form, where any can be."""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """All that Slack sent."""

    def __post_init__(self) -> None:
        """Take nothing for an identity that is none.

        Raises:
            Malformed
        """
        ids = (self.team_id, self.actor_team_id, self.user_id, self.channel_id, self.view_id)
        keys = (self.request_key, self.message_ts)
        if not (all(map(_ID.fullmatch, ids)) and all(map(_KEY.fullmatch, keys))):
            raise Malformed

    @property
    def is_in_form(self) -> bool:
        """A form was sent off, or a button in it clicked: Slack names no channel then."""
        return bool(self.view) and not self.is_home


def read_payload(raw: bytes, content_type: str) -> Payload:
    """Read the parts of a request that we rely on.

    Raises:
        Malformed
    """
    try:
        body = raw.decode("utf-8")
        if content_type == "application/json":
            return _event(_object(json.loads(body)))
        fields = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX))
        if "payload" in fields:
            return _interaction(_object(json.loads(fields["payload"])))
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    return Payload(kind=Kind.OTHER, body=fields) if "ssl_check" in fields else _command(fields)


def _command(fields: Mapping[str, str]) -> Payload:
    if not all(fields.get(name) for name in ("command", "team_id", "user_id", "trigger_id")):
        raise Malformed
    return Payload(
        kind=Kind.COMMAND,
        team_id=fields["team_id"],
        actor_team_id=fields["team_id"],
        user_id=fields["user_id"],
        channel_id=fields.get("channel_id", ""),
        channel_name=fields.get("channel_name", ""),
        request_key=fields["trigger_id"],
        command=fields["command"],
        text=fields.get("text", ""),
        response_url=fields.get("response_url", ""),
        body=fields,
    )


def _interaction(body: Mapping[str, Any]) -> Payload:
    _check_parts(body)
    if _text(body, "type").startswith("view_"):
        _text(_object(body.get("view")), "type")
    user, team = _object(body.get("user")), _object(body.get("team"))
    team_id = _text(team, "id")
    kind = _KINDS.get(body["type"], Kind.OTHER)
    if kind is Kind.ACTION:
        _check_actions(body.get("actions"))
    channel = _object(body.get("channel") or {})
    container = _object(body.get("container") or {})
    payload = Payload(
        kind=kind,
        team_id=team_id,
        actor_team_id=str(user.get("team_id") or team_id),
        user_id=_text(user, "id"),
        channel_id=str(channel.get("id") or ""),
        channel_name=str(channel.get("name") or ""),
        request_key=_text(body, "trigger_id"),
        response_url=str(body.get("response_url") or ""),
        message_ts=str(container.get("message_ts", "")),
        body=body,
    )
    return _in_view(payload, _object(body.get("view") or {}))


def _in_view(payload: Payload, view: Mapping[str, Any]) -> Payload:
    """The same, with what the form or Home says in which it was clicked or filled in."""
    is_home = view.get("type") == "home"
    form = {} if is_home else view
    opened = read_opened(str(form.get("private_metadata") or "")) or Opened()
    chosen = read_chosen_channel(form) if payload.kind is Kind.VIEW else ""
    return replace(
        payload,
        # Of a form sent off in a shared channel, `team` is the sender's; the view names ours.
        team_id=str(view.get("app_installed_team_id") or view.get("team_id") or payload.team_id),
        channel_id=payload.channel_id or chosen or opened.channel_id,
        channel_name=payload.channel_name or opened.channel_name,
        view_id=str(view.get("id", "")),
        is_home=is_home,
        view=view,
        opened=opened,
        is_chosen=bool(chosen),
    )


def _check_actions(actions: Any) -> None:
    if not (isinstance(actions, list) and actions):
        raise Malformed
    for action in actions:
        _text(_object(action), "action_id")
        _text(action, "type")


def _event(body: Mapping[str, Any]) -> Payload:
    if body.get("type") == "url_verification":
        _text(body, "challenge")
        return Payload(kind=Kind.OTHER, body=body)
    if body.get("type") != "event_callback":
        raise Malformed
    _check_parts(body)
    event = _object(body.get("event"))
    kind = _text(event, "type")
    if kind in _OF_PERSON:
        _identity(_object(event.get("user")), "id")
    for name in _NAMES.get(kind, ()):
        _identity(event, name)
    return Payload(
        kind=Kind.EVENT,
        team_id=_text(body, "team_id"),
        request_key=_text(body, "event_id"),
        body=body,
    )


def _check_parts(body: Mapping[str, Any], depth: int = 0) -> None:
    for name, value in body.items():
        if name in _LISTS:
            _check_list(value)
        if name in _PARTS and isinstance(value, dict) and depth < _PARTS_DEEP:
            _check_parts(value, depth + 1)
        elif name in _PARTS and not (value is None or isinstance(value, str | dict)):
            raise Malformed


def _check_list(value: Any) -> None:
    if not isinstance(value, list):
        raise Malformed
    for item in value:
        _check_parts(_object(item))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not (isinstance(value, str) and value):
        raise Malformed
    return value


def _identity(body: Mapping[str, Any], name: str) -> str:
    value = _text(body, name)
    if not _ID.fullmatch(value):
        raise Malformed
    return value
