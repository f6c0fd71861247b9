"""Call-backs: who was lost on a day, who is owed a call-back and who had one."""

from __future__ import annotations

import math
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.http.contact_lists import ContactListOut
from api.http.problems import documented
from api.http.schema import Shown
from api.use_cases import UseCases
from campaigns.call_backs.obligation import CallBackDay, CallBackState


class LostCallOut(Shown):
    """A call as one system reported it; the number is masked, empty when withheld."""

    source: str
    switch_call_id: str
    number_masked: str
    transferred_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    revision: int


class CallBackOut(Shown):
    """A call-back after the last lost call."""

    attempt_id: UUID
    started_at: datetime
    connected_at: datetime | None
    disposition: str | None


class ObligationOut(Shown):
    """One number's day with its evidence; the last lost call is the anchor."""

    number_masked: str
    state: CallBackState
    lost: list[LostCallOut]
    answered: LostCallOut | None
    call_backs: list[CallBackOut]


class CallBackDayOut(BaseModel):
    """A day's call-backs: indicator 12 and, beside it, how many were reached."""

    day: date
    owed: int = Field(description="The denominator of both rates.")
    called_back: int
    connected: int
    rate_percent: float | None = Field(description="Cut after two digits; none: nothing owed.")
    connected_percent: float | None
    obligations: list[ObligationOut]
    withheld: list[LostCallOut] = Field(description="Lost callers without a number: not counted.")
    waiting: list[LostCallOut] = Field(description="Calls whose end was not reported yet.")

    @classmethod
    def of(cls, found: CallBackDay) -> CallBackDayOut:
        """Show a day."""
        return cls(
            day=found.day.date,
            owed=found.owed,
            called_back=found.called_back,
            connected=found.connected,
            rate_percent=percent(found.rate),
            connected_percent=percent(found.connected_rate),
            obligations=[ObligationOut.model_validate(each) for each in found.obligations],
            withheld=[LostCallOut.model_validate(each) for each in found.withheld],
            waiting=[LostCallOut.model_validate(each) for each in found.waiting],
        )


def percent(share: Fraction | None) -> float | None:
    """Return a share as a percentage, cut after two digits: only all is 100."""
    return None if share is None else math.floor(share * 10_000) / 100


def call_back_routes(use_cases: UseCases) -> APIRouter:
    """Return the addresses of the days' call-backs."""
    router = APIRouter(prefix="/call-backs", tags=["call-backs"])
    call_backs = use_cases.call_backs

    @router.get("/{day}", responses=documented(422))
    async def show(day: date) -> CallBackDayOut:
        """Report a local day with the evidence for each number."""
        return CallBackDayOut.of(await call_backs.day(day))

    @router.post("/{day}/contact-list", status_code=201, responses=documented(409, 422))
    async def list_due(day: date) -> ContactListOut:
        """Make a contact list of the numbers that are due and not about to be called."""
        list_id = await call_backs.list_due(day)
        return ContactListOut.model_validate(await use_cases.contacts.get(list_id))

    return router
