"""The tables of transfers: each campaign's rule, its agents, and every transfer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class TransferRuleRow(Base):
    """How a campaign puts people through."""

    __tablename__ = "transfer_rules"
    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    trunk: Mapped[str] = mapped_column(ForeignKey("trunks.name"))
    caller_id: Mapped[UUID] = mapped_column(ForeignKey("caller_ids.id"))
    queue: Mapped[str] = mapped_column(server_default="")
    mode: Mapped[str]
    ring_s: Mapped[int]
    hours: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class TransferAgentRow(Base):
    """An agent of a campaign; the number is sealed."""

    __tablename__ = "transfer_agents"
    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("transfer_rules.campaign_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes]
    number_masked: Mapped[str]


class TransferRow(Base):
    """One transfer: who waited for whom, and what came of it."""

    __tablename__ = "transfers"
    __table_args__ = (
        Index("ix_transfers_state", "state", "requested_at"),
        # An agent's phone is never rung by two transfers at a time.
        Index(
            "uq_transfers_agent_running",
            "agent_index",
            unique=True,
            postgresql_where=text("agent_index IS NOT NULL AND state IN ('waiting', 'connected')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(
        ForeignKey("attempts.id", ondelete="CASCADE"), unique=True
    )
    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(server_default="waiting")
    wish: Mapped[str] = mapped_column(server_default="")
    """What the person said when they asked for a human."""
    requested_at: Mapped[datetime]
    ringing_at: Mapped[datetime | None]
    """When the present or last agent was tried."""
    connected_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    agent_index: Mapped[bytes | None]
    agent_masked: Mapped[str] = mapped_column(server_default="")
    tried: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """The positions of the agents that were tried."""
    trunk: Mapped[str] = mapped_column(server_default="")
    failure: Mapped[str] = mapped_column(server_default="")
