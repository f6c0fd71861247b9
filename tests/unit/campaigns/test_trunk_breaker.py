"""The breaker's table and policy, and what pings are worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.breaker import (
    STANDARD_BREAKER,
    TRANSITIONS,
    BreakerEvent,
    BreakerState,
    next_state,
)
from campaigns.errors import Conflict
from campaigns.trunk_health import DOWN_AFTER, Health, Ping, PingRecord

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_every_pair() -> None:
    for state, event in product(BreakerState, BreakerEvent):
        if (state, event) in TRANSITIONS:
            assert next_state(state, event) is TRANSITIONS[state, event]
        else:
            with pytest.raises(Conflict, match=f"{state.value} does not take `{event.value}`"):
                next_state(state, event)


def test_a_breaker_always_comes_back_by_one_good_call_or_by_hand() -> None:
    for state in BreakerState:
        assert next_state(state, BreakerEvent.RESET) is BreakerState.CLOSED
    half_open = next_state(BreakerState.OPEN, BreakerEvent.PROBE)
    assert next_state(half_open, BreakerEvent.SUCCEED) is BreakerState.CLOSED


@pytest.mark.parametrize(
    ("calls", "failed", "trips"),
    [(4, 4, False), (5, 2, False), (5, 3, True), (10, 5, True), (100, 49, False)],
)
def test_a_share_of_enough_calls_trips(calls: int, failed: int, trips: bool) -> None:
    assert STANDARD_BREAKER.trips(calls, failed) is trips


def test_it_rests_longer_with_each_opening() -> None:
    rests = [STANDARD_BREAKER.rest(openings).total_seconds() for openings in (1, 2, 3, 50)]
    assert rests == [30, 60, 120, 600]


def ping(*, alive: bool, at: datetime = NOW) -> Ping:
    return Ping(at, alive, "200 OK" if alive else "no response", 0.02)


def test_a_trunk_that_never_answered_is_not_down() -> None:
    record = PingRecord()
    for _ in range(20):
        record = record.after(ping(alive=False))
    assert record.health is Health.UNKNOWN
    assert not record.is_down(NOW, 30)


@given(answers=st.lists(st.booleans(), max_size=30))
def test_down_is_several_misses_after_an_answer(answers: list[bool]) -> None:
    record = PingRecord()
    for alive in answers:
        record = record.after(ping(alive=alive))
    last_misses = next((n for n, alive in enumerate(reversed(answers)) if alive), None)
    down = last_misses is not None and last_misses >= DOWN_AFTER
    assert (record.health is Health.DOWN) is down


def test_what_was_seen_long_ago_holds_no_call_back() -> None:
    record = PingRecord().after(ping(alive=True))
    for _ in range(DOWN_AFTER):
        record = record.after(ping(alive=False))
    assert record.is_down(NOW + timedelta(seconds=60), 30)
    assert not record.is_down(NOW + timedelta(seconds=180), 30)
    assert not record.is_down(NOW, 0)
