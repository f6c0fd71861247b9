"""The person's keys, told once each however they travel: as events or as tones in the sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from dialer.media.dtmf_tones import ToneKeys

_HOLD_S = 0.2
"""A tone's key waits so long for the event that may come for the same press."""
_SAME_PRESS_S = 1.0
"""An event this soon after its key was told from the tone is the same press."""


class Keypad:
    """`on_key` is told each key and where it was heard: `event` (RFC 4733) or `tone` (in-band).

    A far end whose events arrive is believed from then on and its tones are not: gateways leak
    the beginning of a tone into the sound beside the event.
    """

    def __init__(self, on_key: Callable[[str, str], None]) -> None:
        self._on_key = on_key
        self._tones = ToneKeys()
        self._now_s = 0.0
        self._events_come = False
        self._waiting: deque[tuple[float, str]] = deque()
        self._told: deque[tuple[float, str]] = deque(maxlen=16)

    def on_event(self, digit: str) -> None:
        """Take a key that came as an event."""
        self._events_come = True
        self._waiting.clear()
        while self._told:
            at, told = self._told.popleft()
            if told == digit and self._now_s - at <= _SAME_PRESS_S:
                return
        self._on_key(digit, "event")

    def hear(self, pcm: bytes, now_s: float) -> None:
        """Take 20 ms of the person's sound that end at `now_s` (call time)."""
        self._now_s = now_s
        if self._events_come:
            return
        self._waiting.extend((now_s, digit) for digit in self._tones.hear(pcm))
        while self._waiting and now_s - self._waiting[0][0] >= _HOLD_S:
            _, digit = self._waiting.popleft()
            self._told.append((now_s, digit))
            self._on_key(digit, "tone")
