"""Slower speech at the same pitch: waveform-similarity overlap-add (Verhelst & Roelands 1993)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WINDOW = 240
"""30 ms at 8000 Hz."""
_HOP = _WINDOW // 2
_SEARCH = 80
"""10 ms either side."""


def stretched(pcm: bytes, factor: float) -> bytes:
    """Return s16le mono 8000 Hz PCM `factor` (1–2) times as long at the same pitch."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    if factor <= 1.0 or len(samples) < 4 * _WINDOW:
        return pcm
    padded = np.pad(samples, (0, _WINDOW + _HOP + 2 * _SEARCH))
    hops = int(len(samples) * factor) // _HOP
    out = np.zeros((hops + 1) * _HOP + _WINDOW, dtype=np.float32)
    window = np.hanning(_WINDOW + 1)[:_WINDOW].astype(np.float32)
    at = 0
    for hop in range(hops):
        if hop:
            at = _most_alike(padded, at + _HOP, round(hop * _HOP / factor))
        out[hop * _HOP : hop * _HOP + _WINDOW] += padded[at : at + _WINDOW] * window
    clipped = np.clip(out[: hops * _HOP], -32768, 32767)
    return clipped.astype("<i2").tobytes()


def _most_alike(samples: NDArray[np.float32], natural: int, wanted: int) -> int:
    """Return the start near `wanted` whose window continues the one at `natural` best."""
    first = max(0, wanted - _SEARCH)
    last = min(len(samples) - _WINDOW, wanted + _SEARCH)
    natural = min(natural, len(samples) - _WINDOW)
    template = samples[natural : natural + _WINDOW]
    likeness = np.correlate(samples[first : last + _WINDOW], template, mode="valid")
    return first + int(np.argmax(likeness))
