"""UP, DEGRADED and DOWN, and one probe of the database however many ask."""

import asyncio

import pytest

from ops.health import PROBE_FRESH_FOR, Check, DatabaseCheck, Health, State
from store import NotSaved


class Probe:
    """Counts how often it was asked, and answers when it is let."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.asked = 0
        self.fault = fault
        self.let = asyncio.Event()
        self.let.set()

    async def __call__(self) -> None:
        self.asked += 1
        await self.let.wait()
        if self.fault:
            raise self.fault


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ("UP", "UP"),
        ("UP UP DEGRADED", "DEGRADED"),
        ("DEGRADED DOWN UP", "DOWN"),
        ("DOWN UP", "DOWN"),
    ],
)
def test_the_whole_is_as_well_as_its_worst_part(states: str, whole: str) -> None:
    found = enumerate(states.split())
    assert Health({str(at): Check(State(state)) for at, state in found}).status == whole


def test_what_is_not_known_is_not_said() -> None:
    assert Check(State.UP).as_json() == {"status": "UP"}
    told = {"status": "DOWN", "ms": 0.0, "reason": "gone"}
    assert Check(State.DOWN, 0.0, "gone").as_json() == told


async def test_many_callers_share_one_probe() -> None:
    probe = Probe()
    probe.let.clear()
    check = DatabaseCheck(probe)
    asked = [asyncio.create_task(check()) for _ in range(50)]
    await asyncio.sleep(0)
    probe.let.set()
    found = await asyncio.gather(*asked)
    assert probe.asked == 1
    assert {one.status for one in found} == {State.UP}


async def test_a_finding_is_fresh_for_a_second_and_then_asked_for_anew() -> None:
    probe = Probe()
    check = DatabaseCheck(probe)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await check()
    while probe.asked == 1:
        await check()
        await asyncio.sleep(0.02)
    assert PROBE_FRESH_FOR - 0.1 < loop.time() - began < PROBE_FRESH_FOR + 1


async def test_a_probe_that_hangs_is_not_asked_again_meanwhile() -> None:
    probe = Probe()
    probe.let.clear()
    check = DatabaseCheck(probe)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(check(), 0.4)
    assert probe.asked == 1
    probe.let.set()
    assert (await check()).status is State.UP


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(NotSaved("full"), "cannot write: full"), (OSError("disk"), "cannot write: OSError")],
)
async def test_a_probe_that_fails_is_down_in_words(fault: Exception, reason: str) -> None:
    found = await DatabaseCheck(Probe(fault))()
    assert (found.status, found.reason) == (State.DOWN, reason)
    assert found.ms is not None
