"""The page to try the bot in: its files, and the WebSocket that keeps each window up to date."""

import asyncio
import contextlib
import json
import logging
from pathlib import Path

from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from playground.acts import Request, perform
from playground.loopback import only_from_here
from playground.messages import JSON
from playground.offer import Offer
from playground.people import Person
from playground.snapshot import actors, snapshot
from playground.state import State
from playground.switches import Switches

_log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "page"
# Changes that come together are shown together.
DEBOUNCE = 0.03
# A window whose machine sleeps is let go after so long.
_HEARTBEAT = 30.0
_CLOSING = 0.5

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    hdrs.CONTENT_SECURITY_POLICY: "frame-ancestors 'none'",
}


class Page:
    """Serves the page, shows everybody their own screen and does what they do on it."""

    def __init__(self, state: State) -> None:
        self.offer = Offer()
        self.ready = asyncio.Event()
        """What people do waits for it: a window may be open before the app listens."""
        self.ready.set()
        self._state = state
        self._switches = Switches(state.faults)
        self._sockets: set[web.WebSocketResponse] = set()
        self._acting: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return what the page consists of."""
        return [
            web.get("/", only_from_here(self._index)),
            web.get("/page/{name:.+}", only_from_here(self._file)),
            web.get("/live", only_from_here(self._live)),
        ]

    async def close(self) -> None:
        """Let go of every window, and of what is being done."""
        for task in self._acting:
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)
        closing = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in list(self._sockets))
        await asyncio.gather(*closing, return_exceptions=True)

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return _served("index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return _served(request.match_info["name"])

    async def _live(self, request: web.Request) -> web.StreamResponse:
        # A browser always says whose page opens a socket, and a socket may act.
        if hdrs.ORIGIN not in request.headers:
            raise web.HTTPForbidden(text="A WebSocket needs an Origin.\n")
        person = self._actor(request.query.get("person"))
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, timeout=_CLOSING)
        await socket.prepare(request)
        self._sockets.add(socket)
        showing = asyncio.create_task(self._show(socket, person))
        try:
            await self._listen(socket, person)
        finally:
            self._sockets.discard(socket)
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
        return socket

    def _actor(self, user_id: str | None) -> Person:
        """Return the person to be: the first, unless the page says who, and they are there."""
        everybody = [it for ws in self._state.workspaces.values() for it in actors(ws)]
        if not everybody:
            raise web.HTTPNotFound(text="There is nobody here.\n")
        return next((person for person in everybody if person.id == user_id), everybody[0])

    async def _show(self, socket: web.WebSocketResponse, person: Person) -> None:
        """Send this person's screen now, and whenever it is another."""
        changes, last = self._state.changes, ""
        while not socket.closed:
            count = changes.count
            screen = json.dumps(snapshot(person, self.offer, self._switches.positions()))
            if screen != last:
                await _send(socket, screen)
                last = screen
            if changes.count == count:
                await changes.next()
            await asyncio.sleep(DEBOUNCE)

    async def _listen(self, socket: web.WebSocketResponse, person: Person) -> None:
        """Begin each act as it comes: nobody waits for another's answer."""
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                task = asyncio.create_task(self._act(socket, person, message.data))
                self._acting.add(task)
                task.add_done_callback(self._acting.discard)

    async def _act(self, socket: web.WebSocketResponse, person: Person, message: str) -> None:
        said = _read(message)
        await self.ready.wait()
        request = Request(person=person, offer=self.offer, switches=self._switches, said=said)
        try:
            came_of_it = await perform(request)
        except Exception:  # noqa: BLE001 — whatever it is, the window must not wait for ever
            _log.exception("an act failed")
            came_of_it = {"ok": False, "error": "The playground could not do that."}
        await _send(socket, json.dumps({"type": "done", "id": said.get("id")} | came_of_it))


def _served(name: str) -> web.StreamResponse:
    """Return a file of the page: one of those that are there, whatever the name looks like."""
    there = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*")}
    path = there.get(name)
    if path is None or path.suffix not in _TYPES:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={**_HEADERS, hdrs.CONTENT_TYPE: _TYPES[path.suffix]})


def _read(message: str) -> JSON:
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


async def _send(socket: web.WebSocketResponse, text: str) -> None:
    # A window may be closed at any moment.
    with contextlib.suppress(ConnectionError):
        await socket.send_str(text)
