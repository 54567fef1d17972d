"""Whether Taskbot can do its work: what it checks, and what each finding means for the whole."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from store import NotSaved

PROBE_FRESH_FOR = 1.0
PROBE_SECONDS = 0.7
"""With the last finding, which is good for a second, a fault is told within 2 s."""


class State(StrEnum):
    """UP, working with something missing, or not working."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


_WORST_FIRST = (State.DOWN, State.DEGRADED, State.UP)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: how long it took, and what is wrong, in words."""

    status: State
    ms: float | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, object]:
        """Without what is not known."""
        found = {"status": self.status, "ms": self.ms, "reason": self.reason}
        return {name: value for name, value in found.items() if value is not None}


Checks = Mapping[str, Callable[[], Awaitable[Check]]]


@dataclass(frozen=True, slots=True)
class Health:
    """What all checks found at one moment."""

    checks: Mapping[str, Check]

    @property
    def status(self) -> State:
        """The state of the whole is that of its worst part."""
        found = {check.status for check in self.checks.values()}
        return next(state for state in _WORST_FIRST if state in found)


async def look(checks: Checks) -> Health:
    """Ask all of them, side by side."""
    found = await asyncio.gather(*(check() for check in checks.values()))
    return Health(dict(zip(checks, found, strict=True)))


class DatabaseCheck:
    """Writes and commits one row, at most once a second however many ask."""

    def __init__(self, probe: Callable[[], Awaitable[None]]) -> None:
        self._probe = probe
        self._asked: asyncio.Task[Check] | None = None
        self._asked_at = 0.0

    async def __call__(self) -> Check:
        now = time.monotonic()
        if self._asked is None or (self._asked.done() and now - self._asked_at >= PROBE_FRESH_FOR):
            self._asked_at = now
            self._asked = asyncio.create_task(self._ask())
        try:
            return await asyncio.wait_for(asyncio.shield(self._asked), PROBE_SECONDS)
        except TimeoutError:
            return Check(State.DOWN, reason="cannot write: no answer")

    async def _ask(self) -> Check:
        began = time.monotonic()
        try:
            await self._probe()
        except NotSaved as error:
            return Check(State.DOWN, _since(began), f"cannot write: {error.reason}")
        except Exception as error:  # noqa: BLE001  # whatever it is, the operator must learn of it
            return Check(State.DOWN, _since(began), f"cannot write: {type(error).__name__}")
        return Check(State.UP, _since(began))


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
