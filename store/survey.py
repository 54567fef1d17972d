"""The survey: when it falls due to somebody, who is offered it and when, and what they answer."""

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from store import requests
from store.clock import EPOCH, Clock
from store.database import Database
from store.models import Origin, SlackUser
from store.report import Feeling
from store.tables import IS_COMPLETION, Moment, feedback, installations, surveys, task_events

AFTER_TASKS = 5
"""The survey falls due to whoever has finished so many tasks, each counted once."""
QUIET_FOR = timedelta(days=1)
"""After an error of ours nobody is asked how they like it for so long."""

_KEY = [surveys.c.team_id, surveys.c.user_id]
_THEIRS = sa.and_(
    surveys.c.team_id == sa.bindparam("of_team"), surveys.c.user_id == sa.bindparam("of_user")
)
_OFFERED_BY = sa.bindparam("by_request", type_=sa.Text)
_IS_DUE = sa.and_(
    _THEIRS,
    surveys.c.due_by != _OFFERED_BY,
    sa.or_(surveys.c.offered_by.is_(None), surveys.c.offered_by == _OFFERED_BY),
    sa.or_(
        surveys.c.failed_at.is_(None),
        surveys.c.failed_at <= sa.bindparam("quiet_since", type_=Moment),
    ),
)

SURVEY_IS_DUE = sa.exists().where(_IS_DUE)
"""Whether a request may offer it; see `of_request`. One row by its key, with every request."""

_OFFER = (
    surveys.update()
    .where(_IS_DUE)
    .values(
        offered_by=_OFFERED_BY,
        offered_at=sa.func.coalesce(surveys.c.offered_at, sa.bindparam("now", type_=Moment)),
    )
)
_TAKE_BACK = (
    surveys.update()
    .where(_THEIRS, surveys.c.offered_by == _OFFERED_BY)
    .values(offered_by=None, offered_at=None)
)
_ANSWERED = (
    surveys.update()
    .where(_THEIRS, surveys.c.due_by.is_not(None), surveys.c.offered_by.is_(None))
    .values(offered_by=_OFFERED_BY, offered_at=sa.bindparam("now", type_=Moment))
)

_finished = (
    sa.select(task_events.c.number)
    .distinct()
    .where(
        task_events.c.team_id == sa.bindparam("of_team"),
        task_events.c.actor_id == sa.bindparam("of_user"),
        IS_COMPLETION,
    )
    .limit(AFTER_TASKS)
    .subquery()
)
_fall_due = sqlite.insert(surveys).from_select(
    ["team_id", "user_id", "due_by"],
    sa.select(
        sa.bindparam("of_team", type_=sa.Text).label("team_id"),
        sa.bindparam("of_user", type_=sa.Text).label("user_id"),
        _OFFERED_BY.label("due_by"),
    ).where(
        ~sa.exists().where(_THEIRS, surveys.c.due_by.is_not(None)),
        sa.select(sa.func.count()).select_from(_finished).scalar_subquery() == AFTER_TASKS,
    ),
)
# Somebody whom an error of ours was shown has a row already.
_FALL_DUE = _fall_due.on_conflict_do_update(
    index_elements=_KEY, set_={"due_by": _fall_due.excluded.due_by}
)

# Nothing of a workspace that we do not know: whoever failed there may not have been of one.
_failed = sqlite.insert(surveys).from_select(
    ["team_id", "user_id", "failed_at"],
    sa.select(
        installations.c.team_id,
        sa.bindparam("of_user", type_=sa.Text),
        sa.bindparam("failed", type_=Moment),
    ).where(installations.c.team_id == sa.bindparam("of_team")),
)
_FAILED = _failed.on_conflict_do_update(
    index_elements=_KEY, set_={"failed_at": _failed.excluded.failed_at}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """What somebody answers, word for word; an empty text: nothing to that question."""

    used_for: str
    missing: str
    feeling: Feeling | None


def note_completion(connection: sa.Connection, origin: Origin) -> None:
    """Have the survey fall due with the request that finished the last task which that takes."""
    connection.execute(_FALL_DUE, _of(origin))


def of_request(team_id: str, user_id: str, request_key: str, now: datetime) -> dict[str, object]:
    """What `SURVEY_IS_DUE` is asked with."""
    return {
        "of_team": team_id,
        "of_user": user_id,
        "by_request": request_key,
        "quiet_since": now - QUIET_FOR,
    }


class Surveys:
    """Who is to be asked, once, and what they said.

    Two things are noted in memory and written by a clock, as they may happen while the database
    is away: that somebody was shown an error of ours, which counts from then on, and that an
    offer was not seen. What a kill leaves unwritten asks somebody too early, or not at all.
    """

    def __init__(self, database: Database, release: str, clock: Clock) -> None:
        self._database = database
        self._release = release
        self._clock = clock
        self._failures: dict[SlackUser, datetime] = {}
        self._unseen: set[tuple[SlackUser, str]] = set()

    async def offer(self, origin: Origin, until: float = math.inf) -> bool:
        """Whether this request is the one that offers it; True for one only, however often sent.

        `until`: after this moment of the monotonic clock nothing is begun.

        Raises:
            NotSaved: it may be this one all the same, unless that is noted as not seen.
        """
        now = self._clock()
        if self._failures.get(origin.actor, EPOCH) > now - QUIET_FOR:
            return False
        self._unseen.discard((origin.actor, origin.request_key))
        asked = of_request(origin.team_id, origin.actor.user_id, origin.request_key, now)
        asked["now"] = now

        def work(connection: sa.Connection) -> bool:
            return time.monotonic() < until and connection.execute(_OFFER, asked).rowcount > 0

        return await self._database.write(work)

    def note_failure(self, actor: SlackUser) -> None:
        """Note that somebody is shown an error of ours."""
        self._failures[actor] = self._clock()

    def note_unseen(self, origin: Origin) -> None:
        """Note that this request offered nothing that anybody saw: it stays due."""
        self._unseen.add((origin.actor, origin.request_key))

    async def write_noted(self) -> None:
        """Write what was noted; what could not be written is kept for the next time."""
        failures, unseen = dict(self._failures), set(self._unseen)
        if not (failures or unseen):
            return
        failed = [_who(actor) | {"failed": at} for actor, at in failures.items()]
        taken_back = [_who(actor) | {"by_request": key} for actor, key in unseen]

        def work(connection: sa.Connection) -> None:
            for statement, rows in ((_FAILED, failed), (_TAKE_BACK, taken_back)):
                if rows:
                    connection.execute(statement, rows)

        await self._database.write(work)
        self._unseen -= unseen
        for actor, at in failures.items():
            if self._failures[actor] == at:
                del self._failures[actor]

    async def answer(self, origin: Origin, said: NewAnswer) -> None:
        """Keep an answer, once for a request; whoever has answered is not asked any more."""
        now = self._clock()

        def work(connection: sa.Connection) -> None:
            if requests.numbers(connection, origin.team_id, origin.request_key) is not None:
                return
            connection.execute(
                sqlite.insert(feedback).on_conflict_do_nothing(),
                {
                    "team_id": origin.team_id,
                    "request_key": origin.request_key,
                    "user_id": origin.actor.user_id,
                    "at": now,
                    "release": self._release,
                    "used_for": said.used_for,
                    "missing": said.missing,
                    "feeling": said.feeling,
                },
            )
            connection.execute(_ANSWERED, _of(origin) | {"now": now})
            requests.keep(connection, origin, (), now)

        await self._database.write(work)


def _who(actor: SlackUser) -> dict[str, object]:
    return {"of_team": actor.team_id, "of_user": actor.user_id}


def _of(origin: Origin) -> dict[str, object]:
    return _who(origin.actor) | {"by_request": origin.request_key}
