"""The clock: the worker that has what falls due told, be it at a moment or in the morning."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from ops.metrics import Metrics
from ops.workers import Worker
from store import Clock, Reminders

GATHER_SECONDS = 0.5
"""Changes wake it, and a burst of them only so often."""

LONGEST_PAUSE = 30.0
"""Settings and time zones change what is due next, and wake nobody."""


class Alarm:
    """Turns what is due into notices, which delivery then tells."""

    def __init__(
        self, reminders: Reminders, tell: Callable[[], None], clock: Clock, metrics: Metrics
    ) -> None:
        self._reminders = reminders
        self._tell = tell
        self._clock = clock
        self.worker = Worker("reminders", self._turn, metrics)

    async def _turn(self) -> float:
        await asyncio.sleep(GATHER_SECONDS)
        next_at = await self._reminders.next_at()
        if next_at is None:
            return LONGEST_PAUSE
        seconds = (next_at - self._clock()) / timedelta(seconds=1)
        if seconds > 0:
            return min(seconds, LONGEST_PAUSE)
        await self._reminders.fall_due()
        self._tell()
        return 0.0
