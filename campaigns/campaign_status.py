"""How far a campaign is, in figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.campaign import Campaign
from campaigns.outcome_rates import CONFIRMING, Cases, Rates, group_of, outcome_rates
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


_OUTCOMES = text(
    """
    SELECT t.disposition, c.task_id IS NOT NULL AS confirmed, count(*) AS n
    FROM tasks t
    LEFT JOIN (
        SELECT DISTINCT task_id FROM attempts
        WHERE campaign_id = :campaign AND disposition = ANY(:confirming)
    ) c ON c.task_id = t.id
    WHERE t.campaign_id = :campaign
    GROUP BY t.disposition, confirmed
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
    became of them last (a disposition, or the rule that kept them from being called); `cases`
    groups them as AAPOR does, and `rates` are that standard's outcome rates, exact.
    """

    campaign: Campaign
    tasks: dict[str, int]
    attempts: int
    open_attempts: int
    dispositions: dict[str, int]
    outcomes: dict[str, int]
    cases: Cases
    rates: Rates
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
    outcomes, cases = await _outcomes(session, campaign.id)
    return CampaignStatus(
        campaign=campaign,
        tasks=await _tasks(session, campaign.id),
        attempts=sum(count for _, _, count, _ in groups),
        open_attempts=sum(count for state, _, count, _ in groups if state == "open"),
        dispositions={name: count for _, name, count, _ in groups if name is not None},
        outcomes=outcomes,
        cases=cases,
        rates=outcome_rates(cases),
        replies=Replies(replies.n, replies.p50, replies.p95),
        prompt_misses=sum(int(missed) for _, _, _, missed in groups),
    )


async def _outcomes(session: AsyncSession, campaign_id: UUID) -> tuple[dict[str, int], Cases]:
    """Count contacts by what became of them last, and by AAPOR's groups."""
    query = {"campaign": campaign_id, "confirming": sorted(CONFIRMING)}
    found = (await session.execute(_OUTCOMES, query)).all()
    outcomes: Counter[str] = Counter()
    for row in found:
        if row.disposition is not None:
            outcomes[row.disposition] += row.n
    groups = ((group_of(row.disposition, confirmed=row.confirmed), row.n) for row in found)
    return dict(outcomes), Cases.counted(groups)


async def _tasks(session: AsyncSession, campaign_id: UUID) -> dict[str, int]:
    found = await session.execute(
        select(TaskRow.state, func.count().label("n"))
        .where(TaskRow.campaign_id == campaign_id)
        .group_by(TaskRow.state)
    )
    return {row.state: int(row.n) for row in found}
