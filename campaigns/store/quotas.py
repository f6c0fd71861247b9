"""Quotas on PostgreSQL: places in cells, never more than the limit, however many calls ask."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.disposition import Disposition
from campaigns.errors import NotFound
from campaigns.questionnaire.model import Quota
from campaigns.store.database import Database
from campaigns.store.quota_tables import QuotaClaimRow
from campaigns.store.tables import AttemptRow

_GIVEN = (Disposition.COMPLETED.value, Disposition.PARTIAL.value)


class Quotas:
    """`campaigns.ports.QuotaBook` on PostgreSQL."""

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
