"""The life of campaigns: who made and approved them, and what was done to them

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("created_by", "approved_by"):
        op.add_column("campaigns", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE campaigns SET approved_by = '(launched before approvals)' "
        "WHERE launched_at IS NOT NULL"
    )
    op.create_table(
        "campaign_history",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_history_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_history")),
    )
    op.create_index("ix_campaign_history_campaign", "campaign_history", ["campaign_id", "id"])


def downgrade() -> None:
    op.drop_table("campaign_history")
    for name in ("approved_by", "created_by"):
        op.drop_column("campaigns", name)
