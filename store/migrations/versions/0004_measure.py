"""What is measured: first contacts, sums of days, verbs, faults, the survey and its answers."""

import sqlalchemy as sa
from alembic import op

from store.tables import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables, and reckon what older rows say."""
    _widen_events()
    _add_indexes()
    _add_people()
    _add_sums()
    for statement in (_SECONDS_OPEN, _CONTACTS):
        op.execute(statement)


def _widen_events() -> None:
    op.add_column("task_events", sa.Column("seconds_open", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_task_events_at"), "task_events", ["at"])
    op.create_index(
        "ix_task_events_completions",
        "task_events",
        ["seconds_open", "at"],
        sqlite_where=sa.text("kind = 'completed' AND is_undo = 0"),
    )
    op.create_index(
        "ix_task_events_finished",
        "task_events",
        ["team_id", "actor_id", "number"],
        sqlite_where=sa.text("kind = 'completed' AND is_undo = 0"),
    )


def _add_indexes() -> None:
    """For what is counted over all workspaces."""
    op.drop_index("ix_person_days_team_id_day", "person_days")
    op.create_index(op.f("ix_person_days_day"), "person_days", ["day"])
    op.create_index(
        "ix_tasks_open_status",
        "tasks",
        ["status"],
        sqlite_where=sa.text("deleted_at IS NULL AND status != 'done'"),
    )
    op.create_index(
        "ix_tasks_created_at",
        "tasks",
        ["created_at", "status"],
        sqlite_where=sa.text("deleted_at IS NULL"),
    )


def _add_people() -> None:
    _table(
        "contacts",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("activated", sa.Boolean(), nullable=False),
        sa.Column("week_1", sa.Boolean(), nullable=False),
        sa.Column("week_4", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
    )
    op.create_index(op.f("ix_contacts_first_day"), "contacts", ["first_day"])
    op.create_index(
        "ix_contacts_unsettled", "contacts", ["first_day"], sqlite_where=sa.text("settled = 0")
    )
    _table(
        "surveys",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("due_by", sa.Text(), nullable=True),
        sa.Column("offered_by", sa.Text(), nullable=True),
        sa.Column("offered_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
    )
    _table(
        "feedback",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("used_for", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("feeling", sa.Text(), nullable=True),
        key=["team_id", "request_key"],
    )
    op.create_index(op.f("ix_feedback_at"), "feedback", ["at"])


def _add_sums() -> None:
    _sums(
        "day_sums",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        count=sa.Column("value", sa.BigInteger(), nullable=False),
    )
    _sums(
        "verb_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        count=sa.Column("count", sa.Integer(), nullable=False),
    )
    _sums(
        "word_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        count=sa.Column("count", sa.Integer(), nullable=False),
    )
    _sums(
        "fault_hours",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        count=sa.Column("count", sa.Integer(), nullable=False),
    )


# To whole seconds and never below 0, as the store writes them.
_SECONDS_OPEN = """
UPDATE task_events SET seconds_open = (
    SELECT max((task_events.at - tasks.created_at) / 1000000, 0) FROM tasks
    WHERE tasks.team_id = task_events.team_id AND tasks.number = task_events.number
) WHERE kind = 'completed' AND is_undo = 0
"""
# What they did in their first weeks is reckoned by the clock that does so for everybody.
_CONTACTS = """
INSERT INTO contacts (team_id, user_id, first_day, last_day, activated, week_1, week_4, settled)
SELECT team_id, user_id, min(day), max(day), 0, 0, 0, 0 FROM person_days GROUP BY team_id, user_id
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


def _sums(name: str, *key: "sa.Column[object]", count: "sa.Column[object]") -> None:
    names = [column.name for column in key]
    op.create_table(name, *key, count, sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{name}")))
