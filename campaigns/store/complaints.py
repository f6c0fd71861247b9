"""Whether a complaint of a person is still open, as the work orders say."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.store.work_order_tables import WorkOrderRow
from campaigns.work_orders.state import UNDONE
from campaigns.work_orders.work_order import Category


async def has_open_complaint(session: AsyncSession, numbers: Collection[bytes]) -> bool:
    """Return whether a complaint from one of these numbers is not settled yet; rehearsals' do
    not count."""
    found = exists().where(
        WorkOrderRow.number_index.in_(numbers),
        WorkOrderRow.category == Category.COMPLAINT.value,
        WorkOrderRow.state.in_([state.value for state in UNDONE]),
        WorkOrderRow.rehearsal.is_(False),
    )
    return bool(await session.scalar(select(found)))
