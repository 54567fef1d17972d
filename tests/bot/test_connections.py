"""No connection is kept for those who say nothing, and none is cut over which somebody speaks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.connections import Connections
from ops.metrics import Metrics
from tests.knocks import connected

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
SECONDS = 0.3


class Door:
    """A server whose one listener answers when it is told to."""

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_post("/", self._answer)
        self.connections = Connections(app, Metrics(), SECONDS)
        self.may_answer = asyncio.Event()
        self.url = ""

    async def _answer(self, _: web.Request) -> web.Response:
        await self.may_answer.wait()
        return web.Response(text="heard")

    async def sweep_for(self, seconds: float) -> None:
        """Do what the worker does, only more often."""
        async with asyncio.timeout(seconds + 5):
            for _ in range(int(seconds / 0.05)):
                await self.connections.sweep()
                await asyncio.sleep(0.05)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    runner = door.connections.runner
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield door
    await runner.cleanup()


@pytest.mark.parametrize("said", [b"", b"POS", HEAD[:-2]], ids=["nothing", "a word", "half a head"])
async def test_a_connection_without_a_whole_head_is_closed(door: Door, said: bytes) -> None:
    async with connected(door.url) as (reading, writing):
        writing.write(said)
        await door.sweep_for(SECONDS / 2)
        assert not reading.at_eof()
        await door.sweep_for(SECONDS)
        assert await asyncio.wait_for(reading.read(), 5) == b""


async def test_a_request_that_is_being_answered_is_not_cut_off(door: Door) -> None:
    async with connected(door.url) as (reading, writing):
        writing.write(HEAD)
        await door.sweep_for(3 * SECONDS)
        door.may_answer.set()
        assert (await asyncio.wait_for(reading.readline(), 5)).startswith(b"HTTP/1.1 200")


async def test_a_connection_that_was_answered_stays_open_while_idle(door: Door) -> None:
    door.may_answer.set()
    async with connected(door.url) as (reading, writing):
        for _ in range(2):
            writing.write(HEAD)
            assert b"heard" in await asyncio.wait_for(reading.readuntil(b"heard"), 5)
            await door.sweep_for(2 * SECONDS)
