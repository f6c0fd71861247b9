"""The received frames of one leg, from the first media until the call ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from dialer.ports import FRAME_S, Frame

_MOST_WAITING = int(2.0 / FRAME_S)


class FrameStream(AsyncIterator[Frame]):
    """An iterator for one reader. Keeps two seconds: a reader that falls further behind loses
    the oldest frames (`dropped` counts them), so that what it hears stays live."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._closed = False
        self.dropped = 0

    def put(self, frame: Frame) -> None:
        """Append a frame; ignored once closed."""
        if self._closed:
            return
        if self._queue.qsize() >= _MOST_WAITING:
            self._queue.get_nowait()
            self.dropped += 1
        self._queue.put_nowait(frame)

    def close(self) -> None:
        """End the iteration after the frames that wait."""
        if not self._closed:
            self._closed = True
            self._queue.put_nowait(None)

    def __aiter__(self) -> AsyncIterator[Frame]:
        return self

    async def __anext__(self) -> Frame:
        frame = await self._queue.get()
        if frame is None:
            self._queue.put_nowait(None)
            raise StopAsyncIteration
        return frame
