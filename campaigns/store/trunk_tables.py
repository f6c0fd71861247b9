"""The table of what all dialers know of a trunk at this moment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class TrunkConditionRow(Base):
    """One row a trunk: its pace, its breaker and its answers to OPTIONS. Whoever places a call
    locks it, in the order of names, and so the limits hold over all dialers."""

    __tablename__ = "trunk_conditions"
    trunk: Mapped[str] = mapped_column(
        ForeignKey("trunks.name", ondelete="CASCADE"), primary_key=True
    )
    next_call_at: Mapped[datetime | None]
    """No call before: one gap of calls_per_second after the last."""
    breaker: Mapped[str] = mapped_column(server_default="closed")
    breaker_since: Mapped[datetime | None]
    open_until: Mapped[datetime | None]
    openings: Mapped[int] = mapped_column(server_default="0")
    """Times it was opened without a good call between them."""
    probe_id: Mapped[UUID | None]
    """The attempt that tries, while half open."""
    health: Mapped[str] = mapped_column(server_default="unknown")
    pinged_at: Mapped[datetime | None]
    ping_claimed_at: Mapped[datetime | None]
    ping_misses: Mapped[int] = mapped_column(server_default="0")
    ping_detail: Mapped[str] = mapped_column(server_default="")
    ping_s: Mapped[float | None]
