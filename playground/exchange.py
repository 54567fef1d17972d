"""A request to the bot and its answer, kept whole so that it can be read or sent again."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from playground.messages import JSON, Shown, View
from playground.tickets import ResponseUrl

if TYPE_CHECKING:
    from playground.people import Person
    from playground.workspace import Workspace

Kind = Literal["command", "action", "shortcut", "submission", "closing", "event"]
# docs.slack.dev/apis/events-api: what x-slack-retry-reason says, of what can happen on loopback.
RetryReason = Literal["http_timeout", "http_error", "connection_failed", "unknown_error"]
FORM = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"

# docs.slack.dev/interactivity/handling-user-interaction: later answers are not read.
DEADLINE = 3.0

_FAILURES: dict[str, RetryReason] = {
    "TimeoutError": "http_timeout",
    "ClientConnectorError": "connection_failed",
}


@dataclass(eq=False, kw_only=True)
class Interaction:
    """Something that a person did, or that happened, ready to be sent any number of times."""

    kind: Kind
    workspace: "Workspace"
    body: bytes
    content_type: str
    person: "Person | None" = None
    channel_id: str | None = None
    trigger_id: str | None = None
    ticket: ResponseUrl | None = None
    view: View | None = None
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class SentRequest:
    """The bytes that went over the wire."""

    body: bytes
    headers: dict[str, str]


@dataclass(eq=False, kw_only=True)
class Exchange:
    """A request to the bot with its answer."""

    interaction: Interaction
    request: SentRequest
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: JSON | str = ""
    seconds: float = 0.0
    error: str | None = None
    shown: list[Shown] = field(default_factory=list)
    wants_no_retry: bool = False
    redeliveries: "list[Exchange]" = field(default_factory=list)

    @property
    def text(self) -> str:
        """The top-level text of the answer."""
        return self.body if isinstance(self.body, str) else str(self.body.get("text") or "")

    @property
    def blocks(self) -> list[JSON]:
        """The blocks of the answer."""
        return [] if isinstance(self.body, str) else list(self.body.get("blocks") or [])

    @property
    def errors(self) -> dict[str, str]:
        """The complaints that the answer to a form shows under its fields."""
        return {} if isinstance(self.body, str) else dict(self.body.get("errors") or {})

    @property
    def trigger_id(self) -> str | None:
        """The trigger that went with the request."""
        return self.interaction.trigger_id

    @property
    def response_url(self) -> str | None:
        """The `response_url` that went with the request."""
        ticket, state = self.interaction.ticket, self.interaction.workspace.state
        return f"{state.url}/respond/{ticket.key}" if ticket else None

    @property
    def in_time(self) -> bool:
        """Whether Slack still read the answer."""
        deadline = self.interaction.workspace.state.deadline
        return self.status is not None and self.seconds <= deadline

    @property
    def failure(self) -> RetryReason | None:
        """Why Slack takes an event for undelivered; None if the app took it in time."""
        if self.status is None:
            return _FAILURES.get(self.error or "", "unknown_error")
        return None if 200 <= self.status < 300 else "http_error"  # noqa: PLR2004 — HTTP's 2xx

    def latest(self) -> Shown:
        """Return the newest thing that this interaction put on a screen and that still stands."""
        standing = [shown for shown in self.shown if not shown.deleted]
        if not standing:
            raise LookupError(f"the answer put nothing on the screen: {self.status} {self.body!r}")
        return standing[-1]
