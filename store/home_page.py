"""What one person's Home shows: their open tasks by when they are due, and what others hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, assert_never

import sqlalchemy as sa

from store.groups import Group, group_of
from store.lists import ever_had
from store.models import UNDO_FOR, Due, DueAt, DueDay, EventKind, Person, Task
from store.notices import NoticeKind
from store.rows import to_due
from store.tables import IS_OPEN, homes, notices, tasks
from store.visible import own_tasks, visible_tasks, visible_to

HOME_PAGE = 25
"""A click in a Home brings all of it along: of the longest titles no more would pass the door."""


@dataclass(frozen=True, slots=True)
class HomeChange:
    """What somebody last did in their Home, as long as it can be taken back."""

    task: Task
    kind: EventKind
    is_undo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """A page of somebody's Home."""

    groups: tuple[tuple[Group, tuple[Task, ...]], ...]
    page: int
    has_more: bool
    ever_had: bool
    """Whether they ever made or held a task: one who did not is welcomed."""
    changed: HomeChange | None = None

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Everything on the page, in its order."""
        return tuple(task for _, those in self.groups for task in those)


_KEPT = (
    sa.select(homes.c.page, notices.c.about)
    .outerjoin(
        notices,
        sa.and_(
            notices.c.team_id == homes.c.team_id,
            notices.c.kind == NoticeKind.HOME,
            notices.c.subject == homes.c.user_id,
        ),
    )
    .where(homes.c.team_id == sa.bindparam("team_id"), homes.c.user_id == sa.bindparam("user_id"))
)


def home_page(connection: sa.Connection, person: Person, now: datetime) -> HomePage:
    """What somebody's Home shows at a moment on their clock."""
    key = {"team_id": person.team_id, "user_id": person.user_id}
    kept = connection.execute(_KEPT, key).first()
    places = _places(connection, person, now)
    last_page = max(1, -(-len(places) // HOME_PAGE))
    page = min(max(kept.page if kept else 1, 1), last_page)
    shown = places[(page - 1) * HOME_PAGE : page * HOME_PAGE]
    return HomePage(
        groups=_grouped(connection, person, shown),
        page=page,
        has_more=page < last_page,
        ever_had=bool(places) or ever_had(connection, person.team_id, person.user_id),
        changed=_changed(connection, person.team_id, kept.about if kept else None, now),
    )


Place = tuple[int, float, int, int]
"""Where a task stands in a Home: its group, its due moment, its rank, its number."""


def _places(connection: sa.Connection, person: Person, now: datetime) -> list[Place]:
    """Where everything stands that a Home has, page after page; without reading it whole."""
    mine = tasks.c.assignee_id == person.user_id
    made = tasks.c.creator_id == person.user_id
    names = ("number", "rank", "assignee_id", "due_day", "due_at")
    asked = sa.select(*(tasks.c[name] for name in names)).where(
        visible_to(person), IS_OPEN, sa.or_(mine, made)
    )
    return sorted(_place(row, person, now) for row in connection.execute(asked))


def _place(row: sa.Row[Any], person: Person, now: datetime) -> Place:
    due = to_due(row.due_day, row.due_at)
    is_mine = row.assignee_id in {None, person.user_id}
    group = group_of(due, now) if is_mine else Group.GIVEN
    until = _until(due, now).timestamp() if due else float("inf")
    return _ORDER[group], until, row.rank, row.number


_GROUPS = tuple(Group)
_ORDER = {group: order for order, group in enumerate(_GROUPS)}


def _until(due: Due, now: datetime) -> datetime:
    """The moment at which it will be overdue: a day ends at its midnight on this clock."""
    match due:
        case DueAt(at=at):
            return at
        case DueDay(day=day):
            return datetime.combine(day + timedelta(days=1), time(), now.tzinfo)
        case _ as never:
            assert_never(never)


def _grouped(
    connection: sa.Connection, person: Person, shown: Sequence[Place]
) -> tuple[tuple[Group, tuple[Task, ...]], ...]:
    found = visible_tasks(connection, person, (number for *_, number in shown))
    return tuple(
        (_GROUPS[order], tuple(found[number] for *_, number in those))
        for order, those in groupby(shown, key=itemgetter(0))
    )


def _changed(
    connection: sa.Connection, team_id: str, about: Mapping[str, Any] | None, at: datetime
) -> HomeChange | None:
    """What was last done there, unless the task moved on or it can be taken back no more."""
    if not about:
        return None
    task = own_tasks(connection, team_id, {about["number"]: about["version"]}).get(about["number"])
    if task is None or at - task.updated_at > UNDO_FOR:
        return None
    return HomeChange(task, EventKind(about["kind"]), about["is_undo"])
