"""The ring-back tone people hear while an agent is rung (China: 450 Hz, 1 s on, 4 s off)."""

from __future__ import annotations

import numpy as np

from dialer.ports import SAMPLE_RATE

_HZ = 450
_ON_S = 1.0
_AMPLITUDE = 4000
_RAMP = 80
"""10 ms at each end, so that it does not click."""
PAUSE_S = 4.0


def ring_tone() -> bytes:
    """Return the sounding second as s16le mono at 8000 Hz."""
    time_s = np.arange(int(_ON_S * SAMPLE_RATE)) / SAMPLE_RATE
    tone = _AMPLITUDE * np.sin(2 * np.pi * _HZ * time_s)
    ramp = np.linspace(0.0, 1.0, _RAMP)
    tone[:_RAMP] *= ramp
    tone[-_RAMP:] *= ramp[::-1]
    return tone.astype("<i2").tobytes()
