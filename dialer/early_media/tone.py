"""Call progress tones in China: 450 Hz ± 25 Hz told by frequency, 20 ms at a time (YD/T 1098)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from dialer.ports import FRAME_S, SAMPLE_RATE

_SAMPLES = int(SAMPLE_RATE * FRAME_S)
_LOWEST_HZ, _HIGHEST_HZ = 423.0, 477.0
_STEP_HZ = 9.0
_PURITY = 0.65
"""Share of a frame's power in the tone. A frame the tone fills to two thirds still counts."""
_QUIETEST_DBFS = -48.0
_BELOW_TONE_DB = 12.0
"""What is so much quieter than the tone before it is the pause of a cadence."""


class Kind(Enum):
    """What 20 ms of early media are."""

    TONE = auto()
    SILENCE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Measured:
    """One frame; `hertz` means something for a tone only."""

    kind: Kind
    dbfs: float
    hertz: float = 0.0


class ToneMeter:
    """Goertzel's question for a bank of frequencies at once: how much of a frame is one of them.

    The bank reaches beyond the band on both sides, so that a neighbour's peak is seen where it is.
    """

    def __init__(self) -> None:
        self._tone_dbfs: float | None = None

    def feed(self, pcm: bytes) -> Measured:
        """Take 20 ms of s16le mono PCM at 8000 Hz."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768.0)
        energy = float(np.dot(samples, samples))
        dbfs = 10.0 * float(np.log10(energy / max(1, samples.size) + 1e-10))
        if samples.size != _SAMPLES or dbfs < _QUIETEST_DBFS:
            return Measured(Kind.SILENCE, dbfs)
        hertz, power = peak(samples)
        if power >= _PURITY * energy and _LOWEST_HZ <= hertz <= _HIGHEST_HZ:
            self._tone_dbfs = dbfs
            return Measured(Kind.TONE, dbfs, hertz)
        if self._tone_dbfs is not None and dbfs < self._tone_dbfs - _BELOW_TONE_DB:
            return Measured(Kind.SILENCE, dbfs)
        return Measured(Kind.OTHER, dbfs)


def peak(samples: np.ndarray) -> tuple[float, float]:
    """Return the strongest frequency between 370 and 530 Hz, and the energy it explains."""
    parts = _BANK @ samples
    powers = (parts[: _FREQUENCIES.size] ** 2 + parts[_FREQUENCIES.size :] ** 2) * (2.0 / _SAMPLES)
    best = int(np.argmax(powers))
    if 0 < best < powers.size - 1:
        left, middle, right = (float(powers[best + step]) for step in (-1, 0, 1))
        bend = left - 2.0 * middle + right
        shift = 0.5 * (left - right) / bend if bend else 0.0
        return float(_FREQUENCIES[best]) + shift * _STEP_HZ, middle
    return float(_FREQUENCIES[best]), float(powers[best])


_FREQUENCIES = np.arange(369.0, 532.0, _STEP_HZ)
_ANGLES = 2.0 * np.pi * _FREQUENCIES[:, np.newaxis] * np.arange(_SAMPLES) / SAMPLE_RATE
_BANK = np.concatenate((np.cos(_ANGLES), np.sin(_ANGLES))).astype(np.float32)
