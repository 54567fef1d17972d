"""The team in numbers, by given clocks."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from store import Database, Insights, SlackUser, TaskStore, Usage
from tests.factories import MAYA, NOW, TEAM, TOM, Clock, new, origin


async def seen(usage: Usage, clock: Clock, user_id: str, *days: int) -> None:
    """Have a person be active so many days after the beginning."""
    for day in days:
        clock.now = NOW + timedelta(days=day)
        usage.note_active(SlackUser(TEAM, user_id))
    await usage.flush()


async def test_an_empty_database_has_nothing_to_count(insights: Insights) -> None:
    numbers = await insights.numbers()
    assert (numbers.tasks_created, numbers.tasks_completed, numbers.users_total) == (0, 0, 0)
    assert numbers.tasks_open == {"todo": 0, "doing": 0}
    assert numbers.users_active == {"day": 0, "week": 0, "month": 0}
    assert numbers.users_retained == {"1": 0, "4": 0}
    assert await insights.totals() == (0, 0)


@pytest.mark.parametrize(
    ("days_later", "day", "week", "month"),
    [(0, 1, 1, 1), (1, 0, 1, 1), (6, 0, 1, 1), (7, 0, 0, 1), (29, 0, 0, 1), (30, 0, 0, 0)],
)
async def test_who_was_active_counts_for_a_day_a_week_and_a_month(
    insights: Insights,
    usage: Usage,
    clock: Clock,
    days_later: int,
    day: int,
    week: int,
    month: int,
) -> None:
    await seen(usage, clock, MAYA, 0)
    clock.now = NOW + timedelta(days=days_later)
    numbers = await insights.numbers()
    assert numbers.users_active == {"day": day, "week": week, "month": month}
    assert numbers.users_total == 1


async def test_a_day_ends_at_midnight_utc(insights: Insights, usage: Usage, clock: Clock) -> None:
    await seen(usage, clock, MAYA, 0)
    clock.now = NOW.replace(hour=23, minute=59, second=59)
    assert (await insights.numbers()).users_active["day"] == 1
    clock.pass_by(seconds=1)
    assert (await insights.numbers()).users_active["day"] == 0


@pytest.mark.parametrize(("day", "activated"), [(0, 1), (6, 1), (7, 0)])
async def test_who_made_a_task_within_seven_days_of_first_contact_is_activated(
    insights: Insights, usage: Usage, tasks: TaskStore, clock: Clock, day: int, activated: int
) -> None:
    await seen(usage, clock, MAYA, 0)
    clock.now = (NOW + timedelta(days=day)).replace(hour=23, minute=59)
    await tasks.add(origin(), new())
    assert (await insights.numbers()).users_activated == activated


async def test_finishing_activates_too_and_starting_does_not(
    insights: Insights, usage: Usage, tasks: TaskStore, clock: Clock
) -> None:
    await seen(usage, clock, TOM, 0)
    await tasks.add(origin(), new())
    await tasks.start(origin(TOM), [1])
    assert (await insights.numbers()).users_activated == 0
    await tasks.complete(origin(TOM), [1])
    assert (await insights.numbers()).users_activated == 1


@pytest.mark.parametrize(
    ("day", "first", "fourth"),
    [(6, 0, 0), (7, 1, 0), (13, 1, 0), (14, 0, 0), (27, 0, 0), (28, 0, 1), (34, 0, 1), (35, 0, 0)],
)
async def test_who_comes_back_in_that_week_after_first_contact_is_retained(
    insights: Insights, usage: Usage, clock: Clock, day: int, first: int, fourth: int
) -> None:
    await seen(usage, clock, MAYA, 0, day)
    await seen(usage, clock, TOM, 0)
    assert (await insights.numbers()).users_retained == {"1": first, "4": fourth}


async def test_tasks_are_counted_as_they_stand_and_events_as_they_happened(
    insights: Insights, tasks: TaskStore
) -> None:
    for _ in range(4):
        await tasks.add(origin(), new())
    await tasks.start(origin(), [1])
    await tasks.complete(origin(), [2, 3])
    await tasks.delete(origin(), [4])
    numbers = await insights.numbers()
    assert numbers.tasks_open == {"todo": 0, "doing": 1}
    assert (numbers.tasks_created, numbers.tasks_completed) == (4, 2)
    assert await insights.totals() == (4, 2)


async def test_the_probe_writes_one_row_however_often(
    database: Database, insights: Insights, clock: Clock
) -> None:
    await insights.probe()
    clock.pass_by(seconds=9)
    await insights.probe()
    asked = sa.text("SELECT id, at / 1000000 FROM heartbeats")
    found = await database.read(lambda c: [tuple(row) for row in c.execute(asked)])
    assert found == [(1, int(clock.now.timestamp()))]
