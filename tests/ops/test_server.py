"""What operators are answered: /health, /health/live and both forms of /metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from ops import VERSION
from ops.health import Check, State
from ops.metrics import Metrics
from ops.server import OpsServer
from store import Database, Insights, People, TaskStore, Usage, bring_up_to_date
from tests.factories import ACME, NOW, Clock, new, origin

Client = TestClient[Request, Application]


def standing(check: Check) -> Callable[[], Awaitable[Check]]:
    async def answer() -> Check:
        return check

    return answer


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}")
    await bring_up_to_date(opened, NOW)
    yield opened
    await opened.close()


@pytest.fixture
def checks() -> dict[str, Callable[[], Awaitable[Check]]]:
    return {"database": standing(Check(State.UP, 1.5)), "slack": standing(Check(State.UP))}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def client(
    checks: dict[str, Callable[[], Awaitable[Check]]], metrics: Metrics, database: Database
) -> AsyncIterator[Client]:
    clock = Clock()
    server = OpsServer(checks, metrics, Insights(database, clock), clock)
    async with TestClient(TestServer(server.app())) as started:
        yield started


async def test_health_says_what_was_checked_and_when(client: Client) -> None:
    response = await client.get("/health")
    told: dict[str, Any] = await response.json()
    assert response.status == 200
    assert told.pop("uptime_seconds") >= 0
    assert told == {
        "status": "UP",
        "version": VERSION,
        "timestamp": NOW.isoformat(),
        "checks": {"database": {"status": "UP", "ms": 1.5}, "slack": {"status": "UP"}},
    }


@pytest.mark.parametrize(("state", "status"), [(State.DEGRADED, 200), (State.DOWN, 503)])
async def test_only_down_is_503(
    client: Client,
    checks: dict[str, Callable[[], Awaitable[Check]]],
    state: State,
    status: int,
) -> None:
    checks["slack"] = standing(Check(state, reason="unreachable"))
    response = await client.get("/health")
    told = await response.json()
    assert (response.status, told["status"]) == (status, state)
    assert told["checks"]["slack"] == {"status": state, "reason": "unreachable"}


async def test_a_process_that_turns_is_live_whatever_is_down(
    client: Client, checks: dict[str, Callable[[], Awaitable[Check]]]
) -> None:
    checks["slack"] = standing(Check(State.DOWN))
    response = await client.get("/health/live")
    assert (response.status, await response.json()) == (200, {"status": "UP"})


async def test_metrics_are_prometheus_text(client: Client, metrics: Metrics) -> None:
    metrics.fault("delivery")
    response = await client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    assert 'errors_total{where="delivery"} 1.0' in await response.text()


async def test_asked_for_json_metrics_are_four_plain_numbers_of_which_three_survive_restarts(
    client: Client, database: Database
) -> None:
    clock = Clock()
    await People(database, clock).install(ACME)
    tasks = TaskStore(database, lambda _: None, clock)
    await tasks.add(origin(), new())
    await tasks.add(origin(), new())
    await tasks.complete(origin(), [2])
    usage = Usage(database, clock)
    usage.note_fault("doorway")
    await usage.flush()
    response = await client.get("/metrics", headers={"Accept": "application/json"})
    told = await response.json()
    assert told.pop("uptime_ms") >= 0
    assert told == {"tasks_created_total": 2, "tasks_completed_total": 1, "errors_total": 1}


async def test_a_scrape_reads_no_database(client: Client, database: Database) -> None:
    await database.close()
    response = await client.get("/metrics")
    assert response.status == 200
    assert "users_total 0.0" in await response.text()


async def test_a_database_that_is_away_is_told_in_words_for_plain_numbers_too(
    client: Client, database: Database
) -> None:
    await database.close()
    response = await client.get("/metrics", headers={"Accept": "application/json"})
    assert (response.status, response.content_type) == (503, "text/plain")
    assert await response.text() == "There are no numbers now; the log says why.\n"


async def test_nothing_else_is_answered(client: Client) -> None:
    assert (await client.get("/page.css")).status == 404
    assert (await client.post("/health")).status == 405
