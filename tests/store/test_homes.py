"""A Home: which tasks stand in which group on whose clock, and who is shown it anew when."""

import sqlite3
import time as stopwatch
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.drawing.home import home
from store import (
    UNDO_FOR,
    Closed,
    Database,
    Due,
    DueAt,
    DueDay,
    EventKind,
    Group,
    HomePage,
    Homes,
    Notices,
    People,
    Person,
    Priority,
    Role,
    SlackUser,
    Source,
    Status,
    Task,
    TaskStore,
)
from store.home_page import HOME_PAGE
from store.homes import FRESH_FOR
from store.notices import HOME_EVERY, LEASE, Notice, NoticeKind
from store.rows import from_task
from store.tables import tasks as table
from tests.factories import (
    ACME,
    MAYA,
    NOW,
    TEAM,
    TOM,
    Clock,
    deleted_task,
    done_task,
    new,
    origin,
    reader,
    task,
)

ME, HIM = SlackUser(TEAM, MAYA), SlackUser(TEAM, TOM)


class Seen(Homes):
    """Homes as their people see them: maya in Berlin, everybody else in Los Angeles."""

    async def seen(self, user: SlackUser = ME, role: Role = Role.MEMBER) -> HomePage:
        """Somebody's Home now."""
        zone = "Europe/Berlin" if user.user_id == MAYA else "America/Los_Angeles"
        person = Person(team_id=user.team_id, user_id=user.user_id, name="", zone=zone, role=role)
        return await self.look(person, self._clock().astimezone(ZoneInfo(zone)))


@pytest.fixture
def homes(database: Database, clock: Clock) -> Seen:
    return Seen(database, clock)


@pytest.fixture
def notices(database: Database, clock: Clock) -> Notices:
    return Notices(database, clock)


async def write(database: Database, *population: Task) -> None:
    rows = [from_task(one) for one in population]
    await database.write(lambda c: c.execute(table.insert(), rows))


def numbers(found: HomePage) -> dict[Group, list[int]]:
    return {group: [one.number for one in those] for group, those in found.groups}


async def claim(notices: Notices) -> list[Notice]:
    """The Homes that are due to be drawn."""
    due = await notices.claim(10, Closed(), [TEAM])
    return [one for one in due if one.kind is NoticeKind.HOME]


async def drawn(notices: Notices) -> list[str]:
    """Whose Homes were due; they are drawn now."""
    claimed = await claim(notices)
    for notice in claimed:
        assert await notices.told(notice, None)
    return sorted(notice.subject for notice in claimed)


# Which tasks


async def test_a_home_shows_what_i_hold_or_keep_and_apart_what_i_gave_to_others(
    database: Database, homes: Seen
) -> None:
    await write(
        database,
        task(number=1),
        task(number=2, creator_id=TOM, assignee_id=MAYA, channel_id="C02"),
        task(number=3, assignee_id=TOM),
        task(number=4, assignee_id=MAYA, status=Status.DOING, channel_id=None),
        task(number=5, creator_id=TOM),
        task(number=6, creator_id=TOM, assignee_id="U03"),
        done_task(number=7),
        deleted_task(number=8),
        done_task(number=9, assignee_id=TOM),
        deleted_task(number=10, assignee_id=TOM),
    )
    assert numbers(await homes.seen()) == {Group.NEVER: [1, 2, 4], Group.GIVEN: [3]}
    assert numbers(await homes.seen(HIM)) == {Group.NEVER: [3, 5], Group.GIVEN: [2, 6]}


async def test_another_workspace_s_tasks_are_in_nobody_s_home_here(
    database: Database, people: People, homes: Seen
) -> None:
    await people.install(ACME.__class__(team_id="T02", team_name="B", bot_user_id="UBOT02"))
    await write(database, task(number=1), task(number=2, team_id="T02"))
    assert numbers(await homes.seen()) == {Group.NEVER: [1]}
    assert numbers(await homes.seen(SlackUser("T02", MAYA))) == {Group.NEVER: [2]}


def at(text: str, zone: str = "Europe/Berlin") -> DueAt:
    return DueAt(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def on(text: str) -> DueDay:
    return DueDay(date.fromisoformat(text))


# On Wednesday 25 November 2026, 10:00 in Berlin, unless the row says otherwise.
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
EDGES: tuple[tuple[Due | None, Group], ...] = (
    (on("2026-11-24"), Group.OVERDUE),
    (at("2026-11-25 09:59"), Group.OVERDUE),
    (at("2026-11-25 10:00"), Group.TODAY),
    (on("2026-11-25"), Group.TODAY),
    (at("2026-11-25 23:59"), Group.TODAY),
    (at("2026-11-26 00:00"), Group.WEEK),
    (on("2026-11-26"), Group.WEEK),
    (on("2026-11-29"), Group.WEEK),
    (at("2026-11-29 23:59"), Group.WEEK),
    (at("2026-11-30 00:00"), Group.LATER),
    (on("2026-11-30"), Group.LATER),
    (None, Group.NEVER),
)


@pytest.mark.parametrize(("due", "group"), EDGES, ids=str)
async def test_days_and_weeks_end_at_midnight_on_the_clock_of_who_looks(
    database: Database, homes: Seen, clock: Clock, due: Due | None, group: Group
) -> None:
    clock.now = WEDNESDAY
    await write(database, task(number=1, due=due))
    assert numbers(await homes.seen()) == {group: [1]}


@pytest.mark.parametrize(
    ("now", "maya", "tom"),
    [
        # One minute before and after midnight of Sunday to Monday in Berlin.
        ("2026-11-29T22:59+00:00", Group.TODAY, Group.TODAY),
        ("2026-11-29T23:00+00:00", Group.OVERDUE, Group.TODAY),
        # In Los Angeles it is Sunday for nine hours more.
        ("2026-11-30T07:59+00:00", Group.OVERDUE, Group.TODAY),
        ("2026-11-30T08:00+00:00", Group.OVERDUE, Group.OVERDUE),
        # Saturday evening there is Sunday morning here.
        ("2026-11-29T07:00+00:00", Group.TODAY, Group.WEEK),
    ],
)
async def test_sunday_is_over_for_each_at_their_own_midnight(
    database: Database, homes: Seen, clock: Clock, now: str, maya: Group, tom: Group
) -> None:
    clock.now = datetime.fromisoformat(now)
    sunday = on("2026-11-29")
    await write(database, task(number=1, due=sunday), task(number=2, creator_id=TOM, due=sunday))
    assert numbers(await homes.seen()) == {maya: [1]}
    assert numbers(await homes.seen(HIM)) == {tom: [2]}


async def test_on_sunday_nothing_more_is_due_this_week(
    database: Database, homes: Seen, clock: Clock
) -> None:
    clock.now = datetime(2026, 11, 29, 9, tzinfo=UTC)
    sunday, monday = on("2026-11-29"), on("2026-11-30")
    await write(database, task(number=1, due=sunday), task(number=2, due=monday))
    assert numbers(await homes.seen()) == {Group.TODAY: [1], Group.LATER: [2]}


async def test_in_a_group_it_goes_by_due_moment_then_priority_then_number(
    database: Database, homes: Seen, clock: Clock
) -> None:
    """A day is due at its end; in what was given to others, what has no date stands last."""
    clock.now = WEDNESDAY
    day, noon = on("2026-11-25"), at("2026-11-25 12:00")
    await write(
        database,
        task(number=1, due=day),
        task(number=2, due=day, priority=Priority.HIGH),
        task(number=3, due=noon, priority=Priority.LOW),
        task(number=4, due=day),
        task(number=5, priority=Priority.LOW),
        task(number=6),
        task(number=7, assignee_id=TOM, priority=Priority.HIGH),
        task(number=8, assignee_id=TOM, due=on("2026-11-24")),
        task(number=9, assignee_id=TOM, due=on("2027-01-01")),
    )
    assert numbers(await homes.seen()) == {
        Group.TODAY: [3, 2, 1, 4],
        Group.NEVER: [6, 5],
        Group.GIVEN: [8, 9, 7],
    }


async def test_a_guest_sees_what_they_hold_wherever_it_is_and_who_has_no_rights_sees_nothing(
    database: Database, homes: Seen
) -> None:
    await write(
        database,
        task(number=1, creator_id=TOM, assignee_id=MAYA, channel_id="C02"),
        task(number=2, creator_id=TOM),
    )
    assert numbers(await homes.seen(role=Role.GUEST)) == {Group.NEVER: [1]}
    assert numbers(await homes.seen(role=Role.DEACTIVATED)) == {}


async def test_only_one_who_never_had_a_task_is_new(homes: Seen, tasks: TaskStore) -> None:
    assert not (await homes.seen()).ever_had
    await tasks.add(origin(), new())
    await tasks.complete(origin(), [1])
    found = await homes.seen()
    assert (found.groups, found.ever_had) == ((), True)


# Pages


async def test_pages_go_over_all_groups_and_a_group_that_is_cut_goes_on_under_its_title(
    database: Database, homes: Seen
) -> None:
    mine = [task(number=number) for number in range(1, HOME_PAGE + 6)]
    given = [task(number=number, assignee_id=TOM) for number in range(100, 100 + HOME_PAGE)]
    await write(database, *mine, *given)
    await homes.open(ME)
    pages = []
    for page in (1, 2, 3):
        await homes.turn_to(ME, page)
        found = await homes.seen()
        assert (found.page, found.has_more) == (page, page < 3)
        pages.append(numbers(found))
    assert pages == [
        {Group.NEVER: list(range(1, HOME_PAGE + 1))},
        {
            Group.NEVER: list(range(HOME_PAGE + 1, HOME_PAGE + 6)),
            Group.GIVEN: list(range(100, 95 + HOME_PAGE)),
        },
        {Group.GIVEN: list(range(95 + HOME_PAGE, 100 + HOME_PAGE))},
    ]


@pytest.mark.parametrize(("asked", "shown"), [(0, 1), (2, 2), (3, 2), (99_999, 2)])
async def test_a_page_that_is_not_there_is_the_nearest(
    database: Database, homes: Seen, asked: int, shown: int
) -> None:
    await write(database, *(task(number=number) for number in range(1, HOME_PAGE + 2)))
    await homes.open(ME)
    await homes.turn_to(ME, asked)
    assert (await homes.seen()).page == shown


async def test_a_home_that_is_opened_again_begins_with_its_first_page(
    database: Database, homes: Seen
) -> None:
    await write(database, *(task(number=number) for number in range(1, HOME_PAGE + 2)))
    await homes.open(ME)
    await homes.turn_to(ME, 2)
    await homes.open(ME)
    assert (await homes.seen()).page == 1


# What was last done there


async def test_what_was_done_in_a_home_is_said_there_until_the_task_moves_on(
    homes: Seen, tasks: TaskStore
) -> None:
    await homes.open(ME)
    await homes.open(HIM)
    await tasks.add(origin(), new())
    await tasks.start(origin(source=Source.HOME), [1])
    changed = (await homes.seen()).changed
    assert changed is not None
    assert (changed.task.number, changed.kind, changed.is_undo) == (1, EventKind.STARTED, False)
    assert (await homes.seen(HIM)).changed is None, "it is said to the one who did it"
    await tasks.complete(origin(TOM), [1])
    assert (await homes.seen()).changed is None


async def test_what_was_done_elsewhere_is_not_said_in_a_home(homes: Seen, tasks: TaskStore) -> None:
    await homes.open(ME)
    await tasks.add(origin(), new())
    for source in set(Source) - {Source.HOME}:
        await tasks.complete(origin(source=source), [1])
        assert (await homes.seen()).changed is None
        await tasks.reopen(origin(source=source), [1])


async def test_what_was_done_in_a_home_is_said_for_as_long_as_it_can_be_taken_back(
    homes: Seen, tasks: TaskStore, clock: Clock
) -> None:
    await homes.open(ME)
    await tasks.add(origin(source=Source.HOME, channel=None), new())
    clock.pass_by(seconds=UNDO_FOR.total_seconds())
    assert (await homes.seen()).changed
    clock.pass_by(seconds=1)
    assert (await homes.seen()).changed is None


async def test_an_undo_in_a_home_is_said_as_one(homes: Seen, tasks: TaskStore) -> None:
    await homes.open(ME)
    await tasks.add(origin(), new())
    await tasks.complete(origin(source=Source.HOME), [1])
    await tasks.undo(origin(source=Source.HOME), (1, 2))
    changed = (await homes.seen()).changed
    assert changed is not None
    assert (changed.task.status, changed.is_undo) == (Status.TODO, True)


# Whose Home is drawn anew


async def test_a_change_is_drawn_in_the_homes_of_all_whom_it_concerns(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    everybody = [MAYA, TOM, "U03", "U04", "U05"]
    for user_id in everybody:
        await homes.open(SlackUser(TEAM, user_id))
    assert await drawn(notices) == everybody

    async def concerned() -> list[str]:
        clock.pass_by(seconds=60)
        return await drawn(notices)

    await tasks.add(origin(), new())
    assert await concerned() == [MAYA]
    await tasks.assign(origin(), 1, TOM, {})
    assert await concerned() == [MAYA, TOM]
    await tasks.assign(origin("U04"), 1, "U03", {})
    assert await concerned() == [MAYA, TOM, "U03", "U04"]
    await tasks.complete(origin("U03"), [1])
    assert await concerned() == [MAYA, "U03"]


async def test_a_home_that_nobody_opened_for_a_week_waits_until_it_is_opened(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    assert await drawn(notices) == []
    await homes.open(ME)
    assert await drawn(notices) == [MAYA]
    clock.pass_by(seconds=FRESH_FOR.total_seconds())
    await tasks.start(origin(), [1])
    assert await drawn(notices) == [MAYA]
    clock.pass_by(seconds=1)
    await tasks.complete(origin(), [1])
    assert await drawn(notices) == []
    await homes.open(ME)
    assert await drawn(notices) == [MAYA]


async def test_whoever_clicks_in_a_home_looks_at_it_however_long_ago_it_was_opened(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await tasks.add(origin(), new())
    await homes.open(ME)
    assert await drawn(notices) == [MAYA]
    clock.pass_by(seconds=FRESH_FOR.total_seconds() + 1)
    await tasks.start(origin(source=Source.HOME), [1])
    assert await drawn(notices) == [MAYA]
    clock.pass_by(seconds=FRESH_FOR.total_seconds())
    await homes.turn_to(ME, 1)
    await tasks.complete(origin(), [1])
    assert await drawn(notices) == [MAYA]
    clock.pass_by(days=1)
    await tasks.reopen(origin(), [1])
    assert await drawn(notices) == [MAYA]


async def test_a_home_is_drawn_every_two_seconds_at_most(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await homes.open(ME)
    assert await drawn(notices) == [MAYA]
    for _ in range(10):
        clock.pass_by(seconds=0.1)
        await tasks.add(origin(channel=None), new())
        assert await drawn(notices) == []
    assert await notices.next_due([TEAM]) == NOW + HOME_EVERY
    clock.pass_by(seconds=1)
    assert await drawn(notices) == [MAYA]
    clock.pass_by(seconds=60)
    await tasks.add(origin(channel=None), new())
    assert await drawn(notices) == [MAYA], "after a pause there is nothing to wait for"


async def test_a_clock_that_is_put_back_keeps_no_home_waiting(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await homes.open(ME)
    assert await drawn(notices) == [MAYA]
    clock.pass_by(hours=-1)
    await tasks.add(origin(channel=None), new())
    assert await drawn(notices) == [MAYA]


async def test_what_changes_while_a_home_is_being_drawn_waits_its_time_too(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await homes.open(ME)
    (drawing,) = await claim(notices)
    await tasks.add(origin(channel=None), new())
    clock.pass_by(seconds=1)
    assert await notices.told(drawing, None)
    assert await notices.next_due([TEAM]) == clock() + HOME_EVERY


async def test_turning_and_opening_wait_for_nothing(
    homes: Seen, notices: Notices, clock: Clock
) -> None:
    await homes.open(ME)
    for turned in (homes.turn_to(ME, 2), homes.open(ME)):
        assert await drawn(notices) == [MAYA]
        clock.pass_by(seconds=0.1)
        await turned
    assert await drawn(notices) == [MAYA]


async def test_nor_do_they_wait_for_a_change_that_waits_its_time(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await homes.open(ME)
    for looking in (homes.turn_to, None):
        assert await drawn(notices) == [MAYA]
        clock.pass_by(seconds=0.1)
        await tasks.add(origin(channel=None), new())
        assert await drawn(notices) == []
        await (looking(ME, 1) if looking else homes.open(ME))
    assert await drawn(notices) == [MAYA]


async def test_a_home_that_slack_put_off_is_not_hastened_by_a_change(
    homes: Seen, tasks: TaskStore, notices: Notices, clock: Clock
) -> None:
    await homes.open(ME)
    (drawing,) = await claim(notices)
    await notices.later(drawing, clock() + timedelta(minutes=1))
    await tasks.add(origin(channel=None), new())
    assert await drawn(notices) == []
    assert await notices.next_due([TEAM]) == NOW + timedelta(minutes=1)


async def test_a_worker_that_lost_its_lease_has_the_home_drawn_once_more(
    homes: Seen, notices: Notices, clock: Clock
) -> None:
    await homes.open(ME)
    (frozen,) = await claim(notices)
    clock.pass_by(seconds=LEASE.total_seconds())
    assert await drawn(notices) == [MAYA]
    assert not await notices.told(frozen, None)
    assert await drawn(notices) == [MAYA]


async def test_the_same_request_again_draws_no_home_again(homes: Seen, tasks: TaskStore) -> None:
    await homes.open(ME)
    before = await homes.wanted(ME)
    asked = origin(channel=None)
    for _ in range(2):
        await tasks.add(asked, new())
    assert await homes.wanted(ME) == before + 1


async def test_a_home_can_be_closed_by_its_method_alone(homes: Seen, notices: Notices) -> None:
    await homes.open(ME)
    closed = Closed(methods=[(TEAM, "views.publish")])
    assert await notices.claim(10, closed, [TEAM]) == []
    others = [(TEAM, "chat.update"), (TEAM, "chat.postMessage")]
    assert len(await notices.claim(10, Closed(methods=others), [TEAM])) == 1


# What it costs


async def test_no_home_reads_the_whole_table(database: Database, homes: Seen) -> None:
    run: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        run.append((statement, values))

    await write(database, task(number=1))
    await homes.open(ME)
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    await homes.seen()
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert run
    connection = sqlite3.connect(database.path)
    for statement, values in run:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert not [step for step in plan if step.startswith("SCAN")], (statement, plan)
    connection.close()


@pytest.mark.usefixtures("untraced")
async def test_a_home_with_500_open_tasks_is_there_in_no_time(
    database: Database, homes: Seen
) -> None:
    """Among 20,000 finished ones; measured: see docs/performance.md."""
    await write(database, *crowd())
    took = await seconds_to_draw(homes)
    assert took < 0.3


def crowd() -> list[Task]:
    """500 open tasks of maya's, with long titles and notes, and 20,000 that she finished."""
    due = (None, on("2026-11-22"), at("2026-11-23 18:00"), on("2026-11-27"), on("2027-02-01"))
    long = {"title": "Fix it " * 28, "notes": "Because. " * 300}
    mine = [
        task(number=number, due=due[number % 5], assignee_id=(None, MAYA, TOM)[number % 3], **long)
        for number in range(1, 501)
    ]
    return mine + [done_task(number=number) for number in range(501, 20_501)]


async def seconds_to_draw(homes: Seen) -> float:
    """The best of five."""
    took = []
    for _ in range(5):
        began = stopwatch.perf_counter()
        home(await homes.seen(), reader())
        took.append(stopwatch.perf_counter() - began)
    return min(took)
