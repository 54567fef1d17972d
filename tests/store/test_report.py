"""The report against a count by hand, over histories of all kinds and given clocks."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from store import (
    REPORT_DAYS_MAX,
    Database,
    Insights,
    People,
    Report,
    SlackUser,
    TaskEvent,
    TaskStore,
    Usage,
)
from store.tables import feedback
from tests.factories import ACME, MAYA, NOW, TEAM, TOM, Clock, new, origin
from tests.store.history import History, counted
from tests.store.test_usage import rows

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
async def teams(database: Database, people: People) -> Database:
    """Two workspaces."""
    await people.install(replace(ACME, team_id="T02"))
    return database


async def check(history: History, insights: Insights, days: int) -> Report:
    """The report is what a count by hand says, and so are the totals."""
    report = await insights.report(days)
    notices = (report.numbers.notices_waiting, report.numbers.notices_oldest_seconds)
    expected = counted(history, days, notices=notices)
    for name, figures in asdict(expected).items():
        assert (name, asdict(report)[name]) == (name, figures)
    assert report == expected
    assert await insights.numbers() == expected.numbers
    created, completed = expected.numbers.tasks_created, expected.numbers.tasks_completed
    assert await insights.totals() == (created, completed)
    return report


@pytest.mark.parametrize("seed", range(6))
async def test_every_figure_is_what_a_count_by_hand_says_whenever_the_clock_ran(
    teams: Database, published: list[TaskEvent], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # chance, not a secret
    clock = Clock(BEGIN)
    history = History(clock, chance, published)
    tasks = TaskStore(teams, published.append, clock)
    usages = (Usage(teams, clock), Usage(teams, clock))
    insights = Insights(teams, clock)
    for at in range(1, 241):
        await history.go_on(tasks, usages)
        if chance.random() < 0.3:
            await chance.choice(usages).flush()
        # In the middle of it the clock stands still for weeks.
        if chance.random() < 0.2 and not 80 < at < 160:
            await insights.settle()
        if at % 60 == 0:
            for usage in usages:
                await usage.flush()
            await check(history, insights, chance.choice((1, 28, 90, 120)))
    await insights.settle()
    report = await check(history, insights, 120)
    assert report.period.seconds_p90 is not None
    assert sum(count or 0 for cohort in report.cohorts for count in cohort.returned) > 0


async def test_a_restart_in_the_middle_changes_no_figure(teams: Database) -> None:
    await teams.close()
    clock, chance = Clock(BEGIN), random.Random(99)  # noqa: S311  # chance, not a secret
    history = History(clock, chance)
    for _ in range(4):
        async with opened(teams.path, clock, history) as (tasks, usage, insights):
            for _ in range(40):
                await history.go_on(tasks, (usage,))
            await usage.flush()
            await insights.settle()
            await check(history, insights, 90)


@asynccontextmanager
async def opened(
    path: Path, clock: Clock, history: History
) -> AsyncIterator[tuple[TaskStore, Usage, Insights]]:
    """The same file, by a process that knows nothing else."""
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
    tasks = TaskStore(database, history.events.append, clock)
    yield tasks, Usage(database, clock), Insights(database, clock)
    await database.close()


async def test_a_report_has_every_day_and_every_monday_of_its_period(
    insights: Insights, usage: Usage
) -> None:
    usage.note_active(SlackUser(TEAM, MAYA))
    await usage.flush()
    report = await insights.report(28)
    assert [str(day.day) for day in report.days[:2]] == ["2026-10-27", "2026-10-28"]
    assert (len(report.days), report.days[-1].day) == (28, NOW.date())
    assert {day.active for day in report.days[:-1]} == {0}
    assert report.days[0].created == dict.fromkeys(
        ("command", "button", "form", "shortcut", "home"), 0
    )
    mondays = ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]
    assert [str(cohort.week) for cohort in report.cohorts] == mondays
    assert [cohort.people for cohort in report.cohorts] == [0, 0, 0, 1]
    assert {len(cohort.returned) for cohort in report.cohorts} == {12}


@pytest.mark.parametrize(("day", "returned"), [(13, None), (19, None), (20, 1), (40, 1)])
async def test_a_week_of_a_cohort_is_told_once_it_is_over_for_who_came_on_sunday(
    insights: Insights, usage: Usage, clock: Clock, day: int, returned: int | None
) -> None:
    for later in (0, 9):
        clock.now = NOW + timedelta(days=later)
        usage.note_active(SlackUser(TEAM, MAYA))
    await usage.flush()
    clock.now = NOW + timedelta(days=day)
    cohorts = (await insights.report()).cohorts
    (mine,) = [cohort for cohort in cohorts if cohort.people]
    assert mine.returned[0] == returned


async def test_the_rate_of_completion_leaves_out_what_was_deleted(
    insights: Insights, tasks: TaskStore
) -> None:
    assert (await insights.report()).period.completion_rate is None
    for _ in range(4):
        await tasks.add(origin(), new())
    await tasks.complete(origin(), [1, 2])
    await tasks.delete(origin(), [2, 3])
    period = (await insights.report()).period
    assert (period.kept_of_created, period.done_of_created) == (2, 1)
    assert period.completion_rate == 0.5


@pytest.mark.parametrize("days", [0, -1, REPORT_DAYS_MAX + 1])
async def test_a_report_is_of_days_of_which_everything_is_kept(
    insights: Insights, days: int
) -> None:
    with pytest.raises(ValueError, match="a report is of 1 to 364 days"):
        await insights.report(days)


async def test_nothing_is_done_before_it_was_made_though_the_clock_was_set_back(
    insights: Insights, tasks: TaskStore, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    clock.pass_by(minutes=-4)
    await tasks.complete(origin(), [1])
    period = (await insights.report()).period
    assert (period.seconds_p50, period.seconds_p90) == (0, 0)


async def test_answers_are_told_word_for_word_the_latest_first(
    database: Database, insights: Insights
) -> None:
    feelings = [None, "very", "not", "very"]
    answers = [
        {
            "team_id": TEAM,
            "request_key": f"key-{at}",
            "user_id": TOM,
            "at": NOW + timedelta(minutes=at),
            "release": "0.1.0",
            "used_for": f"<b>{at}</b> & more",
            "missing": "",
            "feeling": feelings[at % 4],
        }
        for at in range(24)
    ]
    await database.write(lambda c: c.execute(feedback.insert(), answers))
    told = (await insights.report(1)).feedback
    assert (told.answers, told.feelings) == (24, {"very": 12, "somewhat": 0, "not": 6})
    assert [answer.used_for for answer in told.latest] == [
        f"<b>{at}</b> & more" for at in range(23, 3, -1)
    ]
    assert [answer.feeling for answer in told.latest[:4]] == ["very", "not", "very", None]
    assert (told.latest[0].at, told.latest[0].release) == (NOW + timedelta(minutes=23), "0.1.0")
    assert (await insights.numbers()).feedback_answers == 24


async def test_a_day_is_summed_once_an_hour_after_midnight(
    database: Database, insights: Insights, tasks: TaskStore, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    clock.now = NOW.replace(hour=0, minute=59, second=59) + timedelta(days=1)
    await insights.settle()
    assert await rows(database, "SELECT * FROM day_sums") == []
    clock.pass_by(seconds=1)
    await insights.settle()
    summed = "SELECT figure, label, value FROM day_sums ORDER BY figure"
    assert await rows(database, summed) == [("active", "", 0), ("created", "command", 1)]
    await database.write(lambda c: c.execute(sa.text("UPDATE day_sums SET value = 7 * value")))
    await insights.settle()
    assert (await insights.report()).days[-2].created["command"] == 7, "it is read from there"


async def test_what_was_summed_while_the_clock_was_ahead_is_summed_anew(
    database: Database, insights: Insights, tasks: TaskStore, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    clock.pass_by(days=3)
    await insights.settle()
    clock.pass_by(days=-3)
    await tasks.add(origin(), new())
    assert await insights.totals() == (2, 0)
    await insights.settle()
    assert await rows(database, "SELECT * FROM day_sums") == []
    clock.pass_by(days=3)
    await insights.settle()
    assert await insights.totals() == (2, 0)
    assert sum((await insights.report()).period.created.values()) == 2


async def test_a_day_that_another_replica_sums_at_once_is_summed_once(
    database: Database, insights: Insights, tasks: TaskStore, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    clock.pass_by(days=5)
    other = Insights(database, clock)
    for one in (insights, other, insights):
        await one.settle()
    assert await insights.totals() == (1, 0)
    days = await rows(database, "SELECT count(DISTINCT day), count(*) FROM day_sums")
    assert days == [(5, 6)]


async def test_while_nothing_can_be_written_every_figure_is_told_from_what_it_is_made_of(
    database: Database, insights: Insights, tasks: TaskStore, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    await tasks.complete(origin(), [1])
    clock.pass_by(days=40)
    full = "CREATE TRIGGER full BEFORE INSERT ON day_sums BEGIN SELECT raise(ABORT, 'full'); END"
    await database.write(lambda c: c.execute(sa.text(full)))
    with pytest.raises(sa.exc.IntegrityError):
        await insights.settle()
    assert await insights.totals() == (1, 1)
    assert (await insights.report()).period.seconds_p50 == 0


async def test_after_13_months_days_of_people_are_forgotten_and_no_number_changes(
    database: Database, insights: Insights, tasks: TaskStore, usage: Usage, clock: Clock
) -> None:
    for day in range(0, 60, 3):
        clock.now = NOW + timedelta(days=day)
        for user_id in (MAYA, TOM)[: 1 + (day < 12)]:
            usage.note_active(SlackUser(TEAM, user_id))
        usage.note_command("add", "answered", "")
        usage.note_word("remind")
        usage.note_fault("delivery")
        await tasks.add(origin(), new())
    await usage.flush()
    before = await insights.numbers()
    clock.now = NOW + timedelta(days=14 * 31)
    assert await insights.purge() == 0, "nothing goes before its sums are kept"
    await insights.settle()
    while await insights.purge():
        pass
    after = await insights.numbers()
    for name in ("users_total", "users_activated", "users_retained", "tasks_created"):
        assert (name, getattr(after, name)) == (name, getattr(before, name))
    first = 20_780 + 14 * 31 - 396
    for table in KEPT:
        asked = f"SELECT count(*), min(day) FROM {table}"  # noqa: S608  # a name of ours
        assert await rows(database, asked) == [(7, first + (20_780 - first) % 3)], table
    sums = "SELECT count(*), sum(value) FROM day_sums WHERE figure = 'active'"
    assert await rows(database, sums) == [(14 * 31, 24)]
    assert before.users_retained == {"1": 2, "4": 1}
    assert await insights.faults() == 20, "faults name nobody, and are kept"


KEPT = ("person_days", "verb_days", "word_days")


async def test_a_clock_that_is_ahead_for_an_hour_has_one_day_forgotten_and_not_all(
    database: Database, insights: Insights, usage: Usage, clock: Clock
) -> None:
    for _ in range(20):
        for user_id in (MAYA, TOM):
            usage.note_active(SlackUser(TEAM, user_id))
        usage.note_word("remind")
        clock.pass_by(days=1)
    await usage.flush()
    clock.pass_by(days=500)
    await insights.settle()
    assert await insights.purge() == 3
    clock.pass_by(days=-500)
    assert await insights.purge() == 0
    for table in ("person_days", "word_days"):
        asked = f"SELECT count(DISTINCT day) FROM {table}"  # noqa: S608  # a name of ours
        assert await rows(database, asked) == [(19,)], table


async def test_nobody_is_forgotten_before_what_they_did_in_their_first_weeks_is_kept(
    database: Database, insights: Insights, usage: Usage, clock: Clock
) -> None:
    usage.note_active(SlackUser(TEAM, MAYA))
    await usage.flush()
    clock.pass_by(days=500)
    await insights.settle()
    await database.write(lambda c: c.execute(sa.text("UPDATE contacts SET settled = 0")))
    assert await insights.purge() == 0
    await insights.settle()
    assert await insights.purge() == 1
