"""Ring-back music (彩铃): sound that goes on without being speech or a tone."""

from __future__ import annotations

from collections import deque

from dialer.ports import FRAME_S

_WINDOW = int(4.0 / FRAME_S)
_LEAST_LOUD = 0.8
_MOST_SPEECH = 0.3
_MOST_TONE = 0.3
_LOUD_DBFS = -45.0
_SPEECH = 0.5


class MusicMeter:
    """Takes every frame; looks back four seconds."""

    def __init__(self) -> None:
        self._frames: deque[tuple[bool, bool, bool]] = deque(maxlen=_WINDOW)
        self._loud = self._speech = self._tone = 0

    def feed(self, dbfs: float, speech: float, *, tone: bool) -> bool:
        """Take a frame's level, probability of speech, and whether it is a progress tone; whether
        music has been playing."""
        if len(self._frames) == _WINDOW:
            self._count(self._frames[0], -1)
        frame = (dbfs > _LOUD_DBFS, speech >= _SPEECH, tone)
        self._frames.append(frame)
        self._count(frame, 1)
        return (
            self._loud >= _LEAST_LOUD * _WINDOW
            and self._speech <= _MOST_SPEECH * _WINDOW
            and self._tone <= _MOST_TONE * _WINDOW
        )

    def _count(self, frame: tuple[bool, bool, bool], step: int) -> None:
        loud, speech, tone = frame
        self._loud += step * loud
        self._speech += step * speech
        self._tone += step * tone
