"""Work orders: what is owed after a call, with its history and the calls that follow it up

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "work_orders",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("matter", sa.Text(), server_default="", nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("number_masked", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.Column("reminded_at", _MOMENT, nullable=True),
        sa.Column("escalation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rehearsal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('resolved', 'closed') OR (result <> '' AND done_at IS NOT NULL)",
            name=op.f("ck_work_orders_result"),
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
            name=op.f("fk_work_orders_attempt_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_work_orders_campaign_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_work_orders_contact_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_orders")),
    )
    op.create_index("ix_work_orders_due", "work_orders", ["due_at"])
    op.create_index("ix_work_orders_state", "work_orders", ["state", "due_at"])
    op.create_index("ix_work_orders_campaign", "work_orders", ["campaign_id"])
    op.create_index(op.f("ix_work_orders_number_index"), "work_orders", ["number_index"])
    op.create_index(
        "uq_work_orders_attempt_reason",
        "work_orders",
        ["attempt_id", "reason"],
        unique=True,
        postgresql_where=sa.text("attempt_id IS NOT NULL"),
    )
    _entries()
    _follow_ups()


def _entries() -> None:
    op.create_table(
        "work_order_entries",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "data",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["work_orders.id"],
            name=op.f("fk_work_order_entries_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order_entries")),
    )
    op.create_index(op.f("ix_work_order_entries_order_id"), "work_order_entries", ["order_id"])


def _follow_ups() -> None:
    op.create_table(
        "work_order_follow_ups",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["work_orders.id"],
            name=op.f("fk_work_order_follow_ups_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_work_order_follow_ups_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_work_order_follow_ups_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "contact_id", name=op.f("pk_work_order_follow_ups")),
    )
    for column in ("campaign_id", "contact_id"):
        op.create_index(
            op.f(f"ix_work_order_follow_ups_{column}"), "work_order_follow_ups", [column]
        )


def downgrade() -> None:
    op.drop_table("work_order_follow_ups")
    op.drop_table("work_order_entries")
    op.drop_table("work_orders")
