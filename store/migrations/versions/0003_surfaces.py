"""Threads, members of channels, settings, reminders, Homes, and direct messages."""

from datetime import datetime

import sqlalchemy as sa
from alembic import context, op

from store.clock import EPOCH
from store.tables import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("tasks", sa.Column("thread_ts", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("permalink", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("remind_at", Moment(), nullable=True))
    op.create_index(
        "ix_tasks_remind_at",
        "tasks",
        ["remind_at"],
        sqlite_where=sa.text("remind_at IS NOT NULL"),
    )
    op.add_column("notices", sa.Column("user_id", sa.Text(), nullable=True))
    op.add_column("notices", sa.Column("about", sa.JSON(), nullable=True))
    op.add_column("notices", sa.Column("told_at", Moment(), nullable=True))
    op.add_column(
        "channels", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    _table(
        "channel_members",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        key=["team_id", "channel_id", "user_id"],
    )
    op.create_index(
        op.f("ix_channel_members_team_id_user_id_channel_id"),
        "channel_members",
        ["team_id", "user_id", "channel_id"],
    )
    _table(
        "settings",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("assigned", sa.Boolean(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
    )
    _table(
        "mornings",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index(op.f("ix_mornings_at"), "mornings", ["at"])
    _table(
        "homes",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
    )
    op.create_table(
        "followed",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id", "number"],
            ["tasks.team_id", "tasks.number"],
            name=op.f("fk_followed_tasks"),
        ),
        sa.PrimaryKeyConstraint("team_id", "number", "user_id", name=op.f("pk_followed")),
    )
    _remind_of_what_is_due(context.config.attributes["now"])


def _remind_of_what_is_due(now: datetime) -> None:
    """Of what is still ahead; the worker reckons each person's morning by their own clock."""
    yesterday = (now - EPOCH).days - 1
    for statement in (_MOMENTS, _MORNINGS):
        at = sa.bindparam("now", now, type_=Moment)
        bound = sa.text(statement).bindparams(at)
        op.execute(bound.bindparams(until=yesterday) if ":until" in statement else bound)


_MOMENTS = "UPDATE tasks SET remind_at = due_at WHERE due_at > :now"
_MORNINGS = """
INSERT INTO mornings (team_id, user_id, until, at)
SELECT DISTINCT team_id, coalesce(assignee_id, creator_id), :until, :now FROM tasks
WHERE due_day IS NOT NULL AND deleted_at IS NULL AND status != 'done'
"""


def _table(name: str, *columns: "sa.Column[object]", key: list[str] | None = None) -> None:
    op.create_table(
        name,
        *columns,
        sa.ForeignKeyConstraint(
            ["team_id"], ["installations.team_id"], name=op.f(f"fk_{name}_installations")
        ),
        sa.PrimaryKeyConstraint(*(key or ["team_id", "user_id"]), name=op.f(f"pk_{name}")),
    )
