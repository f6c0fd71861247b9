"""A day of the calendar at one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class LocalDay:
    """From midnight to midnight in a time zone."""

    date: date
    zone: ZoneInfo = SHANGHAI

    @property
    def start(self) -> datetime:
        """Its first moment, in UTC."""
        return datetime.combine(self.date, time.min, self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first moment of the next day, in UTC."""
        return LocalDay(self.date + timedelta(days=1), self.zone).start

    def holds(self, moment: datetime | None) -> bool:
        """Return whether an aware moment lies in this day."""
        return moment is not None and self.start <= moment < self.end
