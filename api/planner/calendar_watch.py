"""Tells in time that the known workdays come to an end: from then on nobody is called."""

from __future__ import annotations

from datetime import date

import structlog

from api.use_cases import UseCases
from campaigns.calendar_horizon import Horizon, horizon
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.clock import Clock

_log = structlog.get_logger(__name__)


class CalendarWatch:
    """Warns once a local day while the end is near."""

    def __init__(self, use_cases: UseCases, clock: Clock) -> None:
        self._use_cases = use_cases
        self._clock = clock
        self._warned_on: date | None = None

    async def run(self) -> Horizon:
        """Look how far the calendar reaches, and warn."""
        today = self._clock.now().astimezone(SHANGHAI).date()
        calendar = await self._use_cases.calendar.calendar()
        reach = horizon(calendar, today, self._use_cases.calendar_warning)
        if reach.warning and self._warned_on != today:
            self._warned_on = today
            known_until = str(reach.known_until)
            _log.warning("calendar_ends_soon", known_until=known_until, do=reach.warning)
        return reach
