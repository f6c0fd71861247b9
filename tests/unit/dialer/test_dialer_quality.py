"""What is kept of how well a call was heard."""

from __future__ import annotations

import random

import pytest

from dialer.media.quality import ArrivalMeter, mos_of, quality_of
from dialer.ports import FRAME_BYTES, FRAME_S, Frame, Quality

PCM = bytes(FRAME_BYTES)


def metered(arrivals: list[int], *, early: int = 0) -> ArrivalMeter:
    """Return a meter that took this line: 1 a frame, 0 a gap."""
    meter = ArrivalMeter()
    for tick, came in enumerate(arrivals):
        meter.take(Frame(PCM, tick * FRAME_S, early=tick < early, gap=not came))
    return meter


def told(received: int, lost: int | None = None, jitter_ms: float | None = None) -> Quality:
    return Quality(0.0, received, lost, jitter_ms)


@pytest.mark.parametrize(
    ("loss_share", "jitter_ms", "mos"),
    [(0.0, 0.0, 4.39), (0.01, 0.0, 3.79), (0.05, 0.0, 2.12), (0.2, 0.0, 1.1), (1.0, 40.0, 1.0)],
)
def test_the_e_model_at_known_points(loss_share: float, jitter_ms: float, mos: float) -> None:
    assert mos_of(loss_share, jitter_ms) == pytest.approx(mos, abs=0.02)


def test_more_loss_or_jitter_never_sounds_better() -> None:
    scores = [[mos_of(loss / 100, jitter) for jitter in range(0, 300, 10)] for loss in range(40)]
    assert all(row == sorted(row, reverse=True) for row in scores)
    assert all(list(column) == sorted(column, reverse=True) for column in zip(*scores, strict=True))


def test_a_clean_call_is_told_as_clean_without_the_trunk_measuring() -> None:
    quality = quality_of(told(500), metered([1] * 500), answered=True)
    assert quality["lost_share"] == 0.0
    assert (quality["gap_p99_ms"], quality["gap_longest_ms"]) == (20, 20)
    assert quality["mos"] >= 4.3
    assert (quality["seconds"], quality["first_audio_s"]) == (10.0, 0.0)
    assert quality["one_way_audio"] is False


def test_losses_are_estimated_from_what_came() -> None:
    random.seed(3)
    arrivals = [int(random.random() > 0.05) for _ in range(2000)]
    quality = quality_of(told(sum(arrivals)), metered(arrivals), answered=True)
    assert quality["lost_share"] == pytest.approx(0.05, abs=0.01)
    assert 2.0 <= quality["mos"] <= 2.8
    assert quality["gap_p99_ms"] in (40, 60)


def test_what_the_trunk_measured_is_believed() -> None:
    quality = quality_of(told(950, 50, 12.5), metered([1] * 1000), answered=True)
    assert (quality["lost_packets"], quality["lost_share"]) == (50, 0.05)
    assert quality["jitter_ms"] == 12.5


def test_packets_of_keys_are_no_losses() -> None:
    quality = quality_of(told(540, 40), metered([1] * 500), answered=True)
    assert (quality["lost_packets"], quality["lost_share"]) == (0, 0.0)
    assert quality["mos"] >= 4.3


def test_a_far_end_that_stops_sending_in_silence_loses_nothing() -> None:
    arrivals = ([1] * 100 + [0] * 150) * 4
    quality = quality_of(told(400), metered(arrivals), answered=True)
    assert quality["lost_share"] == 0.0
    assert quality["one_way_audio"] is False
    assert quality["gap_longest_ms"] == 151 * 20


def test_a_far_end_that_never_sends_is_one_way() -> None:
    nothing = quality_of(told(0), metered([0] * 300), answered=True)
    assert nothing["one_way_audio"] is True
    assert nothing["first_audio_s"] is None
    assert nothing["mos"] is None
    late = quality_of(told(50), metered([0] * 300 + [1] * 50), answered=True)
    assert (late["one_way_audio"], late["first_audio_s"]) == (True, 6.0)


def test_a_short_silent_call_is_not_called_one_way() -> None:
    assert quality_of(told(0), metered([0] * 100), answered=True)["one_way_audio"] is False


def test_sound_before_the_answer_is_not_counted_as_after_it() -> None:
    quality = quality_of(told(100), metered([1] * 100 + [0] * 300, early=100), answered=True)
    assert (quality["first_audio_s"], quality["one_way_audio"]) == (None, True)
    assert "seconds" not in quality_of(None, metered([1] * 10, early=10), answered=False)
