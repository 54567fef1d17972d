"""The tables: `team_id` stands first in every key, so that one workspace never meets another.

Sums over all workspaces name none, and nobody in them.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store.clock import EPOCH, MICROSECOND


class Moment(sa.TypeDecorator[datetime]):
    """A point in time, kept as whole microseconds since 1970 UTC.

    SQLite has no type for moments, and text sorts and subtracts worse than a number does.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else EPOCH + value * MICROSECOND


NEVER_DUE = 2**31 - 1
"""The place of what is never due: the last minute, in the year 6053."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

installations = sa.Table(
    "installations",
    metadata,
    sa.Column("team_id", sa.Text, primary_key=True),
    sa.Column("team_name", sa.Text, nullable=False),
    sa.Column("bot_user_id", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False, server_default="/task"),
    sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("checked_at", Moment, nullable=False),
)

people = sa.Table(
    "people",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("updated", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("checked_at", Moment),
)

person_days = sa.Table(
    "person_days",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Index(None, "day"),
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("first_day", sa.Integer, nullable=False),
    sa.Column("last_day", sa.Integer, nullable=False),
    sa.Column("activated", sa.Boolean, nullable=False),
    sa.Column("week_1", sa.Boolean, nullable=False),
    sa.Column("week_4", sa.Boolean, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
    sa.Index(None, "first_day"),
)
"""Whoever used Taskbot, for good; `settled`: what they did in their first weeks is over and known.

Until then `activated`, `week_1` and `week_4` say nothing: it is counted from what is kept of them.
Days of activity are kept for 13 months only, and what follows from a first one stays.
"""

sa.Index(
    "ix_contacts_unsettled", contacts.c.first_day, sqlite_where=contacts.c.settled == sa.false()
)

surveys = sa.Table(
    "surveys",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("due_by", sa.Text),
    sa.Column("offered_by", sa.Text),
    sa.Column("offered_at", Moment),
    sa.Column("failed_at", Moment),
)
"""Whom the survey is to be offered, by which request it became so and by which it was, once.

`failed_at`: when somebody was last shown an error of ours.
"""

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("request_key", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("release", sa.Text, nullable=False),
    sa.Column("used_for", sa.Text, nullable=False),
    sa.Column("missing", sa.Text, nullable=False),
    sa.Column("feeling", sa.Text),
    sa.Index(None, "at"),
)
"""Answers to the survey, word for word; `feeling` None: that question was not answered."""

channels = sa.Table(
    "channels",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("has_bot", sa.Boolean, nullable=False),
    sa.Column("checked_at", Moment, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
)
"""What Slack says of each; `version` rises with all that is learned of it, but for its members."""

channel_members = sa.Table(
    "channel_members",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Index(None, "team_id", "user_id", "channel_id"),
)
"""Who is in a channel that is not public, where Slack could be asked: there the bot is a member."""

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("assigned", sa.Boolean, nullable=False),
    sa.Column("finished", sa.Boolean, nullable=False),
    sa.Column("due", sa.Boolean, nullable=False),
    sa.Column("digest", sa.Boolean, nullable=False),
    sa.Column("hour", sa.SmallInteger, nullable=False),
    sa.Column("weekdays", sa.Text, nullable=False),
)
"""Only of those who changed them; `weekdays` as digits, "12345" is Monday to Friday."""

mornings = sa.Table(
    "mornings",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("until", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "at"),
)
"""When somebody is next told what is due that day; `until` is the last day that was told."""

homes = sa.Table(
    "homes",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("page", sa.Integer, nullable=False),
)
"""Who opened their Home, when they last did anything there, and which page they look at."""

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("creator_id", sa.Text, nullable=False),
    sa.Column("assignee_id", sa.Text),
    sa.Column("due_day", sa.Integer),
    sa.Column("due_at", Moment),
    sa.Column("due_order", sa.Integer, nullable=False, server_default=str(NEVER_DUE)),
    sa.Column("channel_id", sa.Text),
    sa.Column("thread_ts", sa.Text),
    sa.Column("permalink", sa.Text),
    sa.Column("has_card", sa.Boolean, nullable=False),
    sa.Column("remind_at", Moment),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("completed_at", Moment),
    sa.Column("completed_by", sa.Text),
    sa.Column("deleted_at", Moment),
    sa.Column("deleted_by", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "team_id", "assignee_id", "number"),
    sa.Index(None, "team_id", "creator_id", "number"),
    sa.Index(None, "team_id", "status", "completed_at", "number"),
)

IS_OPEN = sa.and_(
    tasks.c.deleted_at.is_(None), tasks.c.status != sa.literal_column("'done'", sa.Text)
)
"""Said in the same words by the index and by those who ask, or SQLite does not see its use."""

# Open tasks are few beside the finished ones, and most lists are of them: in their order, with all
# that lists filter by.
sa.Index(
    "ix_tasks_open",
    *(tasks.c[name] for name in ("team_id", "rank", "due_order", "number")),
    *(tasks.c[name] for name in ("assignee_id", "creator_id", "channel_id", "due_day", "due_at")),
    sqlite_where=IS_OPEN,
)

# How many there are of each status, without a look at the tasks themselves.
sa.Index("ix_tasks_open_status", tasks.c.status, sqlite_where=IS_OPEN)
sa.Index(
    "ix_tasks_created_at",
    tasks.c.created_at,
    tasks.c.status,
    sqlite_where=tasks.c.deleted_at.is_(None),
)

sa.Index("ix_tasks_remind_at", tasks.c.remind_at, sqlite_where=tasks.c.remind_at.is_not(None))

task_events = sa.Table(
    "task_events",
    metadata,
    sa.Column("team_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("changes", sa.JSON, nullable=False),
    sa.Column("is_undo", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("request_key", sa.Text, nullable=False),
    sa.Column("seconds_open", sa.BigInteger),
    sa.ForeignKeyConstraint(["team_id", "number"], ["tasks.team_id", "tasks.number"]),
    sa.Index(None, "team_id", "actor_id", "at"),
    sa.Index(None, "at"),
)

IS_COMPLETION = sa.and_(
    task_events.c.kind == sa.literal_column("'completed'", sa.Text),
    task_events.c.is_undo == sa.false(),
)
"""Said in the same words by the index and by those who ask."""

sa.Index(
    "ix_task_events_completions",
    task_events.c.seconds_open,
    task_events.c.at,
    sqlite_where=IS_COMPLETION,
)

sa.Index(
    "ix_task_events_finished",
    task_events.c.team_id,
    task_events.c.actor_id,
    task_events.c.number,
    sqlite_where=IS_COMPLETION,
)
"""Which tasks somebody finished, however much else they did."""

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("request_key", sa.Text, primary_key=True),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("outcome", sa.JSON, nullable=False),
    sa.Index(None, "at"),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("team_id", sa.ForeignKey("installations.team_id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("wanted_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("lease_until", Moment),
    sa.Column("channel_id", sa.Text, nullable=False),
    sa.Column("user_id", sa.Text),
    sa.Column("about", sa.JSON),
    sa.Column("client_msg_id", sa.Text, nullable=False),
    sa.Column("ts", sa.Text),
    sa.Column("told_at", Moment),
    sa.Column("gone", sa.Boolean, nullable=False),
)
sa.Index(
    "ix_notices_waiting",
    notices.c.wanted_at,
    sqlite_where=notices.c.told < notices.c.wanted,
)

followed = sa.Table(
    "followed",
    metadata,
    sa.Column("team_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["team_id", "number"], ["tasks.team_id", "tasks.number"]),
)
"""The last direct message to somebody about a task, which changes whenever the task does."""

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
)
"""One row, written to learn whether anything can be: it belongs to no workspace."""

day_sums = sa.Table(
    "day_sums",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("figure", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
"""What a day that is over came to, over all workspaces: it stays when the days of people go."""

verb_days = sa.Table(
    "verb_days",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("verb", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
"""How often a verb was typed, over all workspaces; `reason` is empty unless it was rejected."""

word_days = sa.Table(
    "word_days",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("word", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
"""First words that are no verb, over all workspaces."""

fault_hours = sa.Table(
    "fault_hours",
    metadata,
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
"""Faults of ours, as whole hours since 1970."""
