"""Whether a trunk answers OPTIONS, and what that is worth. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DOWN_AFTER = 3
"""Pings in a row without an answer that make a trunk down."""
_FRESH_INTERVALS = 4


class Health(StrEnum):
    """What the pings say."""

    UNKNOWN = "unknown"
    """It has never answered one: some peers do not. Calls go out over it."""
    UP = "up"
    DOWN = "down"
    """It used to answer and does not any more."""


@dataclass(frozen=True, slots=True)
class Ping:
    """One OPTIONS and what came of it; `took_s` in seconds."""

    at: datetime
    alive: bool
    detail: str
    took_s: float


@dataclass(frozen=True, slots=True)
class PingRecord:
    """What is known of a trunk from its pings; `misses` in a row."""

    health: Health = Health.UNKNOWN
    misses: int = 0
    last: Ping | None = None

    def after(self, ping: Ping) -> PingRecord:
        """Return the record with one more ping."""
        if ping.alive:
            return PingRecord(Health.UP, 0, ping)
        misses = self.misses + 1
        known = self.health is not Health.UNKNOWN
        down = known and misses >= DOWN_AFTER
        return PingRecord(Health.DOWN if down else self.health, misses, ping)

    def is_down(self, now: datetime, every_s: int) -> bool:
        """Return whether calls are to keep off: it is down, and that was seen lately."""
        if self.health is not Health.DOWN or self.last is None or not every_s:
            return False
        return now - self.last.at <= timedelta(seconds=_FRESH_INTERVALS * every_s)
