"""A work order (工单): why it was opened, what it is about, whose it is and when it is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from campaigns.work_orders.state import DONE, UNDONE, WorkOrderState


class Reason(StrEnum):
    """What opened a work order; a call opens at most one for each."""

    DISSATISFIED = "dissatisfied"
    """差评: the person was dissatisfied or very dissatisfied."""
    COMPLAINT = "complaint"
    HUMAN_WISH = "human_wish"
    """The person asked for a human and nobody was there to talk to."""
    FAILED_TRANSFER = "failed_transfer"
    """The person was being put through, and no agent took the call."""
    CALL_BACK_MATTER = "call_back_matter"
    """A lost caller said what the call had been about."""
    MANUAL = "manual"


class Category(StrEnum):
    """What a work order is about."""

    DISSATISFIED = "dissatisfied"
    COMPLAINT = "complaint"
    TAX_REPORT = "tax_report"
    """涉税举报: a report of somebody's tax offence."""
    CONSULTATION = "consultation"
    OTHER = "other"


SPECIAL = frozenset({Category.COMPLAINT, Category.TAX_REPORT})
"""All of these must be done in time (indicator 8: 投诉 and 涉税举报 100 %)."""


class Priority(StrEnum):
    """How soon it wants attention."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


CATEGORY_OF: dict[Reason, Category] = {
    Reason.DISSATISFIED: Category.DISSATISFIED,
    Reason.COMPLAINT: Category.COMPLAINT,
    Reason.HUMAN_WISH: Category.CONSULTATION,
    Reason.FAILED_TRANSFER: Category.CONSULTATION,
    Reason.CALL_BACK_MATTER: Category.CONSULTATION,
    Reason.MANUAL: Category.OTHER,
}
PRIORITY_OF: dict[Reason, Priority] = {
    Reason.DISSATISFIED: Priority.NORMAL,
    Reason.COMPLAINT: Priority.HIGH,
    Reason.HUMAN_WISH: Priority.NORMAL,
    Reason.FAILED_TRANSFER: Priority.HIGH,
    Reason.CALL_BACK_MATTER: Priority.NORMAL,
    Reason.MANUAL: Priority.NORMAL,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a call opens a work order; `matter` is what the person said, as far as it was heard."""

    reason: Reason
    matter: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """A work order as stored; the number is masked.

    `done_at` is when its result was given, None again once it is reopened. `escalation` counts
    how often it was escalated for being late. `rehearsal`: it came from a rehearsal's call.
    """

    id: int
    reason: Reason
    category: Category
    priority: Priority
    state: WorkOrderState
    matter: str
    number_masked: str
    attempt_id: UUID | None
    campaign_id: UUID | None
    contact_id: UUID | None
    owner: str
    result: str
    opened_at: datetime
    due_at: datetime
    done_at: datetime | None
    reminded_at: datetime | None
    escalation: int
    rehearsal: bool

    @property
    def in_time(self) -> bool | None:
        """Whether it was done in time; None while that is open or it was cancelled."""
        if self.state in DONE and self.done_at is not None:
            return self.done_at <= self.due_at
        return None

    def is_overdue(self, now: datetime) -> bool:
        """Return whether it is late and still not done."""
        return self.state in UNDONE and now > self.due_at


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened to a work order: who did what, when, and in which words."""

    at: datetime
    by: str
    kind: str
    """opened, note, reminder, escalation, classify, follow_up, withdrawn, or an event's name."""
    state: WorkOrderState
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FollowUpCall:
    """A call made to follow a work order up."""

    attempt_id: UUID
    campaign_id: UUID
    started_at: datetime
    disposition: str | None
