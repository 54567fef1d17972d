"""The rules of a task, each with what it refuses."""

from collections.abc import Callable

import pytest

from store import Role, Status, Task, Verdict
from tests.factories import MAYA, NOW, TOM, deleted_task, done_task, task

Rule = Callable[[Task], Task | Verdict]

RULES: dict[str, Rule] = {
    "complete": lambda one: one.complete(TOM, NOW),
    "start": lambda one: one.start(TOM),
    "reopen": lambda one: one.reopen(),
    "assign": lambda one: one.assign(TOM),
    "delete": lambda one: one.delete(TOM, Role.MEMBER, NOW),
    "restore": lambda one: one.restore(TOM, Role.MEMBER),
}
TODO = task()
DOING = task(status=Status.DOING, assignee_id=TOM)
DONE = done_task()
DELETED = deleted_task(assignee_id=TOM)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("complete", TODO, {"status": "done", "completed_by": TOM, "completed_at": NOW}),
        ("complete", DOING, {"status": "done", "completed_by": TOM, "assignee_id": TOM}),
        ("complete", DONE, Verdict.ALREADY),
        ("complete", DELETED, Verdict.IS_DELETED),
        ("start", TODO, {"status": "doing", "assignee_id": TOM}),
        ("start", task(assignee_id=MAYA), {"status": "doing", "assignee_id": MAYA}),
        ("start", DOING, Verdict.ALREADY),
        ("start", DONE, Verdict.REOPEN_FIRST),
        ("start", DELETED, Verdict.IS_DELETED),
        ("reopen", DONE, {"status": "todo", "completed_by": None, "completed_at": None}),
        ("reopen", TODO, Verdict.ALREADY),
        ("reopen", DOING, Verdict.ALREADY),
        ("reopen", DELETED, Verdict.IS_DELETED),
        ("assign", TODO, {"assignee_id": TOM, "status": "todo"}),
        ("assign", DOING, Verdict.ALREADY),
        ("assign", DELETED, Verdict.IS_DELETED),
        ("delete", DOING, {"deleted_by": TOM, "deleted_at": NOW, "status": "doing"}),
        ("delete", TODO, Verdict.NOT_YOURS),
        ("delete", DELETED, Verdict.ALREADY),
        ("restore", DELETED, {"deleted_by": None, "deleted_at": None}),
        ("restore", deleted_task(), Verdict.NOT_YOURS),
        ("restore", TODO, Verdict.ALREADY),
    ],
)
def test_each_rule_changes_the_task_or_says_why_not(
    rule: str, before: Task, after: Verdict | dict[str, object]
) -> None:
    ruled = RULES[rule](before)
    if isinstance(after, Verdict):
        assert ruled is after
    else:
        assert isinstance(ruled, Task)
        assert {name: getattr(ruled, name) for name in after} == after
        assert (ruled.number, ruled.title, ruled.creator_id) == (12, "Fix login", MAYA)


@pytest.mark.parametrize(
    ("user_id", "role", "may"),
    [
        (MAYA, Role.MEMBER, True),
        (TOM, Role.GUEST, True),
        ("U09", Role.ADMIN, True),
        ("U09", Role.MEMBER, False),
        ("U09", Role.GUEST, False),
        ("U09", Role.UNKNOWN, False),
    ],
)
def test_creator_assignee_and_admins_may_delete_and_restore(
    user_id: str,
    role: Role,
    may: bool,  # noqa: FBT001  # a column of the table
) -> None:
    ours = task(assignee_id=TOM)
    assert ours.may_delete(user_id, role) is may
    deleted = ours.delete(user_id, role, NOW)
    assert isinstance(deleted, Task) is may
    assert isinstance(DELETED.restore(user_id, role), Task) is may


def test_a_restored_task_stands_where_it_stood() -> None:
    deleted = DONE.delete(MAYA, Role.MEMBER, NOW)
    assert isinstance(deleted, Task)
    assert deleted.restore(MAYA, Role.MEMBER) == DONE


def test_a_change_is_recorded_field_by_field() -> None:
    assert TODO.changes_to(DOING) == {"status": ("todo", "doing"), "assignee_id": (None, TOM)}
    assert TODO.changes_to(task(version=9)) == {}
