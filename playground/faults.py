"""Faults to order: a Slack that is slow, down, limiting, or gone in the middle of an answer."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypedDict, Unpack

from aiohttp import web

Kind = Literal["ratelimited", "status", "error", "delay", "hang", "reset"]
Clock = Callable[[], float]

# A clock that a test turns rings no bell: a call that hangs looks at it so often.
GLANCE = 0.05

RETRY_AFTER = "Retry-After"


class Where(TypedDict, total=False):
    """Which calls a fault strikes, how often, and when.

    `times=None` is until it is removed; `every=3` strikes the third such call, the sixth and so
    on. `starts_in` and `lasting` are seconds on the stand-in's clock from when it is ordered.
    """

    method: str
    channel: str | None
    team: str | None
    times: int | None
    every: int
    starts_in: float
    lasting: float
    after_effect: bool


@dataclass(eq=False, kw_only=True)
class Fault:
    """One thing that goes wrong, counted.

    With `after_effect` the call first does what it says, and only its answer is spoilt.
    """

    kind: Kind
    method: str = "*"
    channel: str | None = None
    team: str | None = None
    times: int | None = None
    every: int = 1
    starts_in: float = 0.0
    lasting: float = math.inf
    after_effect: bool = False
    met: int = 0
    hits: int = 0
    seconds: float = 0.0
    retry_after: int | None = None
    code: int = 200
    body: str = ""
    content_type: str = "application/json"
    location: str = ""
    error_code: str = ""
    _opens_at: float = -math.inf
    _closes_at: float = math.inf
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def ratelimited(cls, retry_after: int | None = None, **where: Unpack[Where]) -> Self:
        """Answer 429 with `Retry-After`: by itself until the fault ends, or 1 if it does not."""
        return cls(kind="ratelimited", retry_after=retry_after, **where)

    @classmethod
    def status(
        cls,
        code: int,
        body: str = "",
        content_type: str = "text/html",
        **where: Unpack[Where],
    ) -> Self:
        """Answer with this HTTP status and body, as a proxy in front of Slack would."""
        return cls(kind="status", code=code, body=body, content_type=content_type, **where)

    @classmethod
    def redirect(cls, location: str, **where: Unpack[Where]) -> Self:
        """Answer that the same request is to be made elsewhere."""
        return cls(kind="status", code=307, location=location, **where)

    @classmethod
    def error(cls, error_code: str, **where: Unpack[Where]) -> Self:
        """Answer 200 with `{"ok": false, "error": …}`."""
        return cls(kind="error", error_code=error_code, **where)

    @classmethod
    def delay(cls, seconds: float, **where: Unpack[Where]) -> Self:
        """Answer correctly, but later."""
        return cls(kind="delay", seconds=seconds, **where)

    @classmethod
    def hang(cls, **where: Unpack[Where]) -> Self:
        """Do not answer until released or its time is over; then answer correctly.

        A caller that gave up meanwhile is not noticed: what it asked for still happens.
        """
        return cls(kind="hang", **where)

    @classmethod
    def reset(cls, **where: Unpack[Where]) -> Self:
        """Drop the connection instead of answering."""
        return cls(kind="reset", **where)

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it was told to."""
        return self.times is not None and self.hits >= self.times

    def begin(self, now: float) -> None:
        """Count the seconds of its window from now."""
        self._opens_at = now + self.starts_in
        self._closes_at = self._opens_at + self.lasting

    def release(self) -> None:
        """Let go of the calls that hang."""
        self._released.set()

    def meets(self, method: str, team_id: str | None, channel_id: str | None, now: float) -> bool:
        """Tell whether this call is one to strike, counting those that it could."""
        if not self._concerns(method, team_id, channel_id, now):
            return False
        self.met += 1
        struck = self.met % self.every == 0
        self.hits += struck
        return struck

    def _concerns(
        self, method: str, team_id: str | None, channel_id: str | None, now: float
    ) -> bool:
        return (
            not self.spent
            and self._opens_at <= now < self._closes_at
            and self.method in ("*", method)
            and self.team in (None, team_id)
            and self.channel in (None, channel_id)
        )

    async def strike(self, request: web.Request, clock: Clock) -> web.Response | None:
        """Spoil the call: return the answer to give instead, or None to go on."""
        if self.kind == "delay":
            await asyncio.sleep(self.seconds)
        elif self.kind == "hang":
            await self._hang(clock)
        elif self.kind == "reset":
            return _drop(request)
        else:
            return self._answer(clock())
        return None

    async def _hang(self, clock: Clock) -> None:
        glance = None if math.isinf(self._closes_at) else GLANCE
        while clock() < self._closes_at and not self._released.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), glance)

    def _answer(self, now: float) -> web.Response:
        if self.kind == "ratelimited":
            return ratelimited(self._seconds_left(now))
        if self.kind == "error":
            return web.json_response({"ok": False, "error": self.error_code})
        headers = {"Location": self.location} if self.location else {}
        return web.Response(
            status=self.code, text=self.body, content_type=self.content_type, headers=headers
        )

    def _seconds_left(self, now: float) -> int:
        """Until asking again would pass, unless it was told to say something else."""
        if self.retry_after is not None:
            return self.retry_after
        return 1 if math.isinf(self._closes_at) else max(1, math.ceil(self._closes_at - now))

    @property
    def outcome(self) -> str:
        """How the list of calls names it."""
        return self.error_code or self.kind


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def ratelimited(retry_after: int) -> web.Response:
    """Return Slack's answer to asking too often."""
    body: dict[str, Any] = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={RETRY_AFTER: str(retry_after)})


class Faults:
    """The faults ordered at present."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ordered: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._ordered)

    def add(self, fault: Fault) -> Fault:
        """Order a fault; the same object is the handle to remove, release or ask it."""
        fault.begin(self._clock())
        self._ordered.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take an order back, and let go of the calls that hang in it."""
        self._ordered.remove(fault)
        fault.release()

    def clear(self) -> None:
        """Take all orders back."""
        for fault in list(self._ordered):
            self.remove(fault)

    def take(self, method: str, team_id: str | None, channel_id: str | None) -> Fault | None:
        """Return the first fault that strikes this call, and count the hit."""
        now = self._clock()
        meeting = (it for it in self._ordered if it.meets(method, team_id, channel_id, now))
        return next(meeting, None)
