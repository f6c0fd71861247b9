"""The process of the HTTP interface: `python -m api.http.main`."""

from __future__ import annotations

import asyncio
import sys

import structlog
import uvicorn

from api.http.application import create_application
from api.settings import ServiceSettings
from api.use_cases import open_use_cases
from campaigns import log
from campaigns.errors import CampaignError

_LAST_REQUESTS_S = 5


def main() -> int:
    """Answer requests until SIGTERM; returns 1 when there is no database."""
    settings = ServiceSettings()
    log.configure("api", settings.log_level)
    try:
        asyncio.run(_serve(settings))
    except CampaignError as error:
        structlog.get_logger().error("api_failed", reason=str(error))
        return 1
    return 0


async def _serve(settings: ServiceSettings) -> None:
    async with open_use_cases(settings) as use_cases:
        app = create_application(use_cases, upload_limit_mb=settings.upload_limit_mb)
        config = uvicorn.Config(
            app,
            host=settings.api_host,
            port=settings.api_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_LAST_REQUESTS_S,
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    sys.exit(main())
