"""Asking the dialogue engine: a filler while it is slow, a last try after it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from dialogs.ports import DialogueEngine, DialogueError, Reply, TurnInput

Fill = Callable[[], Awaitable[None]]


class Asking:
    """Asks for one call. `fill_after_s`: so long the person waits before `fill` speaks to them;
    `wait_s`: longest wait for a reply."""

    def __init__(
        self,
        engine: DialogueEngine,
        attempt_id: UUID,
        fill: Fill,
        *,
        fill_after_s: float,
        wait_s: float,
    ) -> None:
        self._engine = engine
        self._attempt_id = attempt_id
        self._fill = fill
        self._fill_after_s = fill_after_s
        self._wait_s = wait_s

    async def start(self) -> Reply:
        """Open the conversation. Raises DialogueError."""
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._engine.start(self._attempt_id)
        except TimeoutError as error:
            raise DialogueError("the dialogue engine did not open the conversation") from error

    async def turn(self, number: int, heard: TurnInput) -> Reply:
        """Return the reply to a turn; the person is spoken to while it takes its time. Raises
        DialogueError."""
        asking = asyncio.create_task(self._turn(number, heard), name="dialogue-turn")
        try:
            done, _ = await asyncio.wait({asking}, timeout=self._fill_after_s)
            if not done:
                await self._fill()
            return await asking
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def late_turn(self, number: int, heard: TurnInput) -> Reply | None:
        """Ask once more for the reply to a turn that failed: the answer in it must not be lost.
        None where it does not come."""
        try:
            return await self._turn(number, heard)
        except DialogueError:
            return None

    async def _turn(self, number: int, heard: TurnInput) -> Reply:
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._engine.turn(self._attempt_id, number, heard)
        except TimeoutError as error:
            raise DialogueError("the dialogue engine did not answer in time") from error
