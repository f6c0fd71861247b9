"""The table of quota cells people were counted into."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class QuotaClaimRow(Base):
    """A place in a quota cell, held by an attempt. It counts while the call is open and for ever
    when the interview was given; after any other end the place is free again."""

    __tablename__ = "quota_claims"
    __table_args__ = (Index("ix_quota_claims_cell", "campaign_id", "cell"),)
    attempt_id: Mapped[UUID] = mapped_column(
        ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True
    )
    cell: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    claimed_at: Mapped[datetime] = mapped_column(server_default=func.now())
