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

# No id of Slack's has more in it, and no database takes everything that JSON can say.
_ID = re.compile(r"[!-~]{1,255}", re.ASCII)


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
    return Payload(kind=Kind.OTHER) if "ssl_check" in fields else _command(fields)


def _command(fields: Mapping[str, str]) -> Payload:
    team_id = _id(fields, "team_id")
    return Payload(
        kind=Kind.COMMAND,
        team_id=team_id,
        actor_team_id=team_id,
        user_id=_id(fields, "user_id"),
        channel_id=_id_if_any(fields, "channel_id"),
        channel_name=fields.get("channel_name", ""),
        request_key=_id(fields, "trigger_id"),
        command=_text(fields, "command"),
        text=fields.get("text", ""),
        response_url=fields.get("response_url", ""),
    )


def _interaction(body: Mapping[str, Any]) -> Payload:
    _text(body, "type")
    user, team = _object(body.get("user")), _object(body.get("team"))
    team_id = _id(team, "id")
    kind = _KINDS.get(body["type"], Kind.OTHER)
    if kind is Kind.ACTION:
        _check_actions(body.get("actions"))
    channel = _object(body.get("channel") or {})
    container = _object(body.get("container") or {})
    payload = Payload(
        kind=kind,
        team_id=team_id,
        actor_team_id=str(user.get("team_id") or team_id),
        user_id=_id(user, "id"),
        channel_id=_id_if_any(channel, "id"),
        channel_name=str(channel.get("name") or ""),
        request_key=_id(body, "trigger_id"),
        response_url=str(body.get("response_url") or ""),
        message_ts=_id_if_any(container, "message_ts"),
    )
    view = body.get("view") if kind is Kind.VIEW else body.get("view") or {}
    return _in_view(payload, _object(view))


def _in_view(payload: Payload, view: Mapping[str, Any]) -> Payload:
    """The same, with what the form or Home says in which it was clicked or filled in."""
    is_home = view.get("type") == "home"
    form = {} if is_home else view
    opened = read_opened(str(form.get("private_metadata") or "")) or Opened()
    chosen = read_chosen_channel(form) if payload.kind is Kind.VIEW else ""
    return replace(
        payload,
        team_id=_installed_in(view) or payload.team_id,
        channel_id=payload.channel_id or chosen or opened.channel_id,
        channel_name=payload.channel_name or opened.channel_name,
        view_id=_id_if_any(view, "id"),
        is_home=is_home,
        view=view,
        opened=opened,
        is_chosen=bool(chosen),
    )


def _installed_in(view: Mapping[str, Any]) -> str:
    """Of a form sent off in a shared channel, `team` is the sender's; the view names ours."""
    return _id_if_any(view, "app_installed_team_id") or _id_if_any(view, "team_id")


def _check_actions(actions: Any) -> None:
    if not (isinstance(actions, list) and actions):
        raise Malformed
    for action in actions:
        _text(_object(action), "action_id")
        _text(action, "type")


def _event(body: Mapping[str, Any]) -> Payload:
    if body.get("type") == "url_verification":
        _text(body, "challenge")
        return Payload(kind=Kind.OTHER)
    if body.get("type") != "event_callback":
        raise Malformed
    _text(_object(body.get("event")), "type")
    return Payload(kind=Kind.EVENT, team_id=_id(body, "team_id"), request_key=_id(body, "event_id"))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not (isinstance(value, str) and value):
        raise Malformed
    return value


def _id(body: Mapping[str, Any], name: str) -> str:
    value = _text(body, name)
    if not _ID.fullmatch(value):
        raise Malformed
    return value


def _id_if_any(body: Mapping[str, Any], name: str) -> str:
    return _id(body, name) if body.get(name) else ""
