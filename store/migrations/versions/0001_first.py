"""The first schema."""

import sqlalchemy as sa
from alembic import op

from store.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "heartbeats",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "installations",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("team_name", sa.Text(), nullable=False),
        sa.Column("bot_user_id", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), server_default="/task", nullable=False),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_installations")),
    )
    op.create_table(
        "channels",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("has_bot", sa.Boolean(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["installations.team_id"], name=op.f("fk_channels_installations")
        ),
        sa.PrimaryKeyConstraint("team_id", "channel_id", name=op.f("pk_channels")),
    )
    op.create_table(
        "notices",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("wanted_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("client_msg_id", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["installations.team_id"], name=op.f("fk_notices_installations")
        ),
        sa.PrimaryKeyConstraint("team_id", "kind", "subject", name=op.f("pk_notices")),
    )
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["wanted_at"],
        unique=False,
        sqlite_where=sa.text("told < wanted"),
    )
    op.create_table(
        "people",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["installations.team_id"], name=op.f("fk_people_installations")
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_people")),
    )
    op.create_table(
        "person_days",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["installations.team_id"], name=op.f("fk_person_days_installations")
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", "day", name=op.f("pk_person_days")),
    )
    op.create_index(
        op.f("ix_person_days_team_id_day"), "person_days", ["team_id", "day"], unique=False
    )
    op.create_table(
        "requests",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["installations.team_id"], name=op.f("fk_requests_installations")
        ),
        sa.PrimaryKeyConstraint("team_id", "request_key", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_at"), "requests", ["at"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("creator_id", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.Text(), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=True),
        sa.Column("has_card", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.Column("completed_by", sa.Text(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["installations.team_id"], name=op.f("fk_tasks_installations")
        ),
        sa.PrimaryKeyConstraint("team_id", "number", name=op.f("pk_tasks")),
    )
    op.create_index(
        op.f("ix_tasks_team_id_assignee_id_status_rank_number"),
        "tasks",
        ["team_id", "assignee_id", "status", "rank", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_tasks_team_id_channel_id_status_rank_number"),
        "tasks",
        ["team_id", "channel_id", "status", "rank", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_tasks_team_id_creator_id_status_rank_number"),
        "tasks",
        ["team_id", "creator_id", "status", "rank", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_tasks_team_id_rank_number"), "tasks", ["team_id", "rank", "number"], unique=False
    )
    op.create_index(
        op.f("ix_tasks_team_id_status_completed_at_number"),
        "tasks",
        ["team_id", "status", "completed_at", "number"],
        unique=False,
    )
    op.create_table(
        "task_events",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id", "number"],
            ["tasks.team_id", "tasks.number"],
            name=op.f("fk_task_events_tasks"),
        ),
        sa.PrimaryKeyConstraint("team_id", "number", "version", name=op.f("pk_task_events")),
    )
    op.create_index(
        op.f("ix_task_events_team_id_actor_id_at"),
        "task_events",
        ["team_id", "actor_id", "at"],
        unique=False,
    )
