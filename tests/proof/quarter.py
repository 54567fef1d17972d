"""A quarter of many workspaces, written into a database file at once: nobody could type it."""

import itertools
import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from store import Database, Source, bring_up_to_date
from store.clock import EPOCH, MICROSECOND, day_of, start_of

DAYS = 90
PEOPLE = 12
"""Of each workspace."""
WORKDAYS = 0.6
"""So much of the days on which somebody could be there."""
EVENTS_A_TASK = 3

_TASK = (
    *("team_id", "number", "title", "notes", "words", "status", "priority", "rank", "creator_id"),
    *("has_card", "created_at", "updated_at", "completed_at", "completed_by", "deleted_at"),
    "version",
)
_EVENT = (
    *("team_id", "number", "version", "kind", "actor_id", "at", "source", "changes"),
    *("is_undo", "request_key", "seconds_open"),
)
_CONTACT = (
    *("team_id", "user_id", "first_day", "last_day", "activated", "week_1", "week_4", "settled"),
)


@dataclass(frozen=True)
class Quarter:
    """What was written, by those who wrote it."""

    events: int
    people: int
    created: int
    completed: int


@dataclass
class _Team:
    team_id: str
    days: dict[str, list[int]]
    """When each person was active."""
    tasks: list[tuple[object, ...]] = field(default_factory=list)
    events: list[tuple[object, ...]] = field(default_factory=list)


async def write_quarter(path: Path, events: int, workspaces: int, now: datetime) -> Quarter:
    """Write that many task events, evenly over the workspaces, over the 90 days that end now."""
    database = await Database.open(f"sqlite+aiosqlite:///{path}")
    await bring_up_to_date(database, now)
    await database.close()
    chance = random.Random(7)  # noqa: S311  # chance, not a secret
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    created = completed = 0
    for at in range(workspaces):
        share = events * (at + 1) // workspaces - events * at // workspaces
        team = _team(f"T{at:04}", share, now, chance)
        _write(connection, team, now)
        created += sum(event[3] == "created" for event in team.events)
        completed += sum(event[3] == "completed" for event in team.events)
    connection.commit()
    connection.close()
    return Quarter(events, workspaces * PEOPLE, created, completed)


def _team(team_id: str, events: int, now: datetime, chance: random.Random) -> _Team:
    today = day_of(now)
    days = dict(_lives(today, chance))
    team = _Team(team_id, days)
    latest = now - EPOCH
    for number in itertools.count(1):
        creator = chance.choice([*days])
        at = start_of(chance.choice(days[creator])) + timedelta(seconds=chance.randrange(86_400))
        at = min(at, EPOCH + latest - timedelta(seconds=1))
        _task(team, number, creator, at, now, events - len(team.events), chance)
        if len(team.events) >= events:
            return team
    raise AssertionError


def _lives(today: int, chance: random.Random) -> Iterator[tuple[str, list[int]]]:
    """People who come some day, and are there on most of the days after it."""
    for at in range(PEOPLE):
        # Midnight may pass before they are counted.
        first = today - chance.randrange(DAYS - 1)
        later = [day for day in range(first + 1, today + 1) if chance.random() < WORKDAYS]
        yield f"U{at:02}", [first, *later]


def _task(
    team: _Team,
    number: int,
    creator: str,
    at: datetime,
    now: datetime,
    room: int,
    chance: random.Random,
) -> None:
    """A task that is begun and mostly finished, after hours or days, by whoever is there."""
    ends = at + timedelta(seconds=int(chance.expovariate(1 / 172_800)))
    kinds = [("created", at), ("started", at + (ends - at) / 2), ("completed", ends)]
    happened = [(kind, when) for kind, when in kinds if when <= now][:room]
    doer = chance.choice([who for who, days in team.days.items() if days[0] <= day_of(at)])
    for version, (kind, when) in enumerate(happened, 1):
        actor = creator if kind == "created" else doer
        team.days[actor].append(day_of(when))
        seconds = int((when - at).total_seconds()) if kind == "completed" else None
        key = f"{team.team_id}-{number}-{version}"
        source = chance.choice([*Source])
        team.events.append(
            (team.team_id, number, version, kind, actor, _us(when), source, "{}", 0, key, seconds)
        )
    status = ("todo", "doing", "done")[len(happened) - 1]
    done = (_us(ends), doer) if status == "done" else (None, None)
    title = f"Look into what was reported by customer {number} about invoices"
    said = (title, "", title.lower(), status, "normal", 1)
    moments = (_us(at), _us(happened[-1][1]), *done, None)
    team.tasks.append((team.team_id, number, *said, creator, 0, *moments, len(happened)))


def _write(connection: sqlite3.Connection, team: _Team, now: datetime) -> None:
    installed = (team.team_id, team.team_id, "UBOT", _us(now), len(team.tasks))
    _insert(
        connection,
        "installations",
        ("team_id", "team_name", "bot_user_id", "checked_at", "last_number"),
        [installed],
    )
    _insert(connection, "tasks", _TASK, team.tasks)
    _insert(connection, "task_events", _EVENT, team.events)
    days = {user_id: sorted(set(days)) for user_id, days in team.days.items()}
    rows = [(team.team_id, user_id, day) for user_id, them in days.items() for day in them]
    _insert(connection, "person_days", ("team_id", "user_id", "day"), rows)
    met = [(team.team_id, who, them[0], them[-1], 0, 0, 0, 0) for who, them in days.items()]
    _insert(connection, "contacts", _CONTACT, met)


def _insert(
    connection: sqlite3.Connection,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    marks = ", ".join("?" * len(columns))
    query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
    connection.executemany(query, rows)


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
