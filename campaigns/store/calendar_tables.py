"""The table of peaks: days of little or no outbound calling."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class PeakRow(Base):
    """A peak as `campaigns.peak` means it; times as 14:30-16:00."""

    __tablename__ = "peaks"
    __table_args__ = (Index("ix_peaks_last", "last"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    first: Mapped[date]
    last: Mapped[date]
    kinds: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    hours: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    note: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
