"""Peaks narrow the hours of the kinds they hold for; the calendar's end is told in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendar import Calendar, DayKind
from campaigns.calendar_horizon import horizon
from campaigns.calling_hours import STANDARD
from campaigns.errors import InvalidInput
from campaigns.peak import Peak, narrowed, read_peaks, read_span, span_text
from campaigns.questionnaire.model import CampaignKind
from campaigns.schedule import Closed, Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCHEDULE = Schedule(STANDARD, SHANGHAI, Calendar())
MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)
CLOSED = Peak(MONDAY, FRIDAY)
SHORT = Peak(MONDAY, FRIDAY, hours=((time(11), time(15)), (time(17), time(18))))
HEADER = "dates,kinds,hours,note\n"


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def test_in_a_peak_nobody_is_called() -> None:
    schedule = replace(SCHEDULE, peaks=(CLOSED,))
    assert schedule.next_open(local(2, 10)) == local(9, 9)
    endless = replace(CLOSED, last=MONDAY + timedelta(days=80))
    assert replace(SCHEDULE, peaks=(endless,)).next_open(local(2, 10)) is Closed.NO_HOURS


def test_a_peak_may_leave_some_hours() -> None:
    schedule = replace(SCHEDULE, peaks=(SHORT,))
    assert schedule.next_open(local(2, 9)) == local(2, 11)
    assert schedule.next_open(local(2, 12)) == local(2, 14, 30)
    assert schedule.next_open(local(2, 15)) == local(2, 17)
    assert schedule.next_open(local(6, 17, 30)) == local(9, 9)


def test_kinds() -> None:
    assert CLOSED.holds_for(CampaignKind.SATISFACTION)
    assert CLOSED.holds_for(CampaignKind.NOTIFICATION)
    assert not CLOSED.holds_for(CampaignKind.CALL_BACK)
    assert not CLOSED.holds_for(CampaignKind.FOLLOW_UP)
    named = replace(CLOSED, kinds=frozenset({CampaignKind.CALL_BACK}))
    assert named.holds_for(CampaignKind.CALL_BACK)
    assert not named.holds_for(CampaignKind.SATISFACTION)


TIMES = st.integers(0, 23 * 4).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
SPANS = st.lists(st.tuples(TIMES, TIMES).filter(lambda span: span[0] < span[1]), max_size=4).map(
    tuple
)


@given(SPANS, SPANS, TIMES)
def test_open_is_what_both_allow(
    spans: tuple[tuple[time, time], ...], hours: tuple[tuple[time, time], ...], at: time
) -> None:
    peak = replace(CLOSED, hours=hours)
    inside = any(begin <= at < end for begin, end in spans)
    allowed = any(begin <= at < end for begin, end in hours)
    left = narrowed(spans, (peak,), MONDAY)
    assert any(begin <= at < end for begin, end in left) is (inside and allowed)
    assert narrowed(spans, (peak,), FRIDAY + timedelta(days=1)) == spans


def test_a_file_of_peaks() -> None:
    text = (
        "\ufeffdates,kinds,hours,note\n"
        "2026-03-01..2026-03-16,satisfaction|questionnaire,14:30-16:00|16:30-17:30,征期\n\n"
        "2026-04-01,,,\n"
    )
    first, second = read_peaks(text.removeprefix("\ufeff"))
    assert (first.first, first.last, first.note) == (date(2026, 3, 1), date(2026, 3, 16), "征期")
    assert first.kinds == {CampaignKind.SATISFACTION, CampaignKind.QUESTIONNAIRE}
    assert first.hours == ((time(14, 30), time(16)), (time(16, 30), time(17, 30)))
    assert second == Peak(date(2026, 4, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    "row",
    ["x,,,", "2026-03-02..2026-03-01,,,", "2026-03-01,nobody,,", "2026-03-01,,9,",
     "2026-03-01,,10:00-09:00,", "2026-01-01..2028-01-01,,,"],
)  # fmt: skip
def test_bad_rows_are_named(row: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_peaks(f"{HEADER}2026-05-01,,,\n{row}\n")
    assert [problem.row for problem in caught.value.problems] == [3]


@pytest.mark.parametrize("text", ["", "date,kind\n", HEADER])
def test_files_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_peaks(text)


@given(TIMES, TIMES)
def test_a_span_is_read_as_written(begin: time, end: time) -> None:
    assert read_span(span_text((begin, end))) == (begin, end)


def test_the_calendars_end_is_told_in_time() -> None:
    calendar = Calendar()
    assert horizon(calendar, date(2026, 11, 16)).warning == ""
    near = horizon(calendar, date(2026, 11, 23))
    assert (near.known_until, near.days_left) == (date(2026, 12, 31), 38)
    assert "2027" in near.warning
    assert "calendar import" in near.warning
    known = {date(2027, 1, 1) + timedelta(days=ahead): DayKind.REGULAR for ahead in range(365)}
    assert horizon(Calendar(known), date(2026, 11, 23)).warning == ""
    beyond = horizon(calendar, date(2027, 2, 1))
    assert (beyond.known_until, beyond.days_left) == (None, 0)
    assert "nobody is called" in beyond.warning
    assert horizon(calendar, date(2026, 11, 23), timedelta(days=30)).warning == ""
