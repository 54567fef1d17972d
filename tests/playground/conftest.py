"""A stand-in with a small workspace, Slack's own client, and a tiny bot built on Slack's Bolt."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground import Channel, Person, Slack, Workspace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Bot:
    """An HTTP server to play the bot with; what it answers is put in by the test."""

    def __init__(self) -> None:
        self.requests: list[tuple[bytes, dict[str, str]]] = []
        self.answer: Handler = self.nothing

    async def nothing(self, _request: web.Request) -> web.Response:
        """Answer with an empty 200."""
        return web.Response()

    async def hear(self, request: web.Request) -> web.StreamResponse:
        """Keep the request and answer it."""
        self.requests.append((await request.read(), dict(request.headers)))
        return await self.answer(request)

    def says(self, body: object = None, *, text: str = "", status: int = 200) -> None:
        """Answer everything with this."""

        async def answer(_request: web.Request) -> web.Response:
            if body is None:
                return web.Response(text=text, status=status)
            return web.json_response(body, status=status)

        self.answer = answer

    def runs(self, app: AsyncApp) -> None:
        """Let a Bolt app answer."""

        async def answer(request: web.Request) -> web.Response:
            return await to_aiohttp_response(
                await app.async_dispatch(await to_bolt_request(request))
            )

        self.answer = answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Slack]:
    async with Slack.running(signing_secret="shhh", clock=clock) as running:
        yield running


@pytest.fixture
def ws(slack: Slack) -> Workspace:
    return slack.add_workspace(team_id="T01", name="Acme", bot_token="xoxb-T01")


@pytest.fixture
def maya(ws: Workspace) -> Person:
    return ws.add_person("U01", name="maya", real_name="Maya Lind", tz="Europe/Berlin")


@pytest.fixture
def tom(ws: Workspace) -> Person:
    return ws.add_person("U02", name="tom", real_name="Tom Reyes", tz="America/Los_Angeles")


@pytest.fixture
def dev(ws: Workspace) -> Channel:
    return ws.add_channel("C01", name="dev")


@pytest.fixture
async def client(slack: Slack, ws: Workspace) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(token=ws.bot_token, base_url=slack.api_url, session=session)


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(signing_secret="shhh", client=client, process_before_response=True)


@pytest.fixture
async def bot(slack: Slack) -> AsyncIterator[Bot]:
    played = Bot()
    server = web.Application()
    server.router.add_post("/slack/events", played.hear)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield played
    await runner.cleanup()
