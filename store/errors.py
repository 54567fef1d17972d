"""What can go wrong in the store, as facts without sentences: the words for them stand in `bot`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from store.models import EventKind, Merged, Outcome, Task, TaskEvent


class StoreError(Exception):
    """Any fact that the store refuses by."""


@dataclass(eq=False)
class NoSuchTask(StoreError):
    """No task of that number exists for the one who asks."""

    number: int


@dataclass(eq=False)
class NothingChanged(StoreError):
    """The rules said no to every number of the request; nothing was written."""

    outcomes: "tuple[Outcome, ...]"
    kind: "EventKind"
    """The verb that was asked for."""


@dataclass(eq=False)
class NothingToUndo(StoreError):
    """There is no request of the actor's that can be taken back now."""

    why: Literal["nothing", "too_late", "is_undo"]
    number: int | None = None
    """A task of the request that came too late, or of the undo."""


@dataclass(eq=False)
class NothingUndone(StoreError):
    """Every task of the request was changed since."""

    outcomes: "tuple[Outcome, ...]"


@dataclass(eq=False)
class Crossed(StoreError):
    """A form changed what others had changed since it was opened: nothing of it was written."""

    task: "Task"
    """As it is now."""
    mine: "Merged"
    since: "tuple[TaskEvent, ...]"
    """What happened since, the latest first."""


@dataclass(eq=False)
class NotSaved(StoreError):
    """The database could not take the change, and did not: it is busy, full or read-only."""

    reason: str


@dataclass(eq=False)
class NotInstalled(StoreError):
    """A request came from a workspace that has no installation."""

    team_id: str


@dataclass(eq=False)
class NewerSchema(StoreError):
    """The database was written by a later release than this one."""

    found: str
    known: str


@dataclass(eq=False)
class OlderSchema(StoreError):
    """No bot of this release has served the database yet, so it is not as we would read it."""

    found: str | None
    known: str


@dataclass(eq=False)
class Unreadable(StoreError):
    """The file is not there, may not be read, or is no database."""

    path: str
    reason: str


@dataclass(eq=False)
class InUse(StoreError):
    """Another process holds this database file."""

    path: str
