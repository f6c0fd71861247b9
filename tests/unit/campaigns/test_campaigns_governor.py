from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendar import Calendar
from campaigns.calling_hours import STANDARD
from campaigns.governor import (
    STANDARD_POLICY,
    ContactHistory,
    GovernorPolicy,
    due_time,
    earliest,
    rests_until,
)
from campaigns.questionnaire.model import CampaignKind
from campaigns.schedule import Closed, Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCHEDULE = Schedule(STANDARD, SHANGHAI, Calendar())
TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai
HOUR = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("hours_ago", "wait"),
    [((), 0), ((3,), 0), ((2,), 0), ((1,), 1), ((1, 26), 1)],
)
def test_the_gap_is_kept(hours_ago: tuple[int, ...], wait: int) -> None:
    history = ContactHistory(tuple(TEN - ago * HOUR for ago in hours_ago))
    assert earliest(TEN, history, STANDARD_POLICY, SHANGHAI) == TEN + wait * HOUR


def test_the_third_attempt_waits_for_the_next_local_day() -> None:
    twice = ContactHistory((TEN - 2 * HOUR, TEN))
    midnight = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert earliest(TEN + 3 * HOUR, twice, STANDARD_POLICY, SHANGHAI) == midnight
    assert earliest(TEN, twice, STANDARD_POLICY, SHANGHAI, promised=True) == midnight
    assert due_time(TEN, SCHEDULE, twice, STANDARD_POLICY) == TEN + 23 * HOUR  # Tuesday at 9


def test_calling_back_has_limits_of_its_own() -> None:
    minute = timedelta(minutes=1)
    surveys = ContactHistory((TEN - HOUR, TEN - 5 * minute))
    back = CampaignKind.CALL_BACK
    assert earliest(TEN, surveys, STANDARD_POLICY, SHANGHAI, back) == TEN + 5 * minute
    calls = tuple(TEN - ago * 11 * minute for ago in (1, 2, 3))
    thrice = ContactHistory(calls, call_backs=calls)
    midnight = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert earliest(TEN, thrice, STANDARD_POLICY, SHANGHAI, back) == midnight
    twice = ContactHistory(calls[:2], call_backs=calls[:2])
    assert earliest(TEN, twice, STANDARD_POLICY, SHANGHAI, back) == TEN
    assert earliest(TEN, twice, STANDARD_POLICY, SHANGHAI) == midnight  # it counts for all others


def test_a_promise_need_not_keep_the_gap_but_the_hours() -> None:
    once = ContactHistory((TEN,))
    soon = TEN + timedelta(minutes=25)
    assert due_time(soon, SCHEDULE, once, STANDARD_POLICY, promised=True) == soon
    lunch = due_time(TEN + 2 * HOUR, SCHEDULE, once, STANDARD_POLICY, promised=True)
    assert lunch == TEN + 4.5 * HOUR


@pytest.mark.parametrize(
    ("kind", "rests"),
    [
        (CampaignKind.SATISFACTION, True),
        (CampaignKind.QUESTIONNAIRE, True),
        (CampaignKind.NOTIFICATION, False),
        (CampaignKind.CALL_BACK, False),
        (CampaignKind.FOLLOW_UP, False),
    ],
)
def test_a_rest_follows_a_survey(kind: CampaignKind, rests: bool) -> None:
    until = TEN + timedelta(days=90) if rests else None
    assert rests_until(kind, ContactHistory((), TEN), STANDARD_POLICY) == until
    assert rests_until(kind, ContactHistory((TEN,)), STANDARD_POLICY) is None


@given(
    st.lists(MOMENTS, min_size=1, max_size=40),
    st.integers(1, 4),
    st.integers(0, 600),
)
def test_whatever_is_wished_nobody_is_called_too_often(
    wishes: list[datetime], per_day: int, gap_minutes: int
) -> None:
    policy = GovernorPolicy(attempts_per_day=per_day, gap=timedelta(minutes=gap_minutes))
    made: list[datetime] = []
    for wish in sorted(wishes):
        now = max([wish, *made])
        due = due_time(now, SCHEDULE, ContactHistory(tuple(made)), policy)
        assert not isinstance(due, Closed)
        assert due >= now
        assert SCHEDULE.is_open(due)
        made.append(due)
    days = [attempt.astimezone(SHANGHAI).date() for attempt in made]
    assert max(days.count(day) for day in days) <= per_day
    gaps = [later - before for before, later in itertools.pairwise(made)]
    assert all(gap >= policy.gap for gap in gaps)
