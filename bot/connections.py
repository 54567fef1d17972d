"""The connections to Slack's side: those that bring no whole request are closed.

aiohttp waits without end for the head of a first request, and logs what is no HTTP as it came.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from bot.payloads import Kind
from ops.metrics import Metrics

log = structlog.get_logger()

HEAD_SECONDS = 10.0
"""From the opening of a connection to the end of its first head."""
LINGER_SECONDS = 0.2
"""For the rest of a body that was refused, so that most senders still read why."""
SWEEP_SECONDS = 1.0

ALONE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "Taskbot"}
"""For whatever stands between us and Slack, and for browsers that were led here."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connections:
    """The server of Slack's side, which keeps no connection for those who say nothing.

    A connection over which Slack was answered stays open while idle, as a proxy expects: a POST
    that is sent into a closing connection is lost. Any other ends with its refusal.
    """

    def __init__(
        self, app: web.Application, metrics: Metrics, head_seconds: float = HEAD_SECONDS
    ) -> None:
        self._head_seconds = head_seconds
        self._since: dict[RequestHandler, float] = {}
        self._heard: set[RequestHandler] = set()
        app.middlewares.append(self._hear)
        app.on_response_prepare.append(_prepare)
        self.runner = web.AppRunner(
            app,
            # No access log: each request has its canonical line already.
            access_log=None,
            logger=ServerLog(metrics),
            shutdown_timeout=1.0,
            lingering_time=LINGER_SECONDS,
            # Nothing is unpacked: the doorway refuses what is packed.
            auto_decompress=False,
        )

    async def sweep(self) -> float:
        """Close what has been open for too long without a request; returns when to look again."""
        now = time.monotonic()
        there = self.runner.server.connections if self.runner.server else []
        self._since = {one: self._since.get(one, now) for one in there}
        self._heard &= self._since.keys()
        for connection, since in self._since.items():
            if connection not in self._heard and now - since >= self._head_seconds:
                connection.force_close()
        return SWEEP_SECONDS

    @web.middleware
    async def _hear(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A whole head came: from here on the doorway keeps the time."""
        self._heard.add(request.protocol)
        return await handler(request)


async def _prepare(_: web.Request, response: web.StreamResponse) -> None:
    """Say that it is for Slack alone, and end the connection with a refusal."""
    response.headers.update(ALONE)
    if response.status >= web.HTTPBadRequest.status_code:
        # The header has to be said as well: aiohttp has made up its mind by now.
        response.headers["Connection"] = "close"
        response.force_close()


class ServerLog(logging.LoggerAdapter[logging.Logger]):
    """The log of aiohttp's server, in which what is no HTTP leaves one short line and a count."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.getLogger("aiohttp.server"))
        self._metrics = metrics

    def log(self, level: int, msg: object, *args: object, **more: Any) -> None:
        """Log as usual, but nothing of what a stranger sent."""
        error = more.get("exc_info")
        if not isinstance(error, HttpProcessingError):
            super().log(level, msg, *args, **more)
            return
        self._metrics.interactions.labels(Kind.OTHER, "refused").inc()
        log.info("slack.refused", status=error.code, reason="not HTTP")
