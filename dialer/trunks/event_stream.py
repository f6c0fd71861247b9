"""The events of one leg, buffered from before the INVITE until the one `Ended`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from dialer.ports import CallEvent, Ended


class EventStream(AsyncIterator[CallEvent]):
    """An iterator for one reader; ends after `Ended`, and nothing is taken after it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[CallEvent] = asyncio.Queue()
        self.ended: Ended | None = None
        self._read_to_end = False

    def put(self, event: CallEvent) -> None:
        """Append an event; ignored once the leg has ended."""
        if self.ended is not None:
            return
        if isinstance(event, Ended):
            self.ended = event
        self._queue.put_nowait(event)

    def __aiter__(self) -> AsyncIterator[CallEvent]:
        return self

    async def __anext__(self) -> CallEvent:
        if self._read_to_end:
            raise StopAsyncIteration
        event = await self._queue.get()
        self._read_to_end = isinstance(event, Ended)
        return event
