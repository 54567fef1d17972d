"""A task, its history and the rules that change them; pure, no I/O and no clock of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

TITLE_MAX = 200
NOTES_MAX = 3_000
UNDO_FOR = timedelta(minutes=10)
MORNING = 9
WORKDAYS = frozenset({1, 2, 3, 4, 5})


class Status(StrEnum):
    """Where a task stands; deletion is apart from it, so that a restored task knows its place."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"


class Priority(StrEnum):
    """How soon, in the words that people type after `!`."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class DueDay:
    """Due on a day, wherever one is: over at the midnight after it, on the clock of who looks."""

    day: date


@dataclass(frozen=True, slots=True)
class DueAt:
    """Due at a moment, the same everywhere; with its zone, to the minute."""

    at: datetime


Due = DueDay | DueAt


class EventKind(StrEnum):
    """What happened to a task: the same word in history, log lines and counters."""

    CREATED = "created"
    ASSIGNED = "assigned"
    STARTED = "started"
    COMPLETED = "completed"
    REOPENED = "reopened"
    RENAMED = "renamed"
    RESCHEDULED = "rescheduled"
    PRIORITISED = "prioritised"
    NOTED = "noted"
    DELETED = "deleted"
    RESTORED = "restored"


class Source(StrEnum):
    """Through which surface of Slack a request came."""

    COMMAND = "command"
    BUTTON = "button"
    FORM = "form"
    SHORTCUT = "shortcut"
    HOME = "home"


class Role(StrEnum):
    """What a person is in the workspace, as far as rights go."""

    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"
    """Slack could not tell: a guest's rights, in UTC."""


FULL_MEMBERS = frozenset({Role.ADMIN, Role.MEMBER})
MAY_ACT = FULL_MEMBERS | {Role.GUEST, Role.UNKNOWN}


class ChannelKind(StrEnum):
    """Who is in a conversation: everybody, those invited, or only those who talk."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class SlackUser:
    """The key of everything that belongs to a person."""

    team_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What Slack says of a person; `zone` is an IANA name."""

    team_id: str
    user_id: str
    name: str
    zone: str = "UTC"
    role: Role = Role.UNKNOWN
    updated: int = 0
    """Slack's own stamp of when this became so, in seconds since 1970; 0 when it gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What somebody is told by direct message, and at which hour of their day."""

    assigned: bool = True
    """When somebody gives them a task, or takes one from them."""
    finished: bool = True
    """When a task that they gave is done or deleted."""
    due: bool = True
    """When their tasks fall due."""
    digest: bool = False
    """Their open tasks, every morning."""
    hour: int = MORNING
    """Of the digest, and of the reminders for what is due on a day."""
    weekdays: frozenset[int] = WORKDAYS
    """Of the digest, as ISO counts them: 1 is Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A conversation; private and full of strangers unless Slack said something else."""

    team_id: str
    channel_id: str
    name: str = ""
    kind: ChannelKind = ChannelKind.PRIVATE
    shared: bool = True
    """People of other organisations are in it (Slack Connect)."""
    has_bot: bool = False
    """The bot is a member, so that it may post there although the channel is private."""

    @property
    def lists_members(self) -> bool:
        """Whether who is in it can be known, and matters: public channels are for everybody.

        Of private ones Slack tells the bot only where it is itself. Who is in a direct
        conversation is proved by being there (docs/decisions/0017).
        """
        return self.kind is ChannelKind.PRIVATE and self.has_bot

    @property
    def may_have_cards(self) -> bool:
        """Whether a card belongs here: in direct conversations there is nobody else to see it."""
        return self.kind is not ChannelKind.DIRECT

    @property
    def takes_cards(self) -> bool:
        """Whether a card can be posted: `chat:write.public` opens public channels unasked."""
        return self.kind is ChannelKind.PUBLIC or (
            self.kind is ChannelKind.PRIVATE and self.has_bot
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who asks, from where, and by which request: what every call of the store begins with."""

    actor: SlackUser
    role: Role
    source: Source
    request_key: str
    channel: Channel | None = None

    @property
    def team_id(self) -> str:
        return self.actor.team_id


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody in a channel at once: what may be posted there for all to read."""

    team_id: str
    channel: Channel
    only_here: bool = False
    """The one who posts sees no other channel either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task as it was asked for, before it has a number."""

    title: str
    notes: str = ""
    assignee_id: str | None = None
    due: Due | None = None
    priority: Priority = Priority.NORMAL
    quiet: bool = False
    thread_ts: str | None = None
    """The thread in which its card belongs."""
    permalink: str | None = None
    """Where the message stands that it was made from."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The people named in the text by user id, whether we know them or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All that a form can say of a task, whether it was changed there or left as it was."""

    title: str
    notes: str
    assignee_id: str | None
    due: Due | None
    priority: Priority


class Verdict(StrEnum):
    """What came of a request for one task."""

    CHANGED = "changed"
    ALREADY = "already"
    ALLOWED = "allowed"
    """It was only asked about, and the rules say yes."""
    NO_SUCH_TASK = "no_such_task"
    IS_DELETED = "is_deleted"
    REOPEN_FIRST = "reopen_first"
    NOT_YOURS = "not_yours"
    CHANGED_SINCE = "changed_since"
    NO_ROOM = "no_room"
    """The notes would grow beyond what a task holds."""


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One change of one task; `changes` maps a field to what it was and what it became."""

    team_id: str
    number: int
    version: int
    kind: EventKind
    actor_id: str
    at: datetime
    source: Source
    changes: Mapping[str, tuple[Any, Any]]
    is_undo: bool = False
    """It took back an earlier event."""
    seconds_open: float | None = None
    """From creation to completion, on completion only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it stands; each rule returns the task after it, or the verdict that refuses it."""

    team_id: str
    number: int
    title: str
    notes: str
    status: Status
    priority: Priority
    creator_id: str
    assignee_id: str | None
    due: Due | None
    channel_id: str | None
    thread_ts: str | None
    permalink: str | None
    has_card: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    completed_by: str | None
    deleted_at: datetime | None
    deleted_by: str | None
    version: int

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_open(self) -> bool:
        return self.status is not Status.DONE and not self.is_deleted

    @property
    def owner_id(self) -> str:
        """Whose it is: its assignee's, or its creator's while it is assigned to nobody."""
        return self.assignee_id or self.creator_id

    def complete(self, actor_id: str, at: datetime) -> "Task | Verdict":
        """Finish it, from wherever it stood."""
        if self.is_deleted:
            return Verdict.IS_DELETED
        if self.status is Status.DONE:
            return Verdict.ALREADY
        return replace(self, status=Status.DONE, completed_at=at, completed_by=actor_id)

    def start(self, actor_id: str) -> "Task | Verdict":
        """Take it in hand; nobody's task becomes the actor's."""
        if self.is_deleted:
            return Verdict.IS_DELETED
        if self.status is Status.DONE:
            return Verdict.REOPEN_FIRST
        if self.status is Status.DOING:
            return Verdict.ALREADY
        return replace(self, status=Status.DOING, assignee_id=self.assignee_id or actor_id)

    def reopen(self) -> "Task | Verdict":
        """Back to the beginning, with nobody having finished it."""
        if self.is_deleted:
            return Verdict.IS_DELETED
        if self.status is not Status.DONE:
            return Verdict.ALREADY
        return replace(self, status=Status.TODO, completed_at=None, completed_by=None)

    def assign(self, assignee_id: str | None) -> "Task | Verdict":
        """Give it to one person, or to nobody."""
        return self._set(assignee_id=assignee_id)

    def reschedule(self, due: Due | None) -> "Task | Verdict":
        """Say when it is due, or that it no longer is."""
        return self._set(due=due)

    def prioritise(self, priority: Priority) -> "Task | Verdict":
        """Say how soon it should be done."""
        return self._set(priority=priority)

    def rename(self, title: str) -> "Task | Verdict":
        """Give it another title."""
        return self._set(title=title)

    def note(self, entry: str) -> "Task | Verdict":
        """Add a paragraph to the notes."""
        notes = "\n".join(part for part in (self.notes, entry) if part)
        after = self._set(notes=notes)
        is_too_long = isinstance(after, Task) and len(notes) > NOTES_MAX
        return Verdict.NO_ROOM if is_too_long else after

    def _set(self, **fields: Any) -> "Task | Verdict":
        if self.is_deleted:
            return Verdict.IS_DELETED
        after = replace(self, **fields)
        return Verdict.ALREADY if after == self else after

    def delete(self, actor_id: str, role: Role, at: datetime) -> "Task | Verdict":
        """Put it away; its number is never used again."""
        if self.is_deleted:
            return Verdict.ALREADY
        if not self.may_delete(actor_id, role):
            return Verdict.NOT_YOURS
        return replace(self, deleted_at=at, deleted_by=actor_id)

    def restore(self, actor_id: str, role: Role) -> "Task | Verdict":
        """Bring it back as it was."""
        if not self.is_deleted:
            return Verdict.ALREADY
        if not self.may_delete(actor_id, role):
            return Verdict.NOT_YOURS
        return replace(self, deleted_at=None, deleted_by=None)

    def may_delete(self, actor_id: str, role: Role) -> bool:
        """Whether this person may delete it or bring it back."""
        return role is Role.ADMIN or actor_id in (self.creator_id, self.assignee_id)

    def take_back(self, event: TaskEvent, actor_id: str, at: datetime) -> "Task":
        """The task before its latest event; what was added is deleted."""
        if event.kind is EventKind.CREATED:
            return replace(self, deleted_at=at, deleted_by=actor_id)
        return replace(self, **{name: was for name, (was, _) in event.changes.items()})

    def before(self, events: Iterable[TaskEvent]) -> "Task":
        """As it stood before these events, of which the latest comes first and none is left out."""
        was = {name: was for event in events for name, (was, _) in event.changes.items()}
        return replace(self, **was)

    def merge(self, base: "Task", wanted: Wanted) -> "Merged":
        """What was wanted of it by somebody who saw it as `base`, field by field.

        What was left as it was seen stays as it is now; what others left alone is changed; what
        both changed crosses, unless both changed it to the same.
        """
        touched = {name for name in EDITED if getattr(wanted, name) != getattr(base, name)}
        differs = {name for name in touched if getattr(wanted, name) != getattr(self, name)}
        crossed = {name for name in differs if getattr(self, name) != getattr(base, name)}
        kept = {name: getattr(self, name) for name in EDITED if name not in touched}
        return Merged(
            wanted=replace(wanted, **kept),
            differs=tuple(name for name in EDITED if name in differs),
            crossed=tuple(name for name in EDITED if name in crossed),
        )

    def changes_to(self, after: "Task") -> dict[str, tuple[Any, Any]]:
        """Field by field, what the change from this task to `after` was."""
        return {
            name: (getattr(self, name), getattr(after, name))
            for name in RECORDED
            if getattr(self, name) != getattr(after, name)
        }


RECORDED = (
    *("title", "notes", "status", "priority", "assignee_id", "due"),
    *("completed_at", "completed_by", "deleted_at", "deleted_by"),
)
"""The fields whose change is history: all that can be taken back."""

EDITED = {
    "title": EventKind.RENAMED,
    "notes": EventKind.NOTED,
    "assignee_id": EventKind.ASSIGNED,
    "due": EventKind.RESCHEDULED,
    "priority": EventKind.PRIORITISED,
}
"""The fields of `Wanted`, each with what happens to a task when it is changed."""

TAKEN_BACK_AS = {
    EventKind.CREATED: EventKind.DELETED,
    EventKind.STARTED: EventKind.REOPENED,
    EventKind.COMPLETED: EventKind.REOPENED,
    EventKind.REOPENED: EventKind.COMPLETED,
    EventKind.DELETED: EventKind.RESTORED,
    EventKind.RESTORED: EventKind.DELETED,
}
"""What taking an event back does to the task; the others are taken back by their own kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What somebody changed in a form, on top of the task as it is now."""

    wanted: Wanted
    differs: tuple[str, ...]
    """The fields that are to be changed."""
    crossed: tuple[str, ...]
    """Those of them that somebody else changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request for one number; `task` as it is now, if the asker may see it."""

    number: int
    verdict: Verdict
    task: Task | None = None
    version: int | None = None
    """What the request made of the task, if it changed it; the task may have moved on since."""

    @property
    def refused(self) -> bool:
        return self.verdict not in (Verdict.CHANGED, Verdict.ALREADY, Verdict.ALLOWED)
