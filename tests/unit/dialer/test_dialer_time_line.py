"""Sound that arrives in fits becomes one frame each 20 ms, for ever."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.ports import FRAME_BYTES, FRAME_S
from dialer.trunks.time_line import TimeLine

LOUD = b"\0\x20" * (FRAME_BYTES // 2)
QUIET = b"\1\0" * (FRAME_BYTES // 2)


def laid(arrivals: Sequence[tuple[int, bytes]]) -> list[list[tuple[bytes, bool]]]:
    """Return what each tick of 20 ms gives when so many of these frames have arrived by then."""
    line = TimeLine()
    return [
        list(line.take(frame * count, tick * FRAME_S))
        for tick, (count, frame) in enumerate(arrivals)
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from([LOUD, QUIET])), min_size=1, max_size=400
    )
)
def test_the_line_never_leaves_the_clock(arrivals: list[tuple[int, bytes]]) -> None:
    emitted = 0
    for tick, frames in enumerate(laid(arrivals), 1):
        emitted += len(frames)
        assert abs(emitted - tick) <= 11
        assert all(len(pcm) == FRAME_BYTES for pcm, _ in frames)


@given(st.binary(max_size=4000), st.lists(st.integers(1, 500), min_size=1))
def test_nothing_is_changed_where_all_arrives_in_time(sound: bytes, cuts: list[int]) -> None:
    sound = sound[: len(sound) // FRAME_BYTES * FRAME_BYTES]
    line, got, at, now = TimeLine(), b"", 0, 0.0
    for cut in cuts * (len(sound) // sum(cuts) + 1):
        piece = sound[at : at + cut]
        at += len(piece)
        now = max(now, at / FRAME_BYTES * FRAME_S)
        got += b"".join(pcm for pcm, gap in line.take(piece, now) if not gap)
    assert got == sound[: len(got)]
    assert len(sound) - len(got) < FRAME_BYTES


def test_a_stall_of_the_far_end_does_not_delay_what_follows() -> None:
    stalls = ([(1, LOUD)] * 40 + [(0, LOUD)] * 20 + [(21, LOUD)] + [(1, QUIET)] * 40) * 30
    frames = laid(stalls)
    assert sum(map(len, frames)) == pytest.approx(len(stalls), abs=4)


def test_lost_time_is_made_up_in_pauses_not_in_words() -> None:
    talk = [(0 if tick % 20 == 0 else 1, LOUD) for tick in range(120)]
    frames = [frame for tick in laid(talk + [(1, QUIET)] * 30) for frame in tick]
    assert len(frames) == pytest.approx(150, abs=3)
    words = [pcm for pcm, _ in frames[:100]]
    assert words == [LOUD] * 100


def test_a_faster_far_clock_is_held_back_in_pauses() -> None:
    talk = [(2 if tick % 10 == 0 else 1, QUIET if tick % 25 > 15 else LOUD) for tick in range(2000)]
    frames = [pcm for tick in laid(talk) for pcm, _ in tick]
    assert len(frames) == pytest.approx(2000, abs=11)
    sent = sum(count for count, pcm in talk if pcm is LOUD)
    assert frames.count(LOUD) == pytest.approx(sent, abs=11)


def test_silence_of_the_far_end_is_a_gap_of_the_same_length() -> None:
    frames = [
        f for tick in laid([(1, LOUD)] * 10 + [(0, LOUD)] * 150 + [(1, LOUD)] * 40) for f in tick
    ]
    assert len(frames) == 200 - 3
    assert sum(gap for _, gap in frames) == 147
