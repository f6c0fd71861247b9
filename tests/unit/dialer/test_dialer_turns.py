"""The rules of turn taking, each alone."""

from __future__ import annotations

import pytest

from dialer.turns.barge_in import BargeIn, Remark
from dialer.turns.end_point import EndPoint, Pauses, end_point
from dialer.turns.greeting import Greeting
from dialer.turns.keys import KeyInput
from dialer.turns.speech_run import SpeechRun

PAUSES = Pauses(whole_s=0.25, unfinished_s=0.8, free_text_s=1.2, longest_s=30.0)


@pytest.mark.parametrize(
    ("silence_s", "whole", "free_text", "expected"),
    [
        (0.24, True, False, EndPoint.WAIT),
        (0.25, True, False, EndPoint.END),
        (0.19, None, False, EndPoint.WAIT),
        (0.20, None, False, EndPoint.CHECK),
        (0.25, False, False, EndPoint.WAIT),
        (0.79, False, False, EndPoint.WAIT),
        (0.80, False, False, EndPoint.END),
        (0.80, None, False, EndPoint.END),
        (0.25, True, True, EndPoint.END),
        (0.25, None, True, EndPoint.WAIT),
        (0.80, False, True, EndPoint.WAIT),
        (1.20, None, True, EndPoint.END),
    ],
)
def test_silence_and_meaning_end_a_turn(
    silence_s: float, whole: bool | None, free_text: bool, expected: EndPoint
) -> None:
    got = end_point(silence_s, 2.0, whole, free_text=free_text, pauses=PAUSES)
    assert got is expected


def test_no_turn_is_endless() -> None:
    assert end_point(0.0, 30.0, None, free_text=True, pauses=PAUSES) is EndPoint.END


def frames(text: str) -> list[bool]:
    return [char == "#" for char in text]


LONG_LEFT_S = 5.0


def fires_at(line: str, *syllables: str, left_s: float = LONG_LEFT_S) -> float | None:
    """Seconds after which the bot is stopped; each `#` is 20 ms of speech of these syllables."""
    barge_in = BargeIn()
    for index, voiced in enumerate(frames(line), 1):
        remark = Remark(voiced, syllables)
        if barge_in.feed(remark, may_interrupt=True, left_s=left_s):
            return round(index * 0.02, 2)
    return None


def test_words_stop_the_bot_after_220_ms_of_speech() -> None:
    assert fires_at("#" * 50, "deng", "yi") == 0.22


def test_speech_that_is_not_yet_understood_stops_the_bot_after_half_a_second() -> None:
    assert fires_at("#" * 50) == 0.52
    assert fires_at("#" * 50, "wei") == 0.52


@pytest.mark.parametrize("sounds", ["en", "dui", "hao", "o", "en en", "dui dui dui", "hao de"])
def test_a_back_channel_does_not_stop_the_bot(sounds: str) -> None:
    assert fires_at("#" * 25 + "." * 40, *sounds.split()) is None


def test_back_channels_one_after_the_other_stay_back_channels() -> None:
    assert fires_at(("#" * 20 + "." * 30) * 5, "en") is None


def test_a_back_channel_that_never_ends_is_none() -> None:
    assert fires_at("#" * 100, "dui", "dui", "dui", "dui") == 1.02


def test_a_short_word_towards_the_end_is_an_answer() -> None:
    assert fires_at("#" * 20, "dui", left_s=1.4) == 0.22


def test_clicks_and_short_sounds_do_not_stop_the_bot() -> None:
    assert fires_at("###......" * 20 + "##########........", left_s=0.0) is None


def test_a_short_dip_in_a_word_does_not_hide_it() -> None:
    assert fires_at("######..######", left_s=0.0) is not None


def test_speech_from_before_the_prompt_does_not_count() -> None:
    barge_in = BargeIn()
    said = Remark(True, ("deng", "yi", "xia"))
    for _ in range(50):
        assert not barge_in.feed(said, may_interrupt=False, left_s=LONG_LEFT_S)
    for _ in range(10):
        assert not barge_in.feed(said, may_interrupt=True, left_s=LONG_LEFT_S)


def run_of(line: str) -> tuple[SpeechRun, list[int]]:
    run, begins = SpeechRun(), []
    for index, voiced in enumerate(frames(line)):
        if run.feed(index * 0.02, 0.9 if voiced else 0.1):
            begins.append(index)
    return run, begins


def test_a_run_begins_with_its_first_frame_of_speech() -> None:
    run, begins = run_of("..........######")
    assert begins == [12]
    assert run.began_s == pytest.approx(0.20)
    assert run.last_voiced_s == pytest.approx(0.32)
    assert run.voiced_s == pytest.approx(0.12)


def test_single_frames_begin_nothing() -> None:
    run, begins = run_of("#....#....#....##....")
    assert (run.began_s, begins) == (None, [])


def test_weaker_speech_goes_on_but_does_not_begin() -> None:
    run = SpeechRun()
    assert not any(run.feed(index * 0.02, 0.4) for index in range(10))
    for index in range(10, 14):
        run.feed(index * 0.02, 0.9)
    run.feed(0.28, 0.4)
    assert run.last_voiced_s == pytest.approx(0.30)


@pytest.mark.parametrize(
    ("now_s", "began_s", "last_voiced_s", "may"),
    [
        (1.18, None, 0.0, False),
        (1.2, None, 0.0, True),
        (1.5, 0.8, 1.4, False),
        (1.8, 0.8, 1.4, True),
        (4.9, 0.8, 4.9, False),
        (5.0, 0.8, 5.0, True),
    ],
)
def test_the_bot_opens_after_the_persons_first_words(
    now_s: float, began_s: float | None, last_voiced_s: float, may: bool
) -> None:
    assert Greeting().may_start(now_s, began_s, last_voiced_s) is may


@pytest.mark.parametrize(
    ("pressed", "max_digits", "at_s", "expected"),
    [
        ("5", 1, 0.0, "5"),
        ("12", 1, 0.0, "1"),
        ("1", 2, 0.1, None),
        ("10", 2, 0.1, "10"),
        ("1", 2, 2.5, "1"),
        ("1#", 2, 0.1, "1"),
        ("138", 0, 0.1, None),
        ("138#", 0, 0.1, "138"),
        ("138", 0, 2.5, "138"),
        ("#", 0, 0.1, "#"),
        ("*", 1, 0.1, "*"),
        ("", 1, 9.0, None),
    ],
)
def test_keys_are_enough_ended_or_paused(
    pressed: str, max_digits: int, at_s: float, expected: str | None
) -> None:
    keys = KeyInput()
    for digit in pressed:
        keys.press(digit, 0.0)
    assert keys.complete(at_s, max_digits) == expected
    assert keys.begun is (expected is None and bool(pressed))
