"""Keys as a telephone sounds them: the tones of ITU-T Q.23."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KEYS = "123A456B789C*0#D"
_LOW = (697.0, 770.0, 852.0, 941.0)
_HIGH = (1209.0, 1336.0, 1477.0, 1633.0)
_FREQUENCIES = dict(zip(KEYS, ((low, high) for low in _LOW for high in _HIGH), strict=True))


def key_tone(
    key: str, tone_ms: float, *, off: float = 0.0, twist_db: float = 0.0, peak: float = 4000.0
) -> NDArray[np.float64]:
    """Return one key's samples at 8000 Hz; `peak` is the stronger tone's, `off` the share by which
    both frequencies are wrong, `twist_db` how much stronger the high tone is."""
    at = np.arange(int(tone_ms * 8)) / 8000
    low, high = _FREQUENCIES[key]
    low_peak = peak * 10 ** (min(0.0, -twist_db) / 20)
    high_peak = peak * 10 ** (min(0.0, twist_db) / 20)
    return np.asarray(
        low_peak * np.sin(2 * np.pi * low * (1 + off) * at)
        + high_peak * np.sin(2 * np.pi * high * (1 + off) * at + 1.0)
    )


def keys_tones(
    keys: str,
    tone_ms: float,
    pause_ms: float,
    *,
    off: float = 0.0,
    twist_db: float = 0.0,
    peak: float = 4000.0,
) -> NDArray[np.float64]:
    """Return several keys, a pause after each."""
    pause = np.zeros(int(pause_ms * 8))
    each = [key_tone(key, tone_ms, off=off, twist_db=twist_db, peak=peak) for key in keys]
    return np.concatenate([part for tone in each for part in (tone, pause)])
