"""Slack's side of the wire: the Web API and the `response_url`s, with limits and faults."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from playground import chat_methods, lookup_methods, view_methods
from playground.answers import respond
from playground.calls import Call, Refused, arguments, token_of, workspace_of
from playground.faults import RETRY_AFTER, Fault, ratelimited
from playground.loopback import only_from_here
from playground.messages import JSON
from playground.state import ApiCall, State
from playground.tickets import ResponseUrl, TicketRefused
from playground.wire import Told
from playground.workspace import Workspace

METHODS: dict[str, Callable[[Call], JSON]] = {
    "auth.test": lookup_methods.auth_test,
    "users.info": lookup_methods.users_info,
    "users.list": lookup_methods.users_list,
    "conversations.info": lookup_methods.conversations_info,
    "conversations.members": lookup_methods.conversations_members,
    "conversations.list": lookup_methods.conversations_list,
    "conversations.open": lookup_methods.conversations_open,
    "chat.postMessage": chat_methods.post_message,
    "chat.update": chat_methods.update,
    "chat.delete": chat_methods.delete,
    "chat.postEphemeral": chat_methods.post_ephemeral,
    "chat.getPermalink": chat_methods.permalink,
    "views.open": view_methods.views_open,
    "views.push": view_methods.views_push,
    "views.update": view_methods.views_update,
    "views.publish": view_methods.views_publish,
}

RESPONSE_URL = "response_url"

Answering = Callable[[web.Request, ApiCall], Awaitable[web.Response]]

# Refusals that a correct app never earns. The others depend on what people and admins did
# meanwhile: a deleted message, an archived channel, a revoked token.
_AVOIDABLE = {
    "exchanged_trigger_id",
    "expired_trigger_id",
    "expired_url",
    "invalid_arguments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_cursor",
    "invalid_json",
    "invalid_limit",
    "invalid_trigger_id",
    "json_not_object",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "not_authed",
    "push_limit_reached",
    "unknown_method",
    "used_url",
}


class WebApi:
    """Answers calls."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """Return what this side of the wire answers to."""
        return [
            web.route("*", "/api/{method}", only_from_here(self.call)),
            web.post("/respond/{key:.+}", only_from_here(self.respond)),
        ]

    async def call(self, request: web.Request) -> web.Response:
        """Answer one method call."""
        return await self._noted(request, request.match_info["method"], self._called)

    async def respond(self, request: web.Request) -> web.Response:
        """Take what the app writes to a `response_url`."""
        return await self._noted(request, RESPONSE_URL, self._responded)

    async def _noted(self, request: web.Request, method: str, answer: Answering) -> web.Response:
        """Answer, and keep what went to and fro for those who look at the wire."""
        record = self._record(method)
        passage = self._state.wire.begin("to_slack", "api", lambda: _told(record))
        answered = await answer(request, record)
        gone = request.transport is None or request.transport.is_closing()
        if not gone:
            record.answered_at = self._state.clock()
            seconds = answered.headers.get(RETRY_AFTER)
            record.retry_after = int(seconds) if seconds else None
        self._state.wire.end(
            passage,
            status=None if gone else answered.status,
            outcome=record.outcome,
            answer=answered.text or "",
        )
        return answered

    async def _called(self, request: web.Request, record: ApiCall) -> web.Response:
        try:
            record.args = await arguments(request)
            token = token_of(request, record.args)
            record.args.pop("token", None)
            workspace = workspace_of(self._state, token)
        except Refused as refused:
            return self._refuse(record, refused)
        except ValueError:
            return self._refuse(record, Refused("invalid_json"))
        record.team_id = workspace.id
        return await self._with_faults(request, record, lambda: self._perform(record, workspace))

    def _record(self, method: str) -> ApiCall:
        record = ApiCall(method=method, team_id=None, args={}, at=self._state.clock())
        self._state.calls.append(record)
        return record

    async def _with_faults(
        self, request: web.Request, record: ApiCall, perform: Callable[[], web.Response]
    ) -> web.Response:
        fault = self._state.faults.take(record.method, record.team_id, record.channel)
        if fault is None:
            return self._finish(perform())
        if fault.after_effect:
            answer = perform()
            return await self._strike(fault, request, record) or self._finish(answer)
        spoilt = await self._strike(fault, request, record)
        return spoilt or self._finish(perform())

    async def _strike(
        self, fault: Fault, request: web.Request, record: ApiCall
    ) -> web.Response | None:
        record.outcome = fault.outcome
        self._state.changes.notify()
        return await fault.strike(request, self._state.clock)

    def _finish(self, answer: web.Response) -> web.Response:
        self._state.changes.notify()
        return answer

    def _perform(self, record: ApiCall, workspace: Workspace) -> web.Response:
        wait = self._state.limits.admit(
            record.method, workspace.id, record.channel, self._state.clock()
        )
        if wait is not None:
            record.outcome = "ratelimited"
            return ratelimited(wait)
        try:
            answer = self._answer(record, workspace)
        except Refused as refused:
            return self._refuse(record, refused)
        record.outcome = "ok"
        return web.json_response(answer)

    def _answer(self, record: ApiCall, workspace: Workspace) -> JSON:
        perform = METHODS.get(record.method)
        if perform is None:
            raise Refused("unknown_method")
        return perform(Call(state=self._state, workspace=workspace, args=record.args))

    def _refuse(self, record: ApiCall, refused: Refused, status: int = 200) -> web.Response:
        record.outcome = refused.error
        if refused.error in _AVOIDABLE:
            why = f": {'; '.join(refused.messages)}" if refused.messages else ""
            self._state.violation(f"{record.method}: {refused.error}{why}")
        self._state.changes.notify()
        return web.json_response(refused.answer(), status=status)

    async def _responded(self, request: web.Request, record: ApiCall) -> web.Response:
        ticket = self._state.tickets.find(request.match_info["key"])
        if ticket is None:
            return self._refuse(record, Refused("invalid_url"), status=404)
        record.team_id = ticket.team_id
        try:
            record.args = {"channel": ticket.channel_id} | json.loads(await request.text())
        except (ValueError, TypeError):
            return self._refuse(record, Refused("invalid_json"), status=400)
        return await self._with_faults(request, record, lambda: self._written(record, ticket))

    def _written(self, record: ApiCall, ticket: ResponseUrl) -> web.Response:
        try:
            self._state.tickets.use(ticket, self._state.clock())
        except TicketRefused as refused:
            return self._refuse(record, Refused(refused.error), status=404)
        payload = {name: value for name, value in record.args.items() if name != "channel"}
        error = respond(self._state, ticket, payload)
        record.outcome = error or "ok"
        if error:
            return web.json_response({"ok": False, "error": error}, status=400)
        return web.Response(text="ok")


def _told(record: ApiCall) -> Told:
    about = record.channel or record.args.get("user") or record.args.get("user_id") or ""
    return Told(what=f"{record.method} {about}".strip(), request=record.args)
