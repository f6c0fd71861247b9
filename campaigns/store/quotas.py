"""Quotas on PostgreSQL: places in cells, never more than the limit, however many calls ask."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.disposition import Disposition
from campaigns.errors import NotFound
from campaigns.questionnaire.model import Quota
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.quota_tables import QuotaClaimRow
from campaigns.store.tables import AttemptRow, CampaignRow, QuestionnaireRow

_GIVEN = (Disposition.COMPLETED.value, Disposition.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """How full a cell of a campaign is: `given` interviews, `open` calls that hold a place."""

    id: str
    when: str
    limit: int
    given: int
    open: int


class Quotas:
    """`campaigns.ports.QuotaBook` on PostgreSQL, and how full the cells are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, attempt_id: UUID, cells: Sequence[Quota]) -> frozenset[str]:
        """Hold a place for an attempt in each of these cells and give up its others; return the
        ids of those that are full, none of them held then. Raises NotFound."""
        wanted = sorted(cells, key=lambda cell: cell.id)
        async with self._database.transaction() as session:
            attempt = await session.get(AttemptRow, attempt_id)
            if attempt is None:
                raise NotFound(f"there is no attempt {attempt_id}")
            campaign = attempt.campaign_id
            for cell in wanted:  # always in this order: two calls never wait for each other
                await session.execute(
                    select(func.pg_advisory_xact_lock(_lock_of(campaign, cell.id)))
                )
            full = {
                cell.id
                for cell in wanted
                if await _taken(session, campaign, cell.id, attempt_id) >= cell.limit
            }
            held = [] if full else [cell.id for cell in wanted]
            await session.execute(
                delete(QuotaClaimRow)
                .where(QuotaClaimRow.attempt_id == attempt_id)
                .where(QuotaClaimRow.cell.not_in(held))
            )
            for cell_id in held:
                claim = insert(QuotaClaimRow).values(
                    attempt_id=attempt_id, cell=cell_id, campaign_id=campaign
                )
                await session.execute(claim.on_conflict_do_nothing())
        return frozenset(full)

    async def standing(self, campaign_id: UUID) -> tuple[QuotaStanding, ...]:
        """Return the cells of a campaign in the order of its file. Raises NotFound."""
        is_open = AttemptRow.state == "open"
        counts = (
            select(
                QuotaClaimRow.cell,
                func.count().filter(~is_open & AttemptRow.disposition.in_(_GIVEN)),
                func.count().filter(is_open),
            )
            .join(AttemptRow, AttemptRow.id == QuotaClaimRow.attempt_id)
            .where(QuotaClaimRow.campaign_id == campaign_id)
            .group_by(QuotaClaimRow.cell)
        )
        async with self._database.transaction() as session:
            campaign = await session.get(CampaignRow, campaign_id)
            if campaign is None:
                raise NotFound(f"there is no campaign {campaign_id}")
            script = await session.get_one(QuestionnaireRow, campaign.questionnaire_id)
            counted = {cell: tuple(count) for cell, *count in await session.execute(counts)}
        return tuple(
            QuotaStanding(cell.id, cell.when, cell.limit, *counted.get(cell.id, (0, 0)))
            for cell in rows.questionnaire(script).quotas
        )


async def _taken(session: AsyncSession, campaign: UUID, cell: str, attempt_id: UUID) -> int:
    """Count the places others hold."""
    query = (
        select(func.count())
        .select_from(QuotaClaimRow)
        .join(AttemptRow, AttemptRow.id == QuotaClaimRow.attempt_id)
        .where(QuotaClaimRow.campaign_id == campaign, QuotaClaimRow.cell == cell)
        .where(QuotaClaimRow.attempt_id != attempt_id)
        .where(or_(AttemptRow.state == "open", AttemptRow.disposition.in_(_GIVEN)))
    )
    return int(await session.scalar(query) or 0)


def _lock_of(campaign: UUID, cell: str) -> int:
    digest = hashlib.sha256(f"quota/{campaign}/{cell}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
