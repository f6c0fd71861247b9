"""Reminds of work orders that are due soon and escalates late ones; run by the planner."""

from __future__ import annotations

from collections import Counter

import structlog
from sqlalchemy import select

from campaigns.clock import Clock
from campaigns.store.database import Database
from campaigns.store.work_order_tables import WorkOrderEntryRow, WorkOrderRow
from campaigns.store.work_orders import SERVICE
from campaigns.work_orders.nudge import STANDARD_NUDGES, Nudge, NudgeRule, nudge
from campaigns.work_orders.state import UNDONE
from campaigns.work_orders.work_order import Priority
from campaigns.work_orders.work_orders import read_order

_log = structlog.get_logger(__name__)

_BATCH = 500
_KIND = {Nudge.REMIND: "reminder", Nudge.ESCALATE: "escalation"}


class Nudging:
    """Writes each reminder and escalation into the order's history and the log, once."""

    def __init__(self, database: Database, clock: Clock, rule: NudgeRule = STANDARD_NUDGES) -> None:
        self._database = database
        self._clock = clock
        self._rule = rule

    async def run(self) -> dict[Nudge, int]:
        """Do everything that is due now; return how much that was."""
        done = Counter[Nudge]()
        after: int | None = 0
        while after is not None:
            after = await self._batch(after, done)
        return dict(done)

    async def _batch(self, after: int, done: Counter[Nudge]) -> int | None:
        """Go through the orders after this one; return the last one looked at, None at the end."""
        now = self._clock.now()
        soon = select(WorkOrderRow).where(
            WorkOrderRow.id > after,
            WorkOrderRow.state.in_(sorted(UNDONE)),
            WorkOrderRow.due_at < now + self._rule.remind_before,
            WorkOrderRow.escalation < len(self._rule.escalate_after),
            ~WorkOrderRow.rehearsal,
        )
        soon = soon.order_by(WorkOrderRow.id).limit(_BATCH).with_for_update(skip_locked=True)
        async with self._database.transaction() as session:
            rows = list(await session.scalars(soon))
            for row in rows:
                wanted = nudge(read_order(row), now, self._rule)
                if wanted is None:
                    continue
                done[wanted] += 1
                row.reminded_at = now
                if wanted is Nudge.ESCALATE:
                    row.escalation += 1
                    row.priority = Priority.URGENT.value
                session.add(_entry(row, wanted))
                _tell(row, wanted)
        return rows[-1].id if len(rows) == _BATCH else None


def _entry(row: WorkOrderRow, wanted: Nudge) -> WorkOrderEntryRow:
    return WorkOrderEntryRow(
        order_id=row.id,
        at=row.reminded_at,
        by=SERVICE,
        kind=_KIND[wanted],
        state=row.state,
        data={"owner": row.owner, "due_at": row.due_at.isoformat(), "level": row.escalation},
    )


def _tell(row: WorkOrderRow, wanted: Nudge) -> None:
    _log.warning(
        f"work_order_{_KIND[wanted]}",
        order=row.id,
        owner=row.owner or "nobody",
        due_at=row.due_at.isoformat(),
        level=row.escalation,
    )
