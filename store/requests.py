"""Once only: a request's key stands beside what came of it, in the transaction that changed it."""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from store import rows
from store.models import Origin, Outcome
from store.tables import requests
from store.visible import own_tasks, visible_tasks

KEEP_FOR = timedelta(days=7)
BATCH = 500

_KEPT = sa.select(requests.c.outcome).where(
    requests.c.team_id == sa.bindparam("team_id"),
    requests.c.request_key == sa.bindparam("request_key"),
)
_KEEP = requests.insert()


def kept(connection: sa.Connection, origin: Origin) -> tuple[Outcome, ...] | None:
    """What came of this request the first time, with each task as it is now."""
    key = {"team_id": origin.team_id, "request_key": origin.request_key}
    outcomes = connection.scalar(_KEPT, key)
    if outcomes is None:
        return None
    each = [rows.to_outcome(outcome) for outcome in outcomes]
    changed = {one.number: one.version for one in each if one.version is not None}
    tasks = own_tasks(connection, origin.team_id, changed)
    tasks |= visible_tasks(connection, origin, [one.number for one in each])
    return tuple(replace(one, task=tasks.get(one.number)) for one in each)


def numbers(connection: sa.Connection, team_id: str, request_key: str) -> tuple[int, ...] | None:
    """The tasks of a request that changed something, None when it changed nothing."""
    key = {"team_id": team_id, "request_key": request_key}
    outcomes = connection.scalar(_KEPT, key)
    return None if outcomes is None else tuple(outcome[0] for outcome in outcomes)


def keep(
    connection: sa.Connection, origin: Origin, outcomes: tuple[Outcome, ...], at: datetime
) -> None:
    """Keep the outcomes as facts, without titles."""
    connection.execute(
        _KEEP,
        {
            "team_id": origin.team_id,
            "request_key": origin.request_key,
            "actor_id": origin.actor.user_id,
            "at": at,
            "outcome": rows.from_outcomes(outcomes),
        },
    )


def purge(connection: sa.Connection, now: datetime) -> int:
    """Forget a batch of keys that no retry can come for; returns how many."""
    old = (
        sa.select(requests.c.team_id, requests.c.request_key)
        .where(requests.c.at < now - KEEP_FOR)
        .limit(BATCH)
    )
    key = sa.tuple_(requests.c.team_id, requests.c.request_key)
    return connection.execute(requests.delete().where(key.in_(old))).rowcount
