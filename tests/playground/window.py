"""A window of the page as its JavaScript has it: a WebSocket, a screen, and acts with answers."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import aiohttp

from playground import Slack

T = TypeVar("T")
SECONDS = 5.0


class Window:
    """Somebody's window."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.screen: dict[str, Any] = {}
        self._done: dict[int, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def of(cls, slack: Slack, user_id: str) -> AsyncIterator[Self]:
        """Open the page as somebody, and wait for the first screen."""
        url = f"{slack.url}/live?person={user_id}"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, origin=slack.url) as socket,
        ):
            window = cls(socket)
            await window.sees(lambda screen: screen)
            yield window

    async def does(self, act: str, **said: Any) -> dict[str, Any]:
        """Act, and return what came of it."""
        number = next(self._numbers)
        await self.socket.send_json({"id": number, "act": act, **said})
        async with asyncio.timeout(SECONDS):
            while number not in self._done:
                await self._read()
        return self._done.pop(number)

    async def sees(self, condition: Callable[[dict[str, Any]], T]) -> T:
        """Wait until the screen is so, and return what the condition says."""
        async with asyncio.timeout(SECONDS):
            while not (holds := condition(self.screen)):
                await self._read()
        return holds

    async def wire(self, count: int) -> list[dict[str, Any]]:
        """Wait until so much went over the wire, and came back."""
        return list(await self.sees(lambda screen: _ended(screen["wire"], count)))

    async def _read(self) -> None:
        said = await self.socket.receive_json()
        if said["type"] == "state":
            self.screen = said
        else:
            self._done[said["id"]] = said

    def messages(self, channel_id: str = "C01") -> list[dict[str, Any]]:
        """What stands in a channel."""
        return list(self.screen["messages"][channel_id])

    def button(self, text: str, channel_id: str = "C01") -> dict[str, Any]:
        """Where the first button or menu line with this text stands, ready to be clicked."""
        for message in self.messages(channel_id):
            for block, element, part in _parts(message["blocks"]):
                if isinstance(part.get("text"), dict) and part["text"]["text"] == text:
                    return {
                        "channel": channel_id,
                        "ts": message["ts"],
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "value": part.get("value"),
                    }
        raise LookupError(text)


def _ended(wire: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The wire, if it is so long and nothing on it is under way."""
    whole = len(wire) == count and all(it["outcome"] != "under way" for it in wire)
    return wire if whole else []


def _parts(blocks: list[Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Each element that can be used, and each of its options."""
    for block in blocks:
        for element in [*block.get("elements", []), block.get("accessory")]:
            if element and "action_id" in element:
                for part in [element, *element.get("options", [])]:
                    yield block, element, part
