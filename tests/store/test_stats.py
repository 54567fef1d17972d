"""The team in numbers beside a naive count, over random histories."""

import math
import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from store import (
    Database,
    Due,
    DueAt,
    DueDay,
    Lists,
    NothingChanged,
    Origin,
    Stats,
    Task,
    TaskStore,
    is_overdue,
)
from tests.factories import DEV, MAYA, NOW, TOM, Clock, new, origin


def naive(found: list[Task], now: datetime) -> dict[str, object]:
    """What is to be counted, a task at a time."""
    monday = now.date() - timedelta(days=now.weekday())
    opened = [task for task in found if task.is_open]
    done = [day(task.completed_at, now) for task in found if task.completed_at]
    made = [day(task.created_at, now) for task in found]
    lately = [
        (task.completed_at - task.created_at).total_seconds()
        for task in found
        if task.completed_at and day(task.completed_at, now) > now.date() - timedelta(days=28)
    ]
    return {
        "is_empty": not found,
        "open": len(opened),
        "doing": sum(task.status == "doing" for task in opened),
        "overdue": sum(task.due is not None and is_overdue(task.due, now) for task in opened),
        "nobodys": sum(task.assignee_id is None for task in opened),
        "done_this_week": sum(at >= monday for at in done),
        "done_last_week": sum(monday - timedelta(days=7) <= at < monday for at in done),
        "created_this_week": sum(at >= monday for at in made),
        "created_last_week": sum(monday - timedelta(days=7) <= at < monday for at in made),
        "seconds_p50": sorted(lately)[math.ceil(len(lately) / 2) - 1] if lately else None,
    }


def day(moment: datetime | None, now: datetime) -> date:
    assert moment
    return moment.astimezone(now.tzinfo).date()


async def live(tasks: TaskStore, asker: Origin, clock: Clock, rng: random.Random) -> None:
    """Ten weeks of a small team."""
    for number in range(1, 120):
        clock.pass_by(hours=rng.expovariate(1 / 14))
        due: list[Due | None] = [None, DueDay(clock.now.date()), DueAt(clock.now)]
        held = rng.choice([None, MAYA, TOM])
        await tasks.add(asker_again(asker), new(assignee_id=held, due=rng.choice(due), quiet=True))
        for _ in range(rng.randrange(3)):
            act = rng.choice([tasks.complete] * 3 + [tasks.start, tasks.reopen, tasks.delete])
            try:
                await act(asker_again(asker), [rng.randint(1, number)])
            except NothingChanged:
                continue


def asker_again(asker: Origin) -> Origin:
    return origin(asker.actor.user_id, channel=asker.channel)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"])
async def test_the_numbers_are_those_of_a_naive_count(
    database: Database, tasks: TaskStore, clock: Clock, seed: int, zone: str
) -> None:
    asker, rng = origin(MAYA, channel=DEV), random.Random(seed)  # noqa: S311  # no secret
    await live(tasks, asker, clock, rng)
    rows = [await tasks.history(asker, number) for number in range(1, 120)]
    found = [row.task for row in rows if not row.task.is_deleted]
    now = clock.now.astimezone(ZoneInfo(zone))
    stats = await Stats(database).of_team(asker, now)
    counted = naive(found, now)
    assert {name: getattr(stats, name) for name in counted} == counted
    assert await Lists(database).ever_had(asker)


async def test_whoever_sees_nothing_counts_nothing(database: Database, tasks: TaskStore) -> None:
    nothing = await Stats(database).of_team(origin(), NOW)
    assert nothing.is_empty
    assert nothing.seconds_p50 is None
    await tasks.add(origin(channel=None), new())
    assert (await Stats(database).of_team(origin(TOM), NOW)).is_empty
