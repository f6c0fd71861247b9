"""The calendar of workdays: official holidays and make-up workdays (调休), and what overrides them.

Official data is the State Council's yearly notice as published by `chinesecalendar`; it ends with
the last year that was announced. A day nobody has said anything about is not known, and on days
that are not known nobody is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from chinese_calendar import get_holiday_detail

_MONDAY = 1
_LONGEST = timedelta(days=3 * 366)


class DayKind(StrEnum):
    """What a day is."""

    WORKDAY = "workday"
    """A make-up workday: worked although it falls on a weekend."""
    HOLIDAY = "holiday"
    """A public holiday or a day off for one."""
    REGULAR = "regular"
    """As its day of the week says."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The official calendar with the installation's own overrides, which win."""

    overrides: Mapping[date, DayKind] = field(default_factory=dict)

    def kind(self, day: date) -> DayKind | None:
        """Return what the day is, None when it is not known."""
        if day in self.overrides:
            return self.overrides[day]
        try:
            off, occasion = get_holiday_detail(day)
        except NotImplementedError:
            return None
        if occasion is None:
            return DayKind.REGULAR
        return DayKind.HOLIDAY if off else DayKind.WORKDAY

    def covered_until(self, today: date) -> date | None:
        """Return the last day of the known days that follow each other from today on, None when
        not even today is known."""
        day = today
        while self.kind(day) is not None and day - today < _LONGEST:
            day += timedelta(days=1)
        return day - timedelta(days=1) if day > today else None


def weekday_worked(day: date, kind: DayKind) -> int | None:
    """Return the ISO weekday whose hours hold on that day, None on a holiday.

    A make-up workday on a weekend is worked like a Monday.
    """
    if kind is DayKind.HOLIDAY:
        return None
    made_up = kind is DayKind.WORKDAY and day.isoweekday() > 5
    return _MONDAY if made_up else day.isoweekday()
