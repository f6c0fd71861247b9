"""Getting a campaign approved: what its maker has checked, a second person approves."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.approval import check_approver
from campaigns.campaign import Campaign, CampaignEvent
from campaigns.clock import Clock
from campaigns.errors import InvalidInput
from campaigns.store.campaign_moves import move
from campaigns.store.campaign_rows import find_campaign, read_campaign
from campaigns.store.campaign_tables import CampaignHistoryRow
from campaigns.store.database import Database
from campaigns.store.readiness import Readiness, examine
from campaigns.store.tables import CampaignRow

_MAKING = ("create", CampaignEvent.EDIT.value)


class CampaignApproval:
    """Check, approve and send back campaigns."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def check(self, campaign_id: UUID, by: str = "") -> Readiness:
        """Look for everything the campaign lacks; nothing: it may be approved.

        Raises NotFound, Conflict, and InvalidInput naming all that is missing; the campaign
        then stays a draft.
        """
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id, lock=True)
            now = self._clock.now()
            move(session, row, CampaignEvent.CHECK, now, by)
            return await examine(session, row, now)

    async def approve(self, campaign_id: UUID, by: str, reason: str = "") -> Campaign:
        """Let a checked campaign be launched. Raises NotFound, Conflict when it was not checked
        or `by` made or changed it, InvalidInput when something is missing by now."""
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id, lock=True)
            check_approver(by, await _makers(session, row))
            now = self._clock.now()
            move(session, row, CampaignEvent.APPROVE, now, by, reason)
            await examine(session, row, now)
            row.approved_by = by
            return await read_campaign(session, row)

    async def send_back(self, campaign_id: UUID, by: str, reason: str) -> Campaign:
        """Make a checked or approved campaign a draft again, with the reason for its maker.

        Raises NotFound, Conflict, InvalidInput without a reason.
        """
        if not reason.strip():
            raise InvalidInput("say what is to be corrected")
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id, lock=True)
            move(session, row, CampaignEvent.SEND_BACK, self._clock.now(), by, reason)
            row.approved_by = ""
            return await read_campaign(session, row)


async def _makers(session: AsyncSession, row: CampaignRow) -> set[str]:
    made = CampaignHistoryRow
    found = await session.scalars(
        select(made.by).where(made.campaign_id == row.id, made.event.in_(_MAKING)).distinct()
    )
    return {row.created_by, *found} - {""}
