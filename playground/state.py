"""What the stand-in remembers: one object that its parts share."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import aiohttp

from playground.changes import Changes
from playground.exchange import DEADLINE
from playground.faults import Faults
from playground.limits import Limits
from playground.messages import JSON
from playground.tickets import Tickets
from playground.wire import Wire
from playground.workspace import Workspace


@dataclass(eq=False, kw_only=True)
class ApiCall:
    """One call that the app made to Slack."""

    method: str
    team_id: str | None
    args: JSON
    at: float
    outcome: str = ""
    retry_after: int | None = None
    """Seconds for which it was told not to call again."""
    answered_at: float | None = None
    """When; None as long as it hangs, and when nobody was there any more to be told."""

    @property
    def channel(self) -> str | None:
        """The channel that it names."""
        channel = self.args.get("channel")
        return channel if isinstance(channel, str) else None


@dataclass(eq=False, kw_only=True)
class State:
    """Workspaces, what was called, what was wrong, and what goes wrong on purpose."""

    signing_secret: str
    clock: Callable[[], float]
    request_url: str = ""
    url: str = ""
    dedupes_client_msg_id: bool = False
    deadline: float = DEADLINE
    """How many seconds Slack waits for an answer."""
    retry_scale: float = 0.0
    """How long the pauses before an event is sent again are, of Slack's own; 0: it never is."""
    redelivering: set[asyncio.Task[None]] = field(default_factory=set)
    """What still goes on about events that were not taken."""
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    calls: list[ApiCall] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(init=False)
    tickets: Tickets = field(default_factory=Tickets)
    changes: Changes = field(default_factory=Changes)
    wire: Wire = field(init=False)
    session: aiohttp.ClientSession | None = None
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _last_ts: int = 0

    def __post_init__(self) -> None:
        self.faults = Faults(self.clock)
        self.wire = Wire(self.clock, self.changes)

    @property
    def api_url(self) -> str:
        """The base URL of the Web API."""
        return f"{self.url}/api/"

    def next_ts(self) -> str:
        """Return a message time stamp that no message has had."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def next_id(self) -> str:
        """Return a part of an identity that nothing else has."""
        return f"{next(self._ids):08d}"

    def violation(self, what: str) -> None:
        """Note something that real Slack would not have accepted."""
        self.violations.append(what)
        self.changes.notify()

    def of_token(self, token: str) -> Workspace | None:
        """Return the workspace that a bot token belongs to."""
        return next((ws for ws in self.workspaces.values() if ws.bot_token == token), None)
