"""S3: half-open connections of three kinds, by the hundred; Slack is answered meanwhile."""

import asyncio
import contextlib
import resource
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bot_process import ROOT, bot_process
from tests.knocks import begun, connected
from tests.proof.crowd import Crowd, add_quietly, look
from tests.proof.figures import Figure, Size, in_ms, percentile
from tests.proof.stage import stage

FAULT = "half-open connections: nothing said, a head that dribbles in, a body that never comes"
CLOSED_WITHIN = 15.0
OPENED_WITHIN = 4.0
"""All at once would measure how fast this process opens connections."""
A_SECOND = 20
"""Requests that Slack sends meanwhile."""

Half = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def says_nothing(_: asyncio.StreamWriter) -> None:
    """A connection, and no word."""


async def dribbles(writing: asyncio.StreamWriter) -> None:
    """A byte of the head each second: never silent, and never done."""
    for byte in begun("Content-Length: 100"):
        writing.write(byte.encode())
        await asyncio.sleep(1)


async def keeps_the_body(writing: asyncio.StreamWriter) -> None:
    """A head that announces a body, and its first byte."""
    writing.write(begun("Content-Length: 100").encode() + b"x")


KINDS: tuple[Half, ...] = (says_nothing, dribbles, keeps_the_body)


async def prove(size: Size, house: Path = ROOT) -> list[Figure]:
    """Open them all, and let people work on."""
    count, open_files, seconds, slow = size.of((1_000, 1_024, 15, 0.1), (90, 80, 5, 2.0))
    _make_room(count)
    # A usual limit of open files, which the connections alone would use up.
    limited = ("sh", "-c", f'ulimit -S -n {open_files}; exec "$@"', "sh")
    async with (
        stage(people=4, channels=2) as played,
        bot_process(played.slack, played.path, *limited, house=house),
    ):
        await played.is_known()
        crowd = Crowd(played, {add_quietly: 1, look: 1})
        halves = [
            asyncio.create_task(
                held(played.slack.request_url, KINDS[at % len(KINDS)], OPENED_WITHIN * at / count)
            )
            for at in range(count)
        ]
        await crowd.at_rate(lambda _: A_SECOND, seconds)
        return _figures(await asyncio.gather(*halves), crowd, slow)


async def held(url: str, half: Half, pause: float) -> float:
    """Seconds until a connection that is never brought to its end was closed by the other side."""
    await asyncio.sleep(pause)
    async with connected(url) as (reading, writing):
        began = time.monotonic()
        saying = asyncio.create_task(_say(half, writing))
        with contextlib.suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(reading.read(), 2 * CLOSED_WITHIN)
        seconds = time.monotonic() - began
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
        return seconds


async def _say(half: Half, writing: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await half(writing)


def _make_room(count: int) -> None:
    """Have as many files open as there are connections, and some more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))


def _figures(held_for: list[float], crowd: Crowd, slow: float) -> list[Figure]:
    longest = max(held_for)
    seconds = [sent.seconds for sent in crowd.sent]
    unanswered = sum(sent.status != 200 for sent in crowd.sent)
    p99 = percentile(seconds, 99)
    return [
        Figure(
            id="S3",
            fault=FAULT,
            wanted=f"closed ≤ {CLOSED_WITHIN:.0f} s",
            measured=f"{len(held_for):,} of them, the last after {longest:.1f} s",
            reached=longest <= CLOSED_WITHIN,
        ),
        Figure(
            id="S3",
            fault=FAULT,
            wanted=f"signed traffic p99 < {in_ms(slow)} meanwhile",
            measured=f"p99 {in_ms(p99)}, p50 {in_ms(percentile(seconds, 50))} of {len(seconds)} "
            f"requests, {A_SECOND} a second; {unanswered} unanswered",
            reached=p99 < slow and not unanswered,
            note=f"Opened over {OPENED_WITHIN:.0f} s. Half of the requests add a task. The "
            "connections alone would have used up the limit of open files that the process was "
            "started with.",
        ),
    ]
