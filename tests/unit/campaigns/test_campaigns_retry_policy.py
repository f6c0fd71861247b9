"""A campaign's own rules of calling again, and the hour of day a retry comes at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendar import Calendar
from campaigns.calling_hours import STANDARD
from campaigns.disposition import RULES, Disposition, OtherNumber
from campaigns.errors import InvalidInput
from campaigns.governor import STANDARD_POLICY, ContactHistory, due_time
from campaigns.hour_of_day import slot, untried
from campaigns.retry import History, next_attempt_at
from campaigns.retry_policy import ADJUSTABLE, LONGEST, read_retry, rules_of
from campaigns.schedule import Closed, Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCHEDULE = Schedule(STANDARD, SHANGHAI, Calendar())
TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FIRST = History(1, 1, 1, 5)
MOMENTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 1), timezones=st.just(UTC))


def test_nothing_wished_is_the_table() -> None:
    assert read_retry({}) == RULES


def test_wishes_are_granted() -> None:
    rules = read_retry(
        {
            "no_answer": {"delay_minutes": 60, "most": 1, "other_hour": False},
            "busy": {"other_number": False},
            "out_of_service": {"other_number": True},
        }
    )
    no_answer = Disposition.NO_ANSWER
    assert next_attempt_at(no_answer, FIRST, TEN, rules=rules) is None
    assert rules[no_answer].other_hour is False
    hour = read_retry({"no_answer": {"delay_minutes": 60}})
    assert next_attempt_at(no_answer, FIRST, TEN, rules=hour) == TEN + timedelta(hours=1)
    assert rules[Disposition.BUSY].other_number is OtherNumber.NEVER
    dead = rules[Disposition.OUT_OF_SERVICE]
    assert dead.other_number is OtherNumber.AT_ONCE


@pytest.mark.parametrize(
    "document",
    [
        {"nonsense": {"most": 1}},
        {"refused": {"delay_minutes": 60}},
        {"opt_out": {"most": 5}},
        {"invalid_number": {"delay_minutes": 60}},
        {"unknown": {"most": 2}},
        {"congestion": {"delay_minutes": 1}},
        {"no_answer": {}},
        {"no_answer": 5},
        {"no_answer": {"speed": 1}},
        {"no_answer": {"delay_minutes": 44}},
        {"no_answer": {"delay_minutes": 43_201}},
        {"no_answer": {"delay_minutes": True}},
        {"no_answer": {"most": 0}},
        {"no_answer": {"most": 21}},
        {"no_answer": {"other_hour": "yes"}},
        {"out_of_service": {"delay_minutes": 60}},
    ],
)
def test_what_cannot_be_granted_is_named(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_retry(document)
    (problem,) = caught.value.problems
    assert next(iter(document)) in problem.message
    assert rules_of(document) == RULES


@given(st.sampled_from(sorted(ADJUSTABLE)), st.integers(1, 50_000), st.integers(0, 25))
def test_no_wish_brings_a_call_too_soon_or_back_from_the_dead(
    disposition: Disposition, minutes: int, most: int
) -> None:
    try:
        rules = read_retry({disposition.value: {"delay_minutes": minutes, "most": most}})
    except InvalidInput:
        return
    standard = RULES[disposition].retry_s or 0
    delay = timedelta(seconds=rules[disposition].retry_s or 0)
    assert timedelta(seconds=standard) / 4 <= delay <= LONGEST
    assert all(rules[each] == RULES[each] for each in Disposition if each is not disposition)
    assert next_attempt_at(disposition, History(9, 5, 1, 5), TEN, rules=rules) is None


def test_a_retry_comes_at_another_time_of_day() -> None:
    allowed = SCHEDULE.next_open
    assert untried(TEN, set(), SHANGHAI, allowed) == TEN
    assert untried(TEN, {5}, SHANGHAI, allowed) == TEN + timedelta(hours=4.5)
    tried_all = {slot(TEN + timedelta(hours=ahead), SHANGHAI) for ahead in range(24)}
    assert untried(TEN, tried_all, SHANGHAI, allowed) == TEN
    friday = TEN + timedelta(days=4, hours=6)  # 16:00
    assert untried(friday, {8}, SHANGHAI, allowed) == TEN + timedelta(days=7, hours=-1)


@given(MOMENTS, st.sets(st.integers(0, 11)), st.lists(MOMENTS, max_size=3))
def test_the_other_hour_is_allowed_and_near(
    at: datetime, tried: set[int], attempts: list[datetime]
) -> None:
    history = ContactHistory(tuple(attempts))
    allowed = partial(due_time, schedule=SCHEDULE, history=history, policy=STANDARD_POLICY)
    due = allowed(at)
    assert not isinstance(due, Closed)
    found = untried(due, tried, SHANGHAI, allowed)
    assert due <= found <= due + timedelta(days=4)
    assert allowed(found) == found
    assert found == due or slot(found, SHANGHAI) not in tried
