"""Workers go on after a fault, come at once when woken, and end when told."""

import asyncio

import pytest
from structlog.testing import capture_logs

from ops.metrics import Metrics
from ops.workers import FAULT_PAUSE, Worker
from store import NotSaved
from tests.factories import errors_total


class Turns:
    """Counts turns; each raises what is in its list, as long as there is something."""

    def __init__(self, *faults: Exception, pause: float = 60.0) -> None:
        self.taken = 0
        self.faults = list(faults)
        self.pause = pause
        self.changed = asyncio.Condition()

    async def __call__(self) -> float:
        self.taken += 1
        async with self.changed:
            self.changed.notify_all()
        if self.faults:
            raise self.faults.pop(0)
        return self.pause

    async def reach(self, count: int) -> None:
        async with self.changed, asyncio.timeout(5):
            await self.changed.wait_for(lambda: self.taken >= count)


async def test_a_turn_that_fails_is_logged_counted_and_followed_by_more() -> None:
    metrics, turns = Metrics(), Turns(RuntimeError("ours"), NotSaved("busy"))
    worker = Worker("housekeeping", turns, metrics)
    with capture_logs() as lines:
        worker.start()
        await turns.reach(1)
        worker.wake()
        await turns.reach(2)
        worker.wake()
        await turns.reach(3)
        assert worker.is_alive
        await worker.stop(1)
    assert [line["event"] for line in lines] == ["worker.failed", "worker.waits"]
    assert [line["log_level"] for line in lines] == ["error", "warning"]
    assert errors_total(metrics) == 1, "a busy database is no fault of the worker"


async def test_a_turn_that_fails_is_followed_by_a_pause() -> None:
    turns = Turns(RuntimeError("ours"))
    worker = Worker("housekeeping", turns, Metrics())
    loop = asyncio.get_running_loop()
    began = loop.time()
    with capture_logs():
        worker.start()
        await turns.reach(2)
    assert loop.time() - began > FAULT_PAUSE - 0.1
    await worker.stop(1)


async def test_turns_follow_each_other_without_being_woken() -> None:
    turns = Turns(pause=0.0)
    worker = Worker("numbers", turns, Metrics())
    worker.start()
    await turns.reach(5)
    await worker.stop(1)
    assert not worker.is_alive


async def test_a_worker_woken_during_its_turn_takes_another() -> None:
    turns = Turns()
    worker = Worker("delivery", turns, Metrics())

    async def turn() -> float:
        if turns.taken == 0:
            worker.wake()
        return await turns()

    worker = Worker("delivery", turn, Metrics())
    worker.start()
    await turns.reach(2)
    await worker.stop(1)


async def test_a_stop_lets_a_turn_end() -> None:
    let, ended = asyncio.Event(), []

    async def turn() -> float:
        await let.wait()
        ended.append(True)
        return 0.0

    worker = Worker("numbers", turn, Metrics())
    worker.start()
    await asyncio.sleep(0)
    stopping = asyncio.create_task(worker.stop(5))
    await asyncio.sleep(0)
    let.set()
    await stopping
    assert ended == [True]
    assert not worker.is_alive


async def test_a_stop_does_not_wait_for_ever() -> None:
    worker = Worker("numbers", asyncio.Event().wait, Metrics())
    worker.start()
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await worker.stop(0.05)
    assert not worker.is_alive


@pytest.mark.parametrize("seconds", [1.0])
async def test_a_worker_that_was_never_started_is_not_alive_and_stops_at_once(
    seconds: float,
) -> None:
    worker = Worker("numbers", Turns(), Metrics())
    assert not worker.is_alive
    await worker.stop(seconds)
