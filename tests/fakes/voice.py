"""A voice engine that hums: one tone, 0.2 s for each character."""

from __future__ import annotations

import numpy as np

from tts_asr.audio import pcm_of
from tts_asr.ports import Clip


class HummingVoice:
    """Counts what it was asked to say in `said`."""

    name = "humming"
    live = True
    voices: tuple[str, ...] = ("alto", "bass")

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.said: list[str] = []

    def synthesize(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        self.said.append(text)
        pitch = {"alto": 440.0, "bass": 110.0}[voice]
        length = int(0.2 * 16000 * len(text) / speed)
        wave = np.sin(2 * np.pi * pitch * np.arange(length) / 16000) * 0.05
        silence = np.zeros(8000)
        return Clip(pcm_of(np.concatenate((silence, wave, silence)).astype(np.float32)), rate=16000)
