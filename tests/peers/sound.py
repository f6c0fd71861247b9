"""Test tones and what to look for in received frames."""

from __future__ import annotations

import numpy as np

from dialer.ports import FRAME_S, SAMPLE_RATE


def tone(hertz: float, seconds: float, peak: int = 8000) -> bytes:
    """Return a sine wave as s16le mono at 8000 Hz."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (peak * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes()


def rms(pcm: bytes) -> float:
    """Return the root mean square, 0-32768."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    return float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0


def loud_s(frames: list[bytes], threshold: float = 1000) -> float:
    """Return for how many seconds the frames are loud."""
    return sum(rms(frame) > threshold for frame in frames) * FRAME_S


def pitch(pcm: bytes) -> float:
    """Return the strongest frequency in hertz."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum) * SAMPLE_RATE / samples.size)
