"""A database as the first release left it: its schema, and rows in its words by plain SQL."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from store import Database
from store.schema import MIGRATIONS
from tests.factories import MAYA, NOW, TEAM, TOM

FINISHED = datetime(2026, 11, 23, 8, 50, 12, 7, tzinfo=UTC)
"""When Tom last finished #2, with microseconds."""
DELETED = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
"""When Tom deleted #5, a day before Maya brought it back."""

_TODO_DONE = {"status": ["todo", "done"]}
_DONE_TODO = {"status": ["done", "todo"]}


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


_EVENTS: dict[int, list[tuple[str, str, datetime, dict[str, Any]]]] = {
    1: [("created", MAYA, ago(9), {})],
    2: [
        ("created", MAYA, ago(200), {}),
        ("started", TOM, ago(190), {"status": ["todo", "doing"], "assignee_id": [None, TOM]}),
        ("completed", MAYA, ago(180), {"status": ["doing", "done"]}),
        ("reopened", MAYA, ago(170), _DONE_TODO),
        ("completed", TOM, FINISHED, _TODO_DONE),
        ("reopened", MAYA, ago(8), _DONE_TODO),
    ],
    3: [("created", MAYA, ago(300), {}), ("completed", MAYA, ago(7), _TODO_DONE)],
    4: [("created", MAYA, ago(300), {}), ("deleted", MAYA, ago(6), {"deleted_by": [None, MAYA]})],
    5: [
        ("created", MAYA, ago(2_000), {}),
        ("deleted", TOM, DELETED, {"deleted_by": [None, TOM]}),
        ("restored", MAYA, ago(5), {"deleted_by": [TOM, None]}),
    ],
    6: [
        ("created", TOM, ago(300), {}),
        ("started", MAYA, ago(4), {"status": ["todo", "doing"], "assignee_id": [None, MAYA]}),
    ],
    7: [("created", TOM, ago(300), {})],
}
_TASKS: dict[int, dict[str, Any]] = {
    1: {"title": "Straße 100%", "notes": "Ask Zoë"},
    2: {"assignee_id": TOM},
    3: {"status": "done", "completed_at": ago(7), "completed_by": MAYA},
    4: {"deleted_at": ago(6), "deleted_by": MAYA},
    5: {"assignee_id": TOM, "priority": "high", "rank": 0},
    6: {"status": "doing", "creator_id": TOM, "assignee_id": MAYA},
    7: {"title": "Secret", "creator_id": TOM, "channel_id": "C02", "has_card": False},
}


def request_key(number: int, version: int) -> str:
    """The key of the request that made that version of a task."""
    return f"first-{number}-{version}"


def _tasks() -> Iterable[dict[str, Any]]:
    for number, fields in _TASKS.items():
        row = {
            "team_id": TEAM,
            "number": number,
            "title": "Fix login",
            "notes": "",
            "status": "todo",
            "priority": "normal",
            "rank": 1,
            "creator_id": MAYA,
            "assignee_id": None,
            "channel_id": "C01",
            "has_card": True,
            "completed_at": None,
            "completed_by": None,
            "deleted_at": None,
            "deleted_by": None,
            "created_at": _EVENTS[number][0][2],
            "updated_at": _EVENTS[number][-1][2],
            "version": len(_EVENTS[number]),
        } | fields
        yield row | {"words": f"{row['title']}\n{row['notes']}".casefold()}


def _events() -> Iterable[dict[str, Any]]:
    for number, events in _EVENTS.items():
        for version, (kind, actor_id, at, changes) in enumerate(events, 1):
            yield {
                "team_id": TEAM,
                "number": number,
                "version": version,
                "kind": kind,
                "actor_id": actor_id,
                "at": at,
                "source": "command",
                "changes": json.dumps(changes),
                "request_key": request_key(number, version),
            }


def _requests() -> Iterable[dict[str, Any]]:
    for event in _events():
        yield {name: event[name] for name in ("team_id", "request_key", "actor_id", "at")} | {
            "outcome": json.dumps([[event["number"], "changed"]])
        }


def _notices() -> Iterable[dict[str, Any]]:
    for number, ts in ((1, None), (2, "1732351812.000100")):
        yield {
            "team_id": TEAM,
            "kind": "card",
            "subject": str(number),
            "channel_id": "C01",
            "wanted": len(_EVENTS[number]),
            "told": 0 if ts is None else 5,
            "ts": ts,
            "wanted_at": ago(8),
            "due_at": ago(8),
            "attempts": 0,
            "token": 3,
            "lease_until": None,
            "client_msg_id": f"id-{number}",
            "gone": False,
        }


def _around() -> Iterable[tuple[str, dict[str, Any]]]:
    """The workspace, its people, its channels and who was there."""
    acme = {"team_id": TEAM, "team_name": "Acme", "bot_user_id": "UBOT01", "command": "/task"}
    yield "installations", acme | {"last_number": 7, "checked_at": ago(600)}
    for user_id, name, zone in ((MAYA, "maya", "Europe/Berlin"), (TOM, "tom", "Asia/Kolkata")):
        person = {"team_id": TEAM, "user_id": user_id, "name": name, "zone": zone}
        yield "people", person | {"role": "member", "checked_at": ago(600)}
        yield "person_days", {"team_id": TEAM, "user_id": user_id, "day": 20_780}
    for channel_id, kind in (("C01", "public"), ("C02", "private")):
        channel = {"team_id": TEAM, "channel_id": channel_id, "name": channel_id, "kind": kind}
        yield "channels", channel | {"shared": False, "has_bot": True, "checked_at": ago(600)}


def _plain(value: Any) -> Any:
    """Moments as they are kept."""
    if not isinstance(value, datetime):
        return value
    return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    values = ", ".join(f":{name}" for name in row)
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"  # noqa: S608  # our own rows
    connection.execute(sa.text(statement), {name: _plain(value) for name, value in row.items()})


def _lay(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    for table, row in _around():
        _insert(connection, table, row)
    tables = {"tasks": _tasks, "task_events": _events, "requests": _requests, "notices": _notices}
    for table, rows in tables.items():
        for row in rows():
            _insert(connection, table, row)


async def lay_first_release(database: Database) -> None:
    """Fill an empty database with what seven tasks left behind; the last is not for Maya."""
    await database.write(_lay)
