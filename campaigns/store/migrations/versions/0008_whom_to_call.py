"""Whom to call: do-not-call by scope with removals, and the basis of calling a list

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_EVERYWHERE = "removed_at IS NULL AND list_id IS NULL AND campaign_id IS NULL"


def upgrade() -> None:
    table = "do_not_call"
    op.drop_constraint(op.f("pk_do_not_call"), table)
    op.add_column(table, sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False))
    op.create_primary_key(op.f("pk_do_not_call"), table, ["id"])
    for name in ("number_masked", "added_by", "removed_by", "removal"):
        op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column(table, sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    for name, target in (("list_id", "contact_lists"), ("campaign_id", "campaigns")):
        op.add_column(table, sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_do_not_call_{name}"), table, target, [name], ["id"], ondelete="CASCADE"
        )
        where = sa.text(f"removed_at IS NULL AND {name} IS NOT NULL")
        scope = name.removesuffix("_id")
        op.create_index(
            f"uq_do_not_call_{scope}", table, ["number_index", name],
            unique=True, postgresql_where=where,
        )  # fmt: skip
    op.create_index(
        "uq_do_not_call_everywhere", table, ["number_index"],
        unique=True, postgresql_where=sa.text(_EVERYWHERE),
    )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_do_not_call_scope"), table, "list_id IS NULL OR campaign_id IS NULL"
    )
    lists = "contact_lists"
    op.add_column(lists, sa.Column("consent_basis", sa.Text(), nullable=True))
    op.add_column(lists, sa.Column("consent_on", sa.Date(), nullable=True))
    for name in ("consent_evidence", "consent_by", "consent_withdrawal"):
        op.add_column(lists, sa.Column(name, sa.Text(), server_default="", nullable=False))
    withdrawn = sa.Column("consent_withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column(lists, withdrawn)


def downgrade() -> None:
    for name in (
        "consent_withdrawn_at", "consent_withdrawal", "consent_by", "consent_evidence",
        "consent_on", "consent_basis",
    ):  # fmt: skip
        op.drop_column("contact_lists", name)
    table = "do_not_call"
    op.execute(sa.delete(sa.table("do_not_call")).where(sa.not_(sa.text(_EVERYWHERE))))
    op.drop_constraint(op.f("ck_do_not_call_scope"), table)
    for scope in ("everywhere", "campaign", "list"):
        op.drop_index(f"uq_do_not_call_{scope}", table_name=table)
    op.drop_constraint(op.f("pk_do_not_call"), table)
    for name in (
        "id", "campaign_id", "list_id", "removed_at", "removal", "removed_by", "added_by",
        "number_masked",
    ):  # fmt: skip
        op.drop_column(table, name)
    op.create_primary_key(op.f("pk_do_not_call"), table, ["number_index"])
