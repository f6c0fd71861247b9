"""How far a campaign is, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.campaign import Campaign
from campaigns.store.tables import AttemptRow, TaskRow

_REPLIES = text(
    """
    SELECT count(*) AS n,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY reply::int) AS p50,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY reply::int) AS p95
    FROM attempts, jsonb_array_elements_text(replies_ms) AS reply
    WHERE campaign_id = :campaign
    """
)


@dataclass(frozen=True, slots=True)
class Replies:
    """How long people waited for our reply, in milliseconds; None when there were none."""

    turns: int
    p50_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """The figures of a campaign.

    `tasks` by state; `dispositions` counts closed attempts; `outcomes` counts contacts by what
    became of them last (a disposition, or the rule that kept them from being called).
    """

    campaign: Campaign
    tasks: dict[str, int]
    attempts: int
    open_attempts: int
    dispositions: dict[str, int]
    outcomes: dict[str, int]
    replies: Replies
    prompt_misses: int


async def read_status(session: AsyncSession, campaign: Campaign) -> CampaignStatus:
    """Count everything in one snapshot of the session's transaction."""
    misses = func.coalesce(func.sum(AttemptRow.prompt_misses), 0)
    grouped = await session.execute(
        select(AttemptRow.state, AttemptRow.disposition, func.count(), misses)
        .where(AttemptRow.campaign_id == campaign.id)
        .group_by(AttemptRow.state, AttemptRow.disposition)
    )
    groups = grouped.all()
    replies = (await session.execute(_REPLIES, {"campaign": campaign.id})).one()
    return CampaignStatus(
        campaign=campaign,
        tasks=await _count(session, campaign.id, TaskRow.state),
        attempts=sum(count for _, _, count, _ in groups),
        open_attempts=sum(count for state, _, count, _ in groups if state == "open"),
        dispositions={name: count for _, name, count, _ in groups if name is not None},
        outcomes=await _count(session, campaign.id, TaskRow.disposition),
        replies=Replies(replies.n, replies.p50, replies.p95),
        prompt_misses=sum(int(missed) for _, _, _, missed in groups),
    )


async def _count(session: AsyncSession, campaign_id: UUID, column: Any) -> dict[str, int]:
    found = await session.execute(
        select(column, func.count())
        .where(TaskRow.campaign_id == campaign_id, column.is_not(None))
        .group_by(column)
    )
    return {str(value): int(count) for value, count in found}
