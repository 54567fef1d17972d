"""The stand-in itself: its life from start to stop, and how tests and the demo talk to it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Self, TypeVar

import aiohttp
from aiohttp import web

from playground.courier import deliver
from playground.exchange import Exchange
from playground.page import Page
from playground.redelivery import again, stop_redelivering
from playground.state import State
from playground.web_api import WebApi
from playground.workspace import Workspace

T = TypeVar("T")

APP_ID = "A0TASKS01"
# Conditions may look at more than Slack, so they are also asked again without a change here.
GLANCE = 0.05
_LAST_CALLS = 8


class Slack(State):
    """A Slack of one's own, on loopback, with a page to look at it."""

    page: Page

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        *,
        signing_secret: str = "shhh",  # noqa: S107 — a stand-in's secret is none
        clock: Callable[[], float] = time.time,
        ports: Iterable[int] = (0,),
        retry_scale: float = 0.0,
    ) -> AsyncIterator[Self]:
        """Run until the block ends, on the first port that is free; nothing stays behind."""
        slack = cls(signing_secret=signing_secret, clock=clock, retry_scale=retry_scale)
        slack.page = Page(slack)
        runner = await _serving(slack, ports)
        try:
            async with _delivering(slack):
                yield slack
        finally:
            slack.faults.clear()
            await runner.cleanup()

    def add_workspace(
        self, *, team_id: str, name: str, bot_token: str, domain: str | None = None
    ) -> Workspace:
        """Add a workspace that has the app installed."""
        suffix = team_id[1:]
        workspace = Workspace(
            state=self,
            id=team_id,
            name=name,
            domain=domain or name.lower().replace(" ", "-"),
            bot_token=bot_token,
            app_id=APP_ID,
            bot_user_id=f"UBOT{suffix}",
            bot_id=f"B{suffix}",
        )
        self.workspaces[team_id] = workspace
        workspace.add_person(workspace.bot_user_id, name="taskbot", role="bot", tz="UTC")
        return workspace

    async def resend(self, exchange: Exchange) -> Exchange:
        """Send the very same bytes again, freshly signed."""
        it = exchange.interaction
        # docs.slack.dev/apis/events-api: only events are retried, and say so in headers.
        repeated = again(1, "http_timeout") if it.kind == "event" else None
        return await deliver(self, it, again=repeated)

    async def until(self, condition: Callable[[], T], seconds: float = 5.0, why: str = "") -> T:
        """Wait until the condition holds, and return what it says."""
        deadline = time.monotonic() + seconds
        while not (holds := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(self._what_happened(why, seconds))
            await self._glance()
        return holds

    async def _glance(self) -> None:
        try:
            await asyncio.wait_for(self.changes.next(), GLANCE)
        except TimeoutError:
            return

    def _what_happened(self, why: str, seconds: float) -> str:
        last = [f"{call.method} {call.channel} {call.outcome}" for call in self.calls]
        return (
            f"not within {seconds} s: {why or 'the condition'}; last calls: "
            f"{last[-_LAST_CALLS:]}; violations: {self.violations}"
        )


@asynccontextmanager
async def _delivering(slack: Slack) -> AsyncIterator[None]:
    # Connections are kept, as by the reverse proxy through which Slack comes in.
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as slack.session:
        try:
            yield
        finally:
            await slack.page.close()
            await stop_redelivering(slack)


async def _serving(slack: Slack, ports: Iterable[int]) -> web.AppRunner:
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.add_routes([*WebApi(slack).routes(), *slack.page.routes()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    for port in ports:
        with contextlib.suppress(OSError):
            await web.TCPSite(runner, "127.0.0.1", port).start()
            host, bound = runner.addresses[0][:2]
            slack.url = f"http://{host}:{bound}"
            return runner
    await runner.cleanup()
    raise OSError(f"no free port among {ports}")
