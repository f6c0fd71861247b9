"""The record of each call on PostgreSQL, written as the call goes on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.answer import Answer, Utterance
from campaigns.clock import Clock, SystemClock
from campaigns.errors import NotFound
from campaigns.store import work_orders
from campaigns.store.database import Database
from campaigns.store.forbidding import forbid
from campaigns.store.tables import AnswerRow, AttemptEventRow, AttemptRow, UtteranceRow
from campaigns.work_orders.deadline import STANDARD_DEADLINE, DeadlineRule


class PostgresRecord:
    """`campaigns.ports.CallRecord` on PostgreSQL.

    Each write is a transaction of its own and idempotent, so that writes kept on disk while the
    database was away can be repeated. All raise NotFound for an attempt that was never committed.
    What calls for a work order opens it in the same transaction.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock | None = None,
        deadline: DeadlineRule = STANDARD_DEADLINE,
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._deadline = deadline

    async def ringing(self, attempt_id: UUID, at: datetime) -> None:
        """Note when the far end first rang."""
        async with self._database.transaction() as session:
            row = await _attempt(session, attempt_id)
            row.ringing_at = row.ringing_at or at

    async def answered(self, attempt_id: UUID, at: datetime) -> None:
        """Note when the call was answered."""
        async with self._database.transaction() as session:
            row = await _attempt(session, attempt_id)
            row.answered_at = row.answered_at or at

    async def utterance(self, attempt_id: UUID, utterance: Utterance) -> None:
        """Keep what one side said."""
        row = UtteranceRow(
            attempt_id=attempt_id,
            speaker=utterance.speaker,
            text=utterance.text,
            syllables=" ".join(utterance.syllables),
            start_s=utterance.start_s,
            end_s=utterance.end_s,
            confidence=utterance.confidence,
            intent=utterance.intent,
            interrupted=utterance.interrupted,
        )
        async with self._database.transaction() as session:
            attempt = await _attempt(session, attempt_id)
            same = select(func.count()).where(
                UtteranceRow.attempt_id == attempt_id,
                UtteranceRow.speaker == row.speaker,
                UtteranceRow.text == row.text,
                UtteranceRow.start_s == row.start_s,
            )
            if not await session.scalar(same):
                session.add(row)
                now = self._clock.now()
                await work_orders.take_words(session, attempt, utterance, now, self._deadline)

    async def answer(self, attempt_id: UUID, answer: Answer) -> None:
        """Store an answer; one given before to the same question stays as superseded."""
        row = AnswerRow(
            attempt_id=attempt_id,
            question_id=answer.question_id,
            value=answer.value,
            words=answer.words,
            confidence=answer.confidence,
            source=answer.source,
            start_s=answer.start_s,
            end_s=answer.end_s,
            revision=answer.revision,
        )
        given = select(AnswerRow).where(
            AnswerRow.attempt_id == attempt_id, AnswerRow.question_id == answer.question_id
        )
        async with self._database.transaction() as session:
            attempt = await _attempt(session, attempt_id)
            earlier = list(await session.scalars(given))
            if any(_same(row, other) for other in earlier):
                return
            if any(other.revision > row.revision for other in earlier):
                row.superseded = True  # it comes late, from the disk
            else:
                await session.execute(
                    update(AnswerRow)
                    .where(AnswerRow.id.in_([other.id for other in earlier]))
                    .values(superseded=True)
                )
            session.add(row)
            now = self._clock.now()
            await work_orders.take_answer(session, attempt, answer, now, self._deadline)

    async def opt_out(self, attempt_id: UUID, words: str) -> None:
        """Put the number on the do-not-call list and close every task that waits for it."""
        async with self._database.transaction() as session:
            await forbid(session, await _attempt(session, attempt_id), words)

    async def event(
        self, attempt_id: UUID, kind: str, at: datetime, data: dict[str, object]
    ) -> None:
        """Keep a signalling or media event as evidence."""
        async with self._database.transaction() as session:
            await _attempt(session, attempt_id)
            same = select(func.count()).where(
                AttemptEventRow.attempt_id == attempt_id,
                AttemptEventRow.kind == kind,
                AttemptEventRow.at == at,
            )
            if not await session.scalar(same):
                session.add(AttemptEventRow(attempt_id=attempt_id, at=at, kind=kind, data=data))


async def _attempt(session: AsyncSession, attempt_id: UUID) -> AttemptRow:
    """Lock the attempt, so that writes about one call come one after the other."""
    row = await session.get(AttemptRow, attempt_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no attempt {attempt_id}")
    return row


def _same(one: AnswerRow, other: AnswerRow) -> bool:
    return (one.revision, one.value, one.words, one.source, one.start_s, one.end_s) == (
        other.revision,
        other.value,
        other.words,
        other.source,
        other.start_s,
        other.end_s,
    )
