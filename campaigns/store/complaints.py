"""Whether a complaint of a person is still open, as the work orders say."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.store.work_order_tables import WorkOrderRow
from campaigns.work_orders.state import UNDONE
from campaigns.work_orders.work_order import Category


async def has_open_complaint(session: AsyncSession, number_index: bytes) -> bool:
    """Return whether a complaint from this number is not settled; rehearsals' do not count."""
    found = exists().where(
        WorkOrderRow.number_index == number_index,
        WorkOrderRow.category == Category.COMPLAINT.value,
        WorkOrderRow.state.in_([state.value for state in UNDONE]),
        WorkOrderRow.rehearsal.is_(False),
    )
    return bool(await session.scalar(select(found)))
