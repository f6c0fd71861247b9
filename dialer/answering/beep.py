"""The beep of an answering machine: one steady tone of 400–2000 Hz for 200 ms and longer."""

from __future__ import annotations

import numpy as np

from dialer.ports import FRAME_S, SAMPLE_RATE

_LOWEST_HZ, _HIGHEST_HZ = 400.0, 2000.0
_SHORTEST_FRAMES = int(0.2 / FRAME_S)
_PURITY = 0.9
_DRIFT_HZ = 12.0
_QUIETEST_DBFS = -42.0
_SIZE = int(SAMPLE_RATE * FRAME_S)
_WINDOW = np.hanning(_SIZE + 1)[:_SIZE]
_BIN_HZ = SAMPLE_RATE / _SIZE


class Beep:
    """Takes every frame; tells when a beep has lasted long enough. Voices have overtones and
    wander; two keys of a keypad are two tones."""

    def __init__(self) -> None:
        self._frames = 0
        self._hertz = 0.0

    def feed(self, pcm: bytes) -> bool:
        """Take 20 ms of s16le mono PCM at 8000 Hz; whether a beep is sounding."""
        hertz = pure_tone(pcm)
        if hertz is None:
            self._frames = 0
        elif self._frames and abs(hertz - self._hertz) <= _DRIFT_HZ:
            self._frames += 1
        else:
            self._frames, self._hertz = 1, hertz
        return self._frames >= _SHORTEST_FRAMES


def pure_tone(pcm: bytes) -> float | None:
    """Return the frequency in Hz if 20 ms hold a single tone in the band and little else."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768.0
    if samples.size != _SIZE:
        return None
    if 10.0 * np.log10(float(np.mean(samples**2)) + 1e-10) < _QUIETEST_DBFS:
        return None
    powers = np.abs(np.fft.rfft(samples * _WINDOW)) ** 2
    best = int(np.argmax(powers[2:-2])) + 2
    # A Hann-windowed tone lies in three bins and leaks 2 % into their neighbours.
    if float(powers[best - 2 : best + 3].sum()) < _PURITY * float(powers.sum()):
        return None
    left, middle, right = np.sqrt(powers[best - 1 : best + 2])
    shift = (right - left) / (left + middle + right) * 1.5
    hertz = (best + float(shift)) * _BIN_HZ
    return hertz if _LOWEST_HZ <= hertz <= _HIGHEST_HZ else None
