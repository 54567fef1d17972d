"""Whom a change concerns: the others, each once, in their own workspace."""

from typing import Any

import pytest
import sqlalchemy as sa

from store import (
    Closed,
    Database,
    Directs,
    EventKind,
    Installation,
    Notice,
    Notices,
    People,
    Role,
    Task,
    TaskStore,
    What,
)
from store.direct import concerned
from tests.factories import MAYA, TEAM, TOM, Clock, event, new, origin, task

ADA = "U03"
NOBODY = None


def held(by: str | None, **fields: Any) -> Task:
    """A task of Maya's that somebody holds."""
    return task(assignee_id=by, **fields)


@pytest.mark.parametrize(
    ("kind", "actor", "was", "becomes", "told"),
    [
        (EventKind.CREATED, MAYA, None, TOM, {TOM: What.GIVEN}),
        (EventKind.CREATED, MAYA, None, MAYA, {}),
        (EventKind.CREATED, MAYA, None, NOBODY, {}),
        (EventKind.ASSIGNED, MAYA, NOBODY, TOM, {TOM: What.GIVEN}),
        (EventKind.ASSIGNED, TOM, NOBODY, TOM, {}),
        (EventKind.ASSIGNED, MAYA, TOM, NOBODY, {TOM: What.TAKEN}),
        (EventKind.ASSIGNED, TOM, TOM, NOBODY, {}),
        (EventKind.ASSIGNED, ADA, TOM, MAYA, {TOM: What.TAKEN, MAYA: What.GIVEN}),
        (EventKind.ASSIGNED, TOM, TOM, ADA, {ADA: What.GIVEN}),
        (EventKind.STARTED, TOM, NOBODY, TOM, {}),
        (EventKind.COMPLETED, TOM, TOM, TOM, {MAYA: What.FINISHED}),
        (EventKind.COMPLETED, ADA, TOM, TOM, {MAYA: What.FINISHED}),
        (EventKind.COMPLETED, MAYA, TOM, TOM, {}),
        (EventKind.COMPLETED, TOM, NOBODY, NOBODY, {}),
        (EventKind.COMPLETED, TOM, MAYA, MAYA, {}),
        (EventKind.DELETED, ADA, TOM, TOM, {MAYA: What.DELETED, TOM: What.DELETED}),
        (EventKind.DELETED, MAYA, TOM, TOM, {TOM: What.DELETED}),
        (EventKind.DELETED, ADA, NOBODY, NOBODY, {MAYA: What.DELETED}),
        (EventKind.DELETED, ADA, MAYA, MAYA, {MAYA: What.DELETED}),
        (EventKind.RENAMED, TOM, TOM, TOM, {}),
        (EventKind.REOPENED, TOM, TOM, TOM, {}),
        (EventKind.RESTORED, ADA, TOM, TOM, {}),
    ],
)
def test_a_change_concerns_those_who_gave_who_get_and_who_lose_but_not_who_makes_it(
    kind: EventKind, actor: str, was: str | None, becomes: str | None, told: dict[str, What]
) -> None:
    before = None if kind is EventKind.CREATED else held(was)
    made = event(kind, actor_id=actor, version=2)
    assert concerned(made, before, held(becomes, version=2)) == told
    undone = event(kind, actor_id=actor, version=2, is_undo=True)
    assert concerned(undone, before, held(becomes, version=2)) == {}


async def claimed(notices: Notices, *teams: str) -> list[Notice]:
    found = await notices.claim(50, Closed(), teams or (TEAM,))
    return [notice for notice in found if notice.kind == "dm"]


@pytest.fixture
def notices(database: Database, clock: Clock) -> Notices:
    return Notices(database, clock)


async def test_another_workspace_s_person_of_the_same_id_hears_and_follows_nothing(
    tasks: TaskStore, people: People, notices: Notices, database: Database
) -> None:
    await people.install(Installation(team_id="T02", team_name="Other", bot_user_id="UBOT02"))
    for team_id in (TEAM, "T02"):
        await tasks.add(origin(team_id=team_id, channel=None), new(assignee_id=TOM))
    (ours,) = await claimed(notices)
    (theirs,) = await claimed(notices, "T02")
    for notice in (ours, theirs):
        assert await notices.told(notice, "1.0", "D01", {1: 1})
    await tasks.rename(origin(channel=None), 1, "Mend login")
    assert [notice.team_id for notice in await claimed(notices, TEAM, "T02")] == [TEAM]
    said = await Directs(database).look(theirs)
    assert said
    assert said.tasks[0].title == "Fix login"


async def test_an_earlier_message_stands_still_when_a_later_one_follows(
    tasks: TaskStore, notices: Notices
) -> None:
    await tasks.add(origin(channel=None), new(assignee_id=TOM))
    (first,) = await claimed(notices)
    await notices.told(first, "1.0", "D01", {1: 1})
    await tasks.assign(origin(), 1, ADA, {})
    await tasks.assign(origin(), 1, TOM, {})
    while waiting := await claimed(notices):
        for notice in waiting:
            shown = {1: 3} if notice.subject == "1.3.U02" else {}
            await notices.told(notice, notice.ts or "2.0", "D01", shown)
    await tasks.rename(origin(), 1, "Mend login")
    assert [notice.subject for notice in await claimed(notices)] == ["1.3.U02"]


async def test_a_change_that_concerns_nobody_writes_no_message(
    tasks: TaskStore, database: Database
) -> None:
    await tasks.add(origin(), new())
    await tasks.complete(origin(TOM), [1])
    await tasks.reopen(origin(), [1])
    await tasks.delete(origin(role=Role.ADMIN), [1])
    count = sa.text("SELECT count(*) FROM notices WHERE kind = 'dm'")
    assert await database.read(lambda c: c.scalar(count)) == 0
