"""On-time and follow-up figures of a month, exact: what indicator 8 and the 差评 rule want."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from campaigns.indicators.figure import Figure
from campaigns.work_orders.state import WorkOrderState
from campaigns.work_orders.work_order import SPECIAL, Category


@dataclass(frozen=True, slots=True)
class DueOrder:
    """What the figures judge by: of an order due in the month."""

    category: Category
    state: WorkOrderState
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class OnTimeFigures:
    """Indicator 8 of a month.

    `on_time`: done in time, of those due in the month. `special`: the same of complaints and tax
    reports alone, all of which must be. `cancelled` ones are in neither and shown beside them.
    """

    on_time: Figure
    special: Figure
    cancelled: int


def on_time_figures(orders: Iterable[DueOrder]) -> OnTimeFigures:
    """Count the orders due in a month (by `due_at`)."""
    found = list(orders)
    counted = [each for each in found if each.state is not WorkOrderState.CANCELLED]
    special = [each for each in counted if each.category in SPECIAL]
    return OnTimeFigures(_share(counted), _share(special), len(found) - len(counted))


def _share(orders: list[DueOrder]) -> Figure:
    in_time = sum(each.done_at is not None and each.done_at <= each.due_at for each in orders)
    return Figure(in_time, len(orders))
