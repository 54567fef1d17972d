"""Lets in programs of this machine and our own page, and no other page of the same browser."""

from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

_NAMES = ("127.0.0.1", "localhost", "::1")


def only_from_here(handler: Handler) -> Handler:
    """Refuse other host names, which point here for a trick, and other pages' requests.

    No middleware: aiohttp keeps up to 1,024 handlers with middlewares for good, and with each of
    ours the whole workspace that it belongs to.
    """

    async def refuse_others(request: web.Request) -> web.StreamResponse:
        host = request.headers.get(hdrs.HOST, "")
        origin = request.headers.get(hdrs.ORIGIN)
        if _name(host) not in _NAMES or origin not in (None, f"http://{host}"):
            return web.Response(status=403, text="Only this machine and this page are let in.\n")
        return await handler(request)

    return refuse_others


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
