"""When the person's voice silences the bot."""

from __future__ import annotations

from collections import deque

from dialer.ports import FRAME_S


class BargeIn:
    """Fires once after `speech_s` of speech within the last `window_s` while the bot speaks."""

    def __init__(self, speech_s: float = 0.22, window_s: float = 0.32) -> None:
        self._needed = round(speech_s / FRAME_S)
        self._recent: deque[bool] = deque(maxlen=round(window_s / FRAME_S))

    def feed(self, voiced: bool, *, may_interrupt: bool) -> bool:
        """Take 20 ms; return True when the bot must stop now."""
        if not may_interrupt:
            self._recent.clear()
            return False
        self._recent.append(voiced)
        if sum(self._recent) < self._needed:
            return False
        self._recent.clear()
        return True
