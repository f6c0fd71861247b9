"""Keys that travel as events, as tones, or as both are told once."""

from __future__ import annotations

from dialer.ports import FRAME_BYTES, FRAME_S
from dialer.turns.keypad import Keypad
from tests.peers.dtmf import keys_tones


class Press:
    """A keypad and what it told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.keypad = Keypad(lambda digit, by: self.told.append((digit, by)))
        self._frames = 0

    def tones(self, keys: str, event_after_s: float | None = None) -> None:
        """Let the tones be heard; an event for each key may come so long after the sound began."""
        for key in keys:
            pcm = keys_tones(key, 100, 100).astype("<i2").tobytes()
            for at in range(0, len(pcm), FRAME_BYTES):
                if event_after_s is not None and abs(at / 16000 - event_after_s) < FRAME_S / 2:
                    self.keypad.on_event(key)
                self._hear(pcm[at : at + FRAME_BYTES])

    def silence(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self._hear(bytes(FRAME_BYTES))

    def _hear(self, pcm: bytes) -> None:
        self._frames += 1
        self.keypad.hear(pcm, self._frames * FRAME_S)


def test_tones_alone_are_told_in_order() -> None:
    press = Press()
    press.tones("15#0")
    press.silence(0.4)
    assert press.told == [("1", "tone"), ("5", "tone"), ("#", "tone"), ("0", "tone")]


def test_an_event_is_told_at_once() -> None:
    press = Press()
    press.keypad.on_event("7")
    press.keypad.on_event("7")
    assert press.told == [("7", "event"), ("7", "event")]


def test_both_at_once_are_one_press() -> None:
    for event_after_s in (0.0, 0.04, 0.1, 0.18):
        press = Press()
        press.tones("155", event_after_s)
        press.silence(1.0)
        assert press.told == [("1", "event"), ("5", "event"), ("5", "event")]


def test_an_event_that_comes_late_is_the_press_already_told() -> None:
    press = Press()
    press.tones("3")
    press.silence(0.4)
    press.keypad.on_event("3")
    press.keypad.on_event("4")
    assert press.told == [("3", "tone"), ("4", "event")]


def test_pressing_the_same_key_again_later_is_another_press() -> None:
    press = Press()
    press.tones("3")
    press.silence(3.0)
    press.keypad.on_event("3")
    assert press.told == [("3", "tone"), ("3", "event")]
