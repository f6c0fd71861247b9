"""Keywords in a leg's sound: only what is loud enough is searched, a stretch at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import structlog

from dialer.ports import FRAME_BYTES, FRAME_S
from dialer.speech import Keywords, SpottingStream
from tts_asr.audio import level_dbfs, samples_of
from tts_asr.ports import Keyword

log = structlog.get_logger(__name__)

_LOUD_DBFS = -50.0
"""A fixed gate: one that follows the noise would close on music, and on what comes after it."""
_HANG_OVER = int(0.3 / FRAME_S)
_BATCH_BYTES = 5 * FRAME_BYTES
_LEAD_IN = int(0.3 / FRAME_S)
_LONGEST_BYTES = int(12.0 / FRAME_S) * FRAME_BYTES
"""Music never pauses: a stretch is ended after so long and the next begins …"""
_OVERLAP = int(1.6 / FRAME_S)
"""… with so much of its end, so that no phrase is cut in two."""
_MOST_WAITING = 60
"""Batches (6 s): threads that fall further behind are not handed more."""


class Spotting:
    """Takes every frame; `on_keyword` is told each phrase. Close it after use."""

    def __init__(self, keywords: Keywords, on_keyword: Callable[[Keyword], None]) -> None:
        self._keywords = keywords
        self._on_keyword = on_keyword
        self._hang_over = 0
        self._recent: deque[bytes] = deque(maxlen=_OVERLAP)
        self._pending = bytearray()
        self._stretch_bytes = 0
        self._work: asyncio.Queue[bytes | None] = asyncio.Queue()
        """Sound; None ends a stretch."""
        self._running: asyncio.Task[None] | None = None

    def hear(self, pcm: bytes, *, worth_it: bool = True) -> None:
        """Take 20 ms; what is not worth it (a tone) is not searched."""
        loud = level_dbfs(samples_of(pcm)) > _LOUD_DBFS
        self._hang_over = _HANG_OVER if loud else max(0, self._hang_over - 1)
        if not (self._hang_over and worth_it):
            self.pause()
            self._recent.append(pcm)
            return
        if self._stretch_bytes == 0:
            self._begin(_LEAD_IN)
        elif self._stretch_bytes >= _LONGEST_BYTES:
            self.pause()
            self._begin(_OVERLAP)
        self._recent.append(pcm)
        self._add(pcm)

    def pause(self) -> None:
        """End the stretch, if there is one."""
        if self._stretch_bytes:
            self._hand_over()
            self._work.put_nowait(None)
            self._stretch_bytes = 0

    async def caught_up(self) -> None:
        """Wait until all that was heard has been searched."""
        await self._work.join()

    async def close(self, within_s: float = 0.0) -> None:
        """Search what was heard as far as `within_s` seconds allow, and stop."""
        self.pause()
        if self._running is None:
            return
        if within_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._work.join()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def _begin(self, frames: int) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="spotting")
        for pcm in list(self._recent)[-frames:]:
            self._add(pcm)

    def _add(self, pcm: bytes) -> None:
        self._pending += pcm
        self._stretch_bytes += len(pcm)
        if len(self._pending) >= _BATCH_BYTES:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._pending and self._work.qsize() < _MOST_WAITING:
            self._work.put_nowait(bytes(self._pending))
        self._pending.clear()

    async def _run(self) -> None:
        stream: SpottingStream | None = None
        while True:
            pcm = await self._work.get()
            try:
                if pcm is not None:
                    stream = stream or self._keywords.open()
                    found = await stream.feed(pcm)
                elif stream is not None:
                    ended, stream = stream, None
                    found = await ended.finish()
                else:
                    found = ()
            except Exception:
                # A spotter that fails costs its evidence, never the call.
                log.exception("spotting_failed")
                stream, found = None, ()
            for keyword in found:
                self._on_keyword(keyword)
            self._work.task_done()
