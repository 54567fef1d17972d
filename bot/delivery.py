"""The worker that tells Slack what the database wants told, drawing what is true at that moment."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.directory import Directory
from bot.painter import POST, UPDATE, Painter, Painting
from bot.slack import (
    CALL_SECONDS,
    EXPECTED,
    MESSAGE_GONE,
    TOKEN_REFUSED,
    Later,
    Refused,
    Slack,
    SlackError,
)
from ops.metrics import Metrics
from ops.workers import Worker, wait_until
from store import NONE_SHOWN, Clock, Closed, Notice, NoticeKind, Notices, NotSaved

log = structlog.get_logger()

CALLS_AT_ONCE = 10
IDLE_SECONDS = 5.0
GATHER_SECONDS = 0.03
SETTLE_AGAIN_SECONDS = 0.5
BACKOFF_MAX = 15
TOKEN_PAUSE = 60.0
HINT_SECONDS = 300.0
"""A response_url lives 30 minutes; a click is painted at once or by chat.update."""

POST_EVERY = 1.0
UPDATES_A_MINUTE = 50
MINUTE = 60.0


Settle = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Hint:
    """The response_url of a click on a message, which repaints it outside chat.update's quota."""

    response_url: str
    until: float


class Pace:
    """Slack's limits as far as we keep them ourselves, so as not to be told.

    https://docs.slack.dev/apis/web-api/rate-limits: one post a second in a channel, 50 updates
    a minute in a workspace; a `Retry-After` closes one method in one workspace.
    """

    def __init__(self) -> None:
        self._methods: dict[tuple[str, str], float] = {}
        self._channels: dict[tuple[str, str], float] = {}
        self._updates: dict[str, deque[float]] = {}

    def closed(self) -> Closed:
        """What takes no call now."""
        now = time.monotonic()
        self._methods = {key: until for key, until in self._methods.items() if until > now}
        self._channels = {key: until for key, until in self._channels.items() if until > now}
        return Closed(tuple(self._methods), tuple(self._channels))

    def opens_in(self) -> float:
        """Seconds until the next of them takes calls again; none closed: a long time."""
        ends = [*self._methods.values(), *self._channels.values()]
        return max(min(ends, default=IDLE_SECONDS + time.monotonic()) - time.monotonic(), 0.01)

    def close(self, team_id: str, method: str, seconds: float) -> None:
        """Slack said when to call again."""
        self._methods[team_id, method] = time.monotonic() + seconds

    def refused(self, notice: Notice, method: str, seconds: float) -> None:
        """Slack did not count a call, and said when to call again."""
        made = self._updates.get(notice.team_id)
        if method == UPDATE and made:
            made.pop()
        self.close(notice.team_id, method, seconds)

    def is_closed(self, notice: Notice, method: str) -> bool:
        """Whether a notice was claimed that may not be told by this method now."""
        return self._methods.get((notice.team_id, method), 0.0) > time.monotonic()

    def note(self, notice: Notice, method: str) -> None:
        """Count a call that is about to be made."""
        now = time.monotonic()
        if method == POST:
            self._channels[notice.team_id, notice.channel_id] = now + POST_EVERY
            return
        made = self._updates.setdefault(notice.team_id, deque())
        made.append(now)
        while made[0] <= now - MINUTE:
            made.popleft()
        if len(made) >= UPDATES_A_MINUTE:
            self.close(notice.team_id, UPDATE, made[0] + MINUTE - now)


class Delivery:
    """Claims notices and tells them, several at once, never two about the same message."""

    def __init__(
        self,
        notices: Notices,
        directory: Directory,
        painter: Painter,
        slack: Slack,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._notices = notices
        self._directory = directory
        self._painter = painter
        self._slack = slack
        self._clock = clock
        self._metrics = metrics
        self._pace = Pace()
        self._hints: dict[tuple[str, str], Hint] = {}
        self._calls: dict[asyncio.Task[None], tuple[str, str, str]] = {}
        self.worker = Worker("delivery", self._turn, metrics)

    def hint(self, team_id: str, ts: str, response_url: str) -> None:
        """Have the next painting of a message go through the response_url of a click on it."""
        self._hints[team_id, ts] = Hint(response_url, time.monotonic() + HINT_SECONDS)

    async def stop(self, deadline: float) -> None:
        """End the calls that were begun, until a moment, and hand back every lease."""
        await self.worker.stop(deadline)
        await wait_until(deadline, self._calls)
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _turn(self) -> float:
        # Changes that come together are claimed together: a burst costs a few turns, not hundreds.
        await asyncio.sleep(GATHER_SECONDS)
        free = CALLS_AT_ONCE - len(self._calls)
        if free == 0:
            return IDLE_SECONDS
        teams = self._directory.teams
        now = time.monotonic()
        self._hints = {key: hint for key, hint in self._hints.items() if hint.until > now}
        favoured = tuple(self._hints)
        # Not by their leases alone: those run out at once when the clock is set forward.
        closed = replace(self._pace.closed(), notices=tuple(self._calls.values()))
        claimed = await self._notices.claim(free, closed, teams, favoured)
        for notice in claimed:
            self._begin(notice)
        return 0.0 if claimed else await self._pause()

    async def _pause(self) -> float:
        """How long there is nothing to do: until something falls due, or may be called again."""
        due_at = await self._notices.next_due(self._directory.teams)
        if due_at is None:
            return IDLE_SECONDS
        seconds = (due_at - self._clock()) / timedelta(seconds=1)
        return min(seconds if seconds > 0 else self._pace.opens_in(), IDLE_SECONDS)

    def _begin(self, notice: Notice) -> None:
        hint = self._hints.pop((notice.team_id, notice.ts or ""), None)
        if notice.ts is None and notice.kind is not NoticeKind.HOME:
            # Noted before the card is drawn: the next turn must not claim a second post.
            self._pace.note(notice, POST)
        call = asyncio.create_task(self._deliver(notice, hint))
        self._calls[call] = (notice.team_id, notice.kind, notice.subject)
        call.add_done_callback(self._ended)

    def _ended(self, call: asyncio.Task[None]) -> None:
        del self._calls[call]
        self.worker.wake()

    async def _deliver(self, notice: Notice, hint: Hint | None) -> None:
        try:
            settle = await self._tell(notice, hint)
            await self._surely(notice, settle)
        except asyncio.CancelledError:
            await asyncio.shield(self._notices.later(notice, self._clock(), counts=False))
            raise
        except Exception:
            # The lease runs out by itself, and the notice is tried again.
            self._metrics.fault("delivery")
            log.exception("delivery.failed", **_named(notice))

    async def _surely(self, notice: Notice, settle: Settle) -> None:
        """Write down what came of a call; while the database is busy, Slack is not asked again."""
        while True:
            try:
                return await settle()
            except NotSaved:
                if self._clock() >= notice.lease_until:
                    raise
                await asyncio.sleep(SETTLE_AGAIN_SECONDS)

    async def _tell(self, notice: Notice, hint: Hint | None) -> Settle:
        """Tell Slack, and return how to write down what came of it."""
        try:
            painting = await self._painter.paint(notice)
        except SlackError as error:
            return self._after_no_answer(notice, error)
        if painting is None:
            return partial(self._drop, notice, gone=False)
        return await self._send(notice, painting, hint)

    async def _send(self, notice: Notice, painting: Painting, hint: Hint | None) -> Settle:
        if self._clock() + timedelta(seconds=CALL_SECONDS) >= notice.lease_until:
            return partial(self._later, notice, self._clock())
        if hint and painting.message and await self._respond(hint, painting.message):
            return partial(self._told, notice, notice.ts)
        if self._pace.is_closed(notice, painting.method):
            return partial(self._later, notice, self._clock())
        if painting.method in {POST, UPDATE}:
            # A post once more: it may have been long in drawing, and Slack counts from the call.
            self._pace.note(notice, painting.method)
        try:
            answer = await self._slack.call(painting.method, **painting.arguments)
        except SlackError as error:
            return self._after_failure(notice, painting.method, error)
        if painting.due_at:
            lag = (self._clock() - painting.due_at) / timedelta(seconds=1)
            self._metrics.reminder_lag_seconds.observe(lag)
        # A Home stands nowhere; a direct message stands in the conversation that Slack names.
        where = (answer.get("ts"), answer.get("channel"))
        return partial(self._told, notice, *where, painting.shown)

    async def _respond(self, hint: Hint, message: Mapping[str, object]) -> bool:
        try:
            await self._slack.respond(hint.response_url, {"replace_original": True, **message})
        except SlackError:
            return False
        return True

    async def _told(
        self,
        notice: Notice,
        ts: str | None,
        channel_id: str | None = None,
        shown: Mapping[int, int] = NONE_SHOWN,
    ) -> None:
        if await self._notices.told(notice, ts, channel_id, shown):
            return
        log.warning("delivery.lease_lost", **_named(notice))
        standing = await self._notices.standing(notice)
        if ts and standing not in {None, ts}:
            # Another worker posted the message meanwhile: this one is the double.
            await self._take_back(notice, ts, channel_id or notice.channel_id)

    async def _take_back(self, notice: Notice, ts: str, channel_id: str) -> None:
        try:
            await self._slack.call("chat.delete", channel=channel_id, ts=ts)
        except SlackError as error:
            log.warning("delivery.double", team=notice.team_id, reason=type(error).__name__)

    async def _later(self, notice: Notice, due_at: datetime) -> None:
        await self._notices.later(notice, due_at, counts=False)

    async def _again(self, notice: Notice, due_at: datetime) -> None:
        await self._notices.later(notice, due_at)

    async def _drop(self, notice: Notice, *, gone: bool) -> None:
        await self._notices.dropped(notice, gone=gone)

    def _after_failure(self, notice: Notice, method: str, error: SlackError) -> Settle:
        """What a call that failed means for the notice."""
        now = self._clock()
        match error:
            case Later(code="ratelimited", seconds=seconds):
                self._pace.refused(notice, method, seconds or POST_EVERY)
                return partial(self._later, notice, now)
            case Refused(code=code) if code in TOKEN_REFUSED:
                self._pace.close(notice.team_id, method, TOKEN_PAUSE)
                return partial(self._later, notice, now)
            case Refused(code=code):
                self._note_refused(notice, code)
                return partial(self._drop, notice, gone=code in MESSAGE_GONE)
            case _:
                return partial(self._again, notice, now + _backoff(notice.attempts))

    def _after_no_answer(self, notice: Notice, error: SlackError) -> Settle:
        """What it means that Slack could not tell who somebody is: nobody was told anything."""
        if isinstance(error, Refused) and error.code not in TOKEN_REFUSED:
            self._note_refused(notice, error.code)
            return partial(self._drop, notice, gone=False)
        return partial(self._again, notice, self._clock() + _backoff(notice.attempts))

    def _note_refused(self, notice: Notice, code: str) -> None:
        """What people do to channels and messages is expected; any other refusal is our fault."""
        said = {**_named(notice), "code": code}
        if code in EXPECTED:
            log.info("delivery.dropped", **said)
            return
        self._metrics.fault("delivery")
        log.error("delivery.refused", **said)


def _named(notice: Notice) -> dict[str, str]:
    """Which notice it is, in the log."""
    return {"team": notice.team_id, "notice": notice.kind, "subject": notice.subject}


def _backoff(attempts: int) -> timedelta:
    return timedelta(seconds=min(2 ** min(attempts, 10), BACKOFF_MAX))
