"""The same request changes nothing twice, and its key is forgotten after a week."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from store import Database, NothingChanged, NotInstalled, TaskEvent, TaskStore, Verdict
from store.requests import BATCH, KEEP_FOR
from tests.factories import NOW, TEAM, TOM, Clock, new, origin


async def kept(database: Database) -> list[str]:
    asked = sa.text("SELECT request_key FROM requests ORDER BY rowid")
    return await database.read(lambda c: list(c.scalars(asked)))


async def test_the_same_request_again_changes_nothing_and_has_the_same_outcome(
    tasks: TaskStore, published: list[TaskEvent]
) -> None:
    asked = origin()
    first = await tasks.add(asked, new())
    assert await tasks.add(asked, new("Another")) == first
    assert len(published) == 1


async def test_a_repeated_request_shows_the_task_as_it_is_now(tasks: TaskStore) -> None:
    await tasks.add(origin(), new())
    finish = origin(TOM)
    await tasks.complete(finish, [1, 99])
    await tasks.reopen(origin(), [1])
    done, missing = await tasks.complete(finish, [1, 99])
    assert (done.verdict, missing.verdict) == (Verdict.CHANGED, Verdict.NO_SUCH_TASK)
    assert done.task
    assert done.task.status == "todo"


async def test_kept_outcomes_say_what_was_made_of_each_task(
    database: Database, tasks: TaskStore
) -> None:
    await tasks.add(origin(), new())
    await tasks.add(origin(), new())
    await tasks.start(origin(), [1])
    finish = origin(TOM)
    await tasks.complete(finish, [1, 2, 99])
    await tasks.reopen(origin(), [1])
    again = await tasks.complete(finish, [1, 2, 99])
    assert [outcome.version for outcome in again] == [3, 2, None]
    assert [outcome.task.version for outcome in again if outcome.task] == [4, 2]
    kept_as = await stored(database, finish.request_key)
    assert kept_as == [[1, "changed", 3], [2, "changed", 2], [99, "no_such_task", None]]


async def stored(database: Database, request_key: str) -> Any:
    """What stands beside a request's key."""
    asked = sa.text("SELECT outcome FROM requests WHERE request_key = :key")
    return json.loads(await database.read(lambda c: c.scalar(asked, {"key": request_key})) or "")


async def test_outcomes_that_the_release_before_kept_without_versions_are_read(
    database: Database, tasks: TaskStore, published: list[TaskEvent]
) -> None:
    asked = origin()
    await tasks.add(asked, new())
    former = sa.text('UPDATE requests SET outcome = \'[[1, "changed"], [7, "no_such_task"]]\'')
    await database.write(lambda c: c.execute(former))
    again, missing = await tasks.complete(asked, [1, 7])
    assert (again.number, again.verdict, again.version) == (1, Verdict.CHANGED, None)
    assert again.task
    assert again.task.title == "Fix login"
    assert (missing.number, missing.verdict, missing.task) == (7, Verdict.NO_SUCH_TASK, None)
    assert await tasks.saved_by(TEAM, asked.request_key) == (1, 7)
    assert [outcome.number for outcome in await tasks.undo(origin())] == [1]
    assert len(published) == 2


async def test_a_refusal_is_judged_anew(database: Database, tasks: TaskStore) -> None:
    asked = origin()
    with pytest.raises(NothingChanged):
        await tasks.complete(asked, [1])
    await tasks.add(origin(), new())
    (outcome,) = await tasks.complete(asked, [1])
    assert outcome.verdict is Verdict.CHANGED
    assert len(await kept(database)) == 2


async def test_what_a_request_changed_is_known_by_its_key(tasks: TaskStore) -> None:
    asked = origin()
    assert await tasks.saved_by(TEAM, asked.request_key) is None
    await tasks.add(asked, new())
    assert await tasks.saved_by(TEAM, asked.request_key) == (1,)
    assert await tasks.saved_by("T02", asked.request_key) is None


async def test_keys_are_forgotten_after_a_week_and_not_before(
    database: Database, tasks: TaskStore, clock: Clock
) -> None:
    old, young = origin(), origin()
    await tasks.add(old, new())
    clock.pass_by(seconds=1)
    await tasks.add(young, new())
    clock.now = NOW + KEEP_FOR
    assert await tasks.purge_requests() == 0
    clock.pass_by(seconds=1)
    assert await tasks.purge_requests() == 1
    assert await kept(database) == [young.request_key]


async def test_keys_are_forgotten_in_batches(
    database: Database, tasks: TaskStore, clock: Clock
) -> None:
    asked = sa.text(
        "INSERT INTO requests (team_id, request_key, actor_id, at, outcome) "
        "VALUES ('T01', :key, 'U01', 0, '[]')"
    )
    keys = [{"key": str(at)} for at in range(BATCH + 1)]
    await database.write(lambda c: c.execute(asked, keys))
    assert [await tasks.purge_requests() for _ in range(3)] == [BATCH, 1, 0]
    assert clock.now == NOW


async def test_numbers_have_no_gaps_when_something_fails_between_them(
    database: Database, published: list[TaskEvent], clock: Clock
) -> None:
    tasks = TaskStore(database, published.append, clock)
    await tasks.add(origin(), new())
    with pytest.raises(NotInstalled):
        await tasks.add(origin(team_id="T99"), new())
    broken = new(priority="none")
    with pytest.raises(KeyError):
        await tasks.add(origin(), broken)
    (outcome,) = await tasks.add(origin(), new())
    assert outcome.number == 2
    assert [event.number for event in published] == [1, 2]
