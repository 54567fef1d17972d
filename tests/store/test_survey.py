"""When the survey falls due, which request offers it, and what is kept of an answer."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa

from store import (
    Database,
    Feeling,
    Installation,
    NewAnswer,
    NotSaved,
    People,
    Surveys,
    TaskStore,
)
from tests.factories import MAYA, TEAM, TOM, Clock, new, origin
from tests.journey import locked

LOVELY = NewAnswer(used_for="Chores", missing="", feeling=Feeling.VERY)
KEPT = "SELECT user_id, due_by, offered_by, failed_at IS NOT NULL FROM surveys ORDER BY user_id"


@pytest.fixture
def surveys(database: Database, clock: Clock) -> Surveys:
    return Surveys(database, "1.2.3", clock)


def rows(database: Database, query: str = KEPT) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database.path)) as connection:
        return connection.execute(query).fetchall()


async def add(tasks: TaskStore, count: int, **fields: Any) -> list[int]:
    """So many new tasks."""
    made = [await tasks.add(origin(**fields), new()) for _ in range(count)]
    return [outcome.number for (outcome,) in made]


async def finish(tasks: TaskStore, count: int = 5, user_id: str = MAYA, key: str = "last") -> None:
    """Have somebody finish so many tasks, the last with this key."""
    for number in await add(tasks, count - 1):
        await tasks.complete(origin(user_id), [number])
    (last,) = await tasks.add(origin(user_id), new())
    await tasks.complete(origin(user_id, request_key=key), [last.number])


async def test_it_falls_due_with_the_request_that_finished_the_fifth_task(
    tasks: TaskStore, database: Database
) -> None:
    await finish(tasks, 4)
    assert rows(database) == []
    await finish(tasks, 1, key="fifth")
    assert rows(database) == [(MAYA, "fifth", None, 0)]
    await finish(tasks, 6, key="later")
    assert rows(database) == [(MAYA, "fifth", None, 0)]


async def test_a_task_that_is_finished_again_and_again_counts_once(
    tasks: TaskStore, database: Database
) -> None:
    numbers = await add(tasks, 5)
    for _ in range(5):
        await tasks.complete(origin(), numbers[:1])
        await tasks.reopen(origin(), numbers[:1])
    assert rows(database) == []
    await tasks.complete(origin(), numbers[:4])
    assert rows(database) == []
    await tasks.complete(origin(request_key="fifth"), numbers[4:])
    assert rows(database) == [(MAYA, "fifth", None, 0)]


async def test_to_undo_a_reopening_finishes_nothing(
    tasks: TaskStore, database: Database, clock: Clock
) -> None:
    numbers = await add(tasks, 5)
    await tasks.complete(origin(TOM), numbers)
    for number in numbers:
        clock.pass_by(seconds=1)
        await tasks.reopen(origin(), [number])
        await tasks.undo(origin())
    assert [user_id for user_id, *_ in rows(database)] == [TOM]


async def test_finished_tasks_of_another_workspace_are_of_somebody_else(
    tasks: TaskStore, people: People, database: Database
) -> None:
    await people.install(Installation(team_id="T02", team_name="Other", bot_user_id="UB"))
    there: dict[str, Any] = {"team_id": "T02", "channel": None}
    await finish(tasks, 3)
    for number in await add(tasks, 4, **there):
        await tasks.complete(origin(**there), [number])
    assert rows(database) == []


async def test_it_costs_one_row_and_five_tasks_at_most_however_much_somebody_did(
    tasks: TaskStore, people: People, database: Database
) -> None:
    run: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        run.append((statement, values))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    await finish(tasks)
    await people.know(TEAM, MAYA)
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(database.path)) as connection:
        steps = [
            row[3]
            for statement, values in run
            if "surveys" in statement
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    searched = {step.partition(" (")[0] for step in steps if step.startswith("SEARCH")}
    assert searched == {
        "SEARCH surveys USING INDEX sqlite_autoindex_surveys_1",
        "SEARCH task_events USING INDEX ix_task_events_finished",
        "SEARCH installations USING INDEX sqlite_autoindex_installations_1",
        "SEARCH people USING INDEX sqlite_autoindex_people_1",
        "SEARCH channels USING INDEX sqlite_autoindex_channels_1",
    }
    assert not [step for step in steps if step.startswith(("SCAN surveys", "SCAN task_events"))]


async def test_one_request_offers_it_and_no_other_ever(
    tasks: TaskStore, surveys: Surveys, database: Database, clock: Clock
) -> None:
    assert not await surveys.offer(origin())
    await finish(tasks, key="fifth")
    assert not await surveys.offer(origin(request_key="fifth"))
    first = origin()
    assert await surveys.offer(first)
    clock.pass_by(hours=1)
    assert await surveys.offer(first)
    assert not await surveys.offer(origin())
    assert not await Surveys(database, "1.2.3", clock).offer(origin())
    assert not await surveys.offer(origin(TOM))


async def test_of_many_requests_at_once_one_offers_it(tasks: TaskStore, surveys: Surveys) -> None:
    await finish(tasks)
    offered = await asyncio.gather(*(surveys.offer(origin()) for _ in range(20)))
    assert sum(offered) == 1


async def test_after_an_error_of_ours_it_waits_for_a_day(
    tasks: TaskStore, surveys: Surveys, people: People, database: Database, clock: Clock
) -> None:
    await finish(tasks)
    surveys.note_failure(origin().actor)
    assert not await surveys.offer(origin()), "it counts before it is written"
    await surveys.write_noted()
    assert rows(database) == [(MAYA, "last", None, 1)]
    again = Surveys(database, "1.2.3", clock)
    clock.pass_by(hours=23, minutes=59)
    assert not await again.offer(origin())
    assert not (await people.know(TEAM, MAYA, request_key="x")).survey_is_due
    clock.pass_by(minutes=1)
    assert (await people.know(TEAM, MAYA, request_key="x")).survey_is_due
    assert await again.offer(origin())


async def test_an_error_before_the_fifth_task_keeps_it_from_nothing_but_a_day(
    tasks: TaskStore, surveys: Surveys, database: Database, clock: Clock
) -> None:
    surveys.note_failure(origin().actor)
    await surveys.write_noted()
    await finish(tasks)
    assert rows(database) == [(MAYA, "last", None, 1)]
    assert not await surveys.offer(origin())
    clock.pass_by(days=1)
    assert await surveys.offer(origin())


async def test_what_cannot_be_written_waits_in_memory_and_counts(
    tasks: TaskStore, surveys: Surveys, database: Database, clock: Clock
) -> None:
    await finish(tasks)
    surveys.note_failure(origin().actor)
    surveys.note_failure(origin("U99", team_id="T99").actor)
    with locked(database.path), pytest.raises(NotSaved):
        await surveys.write_noted()
    assert not await surveys.offer(origin())
    await surveys.write_noted()
    assert rows(database) == [(MAYA, "last", None, 1)], "of no workspace that is not installed"
    clock.pass_by(days=1)
    assert await surveys.offer(origin())


async def test_an_offer_that_nobody_saw_is_taken_back(
    tasks: TaskStore, surveys: Surveys, database: Database
) -> None:
    await finish(tasks)
    unseen, other = origin(), origin()
    assert await surveys.offer(unseen)
    surveys.note_unseen(unseen)
    surveys.note_unseen(other)
    assert not await surveys.offer(other)
    await surveys.write_noted()
    assert rows(database) == [(MAYA, "last", None, 0)]
    assert await surveys.offer(other)


async def test_an_offer_that_is_made_after_all_is_not_taken_back(
    tasks: TaskStore, surveys: Surveys
) -> None:
    await finish(tasks)
    first = origin()
    with locked(surveys._database.path), pytest.raises(NotSaved):  # noqa: SLF001  # its file
        await surveys.offer(first)
    surveys.note_unseen(first)
    assert await surveys.offer(first)
    await surveys.write_noted()
    assert not await surveys.offer(origin())


async def test_whoever_is_asked_is_known_with_the_request(
    tasks: TaskStore, surveys: Surveys, people: People
) -> None:
    async def is_due(request_key: str) -> bool:
        return (await people.know(TEAM, MAYA, request_key=request_key)).survey_is_due

    assert not await is_due("next")
    await finish(tasks, key="fifth")
    assert not await is_due("fifth")
    assert await is_due("next")
    assert await surveys.offer(origin(request_key="next"))
    assert await is_due("next"), "the same request is answered the same"
    assert not await is_due("other")


async def test_an_answer_is_kept_once_word_for_word_with_time_and_release(
    surveys: Surveys, database: Database, clock: Clock
) -> None:
    text = " <b>\u202eAll</b>\n\tof it & more \N{PILE OF POO} "
    said = NewAnswer(used_for="", missing=text, feeling=None)
    asked = origin(request_key="one")
    await asyncio.gather(*(surveys.answer(asked, said) for _ in range(5)))
    clock.pass_by(hours=1)
    await surveys.answer(asked, LOVELY)
    await surveys.answer(origin(TOM, request_key="two"), LOVELY)
    kept = "SELECT team_id, user_id, request_key, release, used_for, missing, feeling FROM feedback"
    assert rows(database, kept) == [
        (TEAM, MAYA, "one", "1.2.3", "", text, None),
        (TEAM, TOM, "two", "1.2.3", "Chores", "", "very"),
    ]
    assert rows(database, "SELECT max(at) - min(at) FROM feedback") == [(3_600_000_000,)]


async def test_whoever_answered_while_it_was_due_is_not_asked(
    tasks: TaskStore, surveys: Surveys
) -> None:
    await finish(tasks)
    await surveys.answer(origin(), LOVELY)
    assert not await surveys.offer(origin())


async def test_whoever_answered_before_the_fifth_task_is_asked_all_the_same(
    tasks: TaskStore, surveys: Surveys
) -> None:
    await surveys.answer(origin(), LOVELY)
    await finish(tasks)
    assert await surveys.offer(origin())
