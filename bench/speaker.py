"""Somebody on the telephone: voice, size of the throat, pace, loudness and the noise around."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.peers import g711
from tts_asr.audio import TELEPHONE_RATE, Samples, pcm_of, resample, samples_of
from tts_asr.prompt_cache import PromptCache

_THROATS = (0.92, 0.96, 1.0, 1.0, 1.05, 1.1)
_PACES = (0.9, 1.0, 1.0, 1.1, 1.2)
_GAINS_DB = (2.0, 0.0, 0.0, -6.0, -12.0)
_SNRS_DB = (40.0, 30.0, 30.0, 20.0, 14.0)
_SPOKEN_DBFS = -20.0
"""What the prompt cache makes every clip."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """`throat` scales all frequencies, the pace unchanged; `snr_db` against pink noise."""

    voice: str
    throat: float
    pace: float
    gain_db: float
    snr_db: float
    seed: int

    @classmethod
    def of(cls, saying: str, voices: Sequence[str]) -> Speaker:
        """Choose the speaker of a saying: always the same one."""
        seed = int.from_bytes(hashlib.sha256(saying.encode()).digest()[:8], "big")
        pick = random.Random(seed)
        return cls(
            voice=pick.choice(list(voices)),
            throat=pick.choice(_THROATS),
            pace=pick.choice(_PACES),
            gain_db=pick.choice(_GAINS_DB),
            snr_db=pick.choice(_SNRS_DB),
            seed=seed,
        )

    def say(self, text: str, clips: PromptCache) -> bytes:
        """Return s16le mono PCM at 8 kHz as it comes off the line (A-law)."""
        clip = clips.render(text, self.voice, round(self.pace / self.throat, 3))
        spoken = resample(samples_of(clip.pcm), round(TELEPHONE_RATE * self.throat), TELEPHONE_RATE)
        noisy = spoken + self._noise(spoken.size)
        heard = noisy * np.float32(10 ** (self.gain_db / 20))
        return g711.decode(g711.encode(pcm_of(heard)))

    def _noise(self, size: int) -> Samples:
        """Pink noise: as much in every octave, as rooms and streets have it."""
        flat = np.random.default_rng(self.seed).standard_normal(size)
        spectrum = np.fft.rfft(flat)
        spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1))
        pink = np.fft.irfft(spectrum, size)
        level = 10 ** ((_SPOKEN_DBFS - self.snr_db) / 20)
        return np.asarray(pink / pink.std() * level, dtype=np.float32)

    def __str__(self) -> str:
        return (
            f"{self.voice} ×{self.throat} pace {self.pace} {self.gain_db} dB, {self.snr_db} dB SNR"
        )
