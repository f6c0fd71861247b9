"""When the person's voice silences the bot."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dialer.ports import FRAME_S
from dialer.turns.back_channel import BackChannel

_APART = round(0.3 / FRAME_S)
"""Frames of silence that part one remark from the next."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What the person is saying: whether this frame holds speech, and the syllables recognised
    so far."""

    voiced: bool
    syllables: Sequence[str] = ()


class BargeIn:
    """Fires once after `speech_s` of speech within the last `window_s` while the bot speaks,
    unless it may be a back-channel."""

    def __init__(
        self,
        speech_s: float = 0.22,
        window_s: float = 0.32,
        back_channel: BackChannel | None = None,
    ) -> None:
        self._needed = round(speech_s / FRAME_S)
        self._recent: deque[bool] = deque(maxlen=round(window_s / FRAME_S))
        self._back_channel = back_channel or BackChannel()
        self._spoken = 0
        self._silent = 0

    def feed(self, remark: Remark, *, may_interrupt: bool, left_s: float) -> bool:
        """Take 20 ms; return True when the bot must stop now. `left_s`: so much of what the bot
        is saying is still to come."""
        if not may_interrupt:
            self._forget()
            return False
        self._count(remark.voiced)
        if sum(self._recent) < self._needed:
            return False
        spoken_s = self._spoken * FRAME_S
        if self._back_channel.may_be(spoken_s, remark.syllables, left_s):
            return False
        self._forget()
        return True

    def _count(self, voiced: bool) -> None:
        self._recent.append(voiced)
        if voiced:
            self._spoken, self._silent = self._spoken + 1, 0
            return
        self._silent += 1
        if self._silent >= _APART:
            self._spoken = 0

    def _forget(self) -> None:
        self._recent.clear()
        self._spoken = self._silent = 0
