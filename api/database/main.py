"""The process that keeps the embedded PostgreSQL running: `python -m api.database.main`."""

from __future__ import annotations

import signal
import sys
import threading

import structlog

from api.settings import ServiceSettings
from campaigns import log
from campaigns.errors import CampaignError
from campaigns.store.embedded import EmbeddedServer
from campaigns.store.schema import migrate

_CHECK_EVERY_S = 1.0


def main() -> int:
    """Start the server, bring its schema up to date and hold it until SIGTERM.

    Returns 1 when the server cannot be started or ends by itself.
    """
    settings = ServiceSettings()
    log.configure("database", settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = EmbeddedServer(settings.data_dir)
    try:
        return _serve(server, stop)
    except CampaignError as error:
        structlog.get_logger().error("database_failed", reason=str(error))
        return 1
    finally:
        server.stop()


def _serve(server: EmbeddedServer, stop: threading.Event) -> int:
    migrate(server.start())
    structlog.get_logger().info("ready")
    while not stop.wait(_CHECK_EVERY_S):
        if not server.running():
            structlog.get_logger().error("database_ended")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
