"""Structured logs: JSON lines on standard error, phone numbers masked whatever is logged."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from campaigns.phone_number import mask_all


def configure(process: str, level: str = "info") -> None:
    """Set up logging for this process; `process` is written into every entry."""
    logging.basicConfig(level=level.upper(), stream=sys.stderr, format="%(message)s", force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_numbers,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def mask_numbers(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask every phone number in the values of a log entry, however deep it sits."""
    return {key: value if key == "timestamp" else _masked(value) for key, value in entry.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_all(value)
    if isinstance(value, int) and not isinstance(value, bool):
        masked = mask_all(str(value))
        return value if masked == str(value) else masked
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return value
