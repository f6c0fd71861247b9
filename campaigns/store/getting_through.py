"""Whether a lost caller has got through since, as the switches report it (R3)."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.store.inbound_tables import InboundCallRow


async def got_through(session: AsyncSession, number_index: bytes) -> bool:
    """Return whether an agent answered the number after its last lost call; numbers that never
    lost a call have nothing to get through for."""
    row = InboundCallRow
    lost = row.answered_at.is_(None) & row.transferred_at.is_not(None)
    found = await session.execute(
        select(func.max(row.ended_at).filter(lost), func.max(row.answered_at)).where(
            row.number_index == number_index
        )
    )
    lost_at, answered_at = found.one()
    return lost_at is not None and answered_at is not None and answered_at > lost_at
