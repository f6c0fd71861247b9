"""The stack's own log lines, sent through the service's log, which masks numbers."""

from __future__ import annotations

import logging

import structlog

log = structlog.get_logger(__name__)


class StackLogHandler(logging.Handler):
    """Passes warnings and worse on as structured entries."""

    def emit(self, record: logging.LogRecord) -> None:
        log.log(record.levelno, "sip_stack", text=record.getMessage(), source=record.name)


def route_stack_log() -> None:
    """Send the loggers under `baresip` through structlog and nowhere else. Idempotent."""
    logger = logging.getLogger("baresip")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    logger.handlers = [StackLogHandler()]
