"""What happened: what was sent, what was answered, what Slack received, what the database holds."""

import contextlib
import html
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playground import Ephemeral, Message, Slack
from playground.messages import Shown
from tests.bot_process import rows
from tests.journey import labels

MICROSECOND = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request and its answer; `status` None: it was never answered.

    `verb` is what it asks for (`add`, `done`, `start`, `reopen`, `list` …), of the task `number`
    or for a new one with this title. A click is answered without words; what is said of it goes
    through its response_url, and so it is only known later, from what was `shown`.
    """

    key: str
    verb: str
    number: int | None = None
    title: str = ""
    is_click: bool = False
    at: float
    seconds: float
    status: int | None
    said: str
    shown: Sequence[Shown] = ()

    @property
    def answered_at(self) -> float:
        """When its answer had come."""
        return self.at + self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call to Slack; `retry_after`: Slack said not to call this method again for so long.

    `answered_at` is when it said so, which is later than `at` where the answer was held back.
    """

    method: str
    channel_id: str
    at: float
    outcome: str
    retry_after: int | None
    answered_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message of the bot's that stands in a channel: what it says in one line, what it offers."""

    channel_id: str
    ts: str
    client_msg_id: str
    says: str
    offers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task in the database, with people by name."""

    number: int
    title: str
    status: str
    has_card: bool
    is_deleted: bool
    creator: str
    assignee: str
    completed_by: str
    deleted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change in the database, and the request that made it."""

    number: int
    version: int
    kind: str
    key: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the database knows of a message in Slack; a card's `number` is its task's."""

    kind: str
    number: int | None
    channel_id: str
    ts: str | None
    waits: bool
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that a checker compares, of one workspace."""

    sent: tuple[Sent, ...]
    calls: tuple[Call, ...]
    cards: tuple[Card, ...]
    tasks: tuple[Task, ...]
    events: tuple[Event, ...]
    notices: tuple[Notice, ...]


def history_of(sent: Iterable[Sent], slack: Slack, path: Path) -> History:
    """What is so now, on the screens of the stand-in and in the database file."""
    return History(
        sent=tuple(_with_what_followed(one) for one in sent),
        calls=calls_to(slack),
        cards=cards_in(slack),
        tasks=tasks_in(path),
        events=events_in(path),
        notices=notices_in(path),
    )


def saved_in(path: Path, sent: Iterable[Sent]) -> History:
    """What was sent and what a copy of the database holds: without its tables, nothing."""
    has_tables = rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'tasks'")
    return History(
        sent=tuple(_with_what_followed(one) for one in sent),
        calls=(),
        cards=(),
        tasks=tasks_in(path) if has_tables else (),
        events=events_in(path) if has_tables else (),
        notices=(),
    )


def _with_what_followed(sent: Sent) -> Sent:
    if not sent.is_click:
        return sent
    private = (html.unescape(one.text) for one in sent.shown if isinstance(one, Ephemeral))
    return replace(sent, said="\n".join(private))


def calls_to(slack: Slack) -> tuple[Call, ...]:
    """Every call that reached Slack."""
    return tuple(
        Call(
            method=call.method,
            channel_id=call.channel or "",
            at=call.at,
            outcome=call.outcome,
            retry_after=call.retry_after,
            answered_at=call.answered_at or call.at,
        )
        for call in slack.calls
    )


def cards_in(slack: Slack) -> tuple[Card, ...]:
    """Every message of the bot's that stands."""
    return tuple(
        _card(message)
        for workspace in slack.workspaces.values()
        for channel in workspace.channels.values()
        for message in channel.messages
        if message.bot_id == workspace.bot_id
    )


def _card(message: Message) -> Card:
    return Card(
        channel_id=message.channel_id,
        ts=message.ts,
        client_msg_id=message.client_msg_id or "",
        says=html.unescape(message.text),
        offers=tuple(labels(message)),
    )


def tasks_in(path: Path) -> tuple[Task, ...]:
    """All tasks, by number."""
    name = "(SELECT name FROM people WHERE team_id = tasks.team_id AND user_id = tasks.{})"
    who = ("creator_id", "assignee_id", "completed_by", "deleted_by")
    names = ", ".join(f"coalesce({name.format(column)}, 'nobody')" for column in who)
    asked = f"SELECT number, title, status, has_card, deleted_at IS NOT NULL, {names} FROM tasks"  # noqa: S608  # made here
    fields = tuple(Task.__dataclass_fields__)
    return tuple(
        Task(**dict(zip(fields, row, strict=True))) for row in rows(path, f"{asked} ORDER BY 1")
    )


def events_in(path: Path) -> tuple[Event, ...]:
    """All changes, in their order."""
    asked = "SELECT number, version, kind, request_key, at FROM task_events ORDER BY rowid"
    return tuple(
        Event(number=number, version=version, kind=kind, key=key, at=at * MICROSECOND)
        for number, version, kind, key, at in rows(path, asked)
    )


def notices_in(path: Path) -> tuple[Notice, ...]:
    """All messages that the database knows of."""
    number = "CASE kind WHEN 'card' THEN CAST(subject AS INTEGER) END"
    asked = f"SELECT kind, {number}, channel_id, ts, told < wanted, gone FROM notices"  # noqa: S608  # made here
    return tuple(
        Notice(
            kind=kind,
            number=number,
            channel_id=channel,
            ts=ts,
            waits=bool(waits),
            gone=bool(gone),
        )
        for kind, number, channel, ts, waits, gone in rows(path, f"{asked} ORDER BY wanted_at")
    )


def damage(path: Path) -> str:
    """What SQLite says is broken, which is nothing as a rule."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            found = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
            found += [str(row) for row in database.execute("PRAGMA foreign_key_check")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(found)
