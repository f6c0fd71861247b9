"""Attempts with what was said and answered in them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.http.keys import Operator
from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0)]


class AttemptOut(Shown):
    """One dial: what was sent and what came of it. The number is masked."""

    id: UUID
    campaign_id: UUID
    contact_id: UUID
    ordinal: int
    number_masked: str
    state: str
    disposition: str | None
    caller_number: str
    caller_name: str
    started_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    sip_code: int | None
    sip_reason: str | None
    q850: int | None
    call_later_at: datetime | None
    replies_ms: list[int]
    prompt_misses: int
    recording: str | None


class ReleaseIn(BaseModel):
    """Why somebody may be called again."""

    reason: str = Field(
        min_length=1, max_length=500, examples=["the dialer died before the call was answered"]
    )


class AnswerOut(Shown):
    """One answer: typed value, exact words, span in seconds from the answer of the call."""

    attempt_id: UUID
    question_id: str
    value: Any
    words: str
    confidence: float
    source: str
    start_s: float | None
    end_s: float | None


class UtteranceOut(Shown):
    """One thing one side said, with its times in seconds from the answer of the call."""

    speaker: str
    text: str
    start_s: float
    end_s: float
    confidence: float | None
    intent: str | None
    interrupted: bool


def attempt_routes(use_cases: UseCases) -> APIRouter:
    """Return the addresses of attempts and what belongs to them."""
    router = APIRouter(tags=["results"], responses=documented(404))
    results = use_cases.results

    @router.get("/campaigns/{campaign_id}/attempts")
    async def attempts(
        campaign_id: UUID, limit: Limit = 100, offset: Offset = 0
    ) -> Page[AttemptOut]:
        found = await results.attempts(campaign_id, limit=limit, offset=offset)
        return Page(items=[AttemptOut.model_validate(each) for each in found])

    @router.get("/unknown-attempts")
    async def unknown(campaign_id: UUID | None = None, limit: Limit = 100) -> Page[AttemptOut]:
        """Those of which nobody knows how they ended, and nobody has decided on."""
        found = await use_cases.unknown_attempts.list(campaign_id, limit)
        return Page(items=[AttemptOut.model_validate(each) for each in found])

    @router.post("/attempts/{attempt_id}/release", responses=documented(409, 422))
    async def release(attempt_id: UUID, wish: ReleaseIn, operator: Operator) -> AttemptOut:
        """Let the person of an unknown attempt be called again, within all other rules."""
        released = await use_cases.unknown_attempts.release(attempt_id, wish.reason, operator)
        return AttemptOut.model_validate(released)

    @router.get("/attempts/{attempt_id}")
    async def attempt(attempt_id: UUID) -> AttemptOut:
        return AttemptOut.model_validate(await results.attempt(attempt_id))

    @router.get("/attempts/{attempt_id}/answers")
    async def answers(attempt_id: UUID) -> Page[AnswerOut]:
        found = await results.answers(attempt_id)
        return Page(items=[AnswerOut.model_validate(each) for each in found])

    @router.get("/attempts/{attempt_id}/utterances")
    async def utterances(attempt_id: UUID) -> Page[UtteranceOut]:
        """The transcript, both sides, in order."""
        found = await results.utterances(attempt_id)
        return Page(items=[UtteranceOut.model_validate(each) for each in found])

    return router
