"""Due dates, events that take others back, and when Slack said what of a person."""

import sqlalchemy as sa
from alembic import op

from store.tables import NEVER_DUE, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and sort by due date where lists are sorted."""
    op.add_column("tasks", sa.Column("due_day", sa.Integer(), nullable=True))
    op.add_column("tasks", sa.Column("due_at", Moment(), nullable=True))
    op.add_column(
        "tasks",
        sa.Column("due_order", sa.Integer(), server_default=str(NEVER_DUE), nullable=False),
    )
    op.add_column(
        "task_events",
        sa.Column("is_undo", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "people", sa.Column("updated", sa.BigInteger(), server_default="0", nullable=False)
    )
    for owner in ("assignee_id", "creator_id", "channel_id"):
        op.drop_index(op.f(f"ix_tasks_team_id_{owner}_status_rank_number"), "tasks")
    for owner in ("assignee_id", "creator_id"):
        op.create_index(
            op.f(f"ix_tasks_team_id_{owner}_number"), "tasks", ["team_id", owner, "number"]
        )
    op.create_index(
        "ix_tasks_open",
        "tasks",
        [
            *("team_id", "rank", "due_order", "number"),
            *("assignee_id", "creator_id", "channel_id", "due_day", "due_at"),
        ],
        sqlite_where=sa.text("deleted_at IS NULL AND status != 'done'"),
    )
    op.drop_index(op.f("ix_tasks_team_id_rank_number"), "tasks")
    for done, undone in (("completed", "reopened"), ("deleted", "restored")):
        op.execute(sa.text(_RECORD_MOMENTS).bindparams(done=done, undone=undone))


# The first release left it to the moment of each event when a task was completed or deleted and
# by whom; now it stands in the changes too, and what is taken back comes from there.
_RECORD_MOMENTS = """
UPDATE task_events SET changes = json_set(
    task_events.changes,
    '$.' || :done || '_at',
    json(iif(kind = :done, json_array(NULL, past.moment), json_array(past.moment, NULL))),
    '$.' || :done || '_by',
    json(iif(kind = :done, json_array(NULL, past.who), json_array(past.who, NULL)))
)
FROM (
    SELECT team_id, number, version, actor_id AS who,
        strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch')
            || printf('.%06d+00:00', at % 1000000) AS moment
    FROM task_events WHERE kind = :done
) AS past
WHERE task_events.kind IN (:done, :undone)
    AND past.team_id = task_events.team_id
    AND past.number = task_events.number
    AND past.version = (
        SELECT max(earlier.version) FROM task_events AS earlier
        WHERE earlier.team_id = task_events.team_id
            AND earlier.number = task_events.number
            AND earlier.kind = :done
            AND earlier.version <= task_events.version
    )
"""
