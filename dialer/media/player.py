"""Plays PCM into a leg: paced by the received frames, never more than 100 ms ahead."""

from __future__ import annotations

import asyncio
from collections import deque

from dialer.ports import FRAME_BYTES, FRAME_S, AudioPort

_AHEAD_S = 0.1
_SILENCE = bytes(FRAME_BYTES)


class Player:
    """What the bot says. `tick` is called with every received frame (20 ms).

    Knows what has left: `tick` returns the frame that goes out in this 20 ms, so the recording
    holds what was sent, not what was planned.
    """

    def __init__(self, audio: AudioPort) -> None:
        self._audio = audio
        self._pending = bytearray()
        self._written: deque[bytes] = deque()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def speaking(self) -> bool:
        """Whether something is still to be said or on its way out."""
        return not self._idle.is_set()

    @property
    def left_s(self) -> float:
        """Seconds that are queued and have not left."""
        return len(self._pending) / FRAME_BYTES * FRAME_S + len(self._written) * FRAME_S

    def play(self, pcm: bytes) -> None:
        """Queue PCM (8000 Hz s16le mono); its first frames are handed over at once."""
        if not pcm:
            return
        self._pending += pcm
        short = -len(self._pending) % FRAME_BYTES
        self._pending += bytes(short)
        self._idle.clear()
        self._top_up()

    def stop(self) -> None:
        """Be silent at once: throw away what has not been sent."""
        self._pending.clear()
        self._written.clear()
        self._audio.flush()
        self._idle.set()

    def tick(self) -> bytes:
        """Advance by 20 ms and return the frame that leaves now."""
        leaving = self._written.popleft() if self._written else _SILENCE
        if self._pending:
            self._top_up()
        elif not self._written:
            self._idle.set()
        return leaving

    async def finished(self) -> None:
        """Wait until the last sample has left or `stop` was called."""
        await self._idle.wait()

    def _top_up(self) -> None:
        while self._pending and len(self._written) * FRAME_S < _AHEAD_S:
            frame = bytes(self._pending[:FRAME_BYTES])
            taken = self._audio.write(frame)
            if taken == 0:
                return
            # A leg takes whole frames except at its 200 ms bound, which lies above ours.
            self._written.append(frame[:taken].ljust(FRAME_BYTES, b"\0"))
            del self._pending[:taken]
