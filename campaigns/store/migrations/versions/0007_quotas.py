"""Places held in quota cells; which answer of a call each is

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "answers", sa.Column("revision", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "quota_claims",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column(
            "claimed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
            name=op.f("fk_quota_claims_attempt_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_quota_claims_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attempt_id", "cell", name=op.f("pk_quota_claims")),
    )
    op.create_index("ix_quota_claims_cell", "quota_claims", ["campaign_id", "cell"])


def downgrade() -> None:
    op.drop_table("quota_claims")
    op.drop_column("answers", "revision")
