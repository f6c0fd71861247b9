"""Keys heard as tones: what ITU-T Q.24 asks for, and never in speech or music."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.recordings import audio_folder, recordings
from dialer.media.dtmf_tones import ToneKeys
from dialer.ports import FRAME_BYTES
from tests.peers import progress_tones
from tests.peers.dtmf import KEYS, key_tone, keys_tones

Samples = NDArray[np.float64]


def heard(sound: Samples, lead: int = 0) -> str:
    """Return the keys heard in a sound that begins `lead` samples into a frame."""
    padded = np.concatenate((np.zeros(lead), sound, np.zeros(1600)))
    pcm = padded[: padded.size // 160 * 160].clip(-32768, 32767).astype("<i2").tobytes()
    tones = ToneKeys()
    return "".join(tones.hear(pcm[at : at + FRAME_BYTES]) for at in range(0, len(pcm), FRAME_BYTES))


@settings(deadline=None, max_examples=60)
@given(
    keys=st.text(KEYS, min_size=1, max_size=8),
    tone_ms=st.integers(40, 300),
    pause_ms=st.integers(40, 200),
    off=st.floats(-0.015, 0.015),
    twist_db=st.floats(-8, 4),
    peak=st.floats(1300, 9000),
    lead=st.integers(0, 159),
)
def test_every_key_within_the_limits_is_heard_once(
    keys: str, tone_ms: int, pause_ms: int, off: float, twist_db: float, peak: float, lead: int
) -> None:
    sound = keys_tones(keys, tone_ms, pause_ms, off=off, twist_db=twist_db, peak=peak)
    assert heard(sound, lead) == keys


@pytest.mark.parametrize("tone_ms", [10, 20, 23])
def test_what_is_too_short_is_no_key(tone_ms: int) -> None:
    assert {heard(key_tone("5", tone_ms), lead) for lead in range(0, 160, 7)} == {""}


def test_a_short_interruption_does_not_make_two_keys() -> None:
    sound = np.concatenate((key_tone("5", 60), np.zeros(80), key_tone("5", 60)))
    assert heard(sound) == "5"


@pytest.mark.parametrize("off", [-0.035, 0.035])
def test_frequencies_far_off_are_no_keys(off: float) -> None:
    assert [heard(key_tone(key, 200, off=off)) for key in KEYS] == [""] * len(KEYS)


@pytest.mark.parametrize("twist_db", [-14, 10])
def test_one_tone_much_stronger_than_the_other_is_no_key(twist_db: float) -> None:
    assert heard(keys_tones(KEYS, 100, 100, twist_db=twist_db)) == ""


def test_keys_are_heard_through_noise_of_15_db() -> None:
    sound = keys_tones(KEYS, 60, 60)
    noise = np.random.default_rng(1).normal(0, 4000 / 10 ** (15 / 20), sound.size)
    assert heard(sound + noise) == KEYS


def test_music_and_progress_tones_are_no_keys() -> None:
    for seed in range(4):
        assert heard(np.frombuffer(progress_tones.music(20.0, seed), "<i2").astype(float)) == ""
    for kind in ("ring_back", "busy", "congestion", "unobtainable"):
        assert heard(np.frombuffer(progress_tones.tone(kind, 6.0), "<i2").astype(float)) == ""


@pytest.mark.skipif(
    audio_folder() is None, reason="no recordings of real people: set OUTBOUND_TEST_AUDIO"
)
@pytest.mark.parametrize("gain", [0.5, 1.0, 3.0])
def test_real_speech_presses_no_keys(gain: float) -> None:
    folder = audio_folder()
    assert folder is not None
    pressed = {
        each.name: heard(np.frombuffer(each.pcm, "<i2") * gain) for each in recordings(folder)
    }
    assert [name for name, keys in pressed.items() if keys] == []
