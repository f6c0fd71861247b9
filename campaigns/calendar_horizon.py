"""How far the calendar reaches, and whether it is time to do something about its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.calendar import Calendar

WARNING = timedelta(days=45)
"""The State Council announces a year's holidays in the November before."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The last of the known days (None: not even today is known), and what to do, if anything."""

    known_until: date | None
    days_left: int
    warning: str


def horizon(calendar: Calendar, today: date, warn_before: timedelta = WARNING) -> Horizon:
    """Return how far the known days reach from today on."""
    until = calendar.covered_until(today)
    if until is None:
        return Horizon(None, 0, f"today is not in the calendar: nobody is called; {_advice(today)}")
    left = (until - today).days
    if left >= warn_before.days:
        return Horizon(until, left, "")
    reason = f"workdays are known until {until} only; after that nobody is called"
    return Horizon(until, left, f"{reason}; {_advice(until + timedelta(days=1))}")


def _advice(unknown: date) -> str:
    return (
        f"update the package chinesecalendar once it has {unknown.year}, or import that year's "
        "days with `outbound calendar import`"
    )
