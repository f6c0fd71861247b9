"""Finding a campaign's row and reading it as a domain value."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.campaign import Campaign
from campaigns.errors import NotFound
from campaigns.store import rows
from campaigns.store.tables import CallerIdRow, CampaignRow


async def find_campaign(
    session: AsyncSession, campaign_id: UUID, *, lock: bool = False
) -> CampaignRow:
    """Return a campaign's row, locked if wished. Raises NotFound."""
    row = await session.get(CampaignRow, campaign_id, with_for_update=lock or None)
    if row is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return row


async def read_campaign(session: AsyncSession, row: CampaignRow) -> Campaign:
    """Return the campaign with the number it calls under."""
    caller = await session.get_one(CallerIdRow, row.caller_id)
    return rows.campaign(row, caller.number)
