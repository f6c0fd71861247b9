"""Several numbers a person, tried in order; duplicates over campaigns

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_numbers",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("order", sa.SmallInteger(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("number_masked", sa.Text(), nullable=False),
        sa.CheckConstraint('"order" >= 2', name=op.f("ck_contact_numbers_order")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_contact_numbers_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", "order", name=op.f("pk_contact_numbers")),
    )
    op.create_index(op.f("ix_contact_numbers_number_index"), "contact_numbers", ["number_index"])
    for table in ("tasks", "attempts"):
        op.add_column(
            table, sa.Column("number_order", sa.SmallInteger(), server_default="1", nullable=False)
        )
    op.add_column(
        "attempts", sa.Column("number_masked", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "contact_lists", sa.Column("remarks", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("duplicates", sa.Text(), server_default="keep", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("campaigns", "duplicates")
    op.drop_column("contact_lists", "remarks")
    op.drop_column("attempts", "number_masked")
    for table in ("attempts", "tasks"):
        op.drop_column(table, "number_order")
    op.drop_table("contact_numbers")
