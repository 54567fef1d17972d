"""The operator's page: every figure on it, what people wrote inert, nothing from elsewhere."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from ops.charts import active_people, created_and_completed, time_to_done
from ops.figures import figures
from ops.health import Check, Health, State
from ops.metrics import Metrics
from ops.page import page
from ops.server import OpsServer
from ops.words import NONE, lasting, share, told
from store import Database, Insights, Report, bring_up_to_date
from tests.conftest import RunningBot
from tests.factories import NOW, Clock
from tests.ops import reports

Client = TestClient[Request, Application]

WELL = Health({"database": Check(State.UP, 1.5), "slack": Check(State.UP)})
VOID = {"meta", "link"}


@dataclass
class Seen(HTMLParser):
    """What a browser would make of a page."""

    html: str
    figures: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, str | None]] = []
        self.feed(self.html)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        name = found.get("data-figure")
        if name is not None:
            assert name not in self.figures, "a figure stands there once"
            self.figures[name] = (found.get("value"), "")
        if tag not in VOID:
            self._open.append((tag, name))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            return
        self.words += data
        for _, name in self._open:
            if name is not None:
                value, words = self.figures[name]
                self.figures[name] = (value, words + data)


def seen(report: Report | None, health: Health = WELL, days: int = 90) -> Seen:
    return Seen(page(health, report, NOW, days))


@pytest.mark.parametrize("report", [reports.distinct(), reports.quarter(), reports.empty()])
def test_every_figure_of_the_report_stands_on_the_page_once_under_its_name(report: Report) -> None:
    shown = seen(report).figures
    expected = dict(figures(report))
    assert set(expected) == set(shown)
    for name, value in expected.items():
        exact, words = shown[name]
        if isinstance(value, int | float):
            assert exact == str(value), name
            assert words.startswith(told(name, value)) or "oldest" in name, (name, words)
        elif value:
            assert words, name


def test_figures_are_drawn_for_eyes_too() -> None:
    report = reports.distinct()
    words = seen(report).words
    for name, value in figures(report):
        if value is not None and not name.startswith(("at", "verbs.0.verb")):
            assert told(name, value) in words, name


def test_a_word_that_people_typed_is_counted_whatever_it_says() -> None:
    report = replace(reports.quarter(), unknown_words={"seconds": 7, "second": 3})
    shown = seen(report).figures
    assert shown["unknown_words.seconds"] == ("7", "7")
    assert told("numbers.notices_oldest_seconds", 7) == told("period.seconds_p50", 7) == "7 seconds"


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 900, "0 %"),
        (1, 900, "1 %"),
        (899, 900, "99 %"),
        (900, 900, "100 %"),
        (0.9999, 1, "99 %"),
        (1, 8, "12 %"),
        (None, 8, "–"),  # noqa: RUF001  # as it is drawn
    ],
)
def test_all_and_none_are_told_only_where_it_is_so(
    part: float | None, whole: int, words: str
) -> None:
    assert share(part, whole) == words


def test_rates_are_told_of_what_they_are_rates_of() -> None:
    words = " ".join(seen(reports.quarter()).words.split())
    assert "Completion rate 75 % 1,260 of 1,681 tasks created in these days and not" in words
    assert "Activated of the new 3 75 % of them" in words
    assert "Half were done within 1 day 2 hours" in words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (0.6, "1 second"),
        (59.4, "59 seconds"),
        (3_600, "1 hour"),
        (93_784, "1 day 2 hours"),
        (86_400 + 59, "1 day"),
        (90 * 86_400.0, "90 days"),
        (None, "–"),  # noqa: RUF001  # as it is drawn
    ],
)
def test_how_long_something_took_is_told_in_its_two_greatest_units(
    seconds: float | None, words: str
) -> None:
    assert lasting(seconds) == words


def test_what_people_wrote_is_text_and_nothing_else() -> None:
    harmless, hostile = seen(reports.quarter()), seen(reports.hostile())
    kinds = {tag for tag, _ in harmless.tags}
    assert {tag for tag, _ in hostile.tags} == kinds
    assert "script" not in kinds
    assert [tag for tag, _ in hostile.tags].count("h1") == 1
    for at, text in enumerate(reports.HOSTILE):
        for question in ("used_for", "missing"):
            shown = hostile.figures[f"feedback.latest.{at}.{question}"][1]
            assert shown.replace("\ufffd", "\0") == text.replace("\r\n", "\n") or shown == text


def test_the_direction_of_what_people_wrote_ends_with_it() -> None:
    isolated = {
        it["data-figure"]
        for tag, it in seen(reports.hostile()).tags
        if tag == "bdi" and it
        if "data-figure" in it
    }
    for at in range(len(reports.HOSTILE)):
        assert {f"feedback.latest.{at}.used_for", f"feedback.latest.{at}.missing"} <= isolated


@pytest.mark.parametrize("report", [reports.quarter(), reports.hostile(), None])
def test_nothing_on_the_page_is_loaded_or_run(report: Report | None) -> None:
    for tag, found in seen(report).tags:
        assert tag not in {"script", "iframe", "object", "embed", "img", "form", "base"}
        assert not [name for name in found if name.startswith("on") or name in {"style", "src"}]
        href = found.get("href")
        assert href is None or href.startswith(("?", "data:image/svg+xml,")), href


def test_health_is_told_in_words_with_each_check_and_its_reason() -> None:
    down = Health(
        {
            "database": Check(State.DOWN, 700.2, "cannot write: full"),
            "slack": Check(State.DEGRADED, reason="unreachable"),
        }
    )
    words = " ".join(seen(reports.quarter(), down).words.split())
    assert "DOWN It cannot do its work." in words
    assert "Database DOWN in 700.2 ms cannot write: full" in words
    assert "Slack DEGRADED unreachable" in words
    assert "UP It works." in " ".join(seen(None).words.split())


def test_without_numbers_the_page_says_so_and_keeps_its_health() -> None:
    words = seen(None).words
    assert "There are no numbers now." in words
    assert "ops.no_numbers" in words
    assert "The last 90 days" not in words


def test_nobody_yet_is_told_in_words() -> None:
    words = seen(reports.empty()).words
    for told_so in (
        "No whole week has begun in these days yet.",
        "Nothing was typed in these days.",
        "Every first word was understood.",
        "None in these days.",
        "Nobody has answered the survey yet.",
        "none waits",
    ):
        assert told_so in words


def test_a_week_that_is_not_over_is_empty_and_no_zero() -> None:
    shown = seen(reports.distinct()).figures
    assert shown["cohorts.0.returned.2"] == ("", " ")
    assert shown["cohorts.0.returned.1"][0] not in {"", "0"}


def test_of_a_week_in_which_nobody_came_nobody_can_come_back() -> None:
    report = reports.distinct()
    nobody = replace(report.cohorts[0], people=0, returned=(0, None))
    shown = seen(replace(report, cohorts=(nobody,))).figures
    assert shown["cohorts.0.returned.0"] == ("0", NONE)
    assert shown["cohorts.0.returned.1"] == ("", " ")


@pytest.mark.parametrize("days", [1, 7, 28, 90, 364])
@pytest.mark.parametrize("people", [0, 1, 12, 9_000])
def test_charts_stay_within_their_frame_and_say_what_is_to_be_seen(people: int, days: int) -> None:
    report = reports.quarter(people, days)
    for chart in (active_people, created_and_completed, time_to_done):
        drawn = chart(report.days)
        picture = Seen(drawn.picture)
        (svg,) = [found for tag, found in picture.tags if tag == "svg"]
        assert svg["role"] == "img"
        assert "none in these days" in (svg["aria-label"] or "") or people
        assert len([tag for tag, _ in picture.tags if tag == "title"]) == days
        for _, found in picture.tags:
            for name, most in (("x", 360), ("y", 210), ("x2", 360), ("cx", 360), ("cy", 210)):
                assert 0 <= float(found.get(name) or 0) <= most
            for number in re.findall(r"[\d.-]+", found.get("d") or ""):
                assert 0 <= float(number) <= 360


def test_series_of_a_chart_differ_in_more_than_their_colour() -> None:
    style = (Path(__file__).parents[2] / "ops" / "page.css").read_text()
    assert ".line.second { stroke: var(--second); stroke-dasharray:" in style
    days = reports.quarter().days
    for chart in (created_and_completed, time_to_done):
        assert len(chart(days).legend) == 2
    assert 'class="area"' in created_and_completed(days).picture
    assert 'class="line first"' in created_and_completed(days).picture


def standing(check: Check) -> Callable[[], Awaitable[Check]]:
    async def answer() -> Check:
        return check

    return answer


@asynccontextmanager
async def served(insights: Insights, state: State = State.UP) -> AsyncIterator[Client]:
    checks = {"database": standing(Check(state, 1.5))}
    server = OpsServer(checks, Metrics(), insights, Clock())
    async with TestClient(TestServer(server.app())) as client:
        yield client


async def test_the_page_is_served_so_that_nothing_keeps_runs_or_frames_it() -> None:
    async with served(reports.Told(reports.quarter())) as client:
        response = await client.get("/")
        assert (response.status, response.content_type) == (200, "text/html")
        assert "The last 90 days" in await response.text()
        headers = response.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("10.1.2.3", 200),
        ("bot:8080", 200),
        ("attacker.example", 421),
        ("attacker.example:8080", 421),
        ("127.0.0.1.attacker.example:8080", 421),
        ("localhost.:8080", 421),
        ("127.0.0.1:8080@attacker.example", 421),
    ],
)
async def test_a_name_that_anybody_may_point_at_the_port_is_told_nothing(
    host: str, status: int
) -> None:
    insights = reports.Told(reports.quarter())
    async with served(insights) as client:
        response = await client.get("/", headers={"Host": host})
        assert response.status == status
        assert ("The last 90 days" in await response.text()) is (status == 200)
    assert bool(insights.asked) is (status == 200)


@pytest.mark.parametrize(("asked", "days"), [("", 90), ("?weeks=4", 28), ("?weeks=52", 364)])
async def test_weeks_choose_the_days(asked: str, days: int) -> None:
    insights = reports.Told(reports.empty())
    async with served(insights) as client:
        response = await client.get(f"/{asked}")
        assert f"The last {days} days" in await response.text()
    assert insights.asked == [days]


@pytest.mark.parametrize("asked", ["", "0", "53", "-4", "4.5", "four", "٤", "9" * 400, "<b>"])
async def test_weeks_that_cannot_be_read_are_refused_with_an_example(asked: str) -> None:
    insights = reports.Told(reports.empty())
    async with served(insights) as client:
        response = await client.get("/", params={"weeks": asked})
        assert (response.status, response.content_type) == (400, "text/plain")
        said = await response.text()
        assert said == "weeks: A whole number from 1 to 52. Example: /?weeks=4\n"
    assert insights.asked == []


class Busy(reports.Told):
    """Knows how many reports it told at once."""

    def __init__(self) -> None:
        super().__init__(reports.empty())
        self.most = self._now = 0

    async def report(self, days: int = 90) -> Report:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.01)
        self._now -= 1
        return await super().report(days)


async def test_however_many_pages_are_asked_for_one_report_is_read_at_a_time() -> None:
    insights = Busy()
    async with served(insights) as client:
        pages = await asyncio.gather(*(client.get(f"/?weeks={weeks}") for weeks in range(1, 9)))
    assert [page.status for page in pages] == [200] * 8
    assert sorted(insights.asked) == [7 * weeks for weeks in range(1, 9)]
    assert insights.most == 1


async def test_a_database_that_is_away_is_told_on_the_page(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'taskbot.db'}")
    await bring_up_to_date(database, NOW)
    await database.close()
    async with served(Insights(database, Clock()), State.DOWN) as client:
        response = await client.get("/")
        words = await response.text()
    assert response.status == 200
    assert "It cannot do its work." in words
    assert "There are no numbers now." in words


async def test_the_running_bot_serves_it_to_operators_only(bot: RunningBot) -> None:
    assert "<title>Taskbot: " in await bot.get("/")
    async with aiohttp.ClientSession() as session:
        slacks_side = bot.events_url.removesuffix("/slack/events")
        for path in ("/", "/?weeks=4"):
            async with session.get(slacks_side + path) as response:
                assert response.status == 404
                assert "Taskbot" not in await response.text()
