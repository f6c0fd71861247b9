"""Work orders as people work on them: look, take, hand over, note, finish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.clock import Clock
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.store.database import Database
from campaigns.store.tables import AttemptRow
from campaigns.store.work_order_tables import (
    WorkOrderEntryRow,
    WorkOrderFollowUpRow,
    WorkOrderRow,
)
from campaigns.store.work_orders import open_order
from campaigns.work_orders.deadline import STANDARD_DEADLINE, DeadlineRule
from campaigns.work_orders.selection import Selection
from campaigns.work_orders.state import DONE, WorkOrderEvent, WorkOrderState, next_state
from campaigns.work_orders.work_order import (
    Category,
    Cause,
    FollowUpCall,
    HistoryEntry,
    Priority,
    Reason,
    WorkOrder,
)

_LONGEST = 2000
_NEEDS_WORDS = {
    WorkOrderEvent.WAIT: "what is waited for",
    WorkOrderEvent.REOPEN: "why the result does not hold",
    WorkOrderEvent.CANCEL: "why nothing is to be done",
}


@dataclass(frozen=True, slots=True)
class WorkOrderPage:
    """Some of the orders selected, those due first at the top, and how many there are in all."""

    items: tuple[WorkOrder, ...]
    total: int


@dataclass(frozen=True, slots=True)
class WorkOrderFile:
    """An order with everything that happened to it, and the calls that followed it up."""

    order: WorkOrder
    history: tuple[HistoryEntry, ...]
    follow_ups: tuple[FollowUpCall, ...]


class WorkOrders:
    """Read and move work orders. `by` is always who does it."""

    def __init__(
        self, database: Database, clock: Clock, deadline: DeadlineRule = STANDARD_DEADLINE
    ) -> None:
        self._database = database
        self._clock = clock
        self._deadline = deadline

    async def open(
        self, attempt_id: UUID, category: Category, priority: Priority, matter: str, *, by: str
    ) -> WorkOrder:
        """Open one by hand for a call. Raises NotFound, InvalidInput, and Conflict when one was
        opened by hand for it before."""
        cause = Cause(Reason.MANUAL, _words(matter, "what it is about"), priority)
        by, now = _words(by, "who does it"), self._clock.now()
        async with self._database.transaction() as session:
            attempt = await session.get(AttemptRow, attempt_id)
            if attempt is None:
                raise NotFound(f"there is no attempt {attempt_id}")
            opened = await open_order(
                session, attempt, cause, now, self._deadline, category=category, by=by
            )
            if opened is None:
                raise Conflict(f"a work order was opened by hand for attempt {attempt_id} before")
            return read_order(await _row(session, opened))

    async def list(
        self, selection: Selection, *, limit: int = 100, offset: int = 0
    ) -> WorkOrderPage:
        """Return the orders selected, the first due first."""
        conditions = selection.conditions(self._clock.now())
        ordered = select(WorkOrderRow).where(*conditions)
        ordered = ordered.order_by(WorkOrderRow.due_at, WorkOrderRow.id)
        async with self._database.transaction() as session:
            found = await session.scalars(ordered.limit(limit).offset(offset))
            items = tuple(read_order(row) for row in found)
            count = select(func.count()).select_from(WorkOrderRow).where(*conditions)
            return WorkOrderPage(items, await session.scalar(count) or 0)

    async def get(self, order_id: int) -> WorkOrderFile:
        """Return one order with its history. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await _row(session, order_id)
            entries = await session.scalars(
                select(WorkOrderEntryRow)
                .where(WorkOrderEntryRow.order_id == order_id)
                .order_by(WorkOrderEntryRow.id)
            )
            history = tuple(_entry(each) for each in entries)
            return WorkOrderFile(read_order(row), history, await _calls(session, order_id))

    async def assign(self, order_id: int, owner: str, *, by: str, reason: str = "") -> WorkOrder:
        """Give it to somebody; handing it over from one owner to another needs a reason.

        Raises NotFound, Conflict, InvalidInput.
        """
        owner = _words(owner, "an owner")
        async with self._database.transaction() as session:
            row = await _row(session, order_id, lock=True)
            if row.owner and row.owner != owner and not reason.strip():
                raise InvalidInput(f"say why {row.owner} hands it over: give a reason")
            data = {"from": row.owner, "to": owner}
            self._move(session, row, WorkOrderEvent.ASSIGN, by, reason.strip(), data)
            row.owner = owner
            return read_order(row)

    async def start(self, order_id: int, *, by: str) -> WorkOrder:
        """Begin to work on it; one that nobody owns becomes theirs. Raises NotFound, Conflict."""
        async with self._database.transaction() as session:
            row = await _row(session, order_id, lock=True)
            self._move(session, row, WorkOrderEvent.START, by, "")
            row.owner = row.owner or by
            return read_order(row)

    async def move(self, order_id: int, event: WorkOrderEvent, words: str, *, by: str) -> WorkOrder:
        """Let it wait, reopen or cancel it, with the reason. Raises NotFound, Conflict,
        InvalidInput."""
        if event not in _NEEDS_WORDS:
            raise InvalidInput(f"`{event.value}` is not done like this")
        words = _words(words, _NEEDS_WORDS[event])
        async with self._database.transaction() as session:
            row = await _row(session, order_id, lock=True)
            self._move(session, row, event, by, words)
            if event is WorkOrderEvent.REOPEN:
                row.done_at, row.result = None, ""
            return read_order(row)

    async def finish(
        self, order_id: int, event: WorkOrderEvent, result: str, *, by: str
    ) -> WorkOrder:
        """Resolve or close it. Nothing is finished without a result; closing what was resolved
        confirms its result. Raises NotFound, Conflict, InvalidInput."""
        async with self._database.transaction() as session:
            row = await _row(session, order_id, lock=True)
            confirms = row.state == WorkOrderState.RESOLVED and not result.strip()
            words = row.result if confirms else _words(result, "a result")
            state = next_state(WorkOrderState(row.state), event)
            if state not in DONE:
                raise InvalidInput(f"`{event.value}` finishes nothing")
            # What is given first: the table holds nothing finished without a result.
            row.result, row.done_at = words, row.done_at or self._clock.now()
            self._move(session, row, event, by, "" if confirms else words)
            return read_order(row)

    async def note(self, order_id: int, words: str, *, by: str) -> WorkOrder:
        """Write something down with it. Raises NotFound, InvalidInput."""
        return await self._write_down(order_id, "note", _words(words, "a note"), by)

    async def remind(self, order_id: int, words: str, *, by: str) -> WorkOrder:
        """Urge its owner on (督办). Raises NotFound, InvalidInput."""
        return await self._write_down(order_id, "reminder", _words(words, "what is urged"), by)

    async def classify(
        self, order_id: int, category: Category, priority: Priority, *, by: str, reason: str
    ) -> WorkOrder:
        """Set what it is about and how urgent it is. Raises NotFound, InvalidInput."""
        words = _words(reason, "a reason")
        async with self._database.transaction() as session:
            row = await _row(session, order_id, lock=True)
            data = {"from": [row.category, row.priority], "to": [category.value, priority.value]}
            row.category, row.priority = category.value, priority.value
            session.add(self._entry(row, by, "classify", words, data))
            return read_order(row)

    async def _write_down(self, order_id: int, kind: str, words: str, by: str) -> WorkOrder:
        async with self._database.transaction() as session:
            row = await _row(session, order_id, lock=True)
            if kind == "reminder":
                row.reminded_at = self._clock.now()
            session.add(self._entry(row, by, kind, words))
            return read_order(row)

    def _move(
        self,
        session: AsyncSession,
        row: WorkOrderRow,
        event: WorkOrderEvent,
        by: str,
        words: str,
        data: dict[str, Any] | None = None,
    ) -> None:
        row.state = next_state(WorkOrderState(row.state), event).value
        session.add(self._entry(row, by, event.value, words, data))

    def _entry(
        self,
        row: WorkOrderRow,
        by: str,
        kind: str,
        words: str,
        data: dict[str, Any] | None = None,
    ) -> WorkOrderEntryRow:
        return WorkOrderEntryRow(
            order_id=row.id,
            at=self._clock.now(),
            by=_words(by, "who does it"),
            kind=kind,
            state=row.state,
            words=words,
            data=data or {},
        )


def read_order(row: WorkOrderRow) -> WorkOrder:
    """Read a stored work order."""
    return WorkOrder(
        id=row.id,
        reason=Reason(row.reason),
        category=Category(row.category),
        priority=Priority(row.priority),
        state=WorkOrderState(row.state),
        matter=row.matter,
        number_masked=row.number_masked,
        attempt_id=row.attempt_id,
        campaign_id=row.campaign_id,
        contact_id=row.contact_id,
        owner=row.owner,
        result=row.result,
        opened_at=row.opened_at,
        due_at=row.due_at,
        done_at=row.done_at,
        reminded_at=row.reminded_at,
        escalation=row.escalation,
        rehearsal=row.rehearsal,
    )


async def _row(session: AsyncSession, order_id: int, *, lock: bool = False) -> WorkOrderRow:
    row = await session.get(WorkOrderRow, order_id, with_for_update=lock or None)
    if row is None:
        raise NotFound(f"there is no work order {order_id}")
    return row


async def _calls(session: AsyncSession, order_id: int) -> tuple[FollowUpCall, ...]:
    found = await session.scalars(
        select(AttemptRow)
        .join(WorkOrderFollowUpRow, WorkOrderFollowUpRow.contact_id == AttemptRow.contact_id)
        .where(WorkOrderFollowUpRow.order_id == order_id)
        .order_by(AttemptRow.started_at)
    )
    return tuple(
        FollowUpCall(row.id, row.campaign_id, row.started_at, row.disposition) for row in found
    )


def _entry(row: WorkOrderEntryRow) -> HistoryEntry:
    state = WorkOrderState(row.state)
    return HistoryEntry(row.at, row.by, row.kind, state, row.words, row.data)


def _words(text: str, what: str) -> str:
    words = text.strip()
    if not words:
        raise InvalidInput(f"{what} is missing")
    if len(words) > _LONGEST:
        raise InvalidInput(f"{what} is longer than {_LONGEST} characters")
    return words
