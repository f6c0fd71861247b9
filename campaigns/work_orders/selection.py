"""Which work orders are meant: by state, category, owner, campaign, and when they are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement

from campaigns.store.work_order_tables import WorkOrderRow
from campaigns.work_orders.state import UNDONE, WorkOrderState
from campaigns.work_orders.work_order import Category, Priority, Reason

_UNDONE = sorted(UNDONE)


@dataclass(frozen=True, slots=True)
class Selection:
    """Every condition given must hold; None or empty: any.

    `undone`: not resolved, closed or cancelled; `overdue`: undone and late; `due_before` is
    exclusive. Orders of rehearsals are left out unless `rehearsal` asks for them alone.
    """

    ids: tuple[int, ...] = ()
    states: tuple[WorkOrderState, ...] = ()
    categories: tuple[Category, ...] = ()
    reasons: tuple[Reason, ...] = ()
    priorities: tuple[Priority, ...] = ()
    owner: str | None = None
    campaign_id: UUID | None = None
    attempt_id: UUID | None = None
    undone: bool = False
    overdue: bool = False
    due_from: datetime | None = None
    due_before: datetime | None = None
    rehearsal: bool = False

    def conditions(self, now: datetime) -> list[ColumnElement[bool]]:
        """Return the selection as conditions on the table, at a moment."""
        row = WorkOrderRow
        found: list[ColumnElement[bool]] = [row.rehearsal.is_(self.rehearsal)]
        found += [
            column.in_([str(value) for value in values])
            for column, values in (
                (row.state, self.states),
                (row.category, self.categories),
                (row.reason, self.reasons),
                (row.priority, self.priorities),
            )
            if values
        ]
        if self.ids:
            found.append(row.id.in_(self.ids))
        if self.owner is not None:
            found.append(row.owner == self.owner)
        if self.campaign_id is not None:
            found.append(row.campaign_id == self.campaign_id)
        if self.attempt_id is not None:
            found.append(row.attempt_id == self.attempt_id)
        if self.undone or self.overdue:
            found.append(row.state.in_(_UNDONE))
        if self.overdue:
            found.append(row.due_at < now)
        if self.due_from is not None:
            found.append(row.due_at >= self.due_from)
        if self.due_before is not None:
            found.append(row.due_at < self.due_before)
        return found
