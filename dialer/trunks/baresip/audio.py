"""The sound of one leg: PCM out of and into the stack's rings, on one steady time line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from baresip import AudioInfo, AudioNotActive, AudioRestarted

from dialer.ports import FRAME_BYTES, FRAME_S, SAMPLE_RATE, Frame
from dialer.trunks.frame_stream import FrameStream

MOST_QUEUED_BYTES = int(0.2 * SAMPLE_RATE) * 2
_SILENCE = bytes(FRAME_BYTES)
_READ_BYTES = 16_000
_LATE_FRAMES = 3
"""A frame that is this much late (60 ms) is a gap; one that is less late is waited for."""
_AHEAD_FRAMES = 5
"""So much more than real time (100 ms) means that the far clock runs faster: start anew."""


class Pcm(Protocol):
    """The stack's audio of one call (`baresip.CallAudio`)."""

    def info(self) -> AudioInfo: ...

    def read(self, max_bytes: int) -> bytes: ...

    def write(self, pcm: bytes) -> int: ...

    def flush_tx(self) -> None: ...


class BaresipAudio:
    """An `AudioPort` over the stack's rings; `poll` is called every 20 ms by the pump."""

    def __init__(self, pcm: Pcm) -> None:
        self._pcm = pcm
        self._frames = FrameStream()
        self._left = b""
        self._origin: float | None = None
        self._emitted = 0
        self.early = True

    def frames(self) -> AsyncIterator[Frame]:
        return self._frames

    def write(self, pcm: bytes) -> int:
        try:
            room = MOST_QUEUED_BYTES - self._pcm.info().tx_buffered
            if room <= 1:
                return 0
            return self._pcm.write(pcm[: room & ~1])
        except (AudioNotActive, AudioRestarted):
            return 0

    def queued_s(self) -> float:
        try:
            return float(self._pcm.info().tx_buffered) / 2 / SAMPLE_RATE
        except (AudioNotActive, AudioRestarted):
            return 0.0

    def flush(self) -> None:
        try:
            self._pcm.flush_tx()
        except (AudioNotActive, AudioRestarted):
            return

    def poll(self, now: float) -> None:
        """Turn what has arrived by `now` (loop time) into frames, and long gaps into silence."""
        try:
            arrived = self._pcm.read(_READ_BYTES)
        except AudioNotActive:
            return
        except AudioRestarted:
            arrived = b""
        if self._origin is None:
            self._origin = now
        self._emit(self._left + arrived, now)
        due = int((now - self._origin) / FRAME_S)
        while self._emitted < due - _LATE_FRAMES:
            self._put(_SILENCE, now, gap=True)
        if self._emitted > due + _AHEAD_FRAMES:
            self._origin = now - self._emitted * FRAME_S

    def close(self) -> None:
        """End `frames()` after what waits."""
        self._frames.close()

    def _emit(self, pcm: bytes, now: float) -> None:
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            self._put(pcm[start : start + FRAME_BYTES], now, gap=False)
        self._left = pcm[whole:]

    def _put(self, pcm: bytes, now: float, *, gap: bool) -> None:
        self._emitted += 1
        self._frames.put(Frame(pcm, now, early=self.early, gap=gap))
