"""Sound that arrives in fits, laid on a line that keeps the clock's time: one frame each 20 ms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dialer.ports import FRAME_BYTES, FRAME_S

_SILENCE = bytes(FRAME_BYTES)
_LATE_FRAMES = 3
"""Nothing has come for so long (60 ms): a gap. Less is waited for."""
_BEHIND_FRAMES = 10
"""Sound comes, but so much of it (200 ms) was lost on the way that time must be made up now,
whether somebody speaks or not."""
_AHEAD_FRAMES = 2
"""More than the clock allows: what is quiet is left out from here on …"""
_FAR_AHEAD_FRAMES = 10
"""… and anything from here on."""
_QUIET = 120.0
"""Root mean square (−49 dBFS): nobody speaks."""


class TimeLine:
    """What `take` gives differs by at most 200 ms from the clock, however long the call is.

    Losses shorten the sound and late packets come after their gap was filled, so that a line
    which only appends drifts with every fault. Time is added and left out in pauses, where no
    word is cut.
    """

    def __init__(self) -> None:
        self._left = b""
        self._origin: float | None = None
        self._fed = 0.0
        self._emitted = 0
        self.left_out = 0
        """Frames that had no place."""

    def take(self, pcm: bytes, now: float) -> Iterator[tuple[bytes, bool]]:
        """Take what has arrived by `now` (seconds); yield the frames and whether each is a gap."""
        if self._origin is None:
            self._origin = self._fed = now
        due = int((now - self._origin) / FRAME_S + 1e-6) + 1
        self._left += pcm
        arrived = len(self._left) // FRAME_BYTES
        for _ in range(arrived):
            frame, self._left = self._left[:FRAME_BYTES], self._left[FRAME_BYTES:]
            yield from self._place(frame, due)
        if arrived:
            self._fed = now
        starved = now - self._fed > (_LATE_FRAMES - 0.5) * FRAME_S
        patience = _LATE_FRAMES if starved else _BEHIND_FRAMES
        while self._emitted < due - patience:
            self._emitted += 1
            yield _SILENCE, True

    def _place(self, frame: bytes, due: int) -> Iterator[tuple[bytes, bool]]:
        ahead = self._emitted - due
        if ahead >= _FAR_AHEAD_FRAMES or (ahead >= _AHEAD_FRAMES and _is_quiet(frame)):
            self.left_out += 1
            return
        self._emitted += 1
        yield frame, False
        if ahead < -_LATE_FRAMES and _is_quiet(frame):
            self._emitted += 1
            yield frame, False


def _is_quiet(frame: bytes) -> bool:
    samples = np.frombuffer(frame, "<i2").astype(np.float32)
    return float(np.dot(samples, samples)) < _QUIET * _QUIET * samples.size
