"""An AudioPort in the hands of a test: plays to the one who listens, keeps what is written."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from dialer.ports import FRAME_BYTES, FRAME_S, SAMPLE_RATE, Frame
from dialer.trunks.frame_stream import FrameStream


class TwoWayLine:
    """A frame each 20 ms of loop time, silence where nothing is played; use as `async with`."""

    def __init__(self) -> None:
        self._frames = FrameStream()
        self._playing: deque[bytes] = deque()
        self._queued = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._began = 0.0
        self.taken_s = 0.0
        """How many seconds of written audio were sent."""
        self.first_taken_at = -1.0
        """When the first written frame was sent, in seconds from the start."""

    async def __aenter__(self) -> TwoWayLine:
        self._began = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def play(self, pcm: bytes) -> None:
        """Let the listener hear this; return when its last frame is out."""
        for start in range(0, len(pcm), FRAME_BYTES):
            self._playing.append(pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
        await asyncio.sleep(len(self._playing) * FRAME_S)

    def close(self) -> None:
        """End the call."""
        self._frames.close()

    def frames(self) -> AsyncIterator[Frame]:
        return self._frames

    def write(self, pcm: bytes) -> int:
        taken = pcm[: max(0, FRAME_BYTES * 10 - len(self._queued))]
        self._queued += taken
        return len(taken)

    def queued_s(self) -> float:
        return len(self._queued) / 2 / SAMPLE_RATE

    def flush(self) -> None:
        self._queued.clear()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(FRAME_S)
            pcm = self._playing.popleft() if self._playing else bytes(FRAME_BYTES)
            self._frames.put(Frame(pcm, loop.time()))
            if self._queued:
                if self.first_taken_at < 0:
                    self.first_taken_at = loop.time() - self._began
                self.taken_s += min(len(self._queued), FRAME_BYTES) / 2 / SAMPLE_RATE
                del self._queued[:FRAME_BYTES]
