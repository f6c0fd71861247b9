"""The recording of a call: stereo, left the person, right the bot, on the call's time line."""

from __future__ import annotations

import asyncio
from typing import Protocol

import numpy as np

from dialer.ports import SAMPLE_RATE

_CHUNK_BYTES = SAMPLE_RATE * 4
"""One second of stereo s16le."""


class RecordingWriter(Protocol):
    """Where the recording goes (see `campaigns.recordings`); blocks on the disk."""

    def append(self, stereo_pcm: bytes) -> None: ...

    def close(self) -> str:
        """Finish the file and return its path relative to the recordings folder."""
        ...


class Recorder:
    """Takes a frame of each side every 20 ms and writes whole seconds in a thread."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._stereo = bytearray()
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._writing = asyncio.create_task(self._write(), name="recorder")

    def add(self, person: bytes, bot: bytes) -> None:
        """Append 20 ms of both sides (s16le mono, equal length)."""
        self._stereo += interleave(person, bot)
        if len(self._stereo) >= _CHUNK_BYTES:
            self._chunks.put_nowait(bytes(self._stereo))
            self._stereo.clear()

    async def close(self) -> str:
        """Write what is left and return the recording's relative path."""
        self._chunks.put_nowait(bytes(self._stereo))
        self._stereo.clear()
        self._chunks.put_nowait(None)
        await self._writing
        return await asyncio.to_thread(self._writer.close)

    async def _write(self) -> None:
        while (chunk := await self._chunks.get()) is not None:
            if chunk:
                await asyncio.to_thread(self._writer.append, chunk)


def interleave(left: bytes, right: bytes) -> bytes:
    """Return stereo s16le of two mono channels of equal length."""
    stereo = np.empty(len(left), dtype="<i2")
    stereo[0::2] = np.frombuffer(left, "<i2")
    stereo[1::2] = np.frombuffer(right, "<i2")
    return stereo.tobytes()
