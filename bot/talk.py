"""One request on its way through: its clock, what came of it, and where the person is looking."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slack_bolt import BoltResponse

from bot.drawing.blocks import Message
from bot.drawing.reader import Reader
from bot.payloads import Kind, Payload
from bot.slack import Slack, SlackError
from ops.workers import wait_until
from store import ListPage, Lists, Origin, Outcome, People, Role, Task, TaskHistory, Verdict

Shown = Task | Outcome | TaskHistory | ListPage


@dataclass
class Talk:
    """A request and the ways to answer it.

    A command is answered by the HTTP response itself, everything else through its
    response_url, after the response and at best: it says nothing that the card or the next
    command would not say.
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
    command: str = "/task"
    started: float = field(default_factory=time.monotonic)
    outcome: str = "answered"
    remark: str = ""
    """What stands below every private answer to this request."""
    reference: str = field(default_factory=lambda: secrets.token_hex(4))
    is_late: bool = False
    response: BoltResponse = field(default_factory=lambda: BoltResponse(status=200, body=""))

    def say(self, message: Message) -> None:
        """Answer privately, where the person is looking."""
        said = message.with_remark(self.remark) if self.remark else message
        body = {"response_type": "ephemeral", "replace_original": False} | said.as_json()
        if self.payload.kind is Kind.COMMAND:
            self.response = BoltResponse(status=200, body=body)
        else:
            self._respond(body)

    def replace(self, message: Message) -> None:
        """Put a message in the place of the one that was clicked."""
        self._respond({"replace_original": True} | message.as_json())

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
        if self.is_late and isinstance(self.response.body, str) and self.response.body:
            self._respond(json.loads(self.response.body))

    async def reader(self, *shown: Shown, also: str | None = None, recalls: bool = False) -> Reader:
        """The eyes for which these are to be drawn, with the names of everybody in them.

        `recalls`: with the last tasks of who asks, as whenever a task was not found.
        """
        everybody = [also, *(user_id for one in shown for user_id in people_in(one))]
        user_ids = {user_id for user_id in everybody if user_id}
        recalls = recalls or any(_is_missing(one) for one in shown)
        return Reader(
            now=self.now,
            names=await self.people.names(self.payload.team_id, user_ids),
            user_id=self.payload.user_id,
            role=self.origin.role if self.origin else Role.GUEST,
            command=self.command,
            latest=await self._latest() if recalls else (),
        )

    async def _latest(self) -> tuple[Task, ...]:
        """The last tasks of who asks, to be named where another was not found."""
        return await self.lists.latest(self.origin) if self.origin else ()

    def _respond(self, body: Mapping[str, Any]) -> None:
        if self.payload.response_url:
            self.later.start(self.slack, self.payload.response_url, body)


class Later:
    """What is told through response_urls after the answer: tracked, so that a stop awaits it."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, slack: Slack, response_url: str, body: Mapping[str, Any]) -> None:
        """Tell it in the background; what fails is counted by `Slack` and left at that."""
        task = asyncio.create_task(_tell(slack, response_url, body))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, deadline: float) -> None:
        """Let what was begun end, until a moment of the monotonic clock."""
        await wait_until(deadline, self._running)


async def _tell(slack: Slack, response_url: str, body: Mapping[str, Any]) -> None:
    try:
        await slack.respond(response_url, body)
    except SlackError:
        return


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
        case ListPage():
            listed = {user_id for task in shown.tasks for user_id in people_in(task)}
            return listed | {shown.query.owner_id}
