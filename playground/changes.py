"""One bell that rings whenever anything in the stand-in changes: tests and pages wait for it."""

import asyncio


class Changes:
    """Counts changes, and wakes whoever waits for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Ring: something that people or tests can see is different now."""
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def next(self) -> None:
        """Wait for the next ring."""
        await self._next.wait()
