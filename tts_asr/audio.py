"""Plain operations on PCM samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

Samples = npt.NDArray[np.float32]
"""Mono samples, −1 to 1."""

TELEPHONE_RATE = 8000
RECOGNITION_RATE = 16000

_FULL_SCALE = 32768.0
_FLOOR_DBFS = -100.0


def samples_of(pcm: bytes) -> Samples:
    """Samples of s16le mono PCM; an odd last byte is ignored."""
    whole = np.frombuffer(pcm, dtype="<i2", count=len(pcm) // 2)
    return whole.astype(np.float32) / np.float32(_FULL_SCALE)


def pcm_of(samples: Samples) -> bytes:
    """s16le mono PCM of samples, clipped to full scale."""
    scaled = np.clip(np.rint(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    return bytes(scaled.astype("<i2").tobytes())


def level_dbfs(samples: Samples) -> float:
    """RMS level in dB below full scale; −100 for silence or nothing."""
    if samples.size == 0:
        return _FLOOR_DBFS
    power = float(np.dot(samples, samples)) / samples.size
    return max(_FLOOR_DBFS, 10.0 * float(np.log10(power + 1e-12)))


def resample(samples: Samples, rate: int, to_rate: int) -> Samples:
    """A whole clip at another rate."""
    if rate == to_rate:
        return samples
    return np.asarray(soxr.resample(samples, rate, to_rate, quality="HQ"), dtype=np.float32)


class Upsampler:
    """Brings a telephone stream piece by piece to the rate recognisers want (8 → 16 kHz).

    Holds back at most 31 ms; `finish` gives the rest.
    """

    def __init__(self) -> None:
        # The low-quality filter is as good for recognition at 8 kHz and delays half as much.
        self._stream = soxr.ResampleStream(
            TELEPHONE_RATE, RECOGNITION_RATE, 1, dtype="float32", quality="LQ"
        )

    def feed(self, samples: Samples) -> Samples:
        """Samples that are ready."""
        return np.asarray(self._stream.resample_chunk(samples), dtype=np.float32)

    def finish(self) -> Samples:
        """What was held back; the stream is over after this."""
        last = self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
        return np.asarray(last, dtype=np.float32)
