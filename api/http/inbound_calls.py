"""Inbound calls: what the hotline's switches report, for the same-day call-back."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from api.http.contact_lists import MistakeOut
from api.http.problems import documented
from api.http.schema import Shown
from api.use_cases import UseCases
from campaigns.call_backs.inbound_record import InboundRecord


class InboundCallIn(BaseModel):
    """One call as one system reports it; a correction has a higher `revision`."""

    source: str = Field(max_length=200, description="The reporting system.", examples=["acd-1"])
    switch_call_id: str = Field(max_length=200, description="Its own id of the call.")
    number: str = Field(default="", max_length=50, description="The caller's number.")
    withheld: bool = Field(default=False, description="The caller hides the number.")
    transferred_at: AwareDatetime | None = Field(
        default=None, description="The caller asked for an agent; none: served by the menu."
    )
    answered_at: AwareDatetime | None = Field(default=None, description="An agent answered.")
    ended_at: AwareDatetime | None = Field(default=None, description="None: the call goes on.")
    revision: int = Field(default=0, ge=0, lt=2**31)


class InboundCallsIn(BaseModel):
    """Records in any order; the same ones may come again."""

    records: list[InboundCallIn] = Field(min_length=1, max_length=5000)


class ReceptionOut(Shown):
    """What became of the records. `problems`: refused ones; `notices`: accepted ones that
    overlap another call of their number. `row` counts from 1."""

    added: int
    corrected: int
    unchanged: int
    refused: int
    problems: list[MistakeOut]
    notices: list[MistakeOut]


def inbound_call_routes(use_cases: UseCases) -> APIRouter:
    """Return the address that takes reports of inbound calls."""
    router = APIRouter(prefix="/inbound-calls", tags=["call-backs"])

    @router.post("", responses=documented(422))
    async def add(reported: InboundCallsIn) -> ReceptionOut:
        """Take in records; bad ones are reported, good ones kept."""
        records = [
            InboundRecord(**each.model_dump(), row=row)
            for row, each in enumerate(reported.records, start=1)
        ]
        return ReceptionOut.model_validate(await use_cases.inbound_calls.add(records))

    return router
