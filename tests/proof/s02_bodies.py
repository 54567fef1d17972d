"""S2: bodies that are too large, without end, packed or in too many parts; none is taken in."""

import asyncio
import contextlib
import gzip
import itertools
import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playground.signing import signed_headers
from tests.bot_process import ROOT, bot_process
from tests.conftest import SECRET
from tests.knocks import FORM, JSON, connected, form
from tests.proof.figures import Figure, Size, in_ms
from tests.proof.stage import stage
from tests.proof.watch import MIB, Memory

FAULT = "50 MB, endless chunks, packed bombs, 1,000 parameters"
LARGE = 50 * MIB
PIECE = b"x" * 64 * 1024
REFUSALS = {400, 401, 413}
MEMORY_MAX = 10
UNPACKED = 100 * MIB


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body, piece after piece, and what its head says of it."""

    pieces: Callable[[], Iterable[bytes]]
    says: tuple[str, ...]
    signed: bytes | None = None
    content_type: str = FORM


def bodies() -> list[Body]:
    """One of each kind; those that fit through the door are well signed."""
    gzipped = gzip.compress(bytes(UNPACKED), mtime=0)
    deflated = zlib.compress(bytes(UNPACKED))
    many = urlencode([(f"field{at}", "x") for at in range(1_000)]).encode()
    deep = json.dumps({"type": "event_callback"}).encode() + b"[" * 100_000
    return [
        Body(pieces=large, says=(f"Content-Length: {LARGE}",)),
        Body(pieces=endless, says=("Transfer-Encoding: chunked",)),
        Body(pieces=dribbled, says=("Transfer-Encoding: chunked",)),
        _whole(gzipped, "Content-Encoding: gzip"),
        _whole(deflated, "Content-Encoding: deflate"),
        _whole(form() + b"&" + many),
        _whole(deep, content_type=JSON),
        Body(
            pieces=lambda: [_chunk(gzipped), _chunk(b"")],
            says=("Transfer-Encoding: gzip, chunked",),
            signed=gzipped,
        ),
    ]


def _whole(body: bytes, *says: str, content_type: str = FORM) -> Body:
    length = f"Content-Length: {len(body)}"
    return Body(pieces=lambda: [body], says=(length, *says), signed=body, content_type=content_type)


def large() -> Iterator[bytes]:
    """All that was announced."""
    return itertools.repeat(PIECE, LARGE // len(PIECE))


def endless() -> Iterator[bytes]:
    """Chunks without end."""
    return itertools.repeat(_chunk(PIECE))


def dribbled() -> Iterator[bytes]:
    """Chunks of one byte, without end."""
    return itertools.repeat(_chunk(b"x") * 1_000)


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


@dataclass(frozen=True)
class Refused:
    """How a body was answered, and after how long."""

    status: int
    seconds: float


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Send each kind, several at once."""
    at_once, slow = size.of((10, 0.2), (1, 5.0))
    async with (
        stage(people=1, channels=1) as played,
        bot_process(played.slack, played.path, house=house) as bot,
    ):
        await played.is_known()
        url, memory = played.slack.request_url, Memory(bot)
        refused = [
            one
            for body in bodies()
            for one in await asyncio.gather(*(send(url, body) for _ in range(at_once)))
        ]
        return _figures(refused, memory, at_once, slow)


async def send(url: str, body: Body) -> Refused:
    """Send it until it is answered, and go on for a while as one who does not listen would."""
    async with connected(url) as (reading, writing):
        began = time.monotonic()
        writing.write(_head(body))
        sending = asyncio.create_task(_send(writing, body))
        line = await asyncio.wait_for(reading.readline(), 30)
        seconds = time.monotonic() - began
        await asyncio.wait([sending], timeout=0.2)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        return Refused(int(line.split()[1]), seconds)


def _head(body: Body) -> bytes:
    headers = signed_headers(SECRET, body.signed or b"", time.time(), body.content_type)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /slack/events HTTP/1.1", "Host: localhost", *lines, *body.says, "", ""]
    return "\r\n".join(head).encode()


async def _send(writing: asyncio.StreamWriter, body: Body) -> None:
    with contextlib.suppress(ConnectionError):
        for piece in body.pieces():
            writing.write(piece)
            await writing.drain()


def _figures(refused: list[Refused], memory: Memory, at_once: int, slow: float) -> list[Figure]:
    slowest = max(one.seconds for one in refused)
    let_in = sum(one.status not in REFUSALS for one in refused)
    grown = memory.grown()
    return [
        Figure(
            id="S2",
            fault=FAULT,
            wanted=f"refused ≤ {in_ms(slow)}",
            measured=f"{let_in} let in of {len(refused)}, {at_once} of each kind at once; "
            f"slowest {in_ms(slowest)}",
            reached=not let_in and slowest <= slow,
        ),
        Figure(
            id="S2",
            fault=FAULT,
            wanted=f"memory + < {MEMORY_MAX} MB",
            measured=f"+ {grown:.1f} MiB at its highest" if memory.is_told else "not told here",
            reached=grown < MEMORY_MAX,
            note="The peak of the process's resident memory (VmHWM of Linux) against its memory "
            "before the first body.",
        ),
    ]
