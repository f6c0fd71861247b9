"""Looking again when campaigns may call, after the days or hours of calling changed."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.store.tables import CampaignRow


async def look_again(session: AsyncSession) -> None:
    """Let the next call of every campaign that waits for its hours find out anew."""
    await session.execute(
        update(CampaignRow)
        .where(CampaignRow.closed_until.is_not(None))
        .values(closed_until=None)
        .execution_options(synchronize_session=False)
    )
