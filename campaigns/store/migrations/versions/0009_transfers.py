"""Transfers to a human: each campaign's rule and agents, and every transfer

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "transfer_rules",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.Text(), server_default="", nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("ring_s", sa.Integer(), nullable=False),
        sa.Column(
            "hours",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_transfer_rules_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["trunk"], ["trunks.name"], name=op.f("fk_transfer_rules_trunk")),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller_ids.id"], name=op.f("fk_transfer_rules_caller_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_transfer_rules")),
    )
    op.create_table(
        "transfer_agents",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("number_masked", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["transfer_rules.campaign_id"],
            name=op.f("fk_transfer_agents_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "position", name=op.f("pk_transfer_agents")),
    )
    _transfers()


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("wish", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("ringing_at", _MOMENT, nullable=True),
        sa.Column("connected_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("agent_index", sa.LargeBinary(), nullable=True),
        sa.Column("agent_masked", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "tried", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("trunk", sa.Text(), server_default="", nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
            name=op.f("fk_transfers_attempt_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_transfers_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_transfers_attempt_id")),
    )
    op.create_index(op.f("ix_transfers_campaign_id"), "transfers", ["campaign_id"])
    op.create_index("ix_transfers_state", "transfers", ["state", "requested_at"])
    op.create_index(
        "uq_transfers_agent_running",
        "transfers",
        ["agent_index"],
        unique=True,
        postgresql_where=sa.text("agent_index IS NOT NULL AND state IN ('waiting', 'connected')"),
    )


def downgrade() -> None:
    op.drop_table("transfers")
    op.drop_table("transfer_agents")
    op.drop_table("transfer_rules")
