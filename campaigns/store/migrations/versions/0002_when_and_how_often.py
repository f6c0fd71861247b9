"""When and how often people are called: windows, promises, overrides of the calendar

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_READY = sa.text("state = 'ready'")


def upgrade() -> None:
    op.create_table(
        "calendar_overrides",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_overrides")),
    )
    for name in ("not_before", "not_after", "closed_until"):
        op.add_column("campaigns", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "tasks", sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.drop_index("ix_tasks_due", table_name="tasks")
    due = ["campaign_id", "priority", "next_at", "id"]
    op.create_index("ix_tasks_due", "tasks", due, postgresql_where=_READY)
    op.add_column(
        "attempts",
        sa.Column("rehearsal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(
        "UPDATE attempts SET rehearsal = true FROM trunks "
        "WHERE trunks.name = attempts.trunk AND trunks.rehearsal"
    )
    op.create_index("ix_attempts_number", "attempts", ["number_index", "started_at"])


def downgrade() -> None:
    op.drop_index("ix_attempts_number", table_name="attempts")
    op.drop_column("attempts", "rehearsal")
    op.drop_index("ix_tasks_due", table_name="tasks")
    due = ["campaign_id", "next_at", "id"]
    op.create_index("ix_tasks_due", "tasks", due, postgresql_where=_READY)
    op.drop_column("tasks", "priority")
    for name in ("closed_until", "not_after", "not_before"):
        op.drop_column("campaigns", name)
    op.drop_table("calendar_overrides")
