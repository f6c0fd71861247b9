"""What a campaign does with answering machines

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "campaigns",
        sa.Column("on_machine", sa.Text(), server_default="call_later", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("campaigns", "on_machine")
