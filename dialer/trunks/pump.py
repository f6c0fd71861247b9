"""One task that moves the audio of every leg of the process, each 20 ms by the absolute clock."""

from __future__ import annotations

import asyncio
from typing import Protocol

from dialer.ports import FRAME_S


class Polled(Protocol):
    """What the pump calls every 20 ms."""

    def poll(self, now: float) -> None: ...


class AudioPump:
    """Polls what is attached; costs nothing while nothing is."""

    def __init__(self) -> None:
        self._attached: dict[int, Polled] = {}
        self._any = asyncio.Event()
        self.late_ticks = 0
        """How often a tick came more than one frame too late."""

    def attach(self, polled: Polled) -> None:
        """Poll this from now on."""
        self._attached[id(polled)] = polled
        self._any.set()

    def detach(self, polled: Polled) -> None:
        """Poll this no more."""
        self._attached.pop(id(polled), None)
        if not self._attached:
            self._any.clear()

    async def run(self) -> None:
        """Poll until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if not self._attached:
                await self._any.wait()
                due = loop.time()
            now = loop.time()
            for polled in list(self._attached.values()):
                polled.poll(now)
            due += FRAME_S
            if now > due:
                self.late_ticks += 1
                due = now
            await asyncio.sleep(due - loop.time())
