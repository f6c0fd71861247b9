"""Work orders: when they are due, what opens them, when they are nudged, and what is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendar import Calendar, DayKind
from campaigns.disposition import Disposition
from campaigns.errors import InvalidInput
from campaigns.questionnaire.model import CampaignKind, Question, QuestionType
from campaigns.work_orders.deadline import DeadlineRule, due_at
from campaigns.work_orders.nudge import Nudge, nudge
from campaigns.work_orders.on_time import DueOrder, on_time_figures
from campaigns.work_orders.opening import cause_of_answer, cause_of_outcome, cause_of_words
from campaigns.work_orders.state import TRANSITIONS, UNDONE, WorkOrderState
from campaigns.work_orders.work_order import Category, Priority, Reason, WorkOrder

SHANGHAI = ZoneInfo("Asia/Shanghai")
GRADE = Question("grade", QuestionType.SATISFACTION, "满意吗？")
RATING = Question("rating", QuestionType.RATING, "打几分？", minimum=1, maximum=5)
MATTER = Question("matter", QuestionType.TEXT, "什么事情？")
DUE = datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC)


def order(**changes: object) -> WorkOrder:
    found = WorkOrder(
        id=1,
        reason=Reason.DISSATISFIED,
        category=Category.DISSATISFIED,
        priority=Priority.NORMAL,
        state=WorkOrderState.OPEN,
        matter="不满意",
        number_masked="138****8000",
        attempt_id=uuid4(),
        campaign_id=uuid4(),
        contact_id=uuid4(),
        owner="",
        result="",
        opened_at=DUE - timedelta(days=7),
        due_at=DUE,
        done_at=None,
        reminded_at=None,
        escalation=0,
        rehearsal=False,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def local_due(opened: str, days: int, *, workdays: bool) -> str:
    calendar = Calendar()
    at = datetime.fromisoformat(opened).replace(tzinfo=SHANGHAI)
    due = due_at(at, DeadlineRule(days, workdays), calendar).astimezone(SHANGHAI)
    assert due.time().isoformat() == "23:59:59"
    return due.date().isoformat()


@pytest.mark.parametrize(
    ("opened", "days", "workdays", "due"),
    [
        ("2026-03-02T10:00", 7, False, "2026-03-09"),
        ("2026-03-02T00:00", 7, False, "2026-03-09"),
        ("2026-03-07T10:00", 7, False, "2026-03-16"),  # a Saturday + 7 is a Saturday
        ("2026-04-24T17:29", 7, False, "2026-05-06"),  # 1 to 5 May are off
        ("2026-05-02T10:00", 7, False, "2026-05-09"),  # a make-up Saturday is worked
        ("2026-03-02T10:00", 0, False, "2026-03-02"),
        ("2026-04-30T10:00", 3, True, "2026-05-08"),  # 6, 7, 8 May
        ("2026-09-30T10:00", 1, True, "2026-10-08"),  # the National Day week is off
        ("2031-03-01T10:00", 7, False, "2031-03-10"),  # not announced yet: by the weekday
    ],
)
def test_due_on_a_workday(opened: str, days: int, workdays: bool, due: str) -> None:
    assert local_due(opened, days, workdays=workdays) == due


def test_a_day_off_of_ones_own_moves_it_on() -> None:
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    calendar = Calendar({date(2026, 3, 9): DayKind.HOLIDAY})
    assert due_at(at, DeadlineRule(), calendar).astimezone(SHANGHAI).date() == date(2026, 3, 10)


def test_a_deadline_is_not_negative() -> None:
    with pytest.raises(InvalidInput, match="0 to 366"):
        DeadlineRule(-1)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1)).map(
        lambda at: at.replace(tzinfo=UTC)
    ),
    st.integers(0, 40),
    st.booleans(),
)
def test_never_before_its_days_are_over_and_never_on_a_day_off(
    opened: datetime, days: int, workdays: bool
) -> None:
    due = due_at(opened, DeadlineRule(days, workdays), Calendar()).astimezone(SHANGHAI)
    assert due.date() >= opened.astimezone(SHANGHAI).date() + timedelta(days=days)
    kind = Calendar().kind(due.date())
    assert kind is DayKind.WORKDAY or (kind is DayKind.REGULAR and due.isoweekday() < 6)


@pytest.mark.parametrize(
    ("kind", "question", "value", "reason", "priority"),
    [
        (CampaignKind.SATISFACTION, GRADE, 2, Reason.DISSATISFIED, Priority.NORMAL),
        (CampaignKind.SATISFACTION, GRADE, 1, Reason.DISSATISFIED, Priority.HIGH),
        (CampaignKind.CALL_BACK, GRADE, 1, Reason.DISSATISFIED, Priority.HIGH),
        (CampaignKind.CALL_BACK, MATTER, "发票", Reason.CALL_BACK_MATTER, Priority.NORMAL),
    ],
)
def test_answers_that_open_one(
    kind: CampaignKind, question: Question, value: object, reason: Reason, priority: Priority
) -> None:
    cause = cause_of_answer(kind, question, value, "原话")
    assert cause is not None
    assert (cause.reason, cause.priority) == (reason, priority)
    assert cause.matter == (value if reason is Reason.CALL_BACK_MATTER else "原话")


@pytest.mark.parametrize(
    ("kind", "question", "value"),
    [
        (CampaignKind.SATISFACTION, GRADE, 3),  # 基本满意 is no 差评
        (CampaignKind.SATISFACTION, GRADE, None),
        (CampaignKind.SATISFACTION, GRADE, True),
        (CampaignKind.SATISFACTION, RATING, 1),
        (CampaignKind.SATISFACTION, MATTER, "发票"),
        (CampaignKind.CALL_BACK, MATTER, None),
        (CampaignKind.CALL_BACK, MATTER, ""),
        (CampaignKind.CALL_BACK, None, "发票"),
    ],
)
def test_answers_that_open_none(kind: CampaignKind, question: Question, value: object) -> None:
    assert cause_of_answer(kind, question, value, "原话") is None


def test_words_and_outcomes_that_open_one() -> None:
    assert cause_of_words("deny", "没有") is None
    complaint = cause_of_words("complaint", "我要投诉")
    assert complaint is not None
    assert complaint.reason is Reason.COMPLAINT
    for disposition in Disposition:
        cause = cause_of_outcome(disposition, transfer_tried=False)
        assert (cause is not None) == (disposition is Disposition.HUMAN_REQUESTED)
    failed = cause_of_outcome(Disposition.HUMAN_REQUESTED, transfer_tried=True)
    assert failed is not None
    assert failed.reason is Reason.FAILED_TRANSFER
    assert cause_of_outcome(Disposition.TRANSFERRED, transfer_tried=True) is None


def test_reminded_once_before_it_is_due_then_escalated_three_times() -> None:
    assert nudge(order(), DUE - timedelta(days=1, seconds=1)) is None
    soon = DUE - timedelta(hours=20)
    assert nudge(order(), soon) is Nudge.REMIND
    assert nudge(order(reminded_at=soon), soon + timedelta(hours=1)) is None
    assert nudge(order(reminded_at=soon), DUE) is None
    late = DUE + timedelta(seconds=1)
    assert nudge(order(), late) is Nudge.ESCALATE
    assert nudge(order(escalation=1), late) is None
    assert nudge(order(escalation=1), late + timedelta(days=3)) is Nudge.ESCALATE
    assert nudge(order(escalation=2), late + timedelta(days=7)) is Nudge.ESCALATE
    assert nudge(order(escalation=3), late + timedelta(days=70)) is None


@pytest.mark.parametrize("state", sorted(set(WorkOrderState) - UNDONE))
def test_nobody_is_nudged_for_what_is_done(state: WorkOrderState) -> None:
    assert nudge(order(state=state), DUE + timedelta(days=30)) is None


def test_the_on_time_share_and_that_of_complaints_and_tax_reports() -> None:
    def due(category: Category, state: WorkOrderState, late_s: float | None) -> DueOrder:
        done = None if late_s is None else DUE + timedelta(seconds=late_s)
        return DueOrder(category, state, DUE, done)

    figures = on_time_figures(
        [
            due(Category.DISSATISFIED, WorkOrderState.RESOLVED, 0),
            due(Category.DISSATISFIED, WorkOrderState.CLOSED, 1),
            due(Category.COMPLAINT, WorkOrderState.CLOSED, -60),
            due(Category.TAX_REPORT, WorkOrderState.IN_PROGRESS, None),
            due(Category.COMPLAINT, WorkOrderState.CANCELLED, None),
        ]
    )
    assert figures.on_time.value == Fraction(2, 4)
    assert figures.special.value == Fraction(1, 2)
    assert figures.cancelled == 1
    assert on_time_figures([]).on_time.value is None


def test_in_time_to_the_second() -> None:
    done = order(state=WorkOrderState.CLOSED, result="已回复", done_at=DUE)
    assert done.in_time
    assert replace(done, done_at=DUE + timedelta(seconds=1)).in_time is False
    assert order().in_time is None
    assert order().is_overdue(DUE + timedelta(seconds=1))
    assert not done.is_overdue(DUE + timedelta(days=9))


def test_every_state_can_be_reached_and_every_undone_one_finished() -> None:
    assert {WorkOrderState.OPEN, *TRANSITIONS.values()} == set(WorkOrderState)
    for state in UNDONE:
        assert {WorkOrderState.CLOSED, WorkOrderState.CANCELLED} <= {
            end for (start, _), end in TRANSITIONS.items() if start is state
        }
