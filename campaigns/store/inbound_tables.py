"""The table of calls to the hotline, as its switches report them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class InboundCallRow(Base):
    """One call as one system reports it, in its newest revision; the number is sealed."""

    __tablename__ = "inbound_calls"
    __table_args__ = (
        UniqueConstraint("source", "switch_call_id"),
        Index("ix_inbound_calls_ended", "ended_at"),
        Index("ix_inbound_calls_caller", "number_index", "transferred_at"),
        CheckConstraint("withheld = (number_index IS NULL)", name="withheld"),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[str]
    switch_call_id: Mapped[str]
    revision: Mapped[int]
    withheld: Mapped[bool]
    number_sealed: Mapped[bytes | None]
    number_index: Mapped[bytes | None]
    number_masked: Mapped[str]
    transferred_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
