"""Keys heard as tones in the sound (in-band DTMF): ITU-T Q.23 frequencies, Q.24 limits.

Windows of 25.6 ms every 10 ms are correlated with each of the eight frequencies, and with four
more around each so that the 1.5 % a telephone may be off cost nothing. What counts is the share
of a window's energy that its strongest low and high tone explain: speech and music never put 80 %
into exactly two of these for long, and a tone that fills less than 80 % of a window does not
either. So two windows in a row mean a tone of 40 ms (one of 25 ms can fill but one), and four
without it in a row mean a pause of 40 ms (an interruption of 10 ms can spoil but three).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dialer.ports import SAMPLE_RATE

_LOW = (697.0, 770.0, 852.0, 941.0)
_HIGH = (1209.0, 1336.0, 1477.0, 1633.0)
_KEYS = ("123A", "456B", "789C", "*0#D")
_OFF = (-0.018, -0.009, 0.0, 0.009, 0.018)
_WINDOW = 205
_HOP = 80
_SHARE = 0.8
_HITS = 2
_MISSES = 4
_WEAKEST = 400.0
"""Amplitude of the weaker tone: −35 dBm0, where Q.24 asks for −24 to −29."""
_HIGH_ABOVE_DB, _LOW_ABOVE_DB = 6.0, 9.0
"""Twist: the high tone may be 4 dB stronger, the low one 8 dB (Q.24), and a little for noise."""
_QUIET = 4 * _WEAKEST * _WEAKEST / 2
"""Mean energy under which a frame cannot hold two tones, with room for a frame a quarter full."""


def _correlators() -> NDArray[np.float32]:
    """Return the cosines and, below them, the sines of every frequency tried."""
    at = np.arange(_WINDOW) / SAMPLE_RATE
    hertz = np.array([f * (1 + off) for f in (*_LOW, *_HIGH) for off in _OFF])
    angles = 2 * np.pi * hertz[:, None] * at[None, :]
    return np.concatenate((np.cos(angles), np.sin(angles))).astype(np.float32)


_CORRELATORS = _correlators()


class ToneKeys:
    """Takes every frame of one call; `hear` tells each key once, 40 ms after its tone began."""

    def __init__(self) -> None:
        self._samples = np.zeros(0, dtype=np.float32)
        self._candidate = ""
        self._hits = 0
        self._held = ""
        self._misses = 0

    def hear(self, pcm: bytes) -> str:
        """Take 20 ms (s16le mono, 8000 Hz); return the keys that are new, mostly none."""
        frame = np.frombuffer(pcm, "<i2").astype(np.float32)
        if not self._hits and not self._held and float(np.dot(frame, frame)) < _QUIET / 4:
            self._samples = np.concatenate((self._samples, frame))[-(_WINDOW - _HOP) :]
            return ""
        self._samples = np.concatenate((self._samples, frame))
        found = ""
        while self._samples.size >= _WINDOW:
            found += self._step(_key_of(self._samples[:_WINDOW]))
            self._samples = self._samples[_HOP:]
        return found

    def _step(self, key: str) -> str:
        if self._held:
            self._misses = 0 if key == self._held else self._misses + 1
            if self._misses >= _MISSES:
                self._held = ""
        self._hits = self._hits + 1 if key and key == self._candidate else int(bool(key))
        self._candidate = key
        if not key or key == self._held or self._hits < _HITS:
            return ""
        self._held, self._misses = key, 0
        return key


def _key_of(samples: NDArray[np.float32]) -> str:
    """Return the key whose two tones make up the window, an empty string for none."""
    energy = float(np.dot(samples, samples))
    if energy * 2 < _WEAKEST * _WEAKEST * _WINDOW * _SHARE:
        return ""
    spectrum = (_CORRELATORS @ samples).reshape(2, 8, len(_OFF))
    power = np.square(spectrum).sum(axis=0).max(axis=1)
    row, column = int(power[:4].argmax()), int(power[4:].argmax())
    low, high = float(power[row]), float(power[4 + column])
    if 2 * (low + high) < _SHARE * energy * _WINDOW:
        return ""
    if min(low, high) < (_WEAKEST * _WINDOW / 2) ** 2:
        return ""
    twist_db = 10 * math.log10(high / low)
    if not -_LOW_ABOVE_DB <= twist_db <= _HIGH_ABOVE_DB:
        return ""
    return _KEYS[row][column]
