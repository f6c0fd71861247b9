"""The call to an agent: rung, answered or not, and ended; its events are not the attempt's."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from dialer.ports import Answered, CallLeg, Ended

_END_WAIT_S = 3.0


class AgentLeg:
    """Follows one leg. `end` always, also after its end."""

    def __init__(self, leg: CallLeg) -> None:
        self.audio = leg.audio
        self.answered = asyncio.Event()
        self.over = asyncio.Event()
        self.ended: Ended | None = None
        self._leg = leg
        self._following = asyncio.create_task(self._follow(), name="agent-signalling")

    @property
    def talks(self) -> bool:
        """Whether the agent has answered and is there."""
        return self.answered.is_set() and not self.over.is_set()

    async def end(self) -> None:
        """Hang up if the call is up, and wait for its end."""
        if not self.over.is_set():
            await self._leg.hang_up()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), _END_WAIT_S)
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self) -> None:
        async for event in self._leg.events:
            match event:
                case Answered():
                    self.answered.set()
                case Ended():
                    self.ended = event
        self.over.set()
