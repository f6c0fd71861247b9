"""The sound of one leg: PCM out of and into the stack's rings, on one steady time line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from baresip import AudioInfo, AudioNotActive, AudioRestarted

from dialer.ports import SAMPLE_RATE, Frame
from dialer.trunks.frame_stream import FrameStream
from dialer.trunks.time_line import TimeLine

MOST_QUEUED_BYTES = int(0.2 * SAMPLE_RATE) * 2
_READ_BYTES = 16_000


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
        self._line = TimeLine()
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
        for pcm, gap in self._line.take(arrived, now):
            self._frames.put(Frame(pcm, now, early=self.early, gap=gap))

    def close(self) -> None:
        """End `frames()` after what waits."""
        self._frames.close()
