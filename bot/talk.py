"""One request on its way through: its clock, what came of it, and where the person is looking."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slack_bolt import BoltResponse

from bot.drawing import forms
from bot.drawing.blocks import Message
from bot.drawing.forms import View
from bot.drawing.reader import Reader
from bot.payloads import Kind, Payload
from bot.reading.message import Quoted
from bot.reading.opened import Opened
from bot.slack import Slack, SlackError
from ops.workers import wait_until
from store import (
    ChannelKind,
    HomePage,
    ListPage,
    Lists,
    NotSaved,
    Origin,
    Outcome,
    People,
    Role,
    Source,
    Task,
    TaskHistory,
    Verdict,
)

Shown = Task | Outcome | TaskHistory | ListPage | HomePage | Quoted
SayInHome = Callable[[Message], Coroutine[Any, Any, None]]
"""Publishes the Home of who asks with an answer on top."""

OPEN_SECONDS = 2.0
"""From the click to the form: what is left of Slack's 3 s is for saying that it did not open."""


@dataclass(eq=False)
class NotOpened(Exception):
    """Slack did not open a form: the trigger was too old, or Slack is not to be reached."""

    instead: tuple[str, ...]
    """Commands that do the same in words."""


@dataclass
class Talk:
    """A request and the ways to answer it.

    A command and a form are answered by the HTTP response itself, everything else through
    its response_url or in a view, after the response and at best: it says nothing that the card
    or the next command would not say.
    """

    payload: Payload
    slack: Slack
    people: People
    lists: Lists
    later: "Later"
    now: datetime
    """When it came; on the clock of who asks, as soon as that is known."""
    origin: Origin | None = None
    """Who asks, as soon as that is known."""
    say_in_home: SayInHome | None = None
    """As soon as it is known whose Home that is, and that they have one."""
    names: dict[str, str] = field(default_factory=dict)
    """Of the people of whom this request has read already."""
    has_token: bool = False
    """Slack can be called about the workspace of who asks."""
    command: str = "/task"
    started: float = field(default_factory=time.monotonic)
    outcome: str = "answered"
    reason: str = ""
    """Why it was rejected, as `bot.reasons` names it."""
    remark: str = ""
    """What stands below every private answer to this request."""
    said: Message | None = None
    """The private answer to a command."""
    survey_for: Origin | None = None
    """Who asks, if the survey is due to them."""
    reference: str = field(default_factory=lambda: secrets.token_hex(4))
    is_late: bool = False
    is_trigger_used: bool = False
    """Nothing more can be opened by this request."""
    response: BoltResponse = field(default_factory=lambda: BoltResponse(status=200, body=""))

    def say(self, message: Message) -> None:
        """Answer privately, where the person is looking."""
        said = message.with_remark(self.remark) if self.remark else message
        match self.payload:
            case Payload(kind=Kind.COMMAND):
                self._answer_command(said)
            case Payload(kind=Kind.VIEW):
                self.turn_into(self._as_view(said))
            case Payload(is_home=True) if self.say_in_home:
                self.later.start(self.say_in_home(said))
            case Payload(is_home=True):
                self._say_over_home(self._as_view(said))
            case Payload(response_url="", view_id=view_id) if view_id:
                self._call("views.update", view_id=view_id, view=self._as_view(said))
            case Payload(kind=Kind.SHORTCUT, response_url="") if self.is_trigger_used:
                self._write_to_them(said)
            case Payload(kind=Kind.SHORTCUT, response_url=""):
                self._use_trigger(self._as_view(said))
            case _:
                self._respond(_privately(said))

    def _as_view(self, said: Message) -> View:
        """The answer where only a form can be shown."""
        return forms.said(said, self.opened())

    def say_below(self, line: Message) -> None:
        """Say one more thing as the last line of the private answer to a command."""
        if self.said:
            self._answer_command(self.said.with_line(line))

    def turn_into(self, view: View) -> None:
        """Answer a form that was sent off by showing another in its place."""
        body = {"response_action": "update", "view": view}
        self.response = BoltResponse(status=200, body=body)

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Say what is wrong in a form at its fields, by block_id; what was filled in stays."""
        body = {"response_action": "errors", "errors": dict(errors)}
        self.response = BoltResponse(status=200, body=body)

    def say_beside(self, message: Message) -> None:
        """Answer without taking away a form, so that what was filled in can be sent off again."""
        fields = forms.field_ids(self.payload.view)
        if self.payload.kind is Kind.VIEW and fields:
            self.refuse({fields[0]: " ".join(message.text.split("\n"))})
        else:
            self.say(message)

    async def open(self, view: View, *instead: str) -> None:
        """Open a form, for which Slack gives 3 seconds from the click; `instead` as in NotOpened.

        What is clicked in a form puts the other in its place, for which there is no haste.

        Raises:
            NotOpened
        """
        if not self.has_token or self.is_trigger_used:
            raise NotOpened(instead)
        seconds = OPEN_SECONDS - (time.monotonic() - self.started)
        payload, self.is_trigger_used = self.payload, True
        which = {"trigger_id": payload.request_key}
        method = "views.open"
        if payload.is_in_form:
            method, which = "views.update", {"view_id": payload.view_id}
        try:
            async with asyncio.timeout(seconds):
                await self.slack.call(method, view=view, **which)
        except (SlackError, TimeoutError) as error:
            raise NotOpened(instead) from error

    def opened(self) -> Opened:
        """How a form is opened by this request: from where, and in which channel."""
        if self.origin is None:
            return self.payload.opened
        channel = self.origin.channel
        is_direct = channel is not None and channel.kind is ChannelKind.DIRECT
        return Opened(
            source=_OPENED_FROM.get(self.origin.source, Source.FORM),
            channel_id=channel.channel_id if channel else "",
            channel_name=self.payload.channel_name if is_direct else "",
        )

    def replace(self, message: Message) -> None:
        """Put a message in the place of the one that was clicked."""
        if self.payload.response_url:
            self._respond({"replace_original": True} | message.as_json())
        elif not self.payload.is_home:  # what was changed there is said by its notice
            self.say(message)

    def post(self, message: Message) -> None:
        """Say it to everybody in the channel."""
        place = {"response_type": "in_channel", "replace_original": False}
        self._respond(place | message.as_json())

    def say_meanwhile(self, message: Message) -> BoltResponse:
        """Answer before the outcome is known; the outcome follows."""
        outcome = self.response
        self.say(message)
        meanwhile, self.response, self.is_late = self.response, outcome, True
        return meanwhile

    def follow_up(self) -> None:
        """Tell the outcome of a command that was answered before it was known."""
        if not (self.is_late and isinstance(self.response.body, str)):
            return
        body = json.loads(self.response.body or "{}")
        if self.payload.kind is Kind.VIEW:
            view = forms.outcome(body, self.payload.view)
            self._call("views.update", view_id=self.payload.view_id, view=view)
        elif body:
            self._respond(body)

    async def reader(self, *shown: Shown, also: str | None = None, recalls: bool = False) -> Reader:
        """The eyes for which these are to be drawn, with the names of everybody in them.

        `recalls`: with the last tasks of who asks, as whenever a task was not found.
        """
        everybody = [also, *(user_id for one in shown for user_id in people_in(one))]
        unread = {user_id for user_id in everybody if user_id} - self.names.keys()
        recalls = recalls or any(_is_missing(one) for one in shown)
        return Reader(
            now=self.now,
            names=self.names | await self.people.names(self.payload.team_id, unread),
            user_id=self.payload.user_id,
            role=self.origin.role if self.origin else Role.GUEST,
            command=self.command,
            latest=await self._latest() if recalls else (),
        )

    async def _latest(self) -> tuple[Task, ...]:
        """The last tasks of who asks, to be named where another was not found."""
        return await self.lists.latest(self.origin) if self.origin else ()

    def _answer_command(self, said: Message) -> None:
        self.said, self.response = said, BoltResponse(status=200, body=_privately(said))

    def _write_to_them(self, message: Message) -> None:
        """A direct message, where nothing else reaches them."""
        place = {"channel": self.payload.user_id, "parse": "none"}
        self._call("chat.postMessage", **place, **message.as_json())

    def _respond(self, body: Mapping[str, Any]) -> None:
        if self.payload.response_url:
            self.later.start(self.slack.respond(self.payload.response_url, body))

    def _say_over_home(self, view: View) -> None:
        """A fault of ours that struck before it was known whose Home that is (0034).

        People who may not act are told nothing there: they have no Home with us.
        """
        if self.outcome == "failed":
            self._use_trigger(view)

    def _use_trigger(self, view: View) -> None:
        """Open it for what is said, so that Slack takes no other: a trigger opens one."""
        self.is_trigger_used = True
        self._call("views.open", trigger_id=self.payload.request_key, view=view)

    def _call(self, method: str, **arguments: Any) -> None:
        """Not with the token of another workspace: there the view would be somebody else's."""
        if self.has_token:
            self.later.start(self.slack.call(method, **arguments))


class Later:
    """What is told after the answer and at best: tracked, so that a stop awaits it."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, telling: Coroutine[Any, Any, Any]) -> None:
        """Tell it in the background; what fails is counted by `Slack` and left at that."""
        task = asyncio.create_task(_tell(telling))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, deadline: float) -> None:
        """Let what was begun end, until a moment of the monotonic clock."""
        await wait_until(deadline, self._running)


_OPENED_FROM = {Source.SHORTCUT: Source.SHORTCUT, Source.HOME: Source.HOME}


def _privately(said: Message) -> dict[str, Any]:
    return {"response_type": "ephemeral", "replace_original": False} | said.as_json()


async def _tell(telling: Coroutine[Any, Any, Any]) -> None:
    with contextlib.suppress(SlackError, NotSaved):
        await telling


def _is_missing(shown: Shown) -> bool:
    return isinstance(shown, Outcome) and shown.verdict is Verdict.NO_SUCH_TASK


def people_in(shown: Shown) -> set[str | None]:
    """Everybody whose name is needed to draw it."""
    match shown:
        case Task():
            return {shown.creator_id, shown.assignee_id, shown.completed_by, shown.deleted_by}
        case Outcome():
            return people_in(shown.task) if shown.task else set()
        case TaskHistory():
            assignees = {
                user_id
                for event in shown.events
                for user_id in event.changes.get("assignee_id", ())
            }
            actors = {event.actor_id for event in shown.events}
            return people_in(shown.task) | actors | assignees
        case Quoted():
            return set(shown.user_ids)
        case ListPage():
            listed = {user_id for task in shown.tasks for user_id in people_in(task)}
            return listed | {shown.query.owner_id}
        case HomePage():
            changed = people_in(shown.changed.task) if shown.changed else set()
            held = {user_id for task in shown.tasks for user_id in people_in(task)}
            return changed | held
