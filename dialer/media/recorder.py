"""The recording of a call: stereo, left the person, right the bot, on the call's time line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import numpy as np
import structlog

from dialer.ports import SAMPLE_RATE

log = structlog.get_logger(__name__)

_CHUNK_BYTES = SAMPLE_RATE * 4
"""One second of stereo s16le."""


class RecordingWriter(Protocol):
    """Where the recording goes (see `campaigns.recordings`); blocks on the disk."""

    def append(self, stereo_pcm: bytes) -> None: ...

    def close(self) -> str:
        """Finish the file and return its path relative to the recordings folder."""
        ...


class Recorder:
    """Takes a frame of each side every 20 ms and writes whole seconds in a thread.

    A disk that fails costs the recording, never the call.
    """

    def __init__(self, open_writer: Callable[[], RecordingWriter]) -> None:
        self._open_writer = open_writer
        self._stereo = bytearray()
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._writing = asyncio.create_task(self._write(), name="recorder")

    def add(self, person: bytes, bot: bytes) -> None:
        """Append 20 ms of both sides (s16le mono, equal length)."""
        self._stereo += interleave(person, bot)
        if len(self._stereo) >= _CHUNK_BYTES:
            self._pass_on()

    async def close(self) -> str | None:
        """Write what is left; return the recording's relative path, None if it was lost."""
        self._pass_on()
        self._chunks.put_nowait(None)
        return await self._writing

    def _pass_on(self) -> None:
        self._chunks.put_nowait(bytes(self._stereo))
        self._stereo.clear()

    async def _write(self) -> str | None:
        try:
            writer = await asyncio.to_thread(self._open_writer)
            while (chunk := await self._chunks.get()) is not None:
                if chunk:
                    await asyncio.to_thread(writer.append, chunk)
            return await asyncio.to_thread(writer.close)
        except OSError as error:
            log.error("recording_lost", error=str(error))
            return None


def interleave(left: bytes, right: bytes) -> bytes:
    """Return stereo s16le of two mono channels of equal length."""
    stereo = np.empty(len(left), dtype="<i2")
    stereo[0::2] = np.frombuffer(left, "<i2")
    stereo[1::2] = np.frombuffer(right, "<i2")
    return stereo.tobytes()
