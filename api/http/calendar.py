"""The calendar: which days are worked, until when that is known, and the peaks (征期)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel, Field

from api.http.keys import Operator
from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.calendar import DayKind
from campaigns.calendar_horizon import horizon
from campaigns.calendar_overrides import CalendarOverride, read_overrides
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.errors import InvalidInput
from campaigns.peak import Peak
from campaigns.peaks import StoredPeak
from campaigns.questionnaire.model import CampaignKind


class DayIn(BaseModel):
    """What a day is, over the official calendar, and by what authority."""

    day: date
    kind: DayKind
    note: str = Field(default="", max_length=500)


class DayOut(Shown):
    """A day that was overridden."""

    day: date
    kind: DayKind
    note: str


class SpanIn(BaseModel):
    """Local time from `begin` until before `end`."""

    begin: time
    end: time


class PeakIn(BaseModel):
    """Days of little or no outbound calling, the last one included."""

    first: date
    last: date
    kinds: list[CampaignKind] = Field(
        default=[], description="None: every kind but call_back and follow_up."
    )
    hours: list[SpanIn] = Field(default=[], description="None: nobody is called.")
    note: str = Field(default="", max_length=500)

    def peak(self) -> Peak:
        """Return it as the domain has it."""
        hours = tuple((span.begin, span.end) for span in self.hours)
        return Peak(self.first, self.last, frozenset(self.kinds), hours, self.note)


class PeakOut(PeakIn):
    """A peak as stored."""

    id: int
    created_by: str

    @classmethod
    def of(cls, stored: StoredPeak) -> PeakOut:
        """Show a peak."""
        peak = stored.peak
        return cls(
            id=stored.id,
            created_by=stored.created_by,
            first=peak.first,
            last=peak.last,
            kinds=sorted(peak.kinds),
            hours=[SpanIn(begin=begin, end=end) for begin, end in peak.hours],
            note=peak.note,
        )


class CalendarOut(BaseModel):
    """The calendar as it stands today."""

    known_until: date | None = Field(description="Null: not even today is known.")
    days_left: int
    warning: str = Field(description="What to do about the calendar's end; empty: nothing.")
    overrides: list[DayOut]
    peaks: list[PeakOut]


async def _text(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("the file is not UTF-8 text") from error


CsvText = Annotated[str, Depends(_text)]
_CSV = {"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}, "required": True}}


def calendar_routes(use_cases: UseCases) -> APIRouter:
    """Return the calendar's addresses."""
    router = APIRouter(prefix="/calendar", tags=["calendar"], responses=documented(422))
    calendar, peaks = use_cases.calendar, use_cases.peaks

    @router.get("")
    async def show() -> CalendarOut:
        """Tell until when workdays are known, what was overridden, and the peaks."""
        today = datetime.now(SHANGHAI).date()
        reach = horizon(await calendar.calendar(), today, use_cases.calendar_warning)
        return CalendarOut(
            known_until=reach.known_until,
            days_left=reach.days_left,
            warning=reach.warning,
            overrides=[DayOut.model_validate(each) for each in await calendar.list()],
            peaks=[PeakOut.of(each) for each in await peaks.list()],
        )

    @router.put("/days")
    async def put_days(days: Annotated[list[DayIn], Body(min_length=1)]) -> dict[str, int]:
        """Say what days are; other days stay as they were."""
        taken = [CalendarOverride(each.day, each.kind, each.note) for each in days]
        return {"days": await calendar.put(taken)}

    @router.post("/days/import", openapi_extra=_CSV)
    async def import_days(text: CsvText) -> dict[str, int]:
        """Take CSV with the header date,kind,note (docs/calendar.md)."""
        return {"days": await calendar.put(read_overrides(text))}

    @router.delete("/days/{day}", status_code=204, responses=documented(404))
    async def remove_day(day: date) -> Response:
        """Let a day be again what the official calendar says."""
        await calendar.remove(day)
        return Response(status_code=204)

    @router.post("/peaks", status_code=201)
    async def add_peak(peak: PeakIn, by: Operator) -> PeakOut:
        """Add a peak; it holds from the next call on."""
        (added,) = await peaks.add([peak.peak()], by)
        return PeakOut.of(added)

    @router.post("/peaks/import", status_code=201, openapi_extra=_CSV)
    async def import_peaks(text: CsvText, by: Operator) -> Page[PeakOut]:
        """Take CSV with the header dates,kinds,hours,note (docs/calendar.md)."""
        return Page(items=[PeakOut.of(each) for each in await peaks.import_text(text, by)])

    @router.delete("/peaks/{peak_id}", status_code=204, responses=documented(404))
    async def remove_peak(peak_id: int) -> Response:
        """Forget a peak."""
        await peaks.remove(peak_id)
        return Response(status_code=204)

    return router
