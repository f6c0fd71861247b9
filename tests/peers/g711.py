"""G.711 A-law (ITU-T G.711, payload type 8) as two tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def _expanded() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    mantissa, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    size = np.where(segment == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


_DECODE = _expanded()
_ORDER = np.argsort(_DECODE)
_SORTED = _DECODE[_ORDER].astype(np.int32)
_MIDDLES = (_SORTED[1:] + _SORTED[:-1]) / 2
SILENCE = 0xD5


def decode(payload: bytes) -> bytes:
    """Return s16le PCM of an A-law payload."""
    return _DECODE[np.frombuffer(payload, np.uint8)].astype("<i2").tobytes()


def encode(pcm: bytes) -> bytes:
    """Return the nearest A-law payload of s16le PCM."""
    samples = np.frombuffer(pcm, "<i2")
    return _ORDER[np.searchsorted(_MIDDLES, samples)].astype(np.uint8).tobytes()
