"""A campaign's own rules of calling again, and its share of the lines

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    retry = sa.Column(
        "retry",
        postgresql.JSONB(astext_type=sa.Text()),
        server_default=sa.text("'{}'::jsonb"),
        nullable=False,
    )
    op.add_column("campaigns", retry)
    op.add_column(
        "campaigns", sa.Column("weight", sa.SmallInteger(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    for name in ("weight", "retry"):
        op.drop_column("campaigns", name)
