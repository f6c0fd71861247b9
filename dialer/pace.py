"""How fast calls are placed: one turn every 1/rate seconds."""

from __future__ import annotations

import asyncio


class Pace:
    """Gives turns in order, at most `per_second` of them in a second."""

    def __init__(self, per_second: float) -> None:
        self._gap_s = 1.0 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for a turn."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._gap_s
        await asyncio.sleep(at - now)
