"""Tells the store every few seconds that this dialer is at work, and with how many calls."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from campaigns.clock import Clock
from campaigns.dialers import TELL_EVERY_S, DialerPresence, Dialers
from campaigns.errors import CampaignError
from dialer.worker import Worker

log = structlog.get_logger(__name__)

_STORE_WAIT_S = 5.0


@asynccontextmanager
async def present(dialers: Dialers, worker: Worker, clock: Clock) -> AsyncIterator[None]:
    """Tell of the worker while the context is open, and that it left at the end."""
    telling = asyncio.create_task(_tell(dialers, worker, clock), name="presence")
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                await dialers.leave(worker.name)
        except (CampaignError, OSError, TimeoutError) as error:
            log.warning("leave_not_told", error=str(error))


async def _tell(dialers: Dialers, worker: Worker, clock: Clock) -> None:
    started_at = clock.now()
    while True:
        presence = DialerPresence(
            name=worker.name,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=started_at,
            calls=worker.calls,
            max_calls=worker.limits.calls,
            draining=worker.draining,
        )
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                await dialers.tell(presence)
        except (CampaignError, OSError, TimeoutError) as error:
            log.warning("presence_not_told", error=str(error))
        await asyncio.sleep(TELL_EVERY_S)
