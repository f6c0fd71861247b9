"""The hour of day of a retry: who was not there in the morning may be in the afternoon."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.schedule import Closed

SLOT_HOURS = 2
_FURTHEST = timedelta(days=4)
"""Over a weekend, but not for ever."""


def slot(at: datetime, zone: ZoneInfo) -> int:
    """Return in which two hours of the local day a moment is, from 0."""
    return at.astimezone(zone).hour // SLOT_HOURS


def untried(
    due: datetime,
    tried: Collection[int],
    zone: ZoneInfo,
    allowed: Callable[[datetime], datetime | Closed],
) -> datetime:
    """Return the first allowed moment from `due` on in a slot that was not tried, `due` itself
    when there is none within four days.

    `allowed`: the first moment from the one given on when a call may be placed.
    """
    at = due
    while slot(at, zone) in tried:
        found = allowed(_next_slot(at, zone))
        if isinstance(found, Closed) or found - due > _FURTHEST:
            return due
        at = found
    return at


def _next_slot(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    hour = (local.hour // SLOT_HOURS + 1) * SLOT_HOURS
    day = local.date() + timedelta(days=hour // 24)
    return datetime.combine(day, time(hour % 24), zone).astimezone(UTC)
