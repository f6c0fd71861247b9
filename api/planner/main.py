"""The planner process: `python -m api.planner.main`."""

from __future__ import annotations

import asyncio
import logging
import sys

import structlog

from api.errors import ApiError
from api.planner.leadership import Leadership
from api.planner.planner import Planner
from api.planner.unfinished_preparation import UnfinishedPreparation
from api.process import stop_event
from api.settings import ServiceSettings
from api.use_cases import open_use_cases
from campaigns import log
from campaigns.clock import SystemClock
from campaigns.errors import CampaignError
from campaigns.store.database import Database
from campaigns.store.location import database_url
from campaigns.store.upkeep import Upkeep

_UPKEEP_EVERY_S = 5.0
_PREPARATION_EVERY_S = 30.0


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
        async with Leadership(url) as leadership, open_use_cases(settings) as use_cases:
            upkeep = Upkeep(database, SystemClock())
            preparation = UnfinishedPreparation(use_cases.campaigns, use_cases.jobs)
            ticks = {
                "upkeep": (_UPKEEP_EVERY_S, upkeep.run),
                "unfinished preparation": (_PREPARATION_EVERY_S, preparation.run),
            }
            structlog.get_logger().info("ready")
            await Planner(leadership, ticks).run(stop)
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(main())
