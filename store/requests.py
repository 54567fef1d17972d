"""Once only: a request's key stands beside what came of it, in the transaction that changed it."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from store import rows
from store.models import Origin, Outcome
from store.tables import requests
from store.visible import visible_tasks

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
    tasks = visible_tasks(connection, origin, [outcome[0] for outcome in outcomes])
    return tuple(rows.to_outcome(outcome, tasks.get(outcome[0])) for outcome in outcomes)


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
