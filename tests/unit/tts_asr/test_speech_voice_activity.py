"""Silence, steady noise and hum are not speech, and cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tts_asr.audio import pcm_of
from tts_asr.voice_activity import EnergyGate, SpeechSpans, VoiceActivity

_FRAME = 320


def _frames(pcm: bytes) -> Iterator[bytes]:
    return (pcm[at : at + _FRAME] for at in range(0, len(pcm) - _FRAME + 1, _FRAME))


def _noise(level_dbfs: float, seconds: float) -> bytes:
    samples = np.random.default_rng(7).standard_normal(int(8000 * seconds))
    return pcm_of((samples * 10 ** (level_dbfs / 20)).astype(np.float32))


@pytest.mark.parametrize("level_dbfs", [-70.0, -50.0, -40.0, -30.0])
def test_noise_is_not_speech(level_dbfs: float) -> None:
    activity = VoiceActivity()
    assert max(map(activity.feed, _frames(_noise(level_dbfs, 3.0)))) < 0.5


def test_silence_is_exactly_nothing() -> None:
    activity = VoiceActivity()
    assert {activity.feed(bytes(_FRAME)) for _ in range(50)} == {0.0}


def test_the_gate_learns_a_noisy_line_and_closes() -> None:
    gate = EnergyGate()
    quiet_hum = np.full(160, 0.01, dtype=np.float32)
    opened = [gate.feed(quiet_hum) for _ in range(50 * 20)]
    assert opened[0]
    assert not opened[-1]


def test_the_gate_stays_open_through_a_short_pause() -> None:
    gate = EnergyGate()
    loud, silent = np.full(160, 0.3, dtype=np.float32), np.zeros(160, dtype=np.float32)
    gate.feed(loud)
    after = [gate.feed(silent) for _ in range(30)]
    assert all(after[:10])
    assert not any(after[20:])


def test_no_speech_has_no_span() -> None:
    assert SpeechSpans().around(_noise(-40.0, 2.0)) is None
    assert SpeechSpans().around(b"") is None


def test_a_silent_frame_is_silence_at_once_though_the_gate_stays_open() -> None:
    gate = EnergyGate()
    loud, silent = np.full(160, 0.3, dtype=np.float32), np.zeros(160, dtype=np.float32)
    gate.feed(loud)
    assert gate.loud
    assert gate.feed(silent)
    assert not gate.loud
