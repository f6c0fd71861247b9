"""A schedule: from calling hours, the calendar and a campaign's window to the next open moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from campaigns.calendar import Calendar, weekday_worked
from campaigns.calling_hours import CallingHours
from campaigns.peak import Peak, narrowed

_SEARCH_DAYS = 60


class Closed(StrEnum):
    """Why there is no next open moment."""

    NO_HOURS = "no_hours"
    """The calling hours never open."""
    CALENDAR = "calendar"
    """Before the next opening comes a day the calendar does not know."""
    OVER = "over"
    """The campaign's window is over by then."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a campaign may call: from `not_before` until before `not_after`, on the days and
    within the hours that hold on them, less what the peaks of its kind take away."""

    hours: CallingHours
    zone: ZoneInfo
    calendar: Calendar
    not_before: datetime | None = None
    not_after: datetime | None = None
    peaks: tuple[Peak, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Return whether calls may be placed at this aware moment."""
        return self.next_open(at) == at

    def next_open(self, at: datetime) -> datetime | Closed:
        """Return the first moment from `at` on when calls may be placed, in UTC."""
        begin = max(at, self.not_before) if self.not_before else at
        if self._is_over(begin):
            return Closed.OVER
        today = begin.astimezone(self.zone).date()
        for ahead in range(_SEARCH_DAYS):
            day = today + timedelta(days=ahead)
            kind = self.calendar.kind(day)
            if kind is None:
                return Closed.OVER if self._is_over(self._midnight(day)) else Closed.CALENDAR
            opening = self._opening(day, weekday_worked(day, kind), begin)
            if opening is not None:
                return Closed.OVER if self._is_over(opening) else opening
        return Closed.NO_HOURS

    def _opening(self, day: date, weekday: int | None, begin: datetime) -> datetime | None:
        """Return the first open moment of a day from `begin` on."""
        spans = [
            (window.opens, window.closes) for window in self.hours.windows if weekday in window.days
        ]
        moments = (
            max(self._moment(day, opens), begin)
            for opens, closes in narrowed(spans, self.peaks, day)
            if self._moment(day, closes) > begin
        )
        return min(moments, default=None)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def _midnight(self, day: date) -> datetime:
        return self._moment(day, time.min)

    def _is_over(self, at: datetime) -> bool:
        return self.not_after is not None and at >= self.not_after
