"""Waiting for the first of several events."""

from __future__ import annotations

import asyncio


async def first_of(*events: asyncio.Event, within_s: float | None = None) -> bool:
    """Wait until one is set; False when none was within the time."""
    waits = [asyncio.ensure_future(each.wait()) for each in events]
    try:
        done, _ = await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return bool(done)
