"""Reminders (督办) and escalation: what an unfinished work order wants at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from campaigns.work_orders.state import UNDONE
from campaigns.work_orders.work_order import WorkOrder


class Nudge(StrEnum):
    """What is done to a work order by the clock."""

    REMIND = "remind"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class NudgeRule:
    """A reminder so long before it is due; an escalation at each of these times after that."""

    remind_before: timedelta = timedelta(days=1)
    escalate_after: tuple[timedelta, ...] = (timedelta(0), timedelta(days=3), timedelta(days=7))


STANDARD_NUDGES = NudgeRule()


def nudge(order: WorkOrder, now: datetime, rule: NudgeRule = STANDARD_NUDGES) -> Nudge | None:
    """Return what the work order wants now, None when nothing."""
    if order.state not in UNDONE:
        return None
    if order.escalation < len(rule.escalate_after):
        step = rule.escalate_after[order.escalation]
        if now > order.due_at + step:
            return Nudge.ESCALATE
    soon = order.due_at - rule.remind_before <= now <= order.due_at
    unreminded = order.reminded_at is None or order.reminded_at < order.due_at - rule.remind_before
    return Nudge.REMIND if soon and unreminded else None
