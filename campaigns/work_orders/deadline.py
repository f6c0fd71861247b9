"""When a work order is due: so many days on, and never on a day that is not worked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.calendar import Calendar, weekday_worked
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.errors import InvalidInput

_LAST_MOMENT = time(23, 59, 59)
_SATURDAY = 6
_LONGEST = 366


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """`days` after the day it was opened: calendar days, or workdays; at the day's last second.

    A due day that is not worked moves on to the next workday. Days the calendar does not know
    count by their weekday.
    """

    days: int = 7
    workdays: bool = False
    zone: ZoneInfo = SHANGHAI

    def __post_init__(self) -> None:
        if not 0 <= self.days <= _LONGEST:
            raise InvalidInput(f"a work order is due within 0 to {_LONGEST} days")


STANDARD_DEADLINE = DeadlineRule()


def due_at(opened_at: datetime, rule: DeadlineRule, calendar: Calendar) -> datetime:
    """Return the last moment, in UTC, at which a work order opened then is done in time."""
    day = opened_at.astimezone(rule.zone).date()
    if rule.workdays:
        for _ in range(rule.days):
            day = next_workday(day + timedelta(days=1), calendar)
    else:
        day += timedelta(days=rule.days)
    day = next_workday(day, calendar)
    return datetime.combine(day, _LAST_MOMENT, rule.zone).astimezone(UTC)


def next_workday(day: date, calendar: Calendar) -> date:
    """Return the first day from `day` on that is worked."""
    while not _worked(day, calendar):
        day += timedelta(days=1)
    return day


def _worked(day: date, calendar: Calendar) -> bool:
    kind = calendar.kind(day)
    weekday = day.isoweekday() if kind is None else weekday_worked(day, kind)
    return weekday is not None and weekday < _SATURDAY
