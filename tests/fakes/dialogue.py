"""A dialogue engine that follows a list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from dialogs.ports import DialogueError, Reply, TurnInput


class ListedEngine:
    """Gives the listed replies one after the other; a DialogueError in the list is raised."""

    def __init__(
        self, replies: Sequence[Reply | DialogueError], takes_s: float | Sequence[float] = 0.0
    ) -> None:
        """`takes_s`: how long each takes, in order; the last stands for all that follow."""
        self._replies = list(replies)
        self._takes_s = [takes_s] if isinstance(takes_s, int | float) else list(takes_s)
        self.heard: list[TurnInput] = []
        self.numbers: list[int] = []

    async def start(self, attempt_id: UUID) -> Reply:
        return await self._next()

    async def turn(self, attempt_id: UUID, number: int, heard: TurnInput) -> Reply:
        self.heard.append(heard)
        self.numbers.append(number)
        return await self._next()

    async def _next(self) -> Reply:
        takes_s = self._takes_s[0] if len(self._takes_s) == 1 else self._takes_s.pop(0)
        await asyncio.sleep(takes_s)
        if not self._replies:
            raise DialogueError("there are no more replies in the list")
        reply = self._replies.pop(0)
        if isinstance(reply, DialogueError):
            raise reply
        return reply
