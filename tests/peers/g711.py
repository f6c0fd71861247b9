"""G.711 (ITU-T G.711) as tables: A-law, payload type 8, and for who asks for it µ-law, 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def _expanded() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    mantissa, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    size = np.where(segment == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _mu_expanded() -> NDArray[np.int16]:
    code = ~np.arange(256) & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


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


_MU_DECODE = _mu_expanded()
_MU_ORDER = np.argsort(_MU_DECODE, kind="stable")
_MU_SORTED = _MU_DECODE[_MU_ORDER].astype(np.int32)
_MU_MIDDLES = (_MU_SORTED[1:] + _MU_SORTED[:-1]) / 2


def mu_decode(payload: bytes) -> bytes:
    """Return s16le PCM of a µ-law payload."""
    return _MU_DECODE[np.frombuffer(payload, np.uint8)].astype("<i2").tobytes()


def mu_encode(pcm: bytes) -> bytes:
    """Return the nearest µ-law payload of s16le PCM."""
    samples = np.frombuffer(pcm, "<i2")
    return _MU_ORDER[np.searchsorted(_MU_MIDDLES, samples)].astype(np.uint8).tobytes()
