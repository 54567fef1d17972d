"""Tasks, events and origins with everything filled in but what a test is about."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.drawing.reader import Reader
from ops.metrics import Metrics
from store import (
    Channel,
    ChannelKind,
    EventKind,
    Group,
    HomePage,
    Installation,
    NewTask,
    Origin,
    Outcome,
    Priority,
    Role,
    SlackUser,
    Source,
    Status,
    Task,
    TaskEvent,
    TeamStats,
    Verdict,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEAM = "T01"
MAYA = "U01"
TOM = "U02"
DEV = Channel(team_id=TEAM, channel_id="C01", name="dev", kind=ChannelKind.PUBLIC)
SECRET = Channel(team_id=TEAM, channel_id="C02", name="secret", kind=ChannelKind.PRIVATE)
ACME = Installation(team_id=TEAM, team_name="Acme", bot_user_id="UBOT01")

_keys = itertools.count(1)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **units: float) -> None:
        """Move on by so many seconds, hours or days."""
        self.now += timedelta(**units)


def origin(user_id: str = MAYA, **fields: Any) -> Origin:
    """A request of its own, typed in #dev by a member."""
    asked = Origin(
        actor=SlackUser(fields.pop("team_id", TEAM), user_id),
        role=Role.MEMBER,
        source=Source.COMMAND,
        request_key=f"key-{next(_keys)}",
        channel=DEV,
    )
    return replace(asked, **fields)


def new(title: str = "Fix login", **fields: Any) -> NewTask:
    """A task to be added."""
    return NewTask(title=title, **fields)


def task(**fields: Any) -> Task:
    """An open task of Maya's, assigned to nobody."""
    made = Task(
        team_id=TEAM,
        number=12,
        title="Fix login",
        notes="",
        status=Status.TODO,
        priority=Priority.NORMAL,
        creator_id=MAYA,
        assignee_id=None,
        due=None,
        channel_id="C01",
        thread_ts=None,
        permalink=None,
        has_card=True,
        created_at=NOW,
        updated_at=NOW,
        completed_at=None,
        completed_by=None,
        deleted_at=None,
        deleted_by=None,
        version=1,
    )
    return replace(made, **fields)


def done_task(**fields: Any) -> Task:
    """A task that Tom finished."""
    return task(**{"status": Status.DONE, "completed_at": NOW, "completed_by": TOM, **fields})


def deleted_task(**fields: Any) -> Task:
    """A task that Maya deleted."""
    return task(**{"deleted_at": NOW, "deleted_by": MAYA, **fields})


def home_page(*mine: Task, **fields: Any) -> HomePage:
    """Maya's Home with tasks of hers that have no date."""
    found = HomePage(
        groups=((Group.NEVER, mine),) if mine else (),
        page=1,
        has_more=False,
        ever_had=True,
    )
    return replace(found, **fields)


def event(kind: EventKind = EventKind.CREATED, **fields: Any) -> TaskEvent:
    """What Maya did to the task."""
    happened = TaskEvent(
        team_id=TEAM,
        number=12,
        version=1,
        kind=kind,
        actor_id=MAYA,
        at=NOW,
        source=Source.COMMAND,
        changes={},
    )
    return replace(happened, **fields)


def team_stats(**fields: Any) -> TeamStats:
    """A team with something of everything."""
    found = TeamStats(
        is_empty=False,
        open=12,
        doing=3,
        overdue=2,
        nobodys=4,
        done_this_week=9,
        done_last_week=7,
        created_this_week=5,
        created_last_week=8,
        seconds_p50=timedelta(days=2) / timedelta(seconds=1),
    )
    return replace(found, **fields)


def outcome(of: Task, verdict: Verdict = Verdict.CHANGED) -> Outcome:
    """What came of a request for the task."""
    changed = verdict is Verdict.CHANGED
    return Outcome(of.number, verdict, of, of.version if changed else None)


def reader(names: Mapping[str, str] | None = None, **fields: Any) -> Reader:
    """Maya, reading in Berlin."""
    now = NOW.astimezone(ZoneInfo("Europe/Berlin"))
    return replace(Reader(now=now, names=names or {}, user_id=MAYA), **fields)


def errors_total(metrics: Metrics) -> float:
    """All faults that these metrics count, wherever they happened."""
    found = (sample for metric in metrics.registry.collect() for sample in metric.samples)
    return sum(sample.value for sample in found if sample.name == "errors_total")
