"""Reply times are read right from what left and what arrived."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.turns import Loud, percentile, turns_of


def _packets(*stretches: tuple[float, float, bool]) -> list[Loud]:
    """Packets every 20 ms: (from, to, loud)."""
    return [
        Loud(round(start + step * 0.02, 2), loud)
        for start, end, loud in stretches
        for step in range(round((end - start) / 0.02))
    ]


def _replies(sent: list[Loud], received: list[Loud]) -> list[float | None]:
    return [turn.reply_s for turn in turns_of(sent, received)]


def test_a_reply_is_timed_from_the_last_loud_packet_to_the_first() -> None:
    sent = _packets((0, 1, False), (1, 2, True), (2, 6, False))
    received = _packets((0, 2.5, False), (2.5, 4, True), (4, 6, False))
    assert [turn.ended_at for turn in turns_of(sent, received)] == [1.98]
    assert _replies(sent, received) == [pytest.approx(0.52)]


def test_a_short_pause_does_not_split_an_utterance() -> None:
    sent = _packets((0, 1, True), (1, 1.4, False), (1.4, 2, True), (2, 5, False))
    received = _packets((0, 2.4, False), (2.4, 3, True))
    assert [turn.ended_at for turn in turns_of(sent, received)] == [1.98]


def test_one_loud_packet_is_a_click_and_no_reply() -> None:
    sent = _packets((0, 1, True), (1, 5, False))
    received = _packets((0, 1.2, False), (1.2, 1.22, True), (1.22, 2, False), (2, 3, True))
    assert _replies(sent, received)[0] == pytest.approx(2 - 0.98)


def test_a_bot_that_was_speaking_already_has_not_replied() -> None:
    sent = _packets((0, 1, True), (1, 5, False))
    received = _packets((0, 0.9, True), (0.9, 1.5, False), (1.5, 2, True))
    assert _replies(sent, received)[0] is None


def test_an_utterance_that_is_followed_by_another_was_not_replied_to() -> None:
    sent = _packets((0, 1, True), (1, 3, False), (3, 4, True), (4, 9, False))
    received = _packets((0, 4.5, False), (4.5, 6, True))
    assert _replies(sent, received) == [None, pytest.approx(0.52)]


def test_no_reply_within_ten_seconds_is_none() -> None:
    sent = _packets((0, 1, True), (1, 20, False))
    received = _packets((0, 15, False), (15, 16, True))
    assert _replies(sent, received)[0] is None


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (1.0, 100), (0.0, 1), (0.001, 1)]
)
def test_percentiles_are_values_that_were_measured(share: float, expected: int) -> None:
    assert percentile(list(range(1, 101)), share) == expected


def test_percentiles_do_not_fall() -> None:
    values = [3.0, 1.0, 2.0]
    shares = [step / 20 for step in range(21)]
    assert all(
        percentile(values, low) <= percentile(values, high) for low, high in pairwise(shares)
    )
