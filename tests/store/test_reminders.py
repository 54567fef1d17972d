"""What falls due: at its moment, or in the morning of its day, once, wherever somebody lives."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import sqlalchemy as sa

from store import (
    Closed,
    Database,
    Directs,
    DueAt,
    DueDay,
    Notice,
    Notices,
    People,
    Person,
    Reminders,
    Role,
    Settings,
    SlackUser,
    TaskStore,
)
from tests.factories import MAYA, NOW, TEAM, TOM, Clock, new, origin

ALL_ZONES = sorted(available_timezones() - {"localtime"})
ZONES = ALL_ZONES[:: len(ALL_ZONES) // 40][:40]
TODAY = NOW.date()
SOON = NOW + timedelta(hours=3)
ME = SlackUser(TEAM, MAYA)


@pytest.fixture
def reminders(database: Database, clock: Clock) -> Reminders:
    return Reminders(database, clock)


@pytest.fixture
def notices(database: Database, clock: Clock) -> Notices:
    return Notices(database, clock)


@pytest.fixture
def directs(database: Database) -> Directs:
    return Directs(database)


def person(zone: str = "UTC", user_id: str = MAYA, updated: int = 0) -> Person:
    return Person(
        team_id=TEAM, user_id=user_id, name="x", zone=zone, role=Role.MEMBER, updated=updated
    )


async def pass_until(reminders: Reminders, clock: Clock, end: datetime, **step: float) -> None:
    """Let time pass, with the worker looking as it does."""
    while clock() < end:
        while (at := await reminders.next_at()) and at <= clock():
            await reminders.fall_due()
        clock.pass_by(**step or {"minutes": 15})


async def fall_due(reminders: Reminders, clock: Clock, now: datetime) -> None:
    """Let it be that moment, and all that is due then fall due."""
    clock.now = now
    while (at := await reminders.next_at()) and at <= now:
        await reminders.fall_due()


async def wanted(database: Database) -> list[tuple[str, dict[str, Any], datetime]]:
    """The reminders that were written: to whom, what, and when."""
    asked = (
        "SELECT user_id, about, wanted_at FROM notices WHERE kind = 'dm' "
        "AND json_extract(about, '$.what') IN ('due', 'day', 'digest') ORDER BY wanted_at, user_id"
    )
    rows = await database.read(lambda c: c.execute(sa.text(asked)).all())
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        (row.user_id, json.loads(row.about), epoch + timedelta(microseconds=row.wanted_at))
        for row in rows
    ]


async def numbers(notices: Notices, directs: Directs) -> list[tuple[str, str, list[int]]]:
    """What each reminder that waits would say now: to whom, of which kind, which tasks."""
    claimed: Sequence[Notice] = await notices.claim(50, Closed(), [TEAM])
    looked = [(notice, await directs.look(notice)) for notice in claimed if notice.kind == "dm"]
    return [
        (str(notice.user_id), str(said.what), [task.number for task in said.tasks])
        for notice, said in looked
        if said
    ]


async def mornings(database: Database) -> list[tuple[str, int]]:
    rows = sa.text("SELECT user_id, until FROM mornings ORDER BY 1")
    return [tuple(row) for row in await database.read(lambda c: c.execute(rows).all())]


# A moment


async def test_a_moment_is_told_at_that_moment_and_once(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await tasks.add(origin(), new(due=DueAt(SOON), assignee_id=TOM))
    assert await reminders.next_at() == SOON
    await fall_due(reminders, clock, SOON - timedelta(seconds=1))
    assert await wanted(database) == []
    await fall_due(reminders, clock, SOON)
    await fall_due(reminders, clock, SOON + timedelta(days=1))
    ((user_id, about, at),) = await wanted(database)
    assert (user_id, about["what"], at) == (TOM, "due", SOON)
    assert await reminders.next_at() is None


async def test_nobody_s_task_is_told_to_its_creator(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await tasks.add(origin(), new(due=DueAt(SOON)))
    await fall_due(reminders, clock, SOON)
    assert [user_id for user_id, _, _ in await wanted(database)] == [MAYA]


async def test_what_is_put_off_is_told_once_at_the_later_moment(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    later = SOON + timedelta(hours=5)
    await tasks.add(origin(), new(due=DueAt(SOON)))
    await tasks.reschedule(origin(), 1, DueAt(later))
    await fall_due(reminders, clock, SOON)
    assert await wanted(database) == []
    await fall_due(reminders, clock, later)
    assert [at for _, _, at in await wanted(database)] == [later]


async def test_an_undo_brings_the_moment_back_and_the_past_stays_past(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await tasks.add(origin(), new(due=DueAt(SOON)))
    await tasks.reschedule(origin(), 1, None)
    assert await reminders.next_at() is None
    await tasks.undo(origin())
    assert await reminders.next_at() == SOON
    await fall_due(reminders, clock, SOON)
    await tasks.reschedule(origin(), 1, DueAt(SOON + timedelta(days=1)))
    await tasks.undo(origin())
    await fall_due(reminders, clock, SOON + timedelta(days=2))
    assert len(await wanted(database)) == 1


async def test_a_change_just_after_the_moment_does_not_take_the_reminder_away(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await tasks.add(origin(), new(due=DueAt(SOON)))
    clock.now = SOON + timedelta(seconds=5)
    await tasks.rename(origin(), 1, "Mend login")
    await fall_due(reminders, clock, clock.now)
    assert len(await wanted(database)) == 1


async def test_ten_due_at_once_are_one_message_for_each_person(
    tasks: TaskStore,
    reminders: Reminders,
    notices: Notices,
    directs: Directs,
    clock: Clock,
) -> None:
    for at in range(10):
        await tasks.add(origin(channel=None), new(due=DueAt(SOON)))
        if at % 2:
            await tasks.add(origin(TOM, channel=None), new(due=DueAt(SOON)))
    await fall_due(reminders, clock, SOON)
    mayas, toms = sorted(await numbers(notices, directs))
    assert (mayas[:2], len(mayas[2])) == ((MAYA, "due"), 10)
    assert (toms[:2], len(toms[2])) == ((TOM, "due"), 5)


async def test_a_whole_team_that_is_due_at_once_is_one_message_for_each_person(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    owners = [f"U{number:02}" for number in range(1, 31)]
    for at in range(120):
        await tasks.add(origin(owners[at % 30], channel=None), new(due=DueAt(SOON)))
    await fall_due(reminders, clock, SOON)
    told = {user_id: len(about["tasks"]) for user_id, about, _ in await wanted(database)}
    assert told == dict.fromkeys(owners, 4)
    assert len(await wanted(database)) == 30


async def test_what_was_done_deleted_given_away_or_put_off_meanwhile_is_left_out(
    tasks: TaskStore,
    reminders: Reminders,
    notices: Notices,
    directs: Directs,
    clock: Clock,
) -> None:
    for _ in range(5):
        await tasks.add(origin(channel=None), new(due=DueAt(SOON)))
    await fall_due(reminders, clock, SOON)
    await tasks.complete(origin(), [1])
    await tasks.delete(origin(), [2])
    await tasks.assign(origin(), 3, TOM, {})
    await tasks.reschedule(origin(), 4, DueAt(SOON + timedelta(days=1)))
    told = await numbers(notices, directs)
    assert (MAYA, "due", [5]) in told
    assert (TOM, "given", [3]) in told
    assert len(told) == 2


async def test_when_none_is_left_nothing_is_told(
    tasks: TaskStore,
    reminders: Reminders,
    notices: Notices,
    directs: Directs,
    database: Database,
    clock: Clock,
) -> None:
    await tasks.add(origin(channel=None), new(due=DueAt(SOON)))
    await tasks.add(origin(channel=None), new(due=DueAt(SOON)))
    await tasks.complete(origin(), [1])
    await fall_due(reminders, clock, SOON)
    await tasks.complete(origin(), [2])
    assert len(await wanted(database)) == 1
    assert await numbers(notices, directs) == []


# A day


@pytest.mark.parametrize("zone", ZONES)
async def test_a_day_is_told_once_at_the_person_s_hour_of_that_day(
    tasks: TaskStore,
    people: People,
    reminders: Reminders,
    database: Database,
    clock: Clock,
    zone: str,
) -> None:
    await people.save([person(zone)])
    day = clock().astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    await tasks.add(origin(), new(due=DueDay(day)))
    await pass_until(reminders, clock, NOW + timedelta(days=4))
    ((_, about, at),) = await wanted(database)
    assert about["what"] == "day"
    local = at.astimezone(ZoneInfo(zone))
    assert (local.date(), local.hour, local.minute) == (day, 9, 0)
    assert await mornings(database) == [], "nothing is ahead any more"


@pytest.mark.parametrize(
    ("zone", "day", "hour", "told_at"),
    [
        # Skipped hours move forward.
        ("Europe/Berlin", date(2027, 3, 28), 2, datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        ("America/New_York", date(2027, 3, 14), 2, datetime(2027, 3, 14, 7, 0, tzinfo=UTC)),
        # Of a repeated hour it is the first.
        ("Europe/Berlin", date(2027, 10, 31), 2, datetime(2027, 10, 31, 0, 0, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), 1, datetime(2026, 11, 1, 5, 0, tzinfo=UTC)),
        # Whoever's hour is midnight, where midnight is skipped or comes twice.
        ("America/Havana", date(2027, 3, 14), 0, datetime(2027, 3, 14, 5, 0, tzinfo=UTC)),
        ("America/Havana", date(2027, 11, 7), 0, datetime(2027, 11, 7, 4, 0, tzinfo=UTC)),
        # By half an hour.
        ("Australia/Lord_Howe", date(2027, 10, 3), 2, datetime(2027, 10, 2, 15, 30, tzinfo=UTC)),
    ],
)
async def test_when_the_clocks_change_a_day_is_told_once_and_none_is_left_out(
    tasks: TaskStore,
    people: People,
    reminders: Reminders,
    database: Database,
    clock: Clock,
    zone: str,
    day: date,
    hour: int,
    told_at: datetime,
) -> None:
    clock.now = datetime.combine(day - timedelta(days=2), time(12), UTC)
    await people.save([person(zone)])
    await people.save_settings(origin(), Settings(hour=hour))
    for days in range(-1, 2):
        await tasks.add(origin(), new(due=DueDay(day + timedelta(days=days))))
    await pass_until(reminders, clock, told_at + timedelta(days=3))
    told = {about["days"][1]: at for _, about, at in await wanted(database)}
    number = (day - date(1970, 1, 1)).days
    assert sorted(told) == [number - 1, number, number + 1]
    assert told[number] == told_at


async def test_what_is_added_for_today_after_the_hour_is_not_told_and_tomorrow_s_is(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    clock.now = NOW.replace(hour=15)
    await tasks.add(origin(), new(due=DueDay(TODAY)))
    await tasks.add(origin(), new(due=DueDay(TODAY + timedelta(days=1))))
    await pass_until(reminders, clock, NOW + timedelta(days=3))
    ((_, about, at),) = await wanted(database)
    assert at == NOW.replace(hour=9) + timedelta(days=1)
    assert about["days"] == [(TODAY - date(1970, 1, 1)).days + 1] * 2


async def test_a_row_is_made_for_whoever_comes_to_own_a_task_with_a_day(
    tasks: TaskStore, database: Database
) -> None:
    tomorrow = DueDay(TODAY + timedelta(days=1))
    await tasks.add(origin(), new())
    await tasks.add(origin(), new(due=DueAt(SOON)))
    assert await mornings(database) == []
    await tasks.reschedule(origin(), 1, tomorrow)
    assert [user_id for user_id, _ in await mornings(database)] == [MAYA]
    await tasks.assign(origin(), 1, TOM, {})
    await tasks.assign(origin(), 1, "U03", {})
    assert [user_id for user_id, _ in await mornings(database)] == [MAYA, TOM, "U03"]


async def test_after_days_without_the_bot_what_was_missed_is_told_once(
    tasks: TaskStore,
    reminders: Reminders,
    notices: Notices,
    directs: Directs,
    database: Database,
    clock: Clock,
) -> None:
    for days in (1, 2, 5):
        await tasks.add(origin(channel=None), new(due=DueDay(TODAY + timedelta(days=days))))
    await fall_due(reminders, clock, NOW + timedelta(days=3, hours=1))
    assert len(await wanted(database)) == 1
    assert await numbers(notices, directs) == [(MAYA, "day", [1, 2])]
    await pass_until(reminders, clock, NOW + timedelta(days=8))
    assert len(await wanted(database)) == 2


async def test_whoever_starts_again_at_night_is_told_the_missed_day_and_the_new_one_in_its_morning(
    tasks: TaskStore, reminders: Reminders, database: Database, clock: Clock
) -> None:
    for days in (1, 2):
        await tasks.add(origin(), new(due=DueDay(TODAY + timedelta(days=days))))
    await fall_due(reminders, clock, NOW.replace(hour=3) + timedelta(days=2))
    ((_, first, _),) = await wanted(database)
    await fall_due(reminders, clock, NOW.replace(hour=9) + timedelta(days=2))
    (_, (_, second, at)) = await wanted(database)
    assert first["days"][1] + 1 == second["days"][0] == second["days"][1]
    assert at.hour == 9


async def test_flying_west_over_the_date_line_tells_no_day_twice(
    tasks: TaskStore, people: People, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await people.save([person("Pacific/Auckland")])
    auckland = ZoneInfo("Pacific/Auckland")
    day = date(2026, 11, 25)
    for days in (0, 1):
        await tasks.add(origin(), new(due=DueDay(day + timedelta(days=days))))
    nine = datetime.combine(day, time(9), auckland).astimezone(UTC)
    await pass_until(reminders, clock, nine + timedelta(hours=2))
    assert len(await wanted(database)) == 1
    await people.save([person("Pacific/Honolulu", updated=1)])
    await pass_until(reminders, clock, nine + timedelta(days=4))
    first, second = await wanted(database)
    assert (first[1]["days"][1], second[1]["days"][0]) == tuple(
        (day - date(1970, 1, 1)).days + more for more in (0, 1)
    )
    assert second[2].astimezone(ZoneInfo("Pacific/Honolulu")).hour == 9
    assert second[2].astimezone(ZoneInfo("Pacific/Honolulu")).date() == date(2026, 11, 26)


async def test_flying_east_over_the_date_line_leaves_no_day_out(
    tasks: TaskStore, people: People, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await people.save([person("Pacific/Honolulu")])
    honolulu = ZoneInfo("Pacific/Honolulu")
    day = date(2026, 11, 24)
    for days in (0, 1, 2):
        await tasks.add(origin(), new(due=DueDay(day + timedelta(days=days))))
    nine = datetime.combine(day, time(9), honolulu).astimezone(UTC)
    await pass_until(reminders, clock, nine + timedelta(hours=1))
    await people.save([person("Pacific/Auckland", updated=1)])
    await pass_until(reminders, clock, nine + timedelta(days=4))
    told = [number for _, about, _ in await wanted(database) for number in about["days"]]
    first = (day - date(1970, 1, 1)).days
    assert told[0] <= first
    assert [first, first + 1, first + 2] == sorted(set(told) - {first - 1})
    (_, (_, _, second), _) = await wanted(database)
    assert second.astimezone(ZoneInfo("Pacific/Auckland")).hour == 9


async def test_whose_zone_is_learned_after_they_were_given_a_day_is_told_on_their_own_clock(
    tasks: TaskStore, people: People, reminders: Reminders, database: Database, clock: Clock
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    await tasks.add(origin(), new(due=DueDay(tomorrow), assignee_id="U09"))
    await people.save([person("Asia/Tokyo", user_id="U09")])
    await pass_until(reminders, clock, NOW + timedelta(days=2))
    ((_, _, at),) = await wanted(database)
    assert at == datetime.combine(tomorrow, time(9), ZoneInfo("Asia/Tokyo"))


# Settings


async def test_nothing_is_reminded_of_when_it_is_turned_off_and_the_digest_is_when_it_is_on(
    tasks: TaskStore,
    people: People,
    reminders: Reminders,
    notices: Notices,
    directs: Directs,
    clock: Clock,
) -> None:
    await people.save_settings(origin(), Settings(due=False))
    await tasks.add(origin(channel=None), new(due=DueAt(SOON)))
    await tasks.add(origin(channel=None), new(due=DueDay(TODAY + timedelta(days=1))))
    await pass_until(reminders, clock, NOW + timedelta(days=1, hours=1))
    assert await numbers(notices, directs) == []


async def test_the_digest_has_the_reminders_in_it_and_is_one_message(
    tasks: TaskStore,
    people: People,
    reminders: Reminders,
    notices: Notices,
    directs: Directs,
    database: Database,
    clock: Clock,
) -> None:
    await people.save_settings(origin(), Settings(digest=True))
    await tasks.add(origin(channel=None), new("Some time"))
    await tasks.add(origin(channel=None), new(due=DueDay(TODAY + timedelta(days=1))))
    clock.now = NOW + timedelta(hours=1)
    await pass_until(reminders, clock, NOW + timedelta(days=1, hours=1))
    assert len(await wanted(database)) == 1
    assert await numbers(notices, directs) == [(MAYA, "digest", [2, 1])]


async def test_a_digest_that_stands_stays_one_when_it_is_turned_off_and_comes_no_more(
    tasks: TaskStore,
    people: People,
    reminders: Reminders,
    notices: Notices,
    directs: Directs,
    database: Database,
    clock: Clock,
) -> None:
    await people.save_settings(origin(), Settings(digest=True))
    await tasks.add(origin(channel=None), new("Some time"))
    await pass_until(reminders, clock, NOW + timedelta(days=1, hours=1))
    (digest,) = await notices.claim(50, Closed(), [TEAM])
    assert await notices.told(digest, "1.0", "D01", {1: 1})
    await people.save_settings(origin(), Settings(digest=False, due=False))
    await tasks.rename(origin(channel=None), 1, "Some other time")
    assert await numbers(notices, directs) == [(MAYA, "digest", [1])]
    await pass_until(reminders, clock, NOW + timedelta(days=3))
    assert len(await wanted(database)) == 1


async def test_the_digest_comes_on_its_weekdays_and_reminders_on_every_day(
    tasks: TaskStore, people: People, reminders: Reminders, database: Database, clock: Clock
) -> None:
    """NOW is a Monday."""
    await people.save_settings(origin(), Settings(digest=True, hour=7, weekdays=frozenset({2, 7})))
    await tasks.add(origin(), new())
    await tasks.add(origin(), new(due=DueDay(TODAY + timedelta(days=3))))
    await pass_until(reminders, clock, NOW + timedelta(days=7))
    told = [(at.isoweekday(), at.hour, about["what"]) for _, about, at in await wanted(database)]
    assert told == [(2, 7, "digest"), (4, 7, "day"), (7, 7, "digest")]


async def test_the_digest_is_silent_when_nothing_is_open(
    tasks: TaskStore, people: People, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await people.save_settings(origin(), Settings(digest=True))
    await tasks.add(origin(), new())
    await tasks.complete(origin(), [1])
    await pass_until(reminders, clock, NOW + timedelta(days=3))
    assert await wanted(database) == []
    assert len(await mornings(database)) == 1, "the digest stays on"


async def test_another_hour_holds_from_the_next_morning_that_was_not_told(
    tasks: TaskStore, people: People, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await people.save_settings(origin(), Settings(digest=True))
    await tasks.add(origin(), new())
    await pass_until(reminders, clock, NOW + timedelta(days=1, hours=1))
    await people.save_settings(origin(), Settings(digest=True, hour=17))
    await pass_until(reminders, clock, NOW + timedelta(days=2, hours=12))
    assert [(at.day, at.hour) for _, _, at in await wanted(database)] == [(24, 9), (25, 17)]


async def test_settings_are_saved_once_by_a_request_that_is_known_to_have_done_so(
    people: People, tasks: TaskStore
) -> None:
    asked = origin()
    assert await tasks.saved_by(TEAM, asked.request_key) is None
    await people.save_settings(asked, Settings(hour=10))
    assert await tasks.saved_by(TEAM, asked.request_key) == ()
    await people.save_settings(origin(), Settings(hour=11))
    await people.save_settings(asked, Settings(hour=10))
    assert (await people.settings(ME)).hour == 11


async def test_saving_settings_twice_leaves_the_same(people: People) -> None:
    chosen = Settings(assigned=False, digest=True, hour=23, weekdays=frozenset({6, 7}))
    assert await people.settings(ME) == Settings()
    for _ in range(2):
        await people.save_settings(origin(), chosen)
    assert await people.settings(ME) == chosen
    assert await people.settings(SlackUser("T02", MAYA)) == Settings()


async def test_turning_the_digest_off_ends_the_row_when_nothing_is_ahead(
    people: People, reminders: Reminders, database: Database, clock: Clock
) -> None:
    await people.save_settings(origin(), Settings(digest=True))
    await people.save_settings(origin(), Settings())
    await fall_due(reminders, clock, NOW)
    assert await mornings(database) == []
    assert await reminders.next_at() is None
