"""The table of what was done to campaigns: who, when, what and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class CampaignHistoryRow(Base):
    """One step of a campaign's life; rows are only ever added."""

    __tablename__ = "campaign_history"
    __table_args__ = (Index("ix_campaign_history_campaign", "campaign_id", "id"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    by: Mapped[str]
    """A person's name, or the process that did it by itself."""
    event: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    changes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Of an edit: each field's value before and after."""
