"""The tasks that run beside the requests: started together, watched, ended within a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import structlog

from ops.metrics import Metrics
from store import NotSaved

log = structlog.get_logger()

Turn = Callable[[], Awaitable[float]]
"""One turn of a worker; returns after how many seconds the next one is due."""

FAULT_PAUSE = 1.0
BUSY_PAUSE = 2.0


async def wait_until(deadline: float, tasks: Collection[asyncio.Task[Any]]) -> None:
    """Wait for tasks to end, until a moment of the monotonic clock; none is cancelled."""
    if tasks:
        await asyncio.wait(tasks, timeout=max(deadline - time.monotonic(), 0))


class Worker:
    """Takes turns until it is stopped. A turn that fails is logged, counted and followed by more.

    `wake` makes the next turn come at once.
    """

    def __init__(self, name: str, turn: Turn, metrics: Metrics) -> None:
        self.name = name
        self._turn = turn
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin to take turns."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """Have the next turn come at once."""
        self._woken.set()

    async def stop(self, deadline: float) -> None:
        """Let the turn that was begun end, until a moment of the monotonic clock."""
        self._stopping = True
        self._woken.set()
        if self._task:
            await wait_until(deadline, [self._task])
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            pause = await self._take_turn()
            if not self._stopping:
                await self._sleep(pause)

    async def _take_turn(self) -> float:
        try:
            return await self._turn()
        except NotSaved as error:
            log.warning("worker.waits", worker=self.name, reason=error.reason)
            return BUSY_PAUSE
        except Exception:
            self._metrics.fault(self.name)
            log.exception("worker.failed", worker=self.name)
            return FAULT_PAUSE

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
