"""Every request from Slack enters here: size, signature, clock, log context; one line as it leaves.

The signature is checked over the raw bytes, before anything is parsed: Bolt would parse first,
and log the bodies of strangers.
"""

import asyncio
import hashlib
import hmac
import time
from typing import Any

import structlog
from aiohttp import web
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.drawing.blocks import answer, words
from bot.payloads import OF_PEOPLE, Kind, Malformed, Payload, read_payload
from bot.reading.use import UNKNOWN, counted_verb, counted_word
from bot.skew import Advice, Skew
from bot.slack import Slack
from bot.survey import Survey
from bot.talk import Later, Talk
from ops.metrics import Metrics
from ops.workers import wait_until
from store import Clock, Lists, People, Usage

log = structlog.get_logger()

BODY_MAX = 256 * 1024
CHUNKS_MAX = 1_000
"""A chunk costs the same however short it is, and a body can have one for each byte."""
READ_SECONDS = 5.0
SKEW_SECONDS = 300
ANSWER_SECONDS = 2.3
"""Slack waits 3 s (https://docs.slack.dev/interactivity/handling-user-interaction).

An answer is to be there within 2.5 s; the rest is for what the machine is busy with (0034).
"""

PATH = "/slack/events"
CONTENT_TYPES = ("application/x-www-form-urlencoded", "application/json")


class Refusal(Exception):
    """A request that is not let in, with its HTTP status."""

    def __init__(self, status: int, reason: str, advice: Advice | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.advice = advice or {}


class Doorway:
    """Lets Slack's requests in, and keeps the time for their answers."""

    def __init__(
        self,
        app: AsyncApp,
        signing_secret: str,
        slack: Slack,
        people: People,
        lists: Lists,
        usage: Usage,
        survey: Survey,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._app = app
        self._secret = signing_secret.encode()
        self._slack = slack
        self._people = people
        self._lists = lists
        self._usage = usage
        self._survey = survey
        self._metrics = metrics
        self._clock = clock
        self._skew = Skew(metrics)
        self._open: set[asyncio.Task[Any]] = set()
        self._later = Later()
        self._is_closed = False

    def web_app(self) -> web.Application:
        """The one route that Slack knows."""
        app = web.Application()
        app.router.add_post(PATH, self._enter)
        return app

    async def close(self, deadline: float) -> None:
        """Let nobody in any more; let every request inside end and be told, until a moment."""
        self._is_closed = True
        await wait_until(deadline, self._open)
        await self._later.drain(deadline)

    async def _enter(self, request: web.Request) -> web.Response:
        started = time.monotonic()
        try:
            self._check_open()
            raw = await self._read(request)
            self._check_signature(request, raw)
            payload = _payload(request, raw)
        except Refusal as refusal:
            return self._refuse(refusal, started)
        talk = self._talk(payload, started)
        answering = asyncio.create_task(self._answer(talk))
        self._open.add(answering)
        answering.add_done_callback(self._open.discard)
        await asyncio.wait([answering], timeout=ANSWER_SECONDS - (time.monotonic() - started))
        response = answering.result() if answering.done() else self._say_still_saving(talk)
        self._metrics.ack_seconds.labels(payload.kind).observe(time.monotonic() - started)
        return _http(response)

    def _talk(self, payload: Payload, started: float) -> Talk:
        return Talk(
            payload,
            self._slack,
            self._people,
            self._lists,
            self._later,
            now=self._clock(),
            started=started,
        )

    def _check_open(self) -> None:
        # A proxy's connection stays open after we stopped listening.
        if self._is_closed:
            raise Refusal(503, "stopping")

    async def _read(self, request: web.Request) -> bytes:
        """The raw body, not larger than any that Slack sends, and never unpacked."""
        if (request.content_length or 0) > BODY_MAX:
            raise Refusal(413, "too large")
        if request.headers.get("Content-Encoding"):
            raise Refusal(400, "encoded")
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await _whole(request)
        except (TimeoutError, ConnectionError, web.HTTPException) as error:
            raise Refusal(400, "not read") from error

    def _check_signature(self, request: web.Request, raw: bytes) -> None:
        """https://docs.slack.dev/authentication/verifying-requests-from-slack.

        The signature first: only what Slack signed tells how far our clock is from Slack's.
        """
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= len("9999999999")):
            raise Refusal(401, "no time stamp")
        signed = b"v0:" + stamp.encode() + b":" + raw
        expected = "v0=" + hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise Refusal(401, "wrong signature")
        self._check_clock(int(stamp))

    def _check_clock(self, stamp: int) -> None:
        """Refuse what is too old or too new, and warn when it may be our clock that is wrong."""
        seconds = self._clock().timestamp() - stamp
        advice = self._skew.note(seconds)
        if abs(seconds) > SKEW_SECONDS:
            raise Refusal(401, "time stamp too far off", advice)
        if advice:
            log.warning("clock.skewed", **advice)

    def _refuse(self, refusal: Refusal, started: float) -> web.Response:
        self._metrics.interactions.labels(Kind.OTHER, "refused").inc()
        tell = log.warning if refusal.advice else log.info
        tell(
            "slack.refused",
            status=refusal.status,
            reason=refusal.reason,
            ms=_since(started),
            **refusal.advice,
        )
        return web.Response(status=refusal.status, text=refusal.reason)

    async def _answer(self, talk: Talk) -> BoltResponse:
        """Have Bolt find the listener; whatever comes of it, one line and one count."""
        payload = talk.payload
        structlog.contextvars.bind_contextvars(
            request_id=talk.reference, team=payload.team_id, user=payload.user_id
        )
        # The mode of requests that come parsed: parsed once, Bolt acts on nothing unchecked.
        bolt_request = AsyncBoltRequest(
            body=dict(payload.body), context={"talk": talk}, mode="socket_mode"
        )
        response = await self._dispatch(bolt_request, talk)
        await self._survey.attend(talk, ANSWER_SECONDS - (time.monotonic() - talk.started))
        if payload.kind in OF_PEOPLE or talk.outcome != "answered":
            response = talk.response
        self._metrics.interactions.labels(payload.kind, talk.outcome).inc()
        log.info(
            "slack.interaction",
            kind=payload.kind,
            outcome=talk.outcome,
            ms=_since(talk.started),
        )
        if payload.kind is Kind.COMMAND:
            self._note_command(talk)
        talk.follow_up()
        return response

    def _note_command(self, talk: Talk) -> None:
        """Note which verb was typed and what came of it; of other words the first one at most."""
        verb = counted_verb(talk.payload.text)
        self._usage.note_command(verb, talk.outcome, talk.reason)
        if verb == UNKNOWN:
            self._usage.note_word(counted_word(talk.payload.text))

    async def _dispatch(self, bolt_request: AsyncBoltRequest, talk: Talk) -> BoltResponse:
        try:
            return await self._app.async_dispatch(bolt_request)
        except Exception:
            # Every error has its answer in `bot.errors`; this is for an error in there.
            log.exception("doorway.failed", reference=talk.reference)
            self._metrics.fault("doorway")
            talk.outcome, talk.reason = "failed", ""
            talk.response = BoltResponse(status=500, body="")
            return talk.response

    def _say_still_saving(self, talk: Talk) -> BoltResponse:
        """The outcome is not known yet: say so, and let it follow through the response_url."""
        said = answer([words("Still saving (ref "), words(talk.reference, code=True), words(")…")])
        log.warning("slack.late", reference=talk.reference, kind=talk.payload.kind)
        if talk.payload.kind is Kind.EVENT:
            # Slack sends it again, and what it says is written down once more.
            return BoltResponse(status=503, body="")
        return talk.say_meanwhile(said)


async def _whole(request: web.Request) -> bytes:
    """The body, as long as it is one of a size that Slack may send."""
    raw, chunks = bytearray(), 0
    async for piece, is_chunk in request.content.iter_chunks():
        raw += piece
        chunks += is_chunk
        if len(raw) > BODY_MAX:
            raise Refusal(413, "too large")
        if chunks > CHUNKS_MAX:
            raise Refusal(400, "too many chunks")
    return bytes(raw)


def _payload(request: web.Request, raw: bytes) -> Payload:
    if request.content_type not in CONTENT_TYPES:
        raise Refusal(400, "not a payload of Slack's")
    try:
        return read_payload(raw, request.content_type)
    except Malformed as error:
        raise Refusal(400, "not a payload of Slack's") from error


def _http(response: BoltResponse) -> web.Response:
    headers = {name: values[0] for name, values in response.headers.items()}
    content_type = headers.pop("content-type", "text/plain;charset=utf-8").partition(";")[0]
    return web.Response(
        status=response.status, text=response.body, content_type=content_type, charset="utf-8"
    )


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
