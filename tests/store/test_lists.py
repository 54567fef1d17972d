"""Pages by key, the same as a plain sort in Python would give, and none reads the whole table."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from store import (
    OPEN,
    Cursor,
    Database,
    Due,
    DueAt,
    DueBy,
    DueDay,
    ListPage,
    ListQuery,
    Lists,
    Origin,
    People,
    Priority,
    Role,
    Status,
    Task,
    TaskStore,
)
from store.lists import LATEST, PAGE
from store.rows import insert_task
from tests.conftest import lay_schema
from tests.factories import (
    ACME,
    DEV,
    MAYA,
    NOW,
    SECRET,
    TOM,
    Clock,
    deleted_task,
    done_task,
    new,
    origin,
    task,
)

DONE = frozenset({Status.DONE})
RANK = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}

NEVER = datetime.max.replace(tzinfo=UTC)
TIMES = ("00:00:00", "01:30:00", "12:00:00", "23:59:59")


def nows(zone: str, *days: str) -> list[datetime]:
    """Moments of each day as people in that zone have it, clock changes and all."""
    local = [datetime.fromisoformat(f"{day}T{time}") for day in days for time in TIMES]
    moments = [one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in local]
    # The second pass of an hour that clocks repeat, too: it is an hour after the first.
    later = [moment + timedelta(hours=1) for moment in moments[1:2]]
    return [moment.astimezone(ZoneInfo(zone)) for moment in moments + later]


NOWS = [
    *nows("Europe/Berlin", "2026-11-23", "2026-10-25", "2026-03-28", "2026-03-29"),
    *nows("America/Los_Angeles", "2026-11-01", "2026-03-08", "2026-12-31"),
    *nows("Asia/Kolkata", "2026-03-29", "2028-02-29"),
    # There the clocks change at midnight: it is skipped, or passes twice.
    *nows("America/Santiago", "2026-09-05", "2026-09-06", "2026-04-04"),
    *nows("America/Havana", "2026-11-01", "2026-10-31", "2026-03-07", "2026-03-08"),
    *nows("Pacific/Kiritimati", "2026-12-31"),
]

ROWS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    status=st.sampled_from(Status),
    priority=st.sampled_from(Priority),
    creator_id=st.sampled_from([MAYA, TOM]),
    assignee_id=st.sampled_from([None, MAYA, TOM]),
    channel_id=st.sampled_from(["C01", "C01", "C02"]),
    title=st.sampled_from(["Fix LOGIN", "Straße 100%", "a_b", "login again"]),
    done_after=st.integers(0, 3),
    due_kind=st.sampled_from([None, DueDay, DueAt, DueAt]),
    due_days=st.integers(-2, 8),
    due_minutes=st.sampled_from([None, None, -60, -1, 0, 0, 1, 60]),
    deleted=st.sampled_from([False, False, False, True]),
)
QUERIES = st.builds(
    ListQuery,
    owner_id=st.sampled_from([None, None, MAYA, TOM]),
    nobody=st.booleans(),
    channel_id=st.sampled_from([None, None, "C01", "C02"]),
    states=st.sampled_from([OPEN, DONE, DONE, frozenset(Status), frozenset({Status.TODO})]),
    due=st.sampled_from([None, *DueBy]),
    priority=st.sampled_from([None, None, None, *Priority]),
    words=st.sampled_from([(), (), ("login",), ("strasse",), ("100%",), ("a_b", "a")]),
)


def due(row: dict[str, Any], now: datetime) -> Due | None:
    """A day around today, or a moment around the present one or the midnight before such a day."""
    day = now.date() + timedelta(days=row["due_days"])
    if row["due_kind"] is None:
        return None
    if row["due_kind"] is DueDay:
        return DueDay(day)
    minutes = row["due_minutes"]
    edge = now.replace(second=0) if minutes is None else datetime.combine(day, time(), now.tzinfo)
    return DueAt(edge.astimezone(UTC) + timedelta(minutes=minutes or 0))


def made(number: int, row: dict[str, Any], now: datetime) -> Task:
    """A task from a drawn row; several may be finished at the very same moment."""
    is_done, is_deleted = row["status"] is Status.DONE, row["deleted"]
    return task(
        number=number,
        **{name: row[name] for name in ("status", "priority", "creator_id", "assignee_id")},
        channel_id=row["channel_id"],
        title=row["title"],
        due=due(row, now),
        completed_at=NOW + timedelta(minutes=row["done_after"]) if is_done else None,
        completed_by=MAYA if is_done else None,
        deleted_at=NOW if is_deleted else None,
        deleted_by=MAYA if is_deleted else None,
    )


def is_due(one: Task, by: DueBy, now: datetime) -> bool:
    """Whether its day has come by then, on the calendar of who looks; overdue, by the clock."""
    match one.due:
        case DueAt(at=at) if by is DueBy.OVERDUE:
            return at < now
        case DueAt(at=at):
            day = at.astimezone(now.tzinfo).date()
        case DueDay(day=day):
            pass
        case _:
            return False
    if by is DueBy.WEEK:
        return day.isocalendar()[:2] <= now.isocalendar()[:2]
    return day < now.date() if by is DueBy.OVERDUE else day <= now.date()


def belongs(one: Task, query: ListQuery, now: datetime) -> bool:
    """The same conditions, said in Python; Maya asks in #dev, so #secret is not for her."""
    mine = one.assignee_id == query.owner_id or (
        one.assignee_id is None and one.creator_id == query.owner_id
    )
    return (
        not one.is_deleted
        and (one.channel_id == "C01" or MAYA in (one.creator_id, one.assignee_id))
        and one.status in query.states
        and (query.owner_id is None or mine)
        and (not query.nobody or one.assignee_id is None)
        and query.channel_id in (None, one.channel_id)
        and (query.due is None or is_due(one, query.due, now))
        and query.priority in (None, one.priority)
        and all(word in one.title.casefold() for word in query.words)
    )


def place(one: Task, query: ListQuery) -> tuple[Any, ...]:
    if query.states == DONE and one.completed_at:
        return -one.completed_at.timestamp(), -one.number
    return RANK[one.priority], due_place(one.due), one.number


def due_place(due: Due | None) -> datetime:
    """When it is over: the same for all who look, since a list is turned by its order."""
    match due:
        case DueDay(day=day):
            return datetime.combine(day, time(), UTC) + timedelta(days=1)
        case DueAt(at=at):
            return at
        case _:
            return NEVER


async def all_pages(lists: Lists, query: ListQuery, now: datetime) -> list[ListPage]:
    """Turn to the last page."""
    pages = [await lists.page(origin(), query, now)]
    while pages[-1].more:
        pages.append(await lists.page(origin(), query, now, pages[-1].more))
    return pages


async def turn_back(
    lists: Lists, query: ListQuery, now: datetime, last: ListPage
) -> list[ListPage]:
    """Turn from the last page to the first."""
    pages = [last]
    while pages[0].previous:
        pages.insert(0, await lists.page(origin(), query, now, pages[0].previous))
    return pages


async def filled(path: Path, population: list[Task]) -> Database:
    await lay_schema(path)
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
    people = People(database, Clock())
    await people.install(ACME)
    await people.install(replace(ACME, team_id="T02"))
    await people.save_channel(DEV)
    await people.save_channel(SECRET)

    def insert(connection: sa.Connection) -> None:
        for one in population:
            insert_task(connection, one)

    await database.write(insert)
    return database


async def compare(
    path: Path, population: list[Task], queries: list[ListQuery], now: datetime
) -> None:
    database = await filled(path, population)
    lists = Lists(database)
    try:
        for query in queries:
            expected = sorted(
                (one for one in population if belongs(one, query, now)),
                key=lambda one: place(one, query),  # used at once
            )
            pages = await all_pages(lists, query, now)
            assert [one for page in pages for one in page.tasks] == expected
            assert all(len(page.tasks) == PAGE for page in pages[:-1])
            back = await turn_back(lists, query, now, pages[-1])
            assert [one for page in back for one in page.tasks] == expected
    finally:
        await database.close()


# A smaller example is not looked for: each costs a database, and a failure is to be told soon.
@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate])
@given(
    st.one_of(st.lists(ROWS, max_size=12), st.lists(ROWS, min_size=40, max_size=60)),
    st.lists(QUERIES, min_size=5, max_size=5),
    st.sampled_from(NOWS),
)
def test_pages_forwards_and_backwards_are_those_of_a_plain_sort(
    rows: list[dict[str, Any]], queries: list[ListQuery], now: datetime
) -> None:
    population = [made(number, row, now) for number, row in enumerate(rows, 1)]
    queries += [ListQuery(due=by, states=frozenset(Status)) for by in DueBy]
    queries += [ListQuery(), ListQuery(states=frozenset(Status)), ListQuery(states=DONE)]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder) / "taskbot.db", population, queries, now))


async def test_a_list_of_exactly_ten_has_one_page(tmp_path: Path) -> None:
    database = await filled(tmp_path / "ten.db", [task(number=at) for at in range(1, PAGE + 1)])
    page = await Lists(database).page(origin(), ListQuery(), NOW)
    await database.close()
    assert (len(page.tasks), page.previous, page.more) == (PAGE, None, None)


async def test_a_page_turned_to_after_its_tasks_were_done_is_empty(
    database: Database,
) -> None:
    lists = Lists(database)
    for query, key in ((ListQuery(), (1, 9, 12)), (ListQuery(states=DONE), (1, 12))):
        page = await lists.page(origin(), query, NOW, Cursor(key))
        assert (page.tasks, page.more, page.cursor) == ((), None, Cursor(key))


async def test_a_place_in_another_order_stands_for_the_first_page(tmp_path: Path) -> None:
    open_ones = [task(number=at) for at in range(1, 16)]
    done_ones = [done_task(number=at) for at in range(16, 31)]
    database = await filled(tmp_path / "order.db", open_ones + done_ones)
    lists = Lists(database)
    try:
        for query, key, backwards in product(
            (ListQuery(), ListQuery(states=DONE)), ((1, 12), (1, 9, 12), (12,)), (True, False)
        ):
            if len(key) == (2 if query.states == DONE else 3):
                continue
            page = await lists.page(origin(), query, NOW, Cursor(key, backwards))
            assert page == await lists.page(origin(), query, NOW)
            assert (len(page.tasks), page.previous, page.cursor) == (PAGE, None, None)
    finally:
        await database.close()


async def test_due_filters_each_hold_the_one_before(tmp_path: Path) -> None:
    """On a Monday at noon in Berlin; a moment that has just come is not overdue."""
    now = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    dues = [
        *(DueDay(now.date() + timedelta(days=days)) for days in (-1, 0, 1, 6, 7)),
        *(DueAt(now + timedelta(**later)) for later in ({"minutes": -1}, {}, {"hours": 11})),
        *(DueAt(now + timedelta(days=days, hours=12)) for days in (0, 6)),
        None,
    ]
    population = [task(number=number, due=due) for number, due in enumerate(dues, 1)]
    database = await filled(tmp_path / "due.db", population)
    expected = {
        DueBy.OVERDUE: [1, 6],
        DueBy.TODAY: [1, 6, 7, 8, 2],
        DueBy.WEEK: [1, 6, 7, 8, 9, 2, 3, 4],
    }
    try:
        for by, numbers in expected.items():
            page = await Lists(database).page(origin(), ListQuery(due=by), now)
            assert [one.number for one in page.tasks] == numbers, by
    finally:
        await database.close()


@pytest.fixture
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that any engine runs, with its values."""
    run: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        run.append((statement, values))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield run
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


WHO = (None, MAYA)
NARROWED: tuple[dict[str, Any], ...] = (
    {"due": DueBy.WEEK},
    {"priority": Priority.HIGH},
    {"due": DueBy.OVERDUE, "priority": Priority.LOW, "words": ("login",)},
)


def cursors(states: frozenset[Status]) -> tuple[Cursor | None, ...]:
    key = (1, 12) if states == DONE else (1, 9, 12)
    return None, Cursor(key), Cursor(key, backwards=True)


async def test_no_list_reads_the_whole_table(
    database: Database, people: People, statements: list[tuple[str, Any]]
) -> None:
    await people.save_channel(DEV)
    lists = Lists(database)
    asking = [origin(), origin(role=Role.GUEST), origin(channel=None)]
    statements.clear()
    for who, where, states in product(WHO, (None, "C01"), (OPEN, DONE, frozenset(Status))):
        query = ListQuery(owner_id=who, channel_id=where, states=states)
        for cursor, asked_by, nobody in product(cursors(states), asking, (True, False)):
            await lists.page(asked_by, replace(query, nobody=nobody), NOW, cursor)
        for cursor, narrow in product(cursors(states), NARROWED):
            await lists.page(origin(), replace(query, **narrow), NOW, cursor)
    for asked_by in asking:
        await lists.latest(asked_by)
        await lists.ever_had(asked_by)
    selects = {one for one, _ in statements if one.startswith("SELECT")}
    values = dict(statements)
    assert len(selects) > 50
    connection = sqlite3.connect(database.path)
    looked_up = set()
    for select in selects:
        plan = [
            row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {select}", values[select])
        ]
        assert not [step for step in plan if step.startswith("SCAN")], (select, plan)
        assert any("SEARCH tasks USING" in step for step in plan), plan
        looked_up |= {step for step in plan if "channel_members" in step}
    connection.close()
    assert len(looked_up) == 1, "once a statement, by whose channels they are"
    assert "USING COVERING INDEX ix_channel_members_team_id_user_id" in looked_up.pop()


async def test_who_made_or_held_a_task_had_one_whatever_became_of_it(
    database: Database, tasks: TaskStore
) -> None:
    lists = Lists(database)
    assert not await lists.ever_had(origin())
    await tasks.add(origin(), new(assignee_id=TOM))
    await tasks.delete(origin(), [1])
    assert await lists.ever_had(origin())
    assert await lists.ever_had(origin(TOM))
    assert not await lists.ever_had(replace(origin("U03"), role=Role.ADMIN))


async def test_the_latest_are_three_of_mine_that_i_may_see_the_last_first(tmp_path: Path) -> None:
    """Made or held, open or done; a guest elsewhere sees those, too."""
    population = [
        task(number=1),
        done_task(number=2, creator_id=TOM, assignee_id=MAYA),
        task(number=3, assignee_id=TOM),
        task(number=4, channel_id="C02"),
        task(number=5, creator_id=TOM),
        deleted_task(number=6),
        task(number=7, team_id="T02"),
    ]
    database = await filled(tmp_path / "latest.db", population)
    lists = Lists(database)

    async def latest(asked_by: Origin) -> list[int]:
        return [one.number for one in await lists.latest(asked_by)]

    try:
        assert await latest(origin()) == [4, 3, 2]
        assert await latest(origin(role=Role.GUEST, channel=None)) == [4, 3, 2]
        assert await latest(origin(TOM)) == [5, 3, 2]
        assert await latest(origin("U03", role=Role.ADMIN)) == []
        assert await latest(origin(role=Role.DEACTIVATED)) == []
        assert await latest(origin(team_id="T02")) == [7]
    finally:
        await database.close()
    assert LATEST == 3
