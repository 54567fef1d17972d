"""What each person wants to be told: read with its defaults, saved over what was there."""

from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store import requests
from store.models import Origin, Settings, SlackUser
from store.mornings import look_again
from store.tables import settings

_THEIRS = sa.select(settings).where(
    settings.c.team_id == sa.bindparam("team_id"), settings.c.user_id == sa.bindparam("user_id")
)


def read(connection: sa.Connection, user: SlackUser) -> Settings:
    """A person's settings; the defaults for one who never changed them."""
    asked = {"team_id": user.team_id, "user_id": user.user_id}
    row = connection.execute(_THEIRS, asked).first()
    if row is None:
        return Settings()
    kept = {field.name: getattr(row, field.name) for field in fields(Settings)}
    return Settings(**kept | {"weekdays": frozenset(int(digit) for digit in row.weekdays)})


def save(connection: sa.Connection, origin: Origin, wanted: Settings, now: datetime) -> None:
    """Write them over the former ones, once for a request, which is kept beside them."""
    user, key = origin.actor, origin.request_key
    if requests.numbers(connection, user.team_id, key) is not None:
        return
    chosen = {field.name: getattr(wanted, field.name) for field in fields(Settings)}
    chosen["weekdays"] = "".join(str(day) for day in sorted(wanted.weekdays))
    insert = sqlite.insert(settings)
    connection.execute(
        insert.on_conflict_do_update(index_elements=["team_id", "user_id"], set_=chosen),
        {"team_id": user.team_id, "user_id": user.user_id, **chosen},
    )
    look_again(connection, user, wanted, now)
    requests.keep(connection, origin, (), now)
