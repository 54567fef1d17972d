"""Starts a bot whose n-th database call fails or stalls, to order: `faulty_bot.py SOCKET … -m bot`.

The bot itself is the one that stands in the working folder, unchanged: what fails is what lies
below it, the connections of Python's own sqlite3. Orders come through a socket, a line of JSON
each, and are answered by what came of the order before.

Only what is done for a request counts, not what workers do meanwhile: the bot gives each request
a context of its own for its log lines, and that goes with its database calls to their threads.
"""

import json
import runpy
import socketserver
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import structlog

STALL_SECONDS = 3.0


@dataclass
class Order:
    """What is to happen to the n-th call; 0: nothing. `is_after`: to the n-th commit, once done."""

    at: int = 0
    stalls: bool = False
    is_after: bool = False
    calls: int = 0
    struck: bool = False

    def meet(self, *, is_after: bool) -> None:
        """Count a call, and spoil it if it is the one."""
        if is_after is not self.is_after:
            return
        self.calls += 1
        if self.calls != self.at:
            return
        self.struck = True
        if self.stalls:
            with _stalling:
                time.sleep(STALL_SECONDS)
        else:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error


class Standing(threading.local):
    """What holds in one thread at one moment."""

    is_for_request = False


_order = Order()
_stalling = threading.Lock()
"""Held while a call stalls: the next order waits for its end."""
_standing = Standing()


class Orders(socketserver.StreamRequestHandler):
    """Takes an order in the place of the one before."""

    def handle(self) -> None:
        """Until nobody orders any more."""
        global _order  # one bot, one order
        for line in self.rfile:
            with _stalling:
                before, _order = _order, Order(**json.loads(line))
            said = {"calls": before.calls, "struck": before.struck}
            self.wfile.write(json.dumps(said).encode() + b"\n")


def _meet(*, is_after: bool = False) -> None:
    if _standing.is_for_request:
        _order.meet(is_after=is_after)


class FaultyCursor(sqlite3.Cursor):
    """Statements, BEGIN among them: `Connection.execute` comes through here as well."""

    def execute(self, *arguments: Any) -> Any:
        """One call."""
        _meet()
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        """One call, however many rows."""
        _meet()
        return super().executemany(*arguments)


class FaultyConnection(sqlite3.Connection):
    """The ends of transactions; what finds none open is no call."""

    def cursor(self, factory: Any = FaultyCursor) -> Any:
        """One whose statements count."""
        return super().cursor(factory)

    def commit(self) -> None:
        """One call, which may fail or stall before it takes effect and after it."""
        if not self.in_transaction:
            return
        _meet()
        super().commit()
        _meet(is_after=True)

    def rollback(self) -> None:
        """One call: it may fail, but it ends the transaction whatever it says.

        https://sqlite.org/lang_transaction.html
        """
        if not self.in_transaction:
            return
        super().rollback()
        _meet()


def _tell_apart() -> None:
    """Have each thread know whether it works for a request."""
    connection: Any = aiosqlite.Connection
    real = connection._execute  # noqa: SLF001  # what all calls go through

    async def execute(self: Any, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        is_for_request = "request_id" in structlog.contextvars.get_contextvars()

        def for_whom() -> Any:
            _standing.is_for_request = is_for_request
            try:
                return work(*arguments, **named)
            finally:
                _standing.is_for_request = False

        return await real(self, for_whom)

    connection._execute = execute  # noqa: SLF001


def main() -> None:
    """Take orders beside the bot."""
    _, socket, *_, module = sys.argv
    driver: Any = sqlite3
    driver.connect = partial(sqlite3.connect, factory=FaultyConnection)
    _tell_apart()
    server = socketserver.ThreadingUnixStreamServer(socket, Orders)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.path[0] = str(Path.cwd())
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
