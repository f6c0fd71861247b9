"""A clip made ready for the telephone: trimmed, 8 kHz, all equally loud."""

from __future__ import annotations

import numpy as np

from tts_asr.audio import TELEPHONE_RATE, Samples, level_dbfs, pcm_of, resample, samples_of
from tts_asr.ports import Clip

_TARGET_DBFS = -20.0
"""RMS of the voiced parts: loud on any handset, room for peaks in G.711."""
_CEILING = 0.71
"""−3 dBFS."""
_KNEE = 0.5
_MOST_GAIN_DB = 30.0

_FRAME_S = 0.01
_EDGE_S = 0.06
_SILENT_BELOW_PEAK_DB = 40.0
_VOICED_BELOW_PEAK_DB = 25.0
_FADE_S = 0.005


def for_telephone(clip: Clip) -> Clip:
    """The clip as 8 kHz PCM, silence at its ends cut to 60 ms, at −20 dBFS."""
    samples = trimmed(samples_of(clip.pcm), clip.rate)
    narrow = resample(samples, clip.rate, TELEPHONE_RATE)
    return Clip(pcm=pcm_of(_faded(levelled(narrow, TELEPHONE_RATE))), rate=TELEPHONE_RATE)


def trimmed(samples: Samples, rate: int) -> Samples:
    """Without the silence at both ends but 60 ms of it."""
    levels = _levels(samples, rate)
    if levels.size == 0:
        return samples
    heard = np.flatnonzero(levels > levels.max() - _SILENT_BELOW_PEAK_DB)
    frame, edge = int(_FRAME_S * rate), int(_EDGE_S * rate)
    start = max(0, int(heard[0]) * frame - edge)
    end = min(samples.size, (int(heard[-1]) + 1) * frame + edge)
    return samples[start:end]


def levelled(samples: Samples, rate: int) -> Samples:
    """At −20 dBFS over its voiced parts; peaks are rounded off below −3 dBFS, never cut."""
    levels = _levels(samples, rate)
    if levels.size == 0 or levels.max() <= -90.0:
        return samples
    voiced = levels[levels > levels.max() - _VOICED_BELOW_PEAK_DB]
    loudness = 10.0 * np.log10(np.mean(10.0 ** (voiced / 10.0)))
    gain_db = min(_MOST_GAIN_DB, _TARGET_DBFS - float(loudness))
    return _limited(samples * np.float32(10.0 ** (gain_db / 20.0)))


def _limited(samples: Samples) -> Samples:
    size = np.abs(samples)
    room = _CEILING - _KNEE
    soft = _KNEE + room * np.tanh((size - _KNEE) / room)
    return np.where(size > _KNEE, np.sign(samples) * soft, samples).astype(np.float32)


def _faded(samples: Samples) -> Samples:
    """No click at the ends."""
    length = min(int(_FADE_S * TELEPHONE_RATE), samples.size // 2)
    if length == 0:
        return samples
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    faded = samples.copy()
    faded[:length] *= ramp
    faded[-length:] *= ramp[::-1]
    return faded


def _levels(samples: Samples, rate: int) -> Samples:
    """The level of each 10 ms in dBFS."""
    frame = int(_FRAME_S * rate)
    count = samples.size // frame
    return np.array(
        [level_dbfs(part) for part in samples[: count * frame].reshape(count, frame)],
        dtype=np.float32,
    )
