"""Opening work orders in the transaction that commits what calls for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.answer import Answer, Utterance
from campaigns.calendar import Calendar, DayKind
from campaigns.disposition import Disposition
from campaigns.questionnaire.model import CampaignKind, Question, Questionnaire
from campaigns.store import rows
from campaigns.store.contact_tables import ContactNumberRow
from campaigns.store.tables import (
    AnswerRow,
    AttemptEventRow,
    AttemptRow,
    CalendarOverrideRow,
    CampaignRow,
    ContactRow,
    QuestionnaireRow,
)
from campaigns.store.work_order_tables import (
    WorkOrderEntryRow,
    WorkOrderFollowUpRow,
    WorkOrderRow,
)
from campaigns.work_orders.deadline import DeadlineRule, due_at
from campaigns.work_orders.opening import (
    cause_of_answer,
    cause_of_outcome,
    cause_of_words,
    is_satisfaction,
)
from campaigns.work_orders.state import WorkOrderEvent, WorkOrderState, next_state
from campaigns.work_orders.work_order import CATEGORY_OF, Category, Cause, Reason

SERVICE = "service"
"""Who did it, where nobody but the service did."""
_CALENDAR_REACH = timedelta(days=800)
_WITHDRAWN = "withdrawn"


async def take_answer(
    session: AsyncSession, attempt: AttemptRow, answer: Answer, now: datetime, rule: DeadlineRule
) -> None:
    """Open what an answer that was just stored calls for; withdraw a 差评's order, as long as
    nobody has worked on it, when the person corrected every such answer of the call."""
    kind, questionnaire = await _script(session, attempt)
    question = _question(questionnaire, answer.question_id)
    cause = cause_of_answer(kind, question, answer.value, answer.words)
    if cause is not None:
        await open_order(session, attempt, cause, now, rule)
    elif is_satisfaction(question) and not await _still_bad(session, attempt, questionnaire):
        await _withdraw(session, attempt, now)


async def take_words(
    session: AsyncSession, attempt: AttemptRow, said: Utterance, now: datetime, rule: DeadlineRule
) -> None:
    """Open what a remark of the person calls for: a complaint."""
    cause = cause_of_words(said.intent, said.text) if said.speaker == "person" else None
    if cause is not None:
        await open_order(session, attempt, cause, now, rule)


async def take_outcome(
    session: AsyncSession,
    attempt: AttemptRow,
    disposition: Disposition,
    now: datetime,
    rule: DeadlineRule,
    *,
    transfer_tried: bool = False,
) -> None:
    """Open what the end of a call calls for, and note it with the orders it followed up."""
    cause = cause_of_outcome(disposition, transfer_tried=transfer_tried)
    if cause is not None:
        cause = replace(cause, matter=await _wish(session, attempt))
        await open_order(session, attempt, cause, now, rule)
    for order_id in await session.scalars(
        select(WorkOrderFollowUpRow.order_id).where(
            WorkOrderFollowUpRow.contact_id == attempt.contact_id
        )
    ):
        order = await session.get_one(WorkOrderRow, order_id, with_for_update=True)
        data = {"attempt_id": str(attempt.id), "disposition": disposition.value}
        await _note_call(session, order, now, data)


async def take_loss(
    session: AsyncSession, attempt: AttemptRow, now: datetime, rule: DeadlineRule
) -> None:
    """Open what the loss of a call (a worker's crash) calls for: the person had asked for a human
    and nobody knows whether they met one."""
    asked = exists().where(
        AttemptEventRow.attempt_id == attempt.id, AttemptEventRow.kind == "human_requested"
    )
    met = bool(await session.scalar(select(~asked)))
    disposition = Disposition.UNKNOWN if met else Disposition.HUMAN_REQUESTED
    await take_outcome(session, attempt, disposition, now, rule)


async def open_order(
    session: AsyncSession,
    attempt: AttemptRow,
    cause: Cause,
    now: datetime,
    rule: DeadlineRule,
    *,
    category: Category | None = None,
    by: str = SERVICE,
) -> int | None:
    """Open a work order for an attempt and return its id; one that was opened for the same reason
    before stays the only one, and None is returned. Do it in the transaction that commits its
    cause. `category` None: that of the reason."""
    number = await _number(session, attempt)
    due = due_at(now, rule, await read_calendar(session, now))
    values = _values(attempt, number, cause, category or CATEGORY_OF[cause.reason])
    opened: int | None = await session.scalar(
        insert(WorkOrderRow)
        .values(**values, opened_at=now, due_at=due)
        .on_conflict_do_nothing(
            index_elements=[WorkOrderRow.attempt_id, WorkOrderRow.reason],
            index_where=text("attempt_id IS NOT NULL"),
        )
        .returning(WorkOrderRow.id)
    )
    if opened is not None:
        entry = _entry(opened, now, "opened", WorkOrderState.OPEN, cause.matter)
        entry.by = by
        session.add(entry)
        return opened
    order = await _order_of(session, attempt, cause.reason)
    if order is not None and await _was_withdrawn(session, order):
        _move(session, order, WorkOrderEvent.REOPEN, now, cause.matter)
    return None


async def _number(session: AsyncSession, attempt: AttemptRow) -> ContactRow | ContactNumberRow:
    """Return the number the person was called under: one of a contact's several."""
    place = (attempt.contact_id, attempt.number_order)
    further: ContactNumberRow | None = await session.get(ContactNumberRow, place)
    if further is not None:
        return further
    return await session.get_one(ContactRow, attempt.contact_id)


def _values(
    attempt: AttemptRow, number: ContactRow | ContactNumberRow, cause: Cause, category: Category
) -> dict[str, Any]:
    return {
        "reason": cause.reason.value,
        "category": category.value,
        "priority": cause.priority.value,
        "matter": cause.matter,
        "attempt_id": attempt.id,
        "campaign_id": attempt.campaign_id,
        "contact_id": attempt.contact_id,
        "number_sealed": number.number_sealed,
        "number_index": number.number_index,
        "number_masked": number.number_masked,
        "rehearsal": attempt.rehearsal,
    }


async def read_calendar(session: AsyncSession, now: datetime) -> Calendar:
    """Return the calendar as far as due days reach."""
    days = CalendarOverrideRow.day.between(now.date(), (now + _CALENDAR_REACH).date())
    found = await session.execute(
        select(CalendarOverrideRow.day, CalendarOverrideRow.kind).where(days)
    )
    return Calendar({day: DayKind(kind) for day, kind in found})


async def _wish(session: AsyncSession, attempt: AttemptRow) -> str:
    """Return what the person said when they asked for a human."""
    words = await session.scalar(
        select(AttemptEventRow.data["words"].astext)
        .where(AttemptEventRow.attempt_id == attempt.id, AttemptEventRow.kind == "human_requested")
        .order_by(AttemptEventRow.id.desc())
        .limit(1)
    )
    return words or ""


async def _withdraw(session: AsyncSession, attempt: AttemptRow, now: datetime) -> None:
    order = await _order_of(session, attempt, Reason.DISSATISFIED)
    untouched = (WorkOrderState.OPEN, WorkOrderState.REOPENED)
    if order is None or order.state not in untouched or order.owner:
        return
    order.state = next_state(WorkOrderState(order.state), WorkOrderEvent.CANCEL)
    words = "the person corrected the answer"
    session.add(_entry(order.id, now, _WITHDRAWN, WorkOrderState.CANCELLED, words))


async def _was_withdrawn(session: AsyncSession, order: WorkOrderRow) -> bool:
    if order.state != WorkOrderState.CANCELLED:
        return False
    last = await session.scalar(
        select(WorkOrderEntryRow.kind)
        .where(WorkOrderEntryRow.order_id == order.id)
        .order_by(WorkOrderEntryRow.id.desc())
        .limit(1)
    )
    return last == _WITHDRAWN


def _move(
    session: AsyncSession, order: WorkOrderRow, event: WorkOrderEvent, now: datetime, words: str
) -> None:
    state = next_state(WorkOrderState(order.state), event)
    order.state = state.value
    session.add(_entry(order.id, now, event.value, state, words))


async def _note_call(
    session: AsyncSession, order: WorkOrderRow, now: datetime, data: dict[str, Any]
) -> None:
    """Note a follow-up call once, however often its end is told."""
    told = exists().where(
        WorkOrderEntryRow.order_id == order.id,
        WorkOrderEntryRow.kind == "follow_up_call",
        WorkOrderEntryRow.data == data,
    )
    if not await session.scalar(select(told)):
        state = WorkOrderState(order.state)
        session.add(_entry(order.id, now, "follow_up_call", state, data=data))


async def _still_bad(
    session: AsyncSession, attempt: AttemptRow, questionnaire: Questionnaire
) -> bool:
    """Return whether another answer of the call is a 差评 that holds."""
    held = await session.scalars(
        select(AnswerRow).where(AnswerRow.attempt_id == attempt.id, ~AnswerRow.superseded)
    )
    causes = (
        cause_of_answer(
            CampaignKind.SATISFACTION,
            _question(questionnaire, row.question_id),
            row.value,
            row.words,
        )
        for row in held
    )
    return any(cause is not None for cause in causes)


async def _order_of(
    session: AsyncSession, attempt: AttemptRow, reason: Reason
) -> WorkOrderRow | None:
    order: WorkOrderRow | None = await session.scalar(
        select(WorkOrderRow)
        .where(WorkOrderRow.attempt_id == attempt.id, WorkOrderRow.reason == reason.value)
        .with_for_update()
    )
    return order


async def _script(session: AsyncSession, attempt: AttemptRow) -> tuple[CampaignKind, Questionnaire]:
    found = await session.execute(
        select(CampaignRow.kind, QuestionnaireRow)
        .join(QuestionnaireRow, QuestionnaireRow.id == CampaignRow.questionnaire_id)
        .where(CampaignRow.id == attempt.campaign_id)
    )
    kind, version = found.one()
    return CampaignKind(kind), rows.questionnaire(version)


def _question(questionnaire: Questionnaire, question_id: str) -> Question | None:
    try:
        return questionnaire.question(question_id)
    except KeyError:
        return None


def _entry(
    order_id: int,
    at: datetime,
    kind: str,
    state: WorkOrderState,
    words: str = "",
    data: dict[str, Any] | None = None,
) -> WorkOrderEntryRow:
    return WorkOrderEntryRow(
        order_id=order_id,
        at=at,
        by=SERVICE,
        kind=kind,
        state=state.value,
        words=words,
        data=data or {},
    )
