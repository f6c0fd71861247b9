"""The tables of work orders: the orders, what happened to each, and the calls that follow up."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class WorkOrderRow(Base):
    """A work order; a call opens at most one for each reason. It keeps the person's number,
    sealed, so that it can be worked when the contact is gone."""

    __tablename__ = "work_orders"
    __table_args__ = (
        Index(
            "uq_work_orders_attempt_reason",
            "attempt_id",
            "reason",
            unique=True,
            postgresql_where=text("attempt_id IS NOT NULL"),
        ),
        Index("ix_work_orders_due", "due_at"),
        Index("ix_work_orders_state", "state", "due_at"),
        Index("ix_work_orders_campaign", "campaign_id"),
        CheckConstraint(
            "state NOT IN ('resolved', 'closed') OR (result <> '' AND done_at IS NOT NULL)",
            name="result",
        ),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    reason: Mapped[str]
    category: Mapped[str]
    priority: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    matter: Mapped[str] = mapped_column(server_default="")
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id", ondelete="SET NULL"))
    campaign_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("campaigns.id", ondelete="SET NULL")
    )
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes] = mapped_column(index=True)
    number_masked: Mapped[str]
    owner: Mapped[str] = mapped_column(server_default="")
    result: Mapped[str] = mapped_column(server_default="")
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    escalation: Mapped[int] = mapped_column(server_default="0")
    rehearsal: Mapped[bool] = mapped_column(server_default=text("false"))
    """Of a rehearsal's call: in no figure, and never followed up over a real trunk."""


class WorkOrderEntryRow(Base):
    """One thing that happened to a work order."""

    __tablename__ = "work_order_entries"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(
        ForeignKey("work_orders.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    by: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    """After it."""
    words: Mapped[str] = mapped_column(server_default="")
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class WorkOrderFollowUpRow(Base):
    """A work order that a follow-up campaign calls about, through one of its contacts."""

    __tablename__ = "work_order_follow_ups"
    order_id: Mapped[int] = mapped_column(
        ForeignKey("work_orders.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[UUID] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), index=True
    )
