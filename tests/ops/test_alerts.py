"""The alerts: what they ask for is there, they call when they should, and say what to do."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from ops.metrics import Metrics
from store import Space
from tests.bot_process import ROOT
from tests.conftest import RunningBot

FOLDER = ROOT / "deploy" / "prometheus"
ALERTS = (FOLDER / "alerts.yml").read_text()
DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
NAMES = re.findall(r"^ +- alert: (\w+)$", ALERTS, re.MULTILINE)
OF_PROMETHEUS = {"up"}
PROMTOOL = shutil.which("promtool")

needs_prometheus = pytest.mark.skipif(
    PROMTOOL is None, reason="needs promtool: apt-get install prometheus"
)


def promtool(*words: str, folder: Path = FOLDER, given: str = "") -> tuple[int, str]:
    """Exit code and words."""
    ran = subprocess.run(  # noqa: S603  # Prometheus' own program
        [PROMTOOL or "", *words],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@needs_prometheus
@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_prometheus_finds_no_fault_with_the_alerts_and_their_tests(words: Sequence[str]) -> None:
    code, said = promtool(*words)
    assert code == 0, said


@needs_prometheus
async def test_prometheus_finds_no_fault_with_what_it_scrapes(bot: RunningBot) -> None:
    code, said = promtool("check", "metrics", given=await bot.get("/metrics"))
    assert (code, said) == (0, "")


SPOILT = {
    "TaskbotNotAnswering": ("== 0 or absent", "== 1 or absent"),
    "TaskbotErrors": (">= 3", ">= 30"),
    "TaskbotAnswersSlow": ('le="1.5"', 'le="2.5"'),
    "TaskbotRefusesRequests": ('outcome="refused"', 'outcome="rejected"'),
    "TaskbotNoticesWaiting": ("} > 300", "} > 3000"),
    "TaskbotRemindersLate": ('le="300.0"', 'le="300"'),
    "TaskbotDatabaseNearFull": ("} > 0 and", "} >= 0 and"),
    "TaskbotClockSkewed": ("abs(", "("),
}


@needs_prometheus
@pytest.mark.parametrize("name", NAMES)
def test_an_alert_that_asks_for_something_else_fails_its_test(name: str, tmp_path: Path) -> None:
    before, after = SPOILT[name]
    assert before in ALERTS
    (tmp_path / "alerts.yml").write_text(ALERTS.replace(before, after))
    shutil.copy(FOLDER / "alerts_test.yml", tmp_path)
    code, said = promtool("test", "rules", "alerts_test.yml", folder=tmp_path)
    assert code == 1
    assert name in said


def series(metrics: Metrics) -> set[str]:
    """Everything that can be asked for."""
    text = generate_latest(metrics.registry).decode()
    return set(re.findall(r"^(\w+)[{ ]", text, re.MULTILINE))


def test_every_figure_that_an_alert_asks_for_is_there() -> None:
    expressions = re.findall(r"expr: (?:>-)?((?:.|\n)+?)\n +(?:for|labels):", ALERTS)
    assert len(expressions) == len(NAMES)
    asked = {
        name
        for expression in expressions
        for name in re.findall(r"\b[a-z_]+(?=\{|\[| |\)|$)", expression)
    }
    words = {"and", "or", "sum", "increase", "abs", "absent", "clamp_min"}
    assert asked - words - OF_PROMETHEUS <= series(Metrics())
    assert len(asked - words - OF_PROMETHEUS) >= len(NAMES) - 1


def test_every_bound_of_a_histogram_that_an_alert_asks_for_is_one() -> None:
    text = generate_latest(Metrics().registry).decode()
    asked = re.findall(r"(\w+_bucket)\{job=\"taskbot\",(le=\"[\d.]+\")\}", ALERTS)
    assert asked
    for name, bound in asked:
        assert re.search(rf"^{name}\{{.*{bound}\}}", text, re.MULTILINE), (name, bound)


def test_every_alert_says_what_to_do_and_the_docs_say_it_too() -> None:
    rules = re.split(r"^ +- alert: ", ALERTS, flags=re.MULTILINE)[1:]
    for name, rule in zip(NAMES, rules, strict=True):
        for part in ("severity: ", "summary: ", "description: >-"):
            assert part in rule, (name, part)
        assert DEPLOY.count(f"| `{name}` |") == 1, name
    assert set(re.findall(r"^\| `(Taskbot\w+)` \|", DEPLOY, re.MULTILINE)) == set(NAMES)
    assert set(SPOILT) == set(NAMES)


async def test_the_room_of_the_database_is_told_by_the_clock_of_the_numbers(
    bot: RunningBot,
) -> None:
    async with asyncio.timeout(5):
        while not await bot.metric("database_bytes"):  # noqa: ASYNC110  # it announces nothing
            await asyncio.sleep(0.01)
    disk = shutil.disk_usage(bot.path.parent)
    assert await bot.metric("database_bytes") >= bot.path.stat().st_size
    assert 0 < await bot.metric("database_free_bytes") <= disk.total
    space = await bot.database.space()
    journal = bot.path.with_name(bot.path.name + "-wal")
    assert space.used == bot.path.stat().st_size + journal.stat().st_size
    assert space.free == pytest.approx(disk.free, rel=0.1)


def test_what_only_grows_is_a_counter_that_shows_the_last_figure() -> None:
    metrics = Metrics()
    metrics.show_space(Space(used=20, free=300))
    text = generate_latest(metrics.registry).decode()
    assert "# TYPE users_total counter" in text
    assert "database_bytes 20.0" in text
    assert "database_free_bytes 300.0" in text
