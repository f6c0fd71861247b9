"""The table of dialers at work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class DialerRow(Base):
    """One dialer process as it told of itself last."""

    __tablename__ = "dialers"
    name: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    calls: Mapped[int]
    max_calls: Mapped[int]
    draining: Mapped[bool] = mapped_column(server_default=text("false"))
