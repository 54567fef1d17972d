"""Faults to order: a Slack that is slow, down, limiting, or gone in the middle of an answer."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypedDict, Unpack

from aiohttp import web

Kind = Literal["ratelimited", "status", "error", "delay", "hang", "reset"]


class Where(TypedDict, total=False):
    """Which calls a fault strikes, and how often; `times=None` is until it is removed."""

    method: str
    channel: str | None
    team: str | None
    times: int | None
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
    after_effect: bool = False
    hits: int = 0
    seconds: float = 0.0
    code: int = 200
    body: str = ""
    content_type: str = "application/json"
    error_code: str = ""
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def ratelimited(cls, retry_after: int = 1, **where: Unpack[Where]) -> Self:
        """Answer 429 with `Retry-After`."""
        return cls(kind="ratelimited", seconds=retry_after, **where)

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
    def error(cls, error_code: str, **where: Unpack[Where]) -> Self:
        """Answer 200 with `{"ok": false, "error": …}`."""
        return cls(kind="error", error_code=error_code, **where)

    @classmethod
    def delay(cls, seconds: float, **where: Unpack[Where]) -> Self:
        """Answer correctly, but later."""
        return cls(kind="delay", seconds=seconds, **where)

    @classmethod
    def hang(cls, **where: Unpack[Where]) -> Self:
        """Do not answer until released; then answer correctly.

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

    def release(self) -> None:
        """Let go of the calls that hang."""
        self._released.set()

    def concerns(self, method: str, team_id: str | None, channel_id: str | None) -> bool:
        """Tell whether this call is one to strike."""
        return (
            not self.spent
            and self.method in ("*", method)
            and self.team in (None, team_id)
            and self.channel in (None, channel_id)
        )

    async def strike(self, request: web.Request) -> web.Response | None:
        """Spoil the call: return the answer to give instead, or None to go on."""
        if self.kind == "delay":
            await asyncio.sleep(self.seconds)
        elif self.kind == "hang":
            await self._released.wait()
        elif self.kind == "reset":
            return _drop(request)
        else:
            return self._answer()
        return None

    def _answer(self) -> web.Response:
        if self.kind == "ratelimited":
            return ratelimited(int(self.seconds))
        if self.kind == "error":
            return web.json_response({"ok": False, "error": self.error_code})
        return web.Response(status=self.code, text=self.body, content_type=self.content_type)

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
    return web.json_response(body, status=429, headers={"Retry-After": str(retry_after)})


class Faults:
    """The faults ordered at present."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._ordered)

    def add(self, fault: Fault) -> Fault:
        """Order a fault; the same object is the handle to remove, release or ask it."""
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
        for fault in self._ordered:
            if fault.concerns(method, team_id, channel_id):
                fault.hits += 1
                return fault
        return None
