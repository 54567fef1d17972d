"""Saving a form: only what was changed in it, and nothing where others changed the same since."""

import sqlalchemy as sa

from store.changes import Change
from store.errors import Crossed, NothingChanged
from store.models import EventKind, Outcome, Task, Verdict, Wanted
from store.rows import events_since
from store.visible import Viewer, visible_tasks


def edit(change: Change, number: int, version: int, wanted: Wanted) -> tuple[Outcome, ...]:
    """Write what is wanted of a task by somebody who saw it at that version.

    Raises:
        NothingChanged, Crossed
    """
    task = editable(change.connection, change.origin, number)
    since = tuple(reversed(events_since(change.connection, task.team_id, number, version)))
    mine = task.merge(task.before(since), wanted)
    if mine.crossed:
        raise Crossed(task, mine, since)
    return (change.edit(task, mine),)


def editable(connection: sa.Connection, viewer: Viewer, number: int) -> Task:
    """The task, if a form about it makes sense.

    Raises:
        NothingChanged: it does not exist for the one who asks, or is deleted.
    """
    task = visible_tasks(connection, viewer, [number]).get(number)
    if task is not None and not task.is_deleted:
        return task
    verdict = Verdict.IS_DELETED if task else Verdict.NO_SUCH_TASK
    raise NothingChanged((Outcome(number, verdict, task),), EventKind.RENAMED)
