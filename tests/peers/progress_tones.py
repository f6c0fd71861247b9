"""Call progress tones and other sounds as a network plays them: s16le mono at 8000 Hz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000

CADENCES: dict[str, tuple[tuple[float, float], ...]] = {
    "ring_back": ((1.0, 4.0),),
    "busy": ((0.35, 0.35),),
    "congestion": ((0.7, 0.7),),
    "unobtainable": ((0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.4, 0.4)),
    "call_waiting": ((0.4, 4.0),),
}


def tone(name: str, seconds: float, hertz: float = 450.0, dbfs: float = -15.0) -> bytes:
    """Return so many seconds of a tone in its cadence, `dbfs` RMS while it sounds."""
    cycle = np.concatenate(
        [np.repeat((1.0, 0.0), (round(on * RATE), round(off * RATE))) for on, off in CADENCES[name]]
    )
    gate = np.resize(cycle, round(seconds * RATE))
    return pcm(gate * sine(hertz, seconds, dbfs))


def sine(hertz: float, seconds: float, dbfs: float) -> NDArray[np.float64]:
    """Return samples of a sine, `dbfs` RMS."""
    times = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * hertz * times) * np.sqrt(2) * 10 ** (dbfs / 20))


def noise(seconds: float, dbfs: float, seed: int = 1) -> NDArray[np.float64]:
    """Return white noise."""
    size = round(seconds * RATE)
    return np.random.default_rng(seed).standard_normal(size) * 10 ** (dbfs / 20)


def music(seconds: float, seed: int = 1, dbfs: float = -18.0) -> bytes:
    """Return a melody over chords with overtones and decay; A (440 Hz) is among its notes."""
    random = np.random.default_rng(seed)
    size, out, at = round(seconds * RATE), np.zeros(round(seconds * RATE) + RATE), 0
    scale = 440.0 * 2 ** (np.array([-9, -7, -5, -2, 0, 3, 5]) / 12)
    while at < size:
        length = round(float(random.choice([0.18, 0.25, 0.35, 0.5])) * RATE)
        times = np.arange(length) / RATE
        for hertz, weight in ((random.choice(scale), 1.0), (random.choice(scale) / 2, 0.5)):
            for overtone in (1, 2, 3):
                wave = np.sin(2 * np.pi * hertz * overtone * times) * weight / overtone**1.5
                out[at : at + length] += wave * np.exp(-times * 2.5)
        at += length
    out = out[:size]
    return pcm(out / np.sqrt(np.mean(out**2)) * 10 ** (dbfs / 20))


def noisy(sound: bytes, snr_db: float, seed: int = 1) -> bytes:
    """Return the sound with white noise under it; the level is taken where it sounds."""
    samples = np.frombuffer(sound, "<i2") / 32768.0
    heard = samples[np.abs(samples) > 0.01]
    level = 10 * np.log10(np.mean(heard**2)) if heard.size else -60.0
    return pcm(samples + noise(samples.size / RATE, float(level) - snr_db, seed))


def at_level(sound: bytes, gain_db: float) -> bytes:
    """Return the sound louder or softer."""
    return pcm(np.frombuffer(sound, "<i2") / 32768.0 * 10 ** (gain_db / 20))


def silence(seconds: float) -> bytes:
    """Return digital silence."""
    return bytes(round(seconds * RATE) * 2)


def pcm(samples: NDArray[np.float64]) -> bytes:
    """Return s16le of samples between −1 and 1."""
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()
