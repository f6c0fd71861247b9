"""The process of the dialogue's actions: `python -m dialogs.actions.main`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from fastapi import FastAPI

from campaigns import log
from campaigns.clock import SystemClock
from campaigns.errors import CampaignError
from campaigns.store.database import Database
from campaigns.store.location import database_url
from campaigns.store.quotas import Quotas
from campaigns.store.scripts import Scripts
from campaigns.vault import Vault
from dialogs.actions.app import make_app
from dialogs.actions.converse import Converse
from dialogs.actions.scripts import CachedScripts
from dialogs.settings import DialogueSettings
from dialogs.understanding.moment import moment_said
from dialogs.understanding.pinyin import syllables_of

_HOST = "127.0.0.1"
_LAST_TURNS_S = 5


def main() -> int:
    """Answer Rasa until SIGTERM; returns 1 when there is no database."""
    settings = DialogueSettings()
    log.configure("actions", settings.log_level)
    try:
        asyncio.run(_serve(settings))
    except CampaignError as error:
        structlog.get_logger().error("actions_failed", reason=str(error))
        return 1
    return 0


async def _serve(settings: DialogueSettings) -> None:
    config = uvicorn.Config(
        make_service(settings),
        host=_HOST,
        port=settings.actions_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_LAST_TURNS_S,
    )
    await uvicorn.Server(config).serve()


def make_service(settings: DialogueSettings) -> FastAPI:
    """Return the action webhook on the service's database."""
    database = Database(database_url(settings))
    scripts = CachedScripts(Scripts(database, Vault.from_file(settings.key_file)))
    zone = ZoneInfo(settings.time_zone)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        moment_said(syllables_of("明天下午三点"), datetime.now(zone))  # loads the dictionaries
        structlog.get_logger().info("ready", port=settings.actions_port)
        try:
            yield
        finally:
            await database.close()

    converse = Converse(scripts, SystemClock(), zone, Quotas(database))
    return make_app(converse, lifespan=lifespan)


if __name__ == "__main__":
    sys.exit(main())
