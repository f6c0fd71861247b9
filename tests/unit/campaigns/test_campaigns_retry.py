from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.disposition import RULES, Disposition
from campaigns.retry import History, next_attempt_at

ENDED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FIRST = History(dialled=1, counted=1, alike=1, max_attempts=3)


@pytest.mark.parametrize(
    ("disposition", "minutes"),
    [
        (Disposition.BUSY, 20),
        (Disposition.NO_ANSWER, 180),
        (Disposition.POWERED_OFF, 240),
        (Disposition.UNREACHABLE, 60),
        (Disposition.OUT_OF_SERVICE, 7 * 24 * 60),
        (Disposition.COMPLETED, None),
        (Disposition.REFUSED, None),
        (Disposition.OPT_OUT, None),
        (Disposition.INVALID_NUMBER, None),
        (Disposition.BLOCKED, None),
        (Disposition.UNKNOWN, None),
    ],
)
def test_the_delay_is_the_dispositions(disposition: Disposition, minutes: int | None) -> None:
    expected = None if minutes is None else ENDED + timedelta(minutes=minutes)
    assert next_attempt_at(disposition, FIRST, ENDED) == expected


@given(
    st.sampled_from(Disposition),
    st.integers(1, 30),
    st.integers(0, 30),
    st.integers(1, 30),
    st.integers(1, 20),
)
def test_no_history_allows_more_than_the_limit(
    disposition: Disposition, dialled: int, uncounted: int, alike: int, limit: int
) -> None:
    rule = RULES[disposition]
    uncounted = max(uncounted, 0 if rule.counts else 1)
    history = History(dialled + uncounted, dialled, alike, limit)
    at = next_attempt_at(disposition, history, ENDED)
    if rule.final or dialled >= limit or (rule.most is not None and alike >= rule.most):
        assert at is None
    if at is not None:
        assert at > ENDED


def test_a_promised_time_wins_but_not_one_that_is_past() -> None:
    later = ENDED + timedelta(hours=5)
    promise = next_attempt_at(Disposition.CALL_LATER, FIRST, ENDED, later)
    assert promise == later
    past = next_attempt_at(Disposition.CALL_LATER, FIRST, ENDED, ENDED - timedelta(hours=1))
    assert past == ENDED + timedelta(hours=2)


def test_congestion_backs_off_and_gives_up() -> None:
    delays = []
    for dialled in range(1, 11):
        at = next_attempt_at(Disposition.CONGESTION, History(dialled, 0, dialled, 3), ENDED)
        delays.append(None if at is None else (at - ENDED).total_seconds() / 60)
    assert delays == [1, 2, 4, 8, 16, 32, 64, 64, 64, None]


def test_a_disposition_that_repeats_itself_ends_the_task() -> None:
    for disposition, rule in RULES.items():
        if rule.most is not None:
            worn = History(dialled=rule.most, counted=0, alike=rule.most, max_attempts=20)
            assert next_attempt_at(disposition, worn, ENDED) is None
            assert next_attempt_at(disposition, replace(worn, alike=1), ENDED) is not None


def test_every_disposition_has_a_rule() -> None:
    assert set(RULES) == set(Disposition)
    for disposition, rule in RULES.items():
        assert rule.final is (rule.retry_s is None), disposition
