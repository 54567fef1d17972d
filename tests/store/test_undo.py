"""Taking a request back: all its tasks as they were, for ten minutes, unless changed since."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from store import (
    Database,
    DueDay,
    EventKind,
    Insights,
    NothingToUndo,
    NothingUndone,
    Origin,
    Outcome,
    People,
    Priority,
    Role,
    SlackUser,
    Source,
    Status,
    Task,
    TaskEvent,
    TaskStore,
    Usage,
    Verdict,
)
from store.models import UNDO_FOR
from tests.factories import ACME, DEV, MAYA, SECRET, TEAM, TOM, Clock, new, origin

Tick = Callable[..., Origin]
Verb = Callable[[TaskStore, Origin], Awaitable[tuple[Outcome, ...]]]

DUE = DueDay(date(2026, 11, 27))
VERBS: tuple[tuple[Verb, EventKind], ...] = (
    (lambda tasks, asked: tasks.add(asked, new(assignee_id=TOM)), EventKind.DELETED),
    (lambda tasks, asked: tasks.assign(asked, 1, MAYA, {}), EventKind.ASSIGNED),
    (lambda tasks, asked: tasks.assign(asked, 2, None, {}), EventKind.ASSIGNED),
    (lambda tasks, asked: tasks.start(asked, [1]), EventKind.REOPENED),
    (lambda tasks, asked: tasks.complete(asked, [1, 2]), EventKind.REOPENED),
    (lambda tasks, asked: tasks.reopen(asked, [3]), EventKind.COMPLETED),
    (lambda tasks, asked: tasks.rename(asked, 1, "Fix logout"), EventKind.RENAMED),
    (lambda tasks, asked: tasks.reschedule(asked, 1, None), EventKind.RESCHEDULED),
    (lambda tasks, asked: tasks.reschedule(asked, 2, DUE), EventKind.RESCHEDULED),
    (lambda tasks, asked: tasks.prioritise(asked, 1, Priority.LOW), EventKind.PRIORITISED),
    (lambda tasks, asked: tasks.note(asked, 1, "Later"), EventKind.NOTED),
    (lambda tasks, asked: tasks.delete(asked, [1, 2, 3]), EventKind.RESTORED),
    (lambda tasks, asked: tasks.restore(asked, [4]), EventKind.DELETED),
)
"""Each verb, and what taking it back does to the task."""


@pytest.fixture
def tick(clock: Clock) -> Tick:
    """A request of its own, a second after the one before."""

    def asked(user_id: str = MAYA, **fields: Any) -> Origin:
        clock.pass_by(seconds=1)
        return origin(user_id, **fields)

    return asked


async def stands(tasks: TaskStore, number: int) -> Task:
    return (await tasks.history(origin(), number)).task


async def content(database: Database) -> dict[str, int]:
    """How much was ever written to the tables that a change touches."""
    asked = sa.text(
        "SELECT (SELECT sum(version) FROM tasks) AS versions,"
        " (SELECT count(*) FROM task_events) AS events,"
        " (SELECT count(*) FROM requests) AS requests,"
        " (SELECT sum(wanted) FROM notices) AS wanted"
    )
    return await database.read(lambda c: c.execute(asked).one()._asdict())


async def wanted(database: Database) -> dict[str, int]:
    """How often each task's card was to be drawn."""
    asked = sa.text("SELECT subject, wanted FROM notices")
    return await database.read(lambda c: {row.subject: row.wanted for row in c.execute(asked)})


async def lay_tasks(tasks: TaskStore, tick: Tick) -> None:
    """One to begin with, one in hand, one done by Tom and one that Tom deleted."""
    await tasks.add(tick(), new(notes="Soon", due=DUE, assignee_id=TOM))
    await tasks.add(tick(), new("Second", priority=Priority.HIGH))
    await tasks.start(tick(TOM), [2])
    await tasks.add(tick(), new("Third"))
    await tasks.complete(tick(TOM), [3])
    await tasks.add(tick(), new("Fourth", assignee_id=TOM))
    await tasks.delete(tick(TOM), [4])


async def test_each_verb_is_taken_back_with_all_its_tasks_its_history_and_its_cards(
    database: Database, tasks: TaskStore, published: list[TaskEvent], tick: Tick
) -> None:
    await lay_tasks(tasks, tick)
    for verb, kind in VERBS:
        before = {number: await stands(tasks, number) for number in (1, 2, 3, 4)}
        done = await verb(tasks, tick())
        cards, told = await wanted(database), len(published)
        undone = await tasks.undo(tick(source=Source.BUTTON))
        assert {one.number: one.verdict for one in undone} == {
            one.number: Verdict.CHANGED for one in done
        }, kind
        for event, was, now in zip(published[told:], done, undone, strict=True):
            assert was.version
            assert (event.number, event.version, event.kind) == (now.number, was.version + 1, kind)
            assert now.task == await as_recorded(tasks, event)
            assert now.task == as_before(now.task, before.get(now.number))
            card = str(now.number)
            assert (await wanted(database))[card] == cards[card] + 1
        untouched = before.keys() - {one.number for one in undone}
        assert all([await stands(tasks, number) == before[number] for number in untouched])


async def as_recorded(tasks: TaskStore, event: TaskEvent) -> Task:
    """The task that an undo of Maya's by a button left behind, with this as its latest event."""
    history = await tasks.history(origin(), event.number)
    assert history.events[0] == event
    assert (event.is_undo, event.seconds_open, event.source) == (True, None, Source.BUTTON)
    assert (event.actor_id, event.at) == (MAYA, history.task.updated_at)
    assert history.task.version == event.version
    return history.task


def as_before(task: Task, before: Task | None) -> Task:
    """What it was, but for version and update; what was only then added is deleted now."""
    if before is None:
        return replace(task, status=Status.TODO, deleted_at=task.updated_at, deleted_by=MAYA)
    return replace(before, version=task.version, updated_at=task.updated_at)


async def test_the_last_request_is_taken_back_and_those_before_it_stay(
    tasks: TaskStore, tick: Tick
) -> None:
    await tasks.add(tick(), new())
    await tasks.rename(tick(), 1, "Second title")
    await tasks.rename(tick(), 1, "Third title")
    await tasks.add(tick(TOM), new("Tom's"))
    (outcome,) = await tasks.undo(tick())
    assert outcome.number == 1
    assert (await stands(tasks, 1)).title == "Second title"
    assert not (await stands(tasks, 2)).is_deleted


async def test_a_request_is_taken_back_by_what_it_made_of_any_of_its_tasks(
    tasks: TaskStore, tick: Tick
) -> None:
    for _ in range(3):
        await tasks.add(tick(), new())
    await tasks.start(tick(), [2])
    await tasks.complete(tick(), [1, 2])
    await tasks.start(tick(), [3])
    undone = await tasks.undo(tick(), (2, 3))
    assert [(one.number, one.version) for one in undone] == [(1, 3), (2, 4)]
    states = [(await stands(tasks, number)).status for number in (1, 2, 3)]
    assert states == [Status.TODO, Status.DOING, Status.DOING]


async def test_only_what_a_request_changed_is_taken_back(tasks: TaskStore, tick: Tick) -> None:
    await tasks.add(tick(), new())
    await tasks.add(tick(), new())
    await tasks.complete(tick(TOM), [2])
    await tasks.complete(tick(), [1, 2, 99])
    assert [outcome.number for outcome in await tasks.undo(tick())] == [1]
    assert (await stands(tasks, 2)).completed_by == TOM


async def test_there_is_nothing_to_undo_for_who_changed_nothing(
    database: Database, tasks: TaskStore, tick: Tick
) -> None:
    await tasks.add(tick(), new(assignee_id=TOM))
    before = await content(database)
    for which in (None, (1, 1), (1, 2), (2, 1)):
        with pytest.raises(NothingToUndo) as refused:
            await tasks.undo(tick(TOM, role=Role.ADMIN), which)
        assert (refused.value.why, refused.value.number) == ("nothing", None)
    with pytest.raises(NothingToUndo):
        await tasks.undo(tick(), (1, 2))
    assert await content(database) == before


async def test_the_same_numbers_of_another_workspace_are_left_alone(
    tasks: TaskStore, people: People, tick: Tick
) -> None:
    await people.install(replace(ACME, team_id="T02"))
    await tasks.add(tick(), new())
    with pytest.raises(NothingToUndo):
        await tasks.undo(tick(team_id="T02"), (1, 1))
    shared_key = tick(team_id="T02")
    await tasks.add(shared_key, new("Theirs"))
    await tasks.complete(replace(shared_key, actor=SlackUser(TEAM, MAYA)), [1])
    await tasks.undo(tick(team_id="T02"))
    assert (await tasks.history(origin(team_id="T02"), 1)).task.is_deleted
    assert (await stands(tasks, 1)).status is Status.DONE
    await tasks.undo(tick())
    assert (await stands(tasks, 1)).status is Status.TODO


@pytest.mark.parametrize("which", [None, (1, 2)])
async def test_ten_minutes_are_in_time_and_a_microsecond_more_is_too_late(
    database: Database, tasks: TaskStore, clock: Clock, which: tuple[int, int] | None
) -> None:
    await tasks.add(origin(), new())
    clock.pass_by(minutes=30)
    await tasks.complete(origin(), [1])
    before = await content(database)
    clock.now += UNDO_FOR + timedelta(microseconds=1)
    with pytest.raises(NothingToUndo) as refused:
        await tasks.undo(origin(), which)
    assert (refused.value.why, refused.value.number) == ("too_late", 1)
    assert await content(database) == before
    clock.now -= timedelta(microseconds=1)
    (outcome,) = await tasks.undo(origin(), which)
    assert outcome.verdict is Verdict.CHANGED
    assert timedelta(minutes=10) == UNDO_FOR


async def test_an_undo_is_not_undone(tasks: TaskStore, tick: Tick) -> None:
    await tasks.add(tick(), new())
    await tasks.start(tick(), [1])
    await tasks.undo(tick())
    for which in (None, (1, 3)):
        with pytest.raises(NothingToUndo) as refused:
            await tasks.undo(tick(), which)
        assert (refused.value.why, refused.value.number) == ("is_undo", 1)
    assert (await stands(tasks, 1)).version == 3


async def test_what_was_changed_since_is_named_and_left(
    tasks: TaskStore, published: list[TaskEvent], tick: Tick
) -> None:
    for _ in range(3):
        await tasks.add(tick(), new())
    await tasks.complete(tick(), [3, 1, 2])
    await tasks.reopen(tick(TOM), [1])
    published.clear()
    third, first, second = await tasks.undo(tick())
    assert [third.verdict, second.verdict] == [Verdict.CHANGED, Verdict.CHANGED]
    assert (first.number, first.verdict, first.version) == (1, Verdict.CHANGED_SINCE, None)
    assert first.task == await stands(tasks, 1)
    assert [event.number for event in published] == [3, 2]


async def test_my_own_later_change_counts_as_one_too(tasks: TaskStore, tick: Tick) -> None:
    await tasks.add(tick(), new())
    await tasks.start(tick(), [1])
    with pytest.raises(NothingUndone) as refused:
        await tasks.undo(tick(), (1, 1))
    assert [outcome.verdict for outcome in refused.value.outcomes] == [Verdict.CHANGED_SINCE]


async def test_when_all_was_changed_since_nothing_is_written(
    database: Database, tasks: TaskStore, published: list[TaskEvent], tick: Tick
) -> None:
    await tasks.add(tick(), new())
    await tasks.add(tick(), new())
    await tasks.complete(tick(), [1, 2])
    await tasks.note(tick(TOM), 1, "Again")
    await tasks.reopen(tick(TOM), [2])
    before, told = await content(database), len(published)
    asked = tick()
    with pytest.raises(NothingUndone) as refused:
        await tasks.undo(asked)
    assert [(one.number, one.verdict) for one in refused.value.outcomes] == [
        (1, Verdict.CHANGED_SINCE),
        (2, Verdict.CHANGED_SINCE),
    ]
    assert (await content(database), len(published)) == (before, told)
    assert await tasks.saved_by(TEAM, asked.request_key) is None


async def test_what_was_taken_back_already_is_so_whatever_came_after(
    database: Database, tasks: TaskStore, tick: Tick
) -> None:
    await tasks.add(tick(), new())
    await tasks.complete(tick(), [1])
    await tasks.undo(tick(), (1, 2))
    for later in (None, "Another title"):
        if later:
            await tasks.rename(tick(TOM), 1, later)
        before = await content(database)
        (outcome,) = await tasks.undo(tick(), (1, 2))
        assert (outcome.verdict, outcome.version) == (Verdict.ALREADY, None)
        assert await content(database) == before


async def test_the_undo_of_a_later_change_is_none_of_an_earlier_one(
    tasks: TaskStore, tick: Tick
) -> None:
    await tasks.add(tick(), new())
    await tasks.rename(tick(), 1, "Another title")
    await tasks.undo(tick())
    with pytest.raises(NothingUndone) as refused:
        await tasks.undo(tick(), (1, 1))
    (outcome,) = refused.value.outcomes
    assert (outcome.verdict, outcome.task) == (Verdict.CHANGED_SINCE, await stands(tasks, 1))
    assert not (await stands(tasks, 1)).is_deleted


async def test_what_is_out_of_sight_now_is_no_such_task_and_stays(
    database: Database, tasks: TaskStore, people: People, tick: Tick
) -> None:
    await people.save_channel(DEV)
    await people.save_channel(SECRET)
    await tasks.add(tick(), new())
    await tasks.add(tick(channel=SECRET), new("Secret"))
    both = tick(TOM, channel=SECRET)
    await tasks.complete(both, [1, 2])
    open_one, hidden = await tasks.undo(tick(TOM))
    assert (open_one.number, open_one.verdict) == (1, Verdict.CHANGED)
    assert hidden == Outcome(2, Verdict.NO_SUCH_TASK)
    await tasks.note(tick(TOM, channel=SECRET), 2, "Done")
    before = await content(database)
    with pytest.raises(NothingUndone) as refused:
        await tasks.undo(tick(TOM))
    assert refused.value.outcomes == (hidden,)
    assert await content(database) == before
    assert (await stands(tasks, 2)).completed_by == TOM


async def test_the_same_undo_again_has_the_same_outcomes_and_takes_nothing_more_back(
    tasks: TaskStore, published: list[TaskEvent], tick: Tick
) -> None:
    for _ in range(2):
        await tasks.add(tick(), new())
    await tasks.start(tick(), [1, 2])
    await tasks.reschedule(tick(TOM), 2, DUE)
    asked = tick()
    first = await tasks.undo(asked)
    assert [one.verdict for one in first] == [Verdict.CHANGED, Verdict.CHANGED_SINCE]
    told = len(published)
    assert await tasks.undo(asked) == first
    await tasks.rename(tick(), 1, "Another title")
    again, _ = await tasks.undo(asked)
    assert (again.verdict, again.version) == (Verdict.CHANGED, 3)
    assert (again.task, len(published)) == (await stands(tasks, 1), told + 1)


async def test_the_number_of_an_undone_task_is_never_used_again(
    database: Database, tasks: TaskStore, tick: Tick
) -> None:
    await tasks.add(tick(), new(quiet=True))
    await tasks.undo(tick())
    (outcome,) = await tasks.add(tick(), new())
    assert outcome.number == 2
    assert await wanted(database) == {"2": 1}, "a task without a card has none to draw anew"


async def test_an_undone_reopening_is_no_second_completion(
    database: Database, tasks: TaskStore, usage: Usage, clock: Clock, tick: Tick
) -> None:
    insights = Insights(database, clock)
    usage.note_active(SlackUser(TEAM, TOM))
    await usage.flush()
    await tasks.add(tick(), new())
    await tasks.complete(tick(), [1])
    await tasks.reopen(tick(TOM), [1])
    await tasks.undo(tick(TOM))
    assert (await stands(tasks, 1)).completed_by == MAYA
    numbers = await insights.numbers()
    assert (numbers.tasks_created, numbers.tasks_completed) == (1, 1)
    assert await insights.totals() == (1, 1)
    assert numbers.users_activated == 0, "Tom made and finished nothing"
    assert numbers.tasks_open == {"todo": 0, "doing": 0}
