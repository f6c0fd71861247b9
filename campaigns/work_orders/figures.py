"""The month's figures of work orders, counted from the store."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.call_backs.local_day import SHANGHAI, LocalDay
from campaigns.indicators.figure import Figure
from campaigns.indicators.month import Month
from campaigns.store.database import Database
from campaigns.store.work_order_tables import WorkOrderRow
from campaigns.work_orders.on_time import DueOrder, OnTimeFigures, on_time_figures
from campaigns.work_orders.state import WorkOrderState
from campaigns.work_orders.work_order import Category

# A call with a 差评 counts by its answers that hold, not by its order: an order that was
# cancelled, or never opened, is not followed up.
_FOLLOWED_UP = text(
    """
    WITH graded AS (
        SELECT DISTINCT an.attempt_id
        FROM answers an
        JOIN attempts at ON at.id = an.attempt_id AND NOT at.rehearsal
        JOIN campaigns c ON c.id = at.campaign_id
        JOIN questionnaires q ON q.id = c.questionnaire_id
        WHERE NOT an.superseded AND an.created_at >= :start AND an.created_at < :end
          AND an.value IN ('1'::jsonb, '2'::jsonb)
          AND jsonb_path_exists(q.document,
              '$.** ? (@.id == $id && @.type == "satisfaction")',
              jsonb_build_object('id', split_part(an.question_id, '.', 1)))
    )
    SELECT count(*) AS whole,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM work_orders w WHERE w.attempt_id = graded.attempt_id
               AND w.reason = 'dissatisfied' AND w.state IN ('resolved', 'closed'))) AS part
    FROM graded
    """
)


class WorkOrderFigures:
    """Count what a month's report says of work orders; rehearsals are in no figure."""

    def __init__(self, database: Database, zone: ZoneInfo = SHANGHAI) -> None:
        self._database = database
        self._zone = zone

    async def on_time(self, month: Month) -> OnTimeFigures:
        """Return indicator 8 of a month: of the orders due in it, those done in time."""
        start, end = self._span(month)
        async with self._database.transaction() as session:
            return on_time_figures(await _due(session, start, end))

    async def followed_up(self, month: Month) -> Figure:
        """Return the 差评 follow-up rate of a month: of the calls with a 差评 given in it, those
        whose work order has a result by now."""
        start, end = self._span(month)
        async with self._database.transaction() as session:
            found = (await session.execute(_FOLLOWED_UP, {"start": start, "end": end})).one()
            return Figure(found.part, found.whole)

    def _span(self, month: Month) -> tuple[datetime, datetime]:
        return self._midnight(month.day(1)), self._midnight(month.plus(1).day(1))

    def _midnight(self, day: date) -> datetime:
        return LocalDay(day, self._zone).start


async def _due(session: AsyncSession, start: datetime, end: datetime) -> list[DueOrder]:
    row = WorkOrderRow
    found = await session.execute(
        select(row.category, row.state, row.due_at, row.done_at).where(
            row.due_at >= start, row.due_at < end, ~row.rehearsal
        )
    )
    return [
        DueOrder(Category(category), WorkOrderState(state), due_at, done_at)
        for category, state, due_at, done_at in found
    ]
