"""Do-not-call as stored: whether a number is listed, listing it, and closing what waits for it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.store.person import read_numbers
from campaigns.store.tables import AttemptRow, CampaignRow, ContactRow, DoNotCallRow, TaskRow


def holds_for(campaign: CampaignRow) -> ColumnElement[bool]:
    """Return the condition that an entry holds in a campaign."""
    everywhere = and_(DoNotCallRow.list_id.is_(None), DoNotCallRow.campaign_id.is_(None))
    return and_(
        DoNotCallRow.removed_at.is_(None),
        or_(
            everywhere,
            DoNotCallRow.list_id == campaign.contact_list_id,
            DoNotCallRow.campaign_id == campaign.id,
        ),
    )


async def listed_reason(
    session: AsyncSession, campaign: CampaignRow, numbers: Collection[bytes]
) -> str | None:
    """Return why the person of these numbers is not to be called in a campaign, None when they
    may be."""
    reason: str | None = await session.scalar(
        select(DoNotCallRow.reason)
        .where(DoNotCallRow.number_index.in_(numbers), holds_for(campaign))
        .order_by(DoNotCallRow.id)
        .limit(1)
    )
    return reason


async def forbid(session: AsyncSession, row: AttemptRow, words: str) -> None:
    """Put all numbers of the person of an attempt on the do-not-call list and close the tasks
    that wait for them."""
    contact = await session.get_one(ContactRow, row.contact_id)
    for number in await read_numbers(session, contact):
        await session.execute(
            insert(DoNotCallRow)
            .values(
                number_index=number.index,
                number_masked=number.masked,
                reason="the person asked not to be called",
                words=words,
                attempt_id=row.id,
            )
            .on_conflict_do_nothing()
        )
        await close_waiting(session, number.index, "the person opted out")


async def close_waiting(
    session: AsyncSession,
    number_index: bytes,
    note: str,
    *,
    list_id: UUID | None = None,
    campaign_id: UUID | None = None,
) -> int:
    """Close the tasks that wait for a number, of one list or campaign if named; return how many.

    One that is leased is refused in the transaction before its call.
    """
    closing = update(TaskRow).where(TaskRow.number_index == number_index, TaskRow.state == "ready")
    if list_id is not None:
        campaigns = select(CampaignRow.id).where(CampaignRow.contact_list_id == list_id)
        closing = closing.where(TaskRow.campaign_id.in_(campaigns))
    if campaign_id is not None:
        closing = closing.where(TaskRow.campaign_id == campaign_id)
    closed = await session.execute(
        closing.values(state="finished", disposition="do_not_call", note=note).execution_options(
            synchronize_session=False
        )
    )
    return int(closed.rowcount)  # type: ignore[attr-defined]
