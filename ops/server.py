"""The operator's HTTP side: the page, /health, /health/live and /metrics."""

import asyncio
import re
import time
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ops import VERSION
from ops.health import Checks, State, look
from ops.metrics import Metrics
from ops.period import EXAMPLE, read_weeks
from store import REPORT_DAYS, Clock, Insights, Report

T = TypeVar("T")

log = structlog.get_logger()

READ_SECONDS = 5.0
"""An answer without numbers that comes is better than one with them that does not."""

_OWN_NAME = re.compile(r"(\[[0-9a-f:.]+\]|\d+(\.\d+){3}|[^.:]*)(:\d+)?", re.ASCII | re.IGNORECASE)
"""An address, or a name without a dot, as of this machine or of a container.

A name of the world's may be pointed at this port by whoever owns it: their script, in the browser
of an operator who visits them, could then read the page.
"""
MISDIRECTED = "The page is not told under this name; see docs/deploy.md, The page from elsewhere.\n"


class OpsServer:
    """Answers operators; `checks` are asked side by side for `GET /health` and for the page."""

    def __init__(self, checks: Checks, metrics: Metrics, insights: Insights, clock: Clock) -> None:
        self._checks = checks
        self._metrics = metrics
        self._insights = insights
        self._clock = clock
        self._started = time.monotonic()
        self._reading = asyncio.Lock()

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_get("/", self._show_page)
        app.router.add_get("/health", self._health)
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/metrics", self._show_metrics)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        health = await look(self._checks)
        body = {
            "status": health.status,
            "version": VERSION,
            "timestamp": self._clock().isoformat(),
            "uptime_seconds": round(self._uptime(), 1),
            "checks": {name: check.as_json() for name, check in health.checks.items()},
        }
        return web.json_response(body, status=503 if health.status is State.DOWN else 200)

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": State.UP})

    async def _show_page(self, request: web.Request) -> web.Response:
        # What draws it takes a sixth of a second to import: a bot that starts does not wait for it.
        from ops.page import HEADERS, page  # noqa: PLC0415

        if not _OWN_NAME.fullmatch(request.headers.get("Host", "")):
            return web.Response(status=421, text=MISDIRECTED)
        asked = request.query.get("weeks")
        days = REPORT_DAYS if asked is None else read_weeks(asked)
        if days is None:
            return web.Response(status=400, text=f"weeks: {EXAMPLE}. Example: /?weeks=4\n")
        reading = _read(self._report(days))
        health, report = await asyncio.gather(look(self._checks), reading)
        # Beside the loop: drawing takes tens of milliseconds, in which nobody would be answered.
        drawn = await asyncio.to_thread(page, health, report, self._clock(), days)
        return web.Response(text=drawn, content_type="text/html", headers=HEADERS)

    async def _report(self, days: int) -> Report:
        """One report at a time, also when nobody waits for it any more.

        Each keeps one of the few connections busy on which people's requests are read.
        """
        await self._reading.acquire()
        report = asyncio.create_task(self._insights.report(days))
        report.add_done_callback(lambda _: self._reading.release())
        return await asyncio.shield(report)

    async def _show_metrics(self, request: web.Request) -> web.Response:
        if "application/json" in request.headers.get("Accept", ""):
            return await self._show_plain_numbers()
        return web.Response(
            body=generate_latest(self._metrics.registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )

    async def _show_plain_numbers(self) -> web.Response:
        read = await _read(asyncio.gather(self._insights.totals(), self._insights.faults()))
        if read is None:
            return web.Response(status=503, text="There are no numbers now; the log says why.\n")
        (created, completed), faults = read
        numbers = {
            "tasks_created_total": created,
            "tasks_completed_total": completed,
            "errors_total": faults,
            "uptime_ms": int(self._uptime() * 1000),
        }
        return web.json_response(numbers)

    def _uptime(self) -> float:
        return time.monotonic() - self._started


async def _read(figures: Awaitable[T]) -> T | None:
    """What the database says, or None and a line in the log: it is told that there is nothing."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await figures
    except Exception:
        log.exception("ops.no_numbers")
        return None
