"""Results: what became of each attempt, what was said and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import select

from campaigns.answer import Answer, Utterance
from campaigns.errors import NotFound
from campaigns.store.database import Database
from campaigns.store.tables import (
    AnswerRow,
    AttemptEventRow,
    AttemptRow,
    CampaignRow,
    ContactRow,
    UtteranceRow,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as stored, for display: the number is masked. `recording` is the path relative
    to the recordings folder."""

    id: UUID
    campaign_id: UUID
    task_id: UUID
    contact_id: UUID
    contact_row: int
    ordinal: int
    number_masked: str
    state: str
    disposition: str | None
    trunk: str
    caller_number: str
    caller_name: str
    sip_call_id: str
    started_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    sip_code: int | None
    sip_reason: str | None
    q850: int | None
    call_later_at: datetime | None
    evidence: dict[str, Any]
    quality: dict[str, Any]
    replies_ms: tuple[int, ...]
    prompt_misses: int
    recording: str | None


@dataclass(frozen=True, slots=True)
class StoredAnswer(Answer):
    """An answer with the attempt it was given in."""

    attempt_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AttemptEvent:
    """A signalling or media event kept as evidence."""

    at: datetime
    kind: str
    data: dict[str, Any]


class Results:
    """Reads attempts, answers, transcripts and events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def attempts(
        self, campaign_id: UUID, *, limit: int = 100, offset: int = 0
    ) -> tuple[Attempt, ...]:
        """Return a campaign's attempts, the oldest first. Raises NotFound."""
        query = (
            _ATTEMPTS.where(AttemptRow.campaign_id == campaign_id)
            .order_by(AttemptRow.started_at, AttemptRow.id)
            .limit(limit)
            .offset(offset)
        )
        async with self._database.transaction() as session:
            if await session.get(CampaignRow, campaign_id) is None:
                raise NotFound(f"there is no campaign {campaign_id}")
            found = await session.execute(query)
            return tuple(read_attempt(row, contact) for row, contact in found)

    async def attempt(self, attempt_id: UUID) -> Attempt:
        """Return one attempt. Raises NotFound."""
        async with self._database.transaction() as session:
            found = await session.execute(_ATTEMPTS.where(AttemptRow.id == attempt_id))
            pair = found.one_or_none()
        if pair is None:
            raise NotFound(f"there is no attempt {attempt_id}")
        return read_attempt(*pair)

    async def answers(self, attempt_id: UUID) -> tuple[StoredAnswer, ...]:
        """Return the answers that hold, in the order given; corrected ones are left out."""
        query = (
            select(AnswerRow)
            .where(AnswerRow.attempt_id == attempt_id, ~AnswerRow.superseded)
            .order_by(AnswerRow.id)
        )
        await self.attempt(attempt_id)
        async with self._database.transaction() as session:
            return tuple(read_answer(row) for row in await session.scalars(query))

    async def utterances(self, attempt_id: UUID) -> tuple[Utterance, ...]:
        """Return the transcript of both sides in the order of time. Raises NotFound."""
        query = (
            select(UtteranceRow)
            .where(UtteranceRow.attempt_id == attempt_id)
            .order_by(UtteranceRow.start_s, UtteranceRow.id)
        )
        await self.attempt(attempt_id)
        async with self._database.transaction() as session:
            return tuple(_utterance(row) for row in await session.scalars(query))

    async def events(self, attempt_id: UUID) -> tuple[AttemptEvent, ...]:
        """Return the attempt's events in the order of time. Raises NotFound."""
        query = (
            select(AttemptEventRow)
            .where(AttemptEventRow.attempt_id == attempt_id)
            .order_by(AttemptEventRow.at, AttemptEventRow.id)
        )
        await self.attempt(attempt_id)
        async with self._database.transaction() as session:
            return tuple(
                AttemptEvent(row.at, row.kind, row.data) for row in await session.scalars(query)
            )


_ATTEMPTS = select(AttemptRow, ContactRow).join(ContactRow, ContactRow.id == AttemptRow.contact_id)


def read_attempt(row: AttemptRow, contact: ContactRow) -> Attempt:
    """Read a stored attempt for display."""
    return Attempt(
        id=row.id,
        campaign_id=row.campaign_id,
        task_id=row.task_id,
        contact_id=row.contact_id,
        contact_row=contact.source_row,
        ordinal=row.ordinal,
        number_masked=row.number_masked or contact.number_masked,
        state=row.state,
        disposition=row.disposition,
        trunk=row.trunk,
        caller_number=row.caller_number,
        caller_name=row.caller_name,
        sip_call_id=row.sip_call_id,
        started_at=row.started_at,
        ringing_at=row.ringing_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        sip_code=row.sip_code,
        sip_reason=row.sip_reason,
        q850=row.q850,
        call_later_at=row.call_later_at,
        evidence=row.evidence,
        quality=row.quality,
        replies_ms=tuple(row.replies_ms),
        prompt_misses=row.prompt_misses,
        recording=row.recording,
    )


def read_answer(row: AnswerRow) -> StoredAnswer:
    """Read a stored answer."""
    return StoredAnswer(
        question_id=row.question_id,
        value=row.value,
        words=row.words,
        confidence=row.confidence,
        source=cast(Literal["speech", "keys", "none"], row.source),
        start_s=row.start_s,
        end_s=row.end_s,
        attempt_id=row.attempt_id,
    )


def _utterance(row: UtteranceRow) -> Utterance:
    return Utterance(
        speaker=cast(Literal["bot", "person"], row.speaker),
        text=row.text,
        syllables=tuple(row.syllables.split()),
        start_s=row.start_s,
        end_s=row.end_s,
        confidence=row.confidence,
        intent=row.intent,
        interrupted=row.interrupted,
    )
