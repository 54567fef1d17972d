"""The operator's HTTP side: /health, /health/live and /metrics."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ops import VERSION
from ops.health import Check, State, worst
from ops.metrics import Metrics
from store import Clock, Insights

Checks = Mapping[str, Callable[[], Awaitable[Check]]]


class OpsServer:
    """Answers operators; `checks` are asked side by side on each `GET /health`."""

    def __init__(self, checks: Checks, metrics: Metrics, insights: Insights, clock: Clock) -> None:
        self._checks = checks
        self._metrics = metrics
        self._insights = insights
        self._clock = clock
        self._started = time.monotonic()

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/metrics", self._show_metrics)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        found = await asyncio.gather(*(check() for check in self._checks.values()))
        state = worst(found)
        body = {
            "status": state,
            "version": VERSION,
            "timestamp": self._clock().isoformat(),
            "uptime_seconds": round(self._uptime(), 1),
            "checks": {
                name: check.as_json() for name, check in zip(self._checks, found, strict=True)
            },
        }
        return web.json_response(body, status=503 if state is State.DOWN else 200)

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": State.UP})

    async def _show_metrics(self, request: web.Request) -> web.Response:
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response(await self._plain_numbers())
        return web.Response(
            body=generate_latest(self._metrics.registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )

    async def _plain_numbers(self) -> dict[str, int]:
        created, completed = await self._insights.totals()
        return {
            "tasks_created_total": created,
            "tasks_completed_total": completed,
            "errors_total": self._metrics.errors_total(),
            "uptime_ms": int(self._uptime() * 1000),
        }

    def _uptime(self) -> float:
        return time.monotonic() - self._started
