"""Puts the bot's HTTP answers and `response_url` bodies on people's screens, or refuses them."""

from typing import TYPE_CHECKING, Any

from playground.blocks import check_blocks, check_message, check_view
from playground.exchange import Exchange
from playground.messages import JSON, Ephemeral, Message, View
from playground.tickets import ResponseUrl

if TYPE_CHECKING:
    from playground.state import State
    from playground.workspace import Channel

_ANSWER_KEYS = {
    "text",
    "blocks",
    "response_type",
    "replace_original",
    "delete_original",
    "attachments",
    "mrkdwn",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
    "parse",
    "link_names",
    "metadata",
}
_MODALS = 3


def show(state: "State", exchange: Exchange) -> None:
    """Do with an answer to an interaction what Slack does."""
    late = exchange.seconds > state.deadline
    if late:
        took = f"{exchange.error or 'an answer'} after {exchange.seconds:.1f} s"
        state.violation(f"{exchange.interaction.kind} not answered within 3 s: {took}")
    if late or exchange.status != 200:  # noqa: PLR2004 — HTTP's OK
        _apologise(state, exchange, late=late)
    elif exchange.interaction.kind == "command":
        _show_answer(state, exchange)
    elif exchange.interaction.kind == "submission":
        _follow_submission(state, exchange)


def _apologise(state: "State", exchange: Exchange, *, late: bool) -> None:
    """Say what Slackbot says when an app does not answer a command."""
    it = exchange.interaction
    if it.kind != "command" or it.person is None or it.channel_id is None:
        return
    reason = "operation_timeout" if late else "dispatch_failed"
    if exchange.status is not None and not late:
        reason = "http_service_error"
    text = f'{it.command} failed with the error "{reason}"'
    place = it.workspace.channel(it.channel_id)
    apology = it.workspace.ephemeral(place.id, it.person.id, text, from_slackbot=True)
    exchange.shown.append(place.post(apology))
    state.changes.notify()


def _show_answer(state: "State", exchange: Exchange) -> None:
    body, ticket = exchange.body, exchange.interaction.ticket
    payload: JSON = {"text": body} if isinstance(body, str) else body
    if ticket is None or not (payload.get("text") or payload.get("blocks")):
        return
    if _accepted(state, payload, "answer to a command"):
        _post(state, ticket, payload)


def _accepted(state: "State", payload: JSON, what: str) -> bool:
    """Note what is wrong with a body, and tell whether Slack would still show it."""
    for complaint in check_message(payload):
        state.violation(f"{what}: {complaint}")
    for unknown in payload.keys() - _ANSWER_KEYS:
        state.violation(f"{what}: unknown field {unknown}")
    if payload.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
        state.violation(f"{what}: unknown response_type {payload['response_type']!r}")
    return not check_blocks(payload.get("blocks"))


def respond(state: "State", ticket: ResponseUrl, payload: JSON) -> str | None:
    """Do what a `response_url` body says; return Slack's error when it cannot be done."""
    if payload.get("delete_original"):
        return _delete_original(state, ticket)
    if not (payload.get("text") or payload.get("blocks")):
        state.violation("response_url: neither text nor blocks")
        return "no_text"
    if not _accepted(state, payload, "response_url"):
        return "invalid_blocks"
    if payload.get("replace_original"):
        return _replace_original(state, ticket, payload)
    _post(state, ticket, payload)
    return None


def _delete_original(state: "State", ticket: ResponseUrl) -> str | None:
    if ticket.on is None or ticket.on.deleted:
        return "message_not_found"
    _place(state, ticket).delete(ticket.on)
    return None


def _replace_original(state: "State", ticket: ResponseUrl, payload: JSON) -> str | None:
    original = ticket.on
    if original is None:
        # Of a command there is nothing to replace: Slack posts.
        _post(state, ticket, payload)
        return None
    if original.deleted:
        return "message_not_found"
    rewrite(state, ticket.team_id, original, payload)
    if original not in ticket.shown:
        ticket.shown.append(original)
    return None


def rewrite(state: "State", team_id: str, original: Message | Ephemeral, payload: JSON) -> None:
    """Put other words and blocks into a message; without blocks, the old ones go."""
    original.text = payload.get("text") or ""
    original.blocks = state.workspaces[team_id].settled(payload.get("blocks"))
    original.edits += 1
    if isinstance(original, Message):
        original.edited_ts = state.next_ts()
    state.changes.notify()


def _place(state: "State", ticket: ResponseUrl) -> "Channel":
    return state.workspaces[ticket.team_id].channels[ticket.channel_id]


def _post(state: "State", ticket: ResponseUrl, payload: JSON) -> None:
    ws, place = state.workspaces[ticket.team_id], _place(state, ticket)
    text, thread = payload.get("text") or "", payload.get("thread_ts")
    blocks = ws.settled(payload.get("blocks"))
    if payload.get("response_type") == "in_channel":
        message = ws.bot_message(place.id, text, blocks=blocks, thread_ts=thread)
        ticket.shown.append(place.post(message))
    else:
        thread = thread or ticket.thread_ts
        private = ws.ephemeral(place.id, ticket.user_id, text, blocks=blocks, thread_ts=thread)
        ticket.shown.append(place.post(private))


def _follow_submission(state: "State", exchange: Exchange) -> None:
    """Do what the answer to a form says: close it, show errors, or go on to another view."""
    it, body = exchange.interaction, exchange.body
    if it.person is None or it.view not in it.person.views:
        return
    if isinstance(body, str):
        if body:
            state.violation(f"answer to a form: neither empty nor JSON: {body[:80]!r}")
            return
        _close(it.person.views, it.view)
    elif not body:
        _close(it.person.views, it.view)
    else:
        _respond_to_form(state, exchange, it.view, body)


def _respond_to_form(state: "State", exchange: Exchange, view: View, body: JSON) -> None:
    person = exchange.interaction.person
    assert person is not None  # noqa: S101 — who calls has looked
    match body.get("response_action"):
        case "errors":
            _show_errors(state, view, body.get("errors"))
        case "clear":
            for each in list(person.views):
                _close(person.views, each)
        case "update" if _view_accepted(state, body.get("view")):
            person.workspace.renew_view(view, body["view"])
        case "push" if _view_accepted(state, body.get("view")):
            if len(person.views) >= _MODALS:
                state.violation("answer to a form: more than three modals")
                return
            person.views.append(person.workspace.new_view(body["view"], under=view))
        case "update" | "push":
            return
        case unknown:
            state.violation(f"answer to a form: unknown response_action {unknown!r}")


def _show_errors(state: "State", view: View, errors: Any) -> None:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        state.violation("answer to a form: errors must name at least one block")
        return
    for block_id in errors.keys() - inputs:
        state.violation(f"answer to a form: errors name {block_id!r}, which is no input block")
    view.errors = {key: str(text) for key, text in errors.items() if key in inputs}


def _view_accepted(state: "State", view: Any) -> bool:
    complaints = check_view(view) if isinstance(view, dict) else ["a view is missing"]
    for complaint in complaints:
        state.violation(f"answer to a form: {complaint}")
    return not complaints


def _close(views: list[View], view: View) -> None:
    views.remove(view)
    view.closed = True
