"""Person or machine."""

from __future__ import annotations

import numpy as np
import pytest

from dialer.answering.beep import Beep
from dialer.answering.judge import Judge
from dialer.answering.verdict import Answerer
from dialer.ports import FRAME_S
from tests.peers import progress_tones as sounds


def beeps(pcm: bytes) -> bool:
    beep = Beep()
    return any(beep.feed(pcm[at : at + 320]) for at in range(0, len(pcm) - 319, 320))


@pytest.mark.parametrize("hertz", [410.0, 440.0, 853.0, 1000.0, 1400.0, 1990.0])
@pytest.mark.parametrize("dbfs", [-10.0, -32.0])
def test_a_beep_is_known(hertz: float, dbfs: float) -> None:
    pcm = sounds.pcm(sounds.sine(hertz, 0.3, dbfs))
    assert beeps(pcm)
    assert beeps(sounds.noisy(pcm, 20.0))


@pytest.mark.parametrize("hertz", [300.0, 380.0, 2100.0, 3000.0])
def test_tones_outside_the_band_are_no_beep(hertz: float) -> None:
    assert not beeps(sounds.pcm(sounds.sine(hertz, 0.5, -15.0)))


def test_what_is_short_or_two_tones_or_wandering_or_noise_is_no_beep() -> None:
    assert not beeps(sounds.pcm(sounds.sine(1000.0, 0.16, -15.0)) + sounds.silence(0.5))
    assert not beeps(sounds.pcm(sounds.sine(770, 0.5, -18.0) + sounds.sine(1336, 0.5, -18.0)))
    times = np.arange(4000) / 8000
    sweep = np.sin(2 * np.pi * (600 * times + 700 * times**2)) * 0.3
    assert not beeps(sounds.pcm(sweep))
    assert not beeps(sounds.pcm(sounds.noise(2.0, -20.0)))
    hum = sum(sounds.sine(210.0 * overtone, 1.0, -18.0 - 4 * overtone) for overtone in (1, 2, 3, 4))
    assert not beeps(sounds.pcm(np.asarray(hum)))


def heard(judge: Judge, from_s: float, to_s: float, *, voiced: bool, beep: bool = False) -> None:
    for index in range(round(from_s / FRAME_S), round(to_s / FRAME_S)):
        judge.on_frame((index + 1) * FRAME_S, FRAME_S, voiced=voiced, beep=beep)


def test_silence_is_a_person_at_the_deadline() -> None:
    judge = Judge()
    heard(judge, 0.0, 2.96, voiced=False)
    assert judge.verdict is None
    heard(judge, 2.96, 3.1, voiced=False)
    assert judge.verdict is not None
    assert (judge.verdict.answerer, judge.verdict.by) == (Answerer.PERSON, "default")


def test_short_first_words_are_a_person_before_the_deadline() -> None:
    judge = Judge()
    heard(judge, 0.0, 0.4, voiced=True)
    heard(judge, 0.4, 1.8, voiced=False)
    assert judge.verdict is not None
    assert (judge.verdict.answerer, judge.verdict.by) == (Answerer.PERSON, "words")


def test_long_first_words_alone_are_never_a_machine() -> None:
    judge = Judge()
    heard(judge, 0.0, 30.0, voiced=True)
    assert judge.verdict is not None
    assert judge.verdict.answerer is Answerer.PERSON


def test_a_beep_counts_after_speech_only() -> None:
    early = Judge()
    heard(early, 0.0, 0.4, voiced=False, beep=True)
    assert early.verdict is None
    late = Judge()
    heard(late, 0.0, 4.0, voiced=True)
    heard(late, 4.0, 4.1, voiced=False, beep=True)
    assert late.verdict is not None
    assert (late.verdict.answerer, late.verdict.by) == (Answerer.MACHINE, "beep")


def test_a_phrase_makes_a_machine_also_after_the_deadline_but_not_much_later() -> None:
    for at_s, answerer in ((2.0, Answerer.MACHINE), (6.0, Answerer.MACHINE), (20, Answerer.PERSON)):
        judge = Judge()
        heard(judge, 0.0, at_s, voiced=True)
        judge.on_phrase("语音信箱", 1.0, at_s)
        assert judge.verdict is not None
        assert judge.verdict.answerer is answerer


def test_doubtful_and_unknown_phrases_make_no_machine() -> None:
    judge = Judge()
    judge.on_phrase("语音信箱", 0.6, 1.0)
    judge.on_phrase("已关机", 1.0, 1.0)
    assert judge.verdict is None
