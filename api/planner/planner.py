"""The planner: what becomes due by the clock is started here, in one process of all hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from api.planner.leadership import Leadership
from api.process import stopped_within

_log = structlog.get_logger(__name__)

_CHECK_EVERY_S = 2.0

Tick = Callable[[], Awaitable[object]]


class Planner:
    """Runs ticks at their intervals (in seconds) while it holds the leadership.

    A tick that fails is logged and comes again; one that is still running is not started twice.
    """

    def __init__(self, leadership: Leadership, ticks: Mapping[str, tuple[float, Tick]]) -> None:
        self._leadership = leadership
        self._ticks = ticks

    async def run(self, stop: asyncio.Event) -> None:
        """Stand by until the leadership is ours, then tick until `stop`.

        Raises LeadershipLost when the database breaks off.
        """
        while not await self._leadership.claim():
            if await stopped_within(stop, _CHECK_EVERY_S):
                return
        _log.info("planner_leads")
        scheduler = self._scheduler()
        scheduler.start()
        try:
            while not await stopped_within(stop, _CHECK_EVERY_S):
                await self._leadership.confirm()
        finally:
            scheduler.shutdown(wait=False)

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone=UTC)
        for name, (every_s, tick) in self._ticks.items():
            scheduler.add_job(
                partial(_run, name, tick),
                "interval",
                seconds=every_s,
                id=name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
        return scheduler


async def _run(name: str, tick: Tick) -> None:
    try:
        await tick()
    except Exception as error:
        _log.error("tick_failed", tick=name, reason=str(error), exc_info=error)
