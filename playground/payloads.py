"""Builds the requests that Slack sends: commands, clicks, shortcuts, forms and events."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from playground.controls import Control
from playground.exchange import FORM, JSON_TYPE, Interaction, Kind
from playground.forms import filled, state_of
from playground.messages import JSON, Ephemeral, Message, Shown, View
from playground.tickets import ResponseUrl

if TYPE_CHECKING:
    from playground.people import Person
    from playground.workspace import Channel, Workspace

VERIFICATION_TOKEN = "verification-token"  # noqa: S105 — Slack still sends it, nobody may trust it
_CHANNEL_NAMES = {"private": "privategroup", "im": "directmessage"}


def channel_name(channel: "Channel") -> str:
    """Return the name in interactions: Slack does not spell those of private places out."""
    return _CHANNEL_NAMES.get(channel.kind, channel.name)


def command(person: "Person", channel: "Channel", *, command: str, text: str) -> Interaction:
    """Build a slash command, see docs.slack.dev/interactivity/implementing-slash-commands."""
    ws = person.workspace
    trigger_id, ticket = _trigger(person), _ticket(person, channel)
    own = {
        "command": command,
        "text": text,
        "response_url": _url(ws, ticket),
        "trigger_id": trigger_id,
    }
    return Interaction(
        kind="command",
        workspace=ws,
        person=person,
        channel_id=channel.id,
        body=urlencode(_command_base(person, channel) | own).encode(),
        content_type=FORM,
        trigger_id=trigger_id,
        ticket=ticket,
        command=command,
    )


def _command_base(person: "Person", channel: "Channel") -> dict[str, str]:
    ws = person.workspace
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": ws.id,
        "team_domain": ws.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "api_app_id": ws.app_id,
        "is_enterprise_install": "false",
    }


def message_action(
    person: "Person", channel: "Channel", on: Shown, control: Control
) -> Interaction:
    """Build a click on a message: of a private one, Slack sends the blocks' state, not the text."""
    ws = person.workspace
    ticket = _ticket(person, channel, channel.standing(on))
    container: JSON = {
        "type": "message",
        "message_ts": on.ts,
        "channel_id": channel.id,
        "is_ephemeral": isinstance(on, Ephemeral),
    }
    if on.thread_ts:
        container["thread_ts"] = on.thread_ts
    payload = _base("block_actions", person) | {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": state_of(on.blocks)},
        "response_url": _url(ws, ticket),
        "actions": [control.action(ws.state.next_ts())],
    }
    if isinstance(on, Message):
        payload["message"] = on.payload()
    return _interactive("action", person, payload, channel_id=channel.id, ticket=ticket)


def view_action(
    person: "Person", view: View, control: Control, values: dict[str, Any]
) -> Interaction:
    """Build a click in a form or in Home: there is no channel and no `response_url`."""
    shown = view.payload(filled(view, values))
    payload = _base("block_actions", person) | {
        "container": {"type": "view", "view_id": view.id},
        "view": shown,
        "state": shown["state"],
        "actions": [control.action(person.workspace.state.next_ts())],
    }
    return _interactive("action", person, payload, view=view)


def shortcut(person: "Person", callback_id: str) -> Interaction:
    """Build a global shortcut, see docs.slack.dev/reference/interaction-payloads."""
    ts = person.workspace.state.next_ts()
    payload = _base("shortcut", person) | {"callback_id": callback_id, "action_ts": ts}
    return _interactive("shortcut", person, payload)


def message_shortcut(
    person: "Person", channel: "Channel", message: Message, callback_id: str
) -> Interaction:
    """Build a shortcut from a message's menu."""
    ws = person.workspace
    ticket = _ticket(person, channel, None)
    ticket.thread_ts = message.thread_ts
    payload = _base("message_action", person) | {
        "callback_id": callback_id,
        "action_ts": ws.state.next_ts(),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message.payload(),
        "response_url": _url(ws, ticket),
    }
    return _interactive("shortcut", person, payload, channel_id=channel.id, ticket=ticket)


def submission(person: "Person", view: View, values: JSON) -> Interaction:
    """Build the submission of a form."""
    payload = _base("view_submission", person) | _of_view(person, view, values)
    return _interactive("submission", person, payload | {"response_urls": []}, view=view)


def closing(person: "Person", view: View) -> Interaction:
    """Build the notice that a form was dismissed."""
    payload = _base("view_closed", person) | _of_view(person, view, {}) | {"is_cleared": False}
    del payload["trigger_id"]
    return _interactive("closing", person, payload, view=view)


def event(workspace: "Workspace", inner: JSON) -> Interaction:
    """Wrap an event, see docs.slack.dev/apis/events-api."""
    state = workspace.state
    envelope: JSON = {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.id,
        "context_team_id": workspace.id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{state.next_id()}",
        "event_time": int(state.clock()),
        "authorizations": [_authorization(workspace)],
        "is_ext_shared_channel": False,
        "event_context": f"4-{state.next_id()}",
    }
    body = json.dumps(envelope).encode()
    return Interaction(kind="event", workspace=workspace, body=body, content_type=JSON_TYPE)


def _authorization(workspace: "Workspace") -> JSON:
    return {
        "enterprise_id": None,
        "team_id": workspace.id,
        "user_id": workspace.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }


def _base(kind: str, person: "Person") -> JSON:
    ws = person.workspace
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.home_team_id,
        },
        "api_app_id": ws.app_id,
        "token": VERIFICATION_TOKEN,
        "trigger_id": _trigger(person),
        "team": {"id": ws.id, "domain": ws.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _of_view(person: "Person", view: View, values: JSON) -> JSON:
    # In a shared channel the submitting person's own workspace stands in `team`; the one that has
    # the app is named by the view alone.
    ws = person.workspace
    domain = ws.domain if person.home_team_id == ws.id else "elsewhere"
    team = {"id": person.home_team_id, "domain": domain}
    return {"team": team, "view": view.payload(values)}


def _interactive(
    kind: Kind,
    person: "Person",
    payload: JSON,
    *,
    channel_id: str | None = None,
    ticket: ResponseUrl | None = None,
    view: View | None = None,
) -> Interaction:
    return Interaction(
        kind=kind,
        workspace=person.workspace,
        person=person,
        channel_id=channel_id,
        body=urlencode({"payload": json.dumps(payload)}).encode(),
        content_type=FORM,
        trigger_id=payload.get("trigger_id"),
        ticket=ticket,
        view=view,
    )


def _trigger(person: "Person") -> str:
    state = person.workspace.state
    return state.tickets.trigger(person.workspace.id, person.id, state.clock()).id


def _ticket(person: "Person", channel: "Channel", on: Shown | None = None) -> ResponseUrl:
    state = person.workspace.state
    ticket = state.tickets.response_url(person.workspace.id, person.id, channel.id, state.clock())
    ticket.on = on
    ticket.thread_ts = on.thread_ts if on else None
    return ticket


def _url(workspace: "Workspace", ticket: ResponseUrl) -> str:
    return f"{workspace.state.url}/respond/{ticket.key}"
