"""All that a trunk needs, campaigns with several of them, and how each stands

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_JSON = postgresql.JSONB(astext_type=sa.Text())
_EMPTY_LIST = sa.text("'[]'::jsonb")
_TRUNK = (
    ("driver", sa.Text(), "baresip"),
    ("registration", sa.Boolean(), sa.text("false")),
    ("register_expiry_s", sa.Integer(), "300"),
    ("realm", sa.Text(), ""),
    ("outbound_proxy", sa.Text(), ""),
    ("srtp", sa.Text(), "off"),
    ("codecs", _JSON, sa.text('\'["pcma", "pcmu"]\'::jsonb')),
    ("tls_ca_file", sa.Text(), ""),
    ("tls_verify", sa.Boolean(), sa.text("true")),
    ("trunk_group", sa.Text(), ""),
    ("priority", sa.Integer(), "1"),
    ("weight", sa.Integer(), "1"),
    ("prefixes", _JSON, _EMPTY_LIST),
    ("strip_digits", sa.Integer(), "0"),
    ("dial_prefix", sa.Text(), ""),
    ("options_every_s", sa.Integer(), "30"),
)
_MORE = (
    ("campaigns", "fallback_trunks", _JSON, _EMPTY_LIST),
    ("campaigns", "trunk_group", sa.Text(), ""),
    ("tasks", "tried_trunks", _JSON, _EMPTY_LIST),
    ("attempts", "alternatives", _JSON, _EMPTY_LIST),
    ("attempts", "failed_over", sa.Boolean(), sa.text("false")),
)


def upgrade() -> None:
    for name, kind, default in _TRUNK:
        op.add_column("trunks", sa.Column(name, kind, server_default=default, nullable=False))
    op.add_column("trunks", sa.Column("calls_per_second", sa.Float(), nullable=True))
    for table, name, kind, default in _MORE:
        op.add_column(table, sa.Column(name, kind, server_default=default, nullable=False))
    op.create_index("ix_attempts_trunk", "attempts", ["trunk", "ended_at"])
    op.create_table(
        "trunk_conditions",
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("next_call_at", _MOMENT, nullable=True),
        sa.Column("breaker", sa.Text(), server_default="closed", nullable=False),
        sa.Column("breaker_since", _MOMENT, nullable=True),
        sa.Column("open_until", _MOMENT, nullable=True),
        sa.Column("openings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("probe_id", sa.Uuid(), nullable=True),
        sa.Column("health", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("pinged_at", _MOMENT, nullable=True),
        sa.Column("ping_claimed_at", _MOMENT, nullable=True),
        sa.Column("ping_misses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ping_detail", sa.Text(), server_default="", nullable=False),
        sa.Column("ping_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["trunk"],
            ["trunks.name"],
            name=op.f("fk_trunk_conditions_trunk"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("trunk", name=op.f("pk_trunk_conditions")),
    )
    op.execute("INSERT INTO trunk_conditions (trunk) SELECT name FROM trunks")


def downgrade() -> None:
    op.drop_table("trunk_conditions")
    op.drop_index("ix_attempts_trunk", "attempts")
    for table, name, _, _ in reversed(_MORE):
        op.drop_column(table, name)
    op.drop_column("trunks", "calls_per_second")
    for name, _, _ in reversed(_TRUNK):
        op.drop_column("trunks", name)
