"""Saving a form: what was changed in it, unless somebody else changed the same meanwhile."""

import asyncio
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import (
    EDITED,
    Crossed,
    DueAt,
    DueDay,
    EventKind,
    NoSuchTask,
    NothingChanged,
    Priority,
    Source,
    Task,
    TaskEvent,
    TaskStore,
    Verdict,
    Wanted,
)
from tests.factories import MAYA, SECRET, TOM, event, new, origin, task

FRIDAY = DueDay(date(2026, 11, 27))
FRIDAY_AT_NOON = DueAt(datetime(2026, 11, 27, 11, 0, tzinfo=UTC))

WANTED = st.builds(
    Wanted,
    title=st.sampled_from(["a", "b", "c"]),
    notes=st.sampled_from(["", "n", "m"]),
    assignee_id=st.sampled_from([None, MAYA, TOM]),
    due=st.sampled_from([None, FRIDAY, FRIDAY_AT_NOON]),
    priority=st.sampled_from(list(Priority)),
)


def wanted(of: Task, **changed: Any) -> Wanted:
    """A form about a task, with something changed in it."""
    return Wanted(**{name: getattr(of, name) for name in EDITED} | changed)


def as_values(one: Wanted | Task) -> dict[str, Any]:
    return {name: getattr(one, name) for name in EDITED}


async def added(tasks: TaskStore, **given_: Any) -> Task:
    """A task of Maya's in #dev."""
    (outcome,) = await tasks.add(origin(), new(**given_))
    assert outcome.task
    return outcome.task


async def now_is(tasks: TaskStore, number: int = 1) -> Task:
    return (await tasks.history(origin(), number)).task


# The rule


def test_every_field_of_a_form_has_its_kind_of_event() -> None:
    assert set(EDITED) == {field.name for field in fields(Wanted)}


@given(base=WANTED, now=WANTED, mine=WANTED)
def test_a_merge_takes_each_side_s_changes_or_names_what_both_changed(
    base: Wanted, now: Wanted, mine: Wanted
) -> None:
    task_now, task_base = task(**as_values(now)), task(**as_values(base))
    merged = task_now.merge(task_base, mine)
    for name in EDITED:
        was, is_now, my_own = (getattr(one, name) for one in (base, now, mine))
        crosses = my_own != was and is_now not in (was, my_own)
        assert (name in merged.crossed) is crosses
        assert getattr(merged.wanted, name) == (is_now if my_own == was else my_own)
        assert (name in merged.differs) is (getattr(merged.wanted, name) != is_now)


@given(steps=st.lists(WANTED, min_size=1, max_size=6), data=st.data())
def test_a_task_is_rebuilt_as_it_stood_before_any_of_its_events(
    steps: list[Wanted], data: st.DataObject
) -> None:
    states, events = [task()], list[TaskEvent]()
    for step in steps:
        after = replace(states[-1], **as_values(step))
        events.insert(0, event(EventKind.RENAMED, changes=states[-1].changes_to(after)))
        states.append(after)
    back = data.draw(st.integers(0, len(steps)))
    assert states[-1].before(events[:back]) == states[len(steps) - back]


# The transaction


async def test_each_field_that_was_changed_is_an_event_of_its_own(
    tasks: TaskStore, published: list[TaskEvent]
) -> None:
    one = await added(tasks)
    asked = origin(TOM, source=Source.FORM)
    mine = wanted(one, title="t", notes="n", assignee_id=TOM, due=FRIDAY, priority=Priority.LOW)
    (outcome,) = await tasks.edit(asked, 1, 1, mine)
    assert outcome.verdict is Verdict.CHANGED
    assert outcome.version == 6
    assert as_values(await now_is(tasks)) == as_values(mine)
    assert [(one.kind, one.version, one.source) for one in published[1:]] == [
        (kind, version, Source.FORM) for version, kind in enumerate(EDITED.values(), 2)
    ]
    assert all(len(one.changes) == 1 for one in published[1:])


async def test_nothing_changed_is_nothing_written(
    tasks: TaskStore, published: list[TaskEvent]
) -> None:
    one = await added(tasks, notes="n", due=FRIDAY_AT_NOON)
    (outcome,) = await tasks.edit(origin(TOM), 1, 1, wanted(one))
    assert (outcome.verdict, outcome.version) == (Verdict.ALREADY, None)
    assert len(published) == 1


async def test_what_others_changed_meanwhile_stays_where_the_form_left_it_alone(
    tasks: TaskStore,
) -> None:
    one = await added(tasks)
    await tasks.rename(origin(TOM), 1, "theirs")
    await tasks.complete(origin(TOM), [1])
    await tasks.edit(origin(), 1, one.version, wanted(one, notes="mine"))
    now = await now_is(tasks)
    assert (now.title, now.notes, now.completed_by) == ("theirs", "mine", TOM)


async def test_a_crossing_writes_nothing_at_all_and_tells_all_that_happened_since(
    tasks: TaskStore, published: list[TaskEvent]
) -> None:
    one = await added(tasks)
    await tasks.rename(origin(TOM), 1, "theirs")
    await tasks.reschedule(origin(TOM), 1, FRIDAY)
    before = len(published)
    with pytest.raises(Crossed) as crossed:
        await tasks.edit(origin(), 1, 1, wanted(one, title="mine", notes="mine too"))
    assert len(published) == before
    assert crossed.value.mine.crossed == ("title",)
    assert as_values(crossed.value.mine.wanted) == as_values(
        wanted(one, title="mine", notes="mine too", due=FRIDAY)
    )
    assert [one.kind for one in crossed.value.since] == [
        EventKind.RESCHEDULED,
        EventKind.RENAMED,
    ]
    assert crossed.value.task == await now_is(tasks)


async def test_what_was_changed_and_changed_back_meanwhile_crosses_nothing(
    tasks: TaskStore,
) -> None:
    one = await added(tasks)
    await tasks.rename(origin(TOM), 1, "theirs")
    await tasks.undo(origin(TOM))
    await tasks.edit(origin(), 1, 1, wanted(one, title="mine"))
    assert (await now_is(tasks)).title == "mine"


async def test_the_same_form_again_changes_nothing_even_when_the_task_moved_on(
    tasks: TaskStore, published: list[TaskEvent]
) -> None:
    one = await added(tasks)
    asked, mine = origin(), wanted(one, title="mine")
    first = await tasks.edit(asked, 1, 1, mine)
    await tasks.rename(origin(TOM), 1, "theirs")
    (again,) = await tasks.edit(asked, 1, 1, mine)
    assert (again.verdict, again.version) == (first[0].verdict, first[0].version)
    assert len(published) == 3
    assert (await now_is(tasks)).title == "theirs"


async def test_two_forms_at_once_are_one_change_and_one_crossing(tasks: TaskStore) -> None:
    one = await added(tasks)
    forms = [tasks.edit(origin(who), 1, 1, wanted(one, title=who)) for who in (MAYA, TOM)]
    came_of_it = await asyncio.gather(*forms, return_exceptions=True)
    assert sum(isinstance(one, Crossed) for one in came_of_it) == 1


async def test_undo_takes_back_a_whole_form(tasks: TaskStore) -> None:
    one = await added(tasks)
    mine = wanted(one, title="t", due=FRIDAY, priority=Priority.LOW)
    await tasks.edit(origin(), 1, 1, mine)
    (undone,) = await tasks.undo(origin())
    assert undone.task
    assert as_values(undone.task) == as_values(one)


async def test_a_deleted_task_takes_no_form(tasks: TaskStore) -> None:
    one = await added(tasks)
    await tasks.delete(origin(), [1])
    for asked in (tasks.may_edit(origin(), 1), tasks.edit(origin(), 1, 1, wanted(one, title="x"))):
        with pytest.raises(NothingChanged) as refused:
            await asked
        assert refused.value.outcomes[0].verdict is Verdict.IS_DELETED


async def test_what_one_may_not_see_one_cannot_open_or_save(tasks: TaskStore) -> None:
    hidden = await tasks.add(origin(channel=SECRET), new())
    assert hidden[0].task
    mine = wanted(hidden[0].task, title="x")
    for number in (1, 2):
        for asked in (
            tasks.may_edit(origin(TOM), number),
            tasks.edit(origin(TOM), number, 1, mine),
        ):
            with pytest.raises(NothingChanged) as refused:
                await asked
            assert refused.value.outcomes[0].verdict is Verdict.NO_SUCH_TASK
    with pytest.raises(NoSuchTask):
        await tasks.history(origin(TOM), 1)
