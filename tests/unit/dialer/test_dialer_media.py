"""What we play and keep, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from dialer.media.player import Player
from dialer.media.recorder import interleave
from dialer.media.stretch import stretched
from dialer.ports import FRAME_BYTES
from dialer.trunks.simulated import SimulatedAudio
from tests.fakes.call_stage import run


def tone(hz: float, seconds: float) -> bytes:
    time = np.arange(int(8000 * seconds)) / 8000
    return (8000 * np.sin(2 * np.pi * hz * time)).astype("<i2").tobytes()


def test_the_first_frames_are_handed_over_at_once_and_the_rest_paced() -> None:
    async def work() -> None:
        audio = SimulatedAudio()
        audio.flowing = True
        player = Player(audio)
        player.play(bytes(50 * FRAME_BYTES))
        assert audio.queued_s() == pytest.approx(0.1)
        ticks = 0
        while player.speaking:
            audio.poll(ticks * 0.02)
            player.tick()
            ticks += 1
            assert audio.queued_s() <= 0.1
        assert ticks == 50
        assert len(audio.heard) == 50

    run(work())


def test_stop_throws_away_what_has_not_left() -> None:
    async def work() -> None:
        audio = SimulatedAudio()
        player = Player(audio)
        player.play(tone(400, 2.0))
        player.tick()
        player.stop()
        assert (audio.queued_s(), player.speaking) == (0.0, False)
        assert not any(player.tick())

    run(work())


def test_a_leg_without_media_keeps_the_words_until_it_has_some() -> None:
    class Mute(SimulatedAudio):
        deaf = True

        def write(self, pcm: bytes) -> int:
            return 0 if self.deaf else super().write(pcm)

    async def work() -> None:
        audio = Mute()
        player = Player(audio)
        player.play(tone(400, 0.1))
        player.tick()
        assert player.speaking
        audio.deaf = False
        player.tick()
        assert audio.queued_s() == pytest.approx(0.1)

    run(work())


def test_left_is_the_person_and_right_the_bot() -> None:
    stereo = np.frombuffer(interleave(b"\1\0\2\0", b"\3\0\4\0"), "<i2")
    assert stereo.tolist() == [1, 3, 2, 4]


def pitch(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * 8000 / len(samples)


@pytest.mark.parametrize("factor", [1.25, 1.5, 2.0])
def test_slower_speech_is_longer_at_the_same_pitch(factor: float) -> None:
    original = tone(220, 1.0)
    slow = stretched(original, factor)
    assert len(slow) == pytest.approx(len(original) * factor, rel=0.03)
    assert pitch(slow) == pytest.approx(220, abs=3)
    levels = [np.abs(np.frombuffer(pcm, "<i2")[800:-800]).mean() for pcm in (original, slow)]
    assert levels[1] == pytest.approx(levels[0], rel=0.1)


def test_nothing_is_stretched_by_one_and_very_short_sounds_stay() -> None:
    assert stretched(tone(220, 1.0), 1.0) == tone(220, 1.0)
    assert stretched(tone(220, 0.05), 1.5) == tone(220, 0.05)
