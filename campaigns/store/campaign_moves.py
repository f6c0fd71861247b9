"""A campaign's moves: its state changes and the step is written down, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.campaign import CampaignEvent, CampaignState, next_state
from campaigns.store.campaign_tables import CampaignHistoryRow
from campaigns.store.tables import CampaignRow

SERVICE = "service"
"""Who does what nobody asked for."""


def move(
    session: AsyncSession,
    row: CampaignRow,
    event: CampaignEvent,
    now: datetime,
    by: str = SERVICE,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> CampaignState:
    """Move a campaign that is locked; return its new state. Raises Conflict."""
    before = CampaignState(row.state)
    after = next_state(before, event)
    row.state = after.value
    session.add(
        CampaignHistoryRow(
            campaign_id=row.id,
            at=now,
            by=by,
            event=event.value,
            from_state=before.value,
            to_state=after.value,
            reason=reason,
            changes=dict(changes or {}),
        )
    )
    return after
