"""Clips are trimmed, equally loud and at 8 kHz, whatever the voice made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_asr.audio import Samples, Upsampler, level_dbfs, pcm_of, samples_of
from tts_asr.ports import Clip
from tts_asr.telephone_clip import for_telephone


def _tone(seconds: float, rate: int, amplitude: float) -> Samples:
    wave = np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate)
    return (amplitude * wave).astype(np.float32)


def _clip(amplitude: float, rate: int = 24000, silence_s: float = 0.5) -> Clip:
    silence = np.zeros(int(silence_s * rate), dtype=np.float32)
    return Clip(pcm_of(np.concatenate((silence, _tone(1.0, rate, amplitude), silence))), rate)


@pytest.mark.parametrize("amplitude", [0.01, 0.05, 0.3, 0.99])
def test_every_clip_is_as_loud(amplitude: float) -> None:
    samples = samples_of(for_telephone(_clip(amplitude)).pcm)
    middle = samples[2000:6000]
    assert level_dbfs(middle) == pytest.approx(-20.0, abs=1.0)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000])
def test_silence_at_the_ends_is_cut_to_60_ms(rate: int) -> None:
    clip = for_telephone(_clip(0.3, rate))
    assert clip.rate == 8000
    assert clip.seconds == pytest.approx(1.12, abs=0.03)


def test_silence_stays_silence() -> None:
    assert not any(for_telephone(Clip(bytes(48000), 24000)).pcm)
    assert for_telephone(Clip(b"", 24000)).pcm == b""


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.0001, 1.0))
def test_nothing_is_ever_clipped(seed: int, size: float) -> None:
    noise = np.random.default_rng(seed).uniform(-size, size, 2400).astype(np.float32)
    loudest = np.abs(samples_of(for_telephone(Clip(pcm_of(noise), 8000)).pcm)).max()
    assert loudest <= 0.72


def test_the_upsampler_doubles_the_samples_whatever_the_pieces() -> None:
    tone = _tone(0.5, 8000, 0.5)
    pieces, whole = Upsampler(), Upsampler()
    parts = [pieces.feed(tone[at : at + 77]) for at in range(0, tone.size, 77)]
    split = np.concatenate([*parts, pieces.finish()])
    once = np.concatenate([whole.feed(tone), whole.finish()])
    assert split.size == once.size == 2 * tone.size
    np.testing.assert_allclose(split, once, atol=1e-4)
