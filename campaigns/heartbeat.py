"""A process's sign of life: a file it touches from its event loop while that loop turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)

BEAT_EVERY_S = 2.0


@asynccontextmanager
async def beating(file: Path | None) -> AsyncIterator[None]:
    """Touch the file every 2 s while the context is open; without a file nothing is done."""
    if file is None:
        yield
        return
    heart = asyncio.create_task(_beat(file), name="heartbeat")
    try:
        yield
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)


async def _beat(file: Path) -> None:
    while True:
        try:
            # Microseconds, and it must not wait for a free thread of a pool that is at work.
            file.touch()  # noqa: ASYNC240
        except OSError as error:
            _log.warning("no_heartbeat", file=str(file), error=str(error))
        await asyncio.sleep(BEAT_EVERY_S)
