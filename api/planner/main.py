"""The planner process: `python -m api.planner.main`."""

from __future__ import annotations

import asyncio
import logging
import sys

import structlog

from api.errors import ApiError
from api.planner.calendar_watch import CalendarWatch
from api.planner.call_back_sweep import CallBackPlan, CallBackSweep
from api.planner.leadership import Leadership
from api.planner.planner import Planner, Tick
from api.planner.unfinished_preparation import UnfinishedPreparation
from api.process import stop_event
from api.settings import ServiceSettings
from api.use_cases import UseCases, open_use_cases
from campaigns import log
from campaigns.clock import SystemClock
from campaigns.errors import CampaignError
from campaigns.heartbeat import beating
from campaigns.store.database import Database
from campaigns.store.location import database_url
from campaigns.store.upkeep import Upkeep
from campaigns.work_orders.nudging import Nudging

_UPKEEP_EVERY_S = 5.0
_PREPARATION_EVERY_S = 30.0
_CALL_BACKS_EVERY_S = 60.0
_CALENDAR_EVERY_S = 600.0
_WORK_ORDERS_EVERY_S = 60.0


def main() -> int:
    """Plan until SIGTERM; returns 1 when the database cannot be used."""
    settings = ServiceSettings()
    log.configure("planner", settings.log_level)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every tick
    try:
        asyncio.run(_run(settings))
    except (ApiError, CampaignError) as error:
        structlog.get_logger().error("planner_failed", reason=str(error))
        return 1
    return 0


async def _run(settings: ServiceSettings) -> None:
    stop = stop_event()
    url = database_url(settings)
    database = Database(url, connections=1)
    try:
        async with (
            beating(settings.heartbeat_file),
            Leadership(url) as leadership,
            open_use_cases(settings) as use_cases,
        ):
            structlog.get_logger().info("ready")
            await Planner(leadership, _ticks(settings, use_cases, database)).run(stop)
    finally:
        await database.close()


def _ticks(
    settings: ServiceSettings, use_cases: UseCases, database: Database
) -> dict[str, tuple[float, Tick]]:
    clock = SystemClock()
    preparation = UnfinishedPreparation(use_cases.campaigns, use_cases.jobs)
    ticks: dict[str, tuple[float, Tick]] = {
        "upkeep": (_UPKEEP_EVERY_S, Upkeep(database, clock, settings.deadline_rule()).run),
        "unfinished preparation": (_PREPARATION_EVERY_S, preparation.run),
        "calendar": (_CALENDAR_EVERY_S, CalendarWatch(use_cases, clock).run),
        "work orders": (_WORK_ORDERS_EVERY_S, Nudging(database, clock).run),
    }
    if settings.call_back_trunk:
        plan = CallBackPlan(
            settings.call_back_questionnaire, settings.call_back_caller, settings.call_back_trunk
        )
        sweep = CallBackSweep(use_cases, plan, clock)
        ticks["call-backs"] = (_CALL_BACKS_EVERY_S, sweep.run)
    return ticks


if __name__ == "__main__":
    sys.exit(main())
