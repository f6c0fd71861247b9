"""Call progress tones by frequency and cadence."""

from __future__ import annotations

import numpy as np
import pytest

from dialer.early_media.cadence import Cadence, Tone
from dialer.early_media.tone import ToneMeter
from tests.peers import g711
from tests.peers import progress_tones as sounds

ALL = [
    ("ring_back", Tone.RING_BACK),
    ("busy", Tone.BUSY),
    ("congestion", Tone.CONGESTION),
    ("unobtainable", Tone.UNOBTAINABLE),
    ("call_waiting", Tone.CALL_WAITING),
]


def tones_in(pcm: bytes) -> tuple[set[Tone], float]:
    """Return the tones found and when the first was, in seconds."""
    meter, cadence = ToneMeter(), Cadence()
    found: set[Tone] = set()
    first_s = 0.0
    for at in range(0, len(pcm) - 319, 320):
        tone = cadence.feed(meter.feed(pcm[at : at + 320]))
        if tone is not None and not found:
            first_s = (at + 320) / 16000
        found |= {tone} - {None}  # type: ignore[arg-type]
    return found, first_s


@pytest.mark.parametrize(("name", "tone"), ALL)
@pytest.mark.parametrize("hertz", [425.0, 437.0, 450.0, 475.0])
@pytest.mark.parametrize("dbfs", [-10.0, -30.0])
def test_each_tone_is_known_within_its_tolerance(
    name: str, tone: Tone, hertz: float, dbfs: float
) -> None:
    pcm = g711.decode(g711.encode(sounds.tone(name, 10.0, hertz, dbfs)))
    assert tones_in(pcm)[0] == {tone}


@pytest.mark.parametrize(("name", "tone"), ALL)
def test_noise_does_not_hide_a_tone(name: str, tone: Tone) -> None:
    assert tones_in(sounds.noisy(sounds.tone(name, 10.0), 20.0))[0] == {tone}


@pytest.mark.parametrize(("name", "tone"), ALL)
@pytest.mark.parametrize("missed_s", [0.05, 0.21, 0.45, 0.77, 1.3])
def test_a_tone_joined_in_the_middle_is_no_other_tone(
    name: str, tone: Tone, missed_s: float
) -> None:
    pcm = sounds.tone(name, 14.0)[round(missed_s * 8000) * 2 :]
    assert tones_in(pcm)[0] == {tone}


@pytest.mark.parametrize(
    ("name", "within_s"),
    [("ring_back", 2.1), ("busy", 1.8), ("congestion", 2.8), ("unobtainable", 1.4)],
)
def test_a_tone_is_certain_soon(name: str, within_s: float) -> None:
    assert 0.0 < tones_in(sounds.tone(name, 10.0))[1] <= within_s


@pytest.mark.parametrize("name", ["busy", "congestion", "unobtainable"])
@pytest.mark.parametrize("hertz", [380.0, 400.0, 500.0, 520.0, 900.0])
def test_other_frequencies_are_no_tone(name: str, hertz: float) -> None:
    assert tones_in(sounds.tone(name, 8.0, hertz))[0] == set()


@pytest.mark.parametrize("name", ["busy", "congestion"])
def test_part_of_a_cadence_is_not_enough(name: str) -> None:
    (on, off), *_ = sounds.CADENCES[name]
    beginning = sounds.tone(name, 2 * on + off) + sounds.silence(0.3)
    assert not tones_in(beginning)[0] & {Tone.BUSY, Tone.CONGESTION, Tone.UNOBTAINABLE}


@pytest.mark.parametrize("seed", range(8))
def test_music_with_440_hz_in_it_is_no_tone(seed: int) -> None:
    assert tones_in(sounds.music(15.0, seed))[0] == set()


def test_notes_of_440_hz_without_a_steady_beat_are_no_tone() -> None:
    random = np.random.default_rng(3)
    notes = b""
    for _ in range(20):
        note_s, pause_s = random.uniform(0.1, 0.9, 2)
        notes += sounds.pcm(sounds.sine(440.0, note_s, -15.0)) + sounds.silence(pause_s)
    assert not tones_in(notes)[0] & {Tone.BUSY, Tone.CONGESTION, Tone.UNOBTAINABLE}


def test_notes_that_differ_are_no_tone() -> None:
    pcm = b"".join(
        sounds.tone("busy", 0.7, hertz) for hertz in (430.0, 470.0, 450.0, 470.0, 430.0, 450.0)
    )
    assert tones_in(pcm)[0] == set()


def test_a_continuous_tone_and_silence_and_noise_are_no_outcome() -> None:
    assert tones_in(sounds.pcm(sounds.sine(450.0, 8.0, -15.0)))[0] == set()
    assert tones_in(sounds.silence(8.0))[0] == set()
    assert tones_in(sounds.pcm(sounds.noise(8.0, -25.0)))[0] == set()
