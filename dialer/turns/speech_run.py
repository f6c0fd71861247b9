"""When the person began to speak and when they last did, from the speech probability."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from dialer.ports import FRAME_S


@dataclass(frozen=True, slots=True)
class SpeechThresholds:
    """`begin` and `go_on`: probabilities from which a frame counts as speech at the start and
    within speech; `of_frames`/`frames`: how many of the last frames make a start."""

    begin: float = 0.5
    go_on: float = 0.35
    frames: int = 3
    of_frames: int = 5


class SpeechRun:
    """Follows one run of speech at a time, in call time (seconds)."""

    def __init__(self, thresholds: SpeechThresholds | None = None) -> None:
        self._thresholds = thresholds or SpeechThresholds()
        self._recent: deque[bool] = deque(maxlen=self._thresholds.of_frames)
        self.began_s: float | None = None
        """Start of the run, None while there is none."""
        self.last_voiced_s: float = 0.0
        """End of the last frame that held speech."""
        self.voiced_s: float = 0.0
        """How much speech the run has held."""
        self.voiced = False
        """Whether the last frame held speech."""

    def feed(self, start_s: float, probability: float) -> bool:
        """Take the frame that starts at `start_s`; return True when a run begins with it."""
        limit = self._thresholds.begin if self.began_s is None else self._thresholds.go_on
        self.voiced = probability >= limit
        self._recent.append(self.voiced)
        if self.voiced:
            self.last_voiced_s = round(start_s + FRAME_S, 2)
            self.voiced_s += FRAME_S
        if self.began_s is not None or sum(self._recent) < self._thresholds.frames:
            return False
        first = next(index for index, voiced in enumerate(self._recent) if voiced)
        self.began_s = max(0.0, round(start_s - (len(self._recent) - 1 - first) * FRAME_S, 2))
        self.voiced_s = sum(self._recent) * FRAME_S
        return True

    def end(self) -> None:
        """The run is over; the next speech starts a new one."""
        self.began_s = None
        self.voiced_s = 0.0
        self._recent.clear()
