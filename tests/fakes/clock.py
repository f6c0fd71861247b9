"""A clock that stands still until it is told to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A Monday, 10:00 in Shanghai, by default: within the standard calling hours."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
