from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendar import Calendar, DayKind
from campaigns.calling_hours import STANDARD, CallingHours, Window, read_zone
from campaigns.schedule import Closed, Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCHEDULE = Schedule(STANDARD, SHANGHAI, Calendar())
WEEKENDS = CallingHours((Window(frozenset({6, 7}), time(10), time(11)),))
NOON_BREAK = ((time(9), time(12)), (time(14, 30), time(17, 30)))


def local(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (local(3, 2, 8, 59, 59), False),
        (local(3, 2, 9), True),
        (local(3, 2, 11, 59, 59), True),
        (local(3, 2, 12), False),
        (local(3, 2, 14, 29, 59), False),
        (local(3, 2, 14, 30), True),
        (local(3, 6, 17, 29, 59), True),
        (local(3, 6, 17, 30), False),
        (local(3, 7, 10), False),
        (local(10, 1, 10), False),
        (local(10, 10, 10), True),
        (local(2, 14, 10), True),
    ],
)
def test_the_standard_hours_to_the_second(moment: datetime, open_: bool) -> None:
    assert SCHEDULE.is_open(moment) is open_


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (local(3, 2, 7), local(3, 2, 9)),
        (local(3, 2, 10), local(3, 2, 10)),
        (local(3, 2, 12), local(3, 2, 14, 30)),
        (local(3, 6, 17, 30), local(3, 9, 9)),
        (local(9, 30, 18), local(10, 8, 9)),
        (local(10, 9, 18), local(10, 10, 9)),
    ],
)
def test_the_next_opening(moment: datetime, opening: datetime) -> None:
    assert SCHEDULE.next_open(moment) == opening


@pytest.mark.parametrize("day", [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)])
def test_every_make_up_workday_of_2026_is_worked_like_a_monday(day: tuple[int, int]) -> None:
    assert SCHEDULE.is_open(local(*day, 10))
    assert not replace(SCHEDULE, hours=WEEKENDS).is_open(local(*day, 10))


def test_weekend_hours_hold_on_weekends_but_not_on_holidays() -> None:
    weekends = replace(SCHEDULE, hours=WEEKENDS)
    assert weekends.is_open(local(3, 7, 10))
    assert not weekends.is_open(local(10, 3, 10))


def test_days_nobody_knows_are_closed_until_they_are_told() -> None:
    new_year = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
    assert SCHEDULE.next_open(new_year) is Closed.CALENDAR
    assert SCHEDULE.next_open(local(12, 31, 18)) is Closed.CALENDAR
    told = replace(SCHEDULE, calendar=Calendar({date(2027, 1, 4): DayKind.REGULAR}))
    assert told.is_open(new_year)
    assert told.next_open(local(12, 31, 18)) is Closed.CALENDAR
    off = replace(SCHEDULE, calendar=Calendar({date(2026, 3, 2): DayKind.HOLIDAY}))
    assert off.next_open(local(3, 2, 10)) == local(3, 3, 9)


def test_the_calendar_says_how_far_it_reaches() -> None:
    assert Calendar().covered_until(date(2026, 11, 1)) == date(2026, 12, 31)
    assert Calendar().covered_until(date(2027, 1, 1)) is None
    january = {date(2027, 1, day): DayKind.REGULAR for day in (1, 2, 4)}
    assert Calendar(january).covered_until(date(2026, 11, 1)) == date(2027, 1, 2)


def test_nothing_happens_before_or_after_the_window() -> None:
    window = replace(SCHEDULE, not_before=local(3, 3, 10), not_after=local(3, 4, 10))
    assert window.next_open(local(3, 2, 10)) == local(3, 3, 10)
    assert window.is_open(local(3, 4, 9, 59))
    assert window.next_open(local(3, 4, 10)) is Closed.OVER
    night = replace(SCHEDULE, not_after=local(3, 3, 8))
    assert night.next_open(local(3, 2, 18)) is Closed.OVER
    assert night.next_open(datetime(2027, 2, 1, tzinfo=UTC)) is Closed.OVER


def test_no_windows_means_never() -> None:
    assert replace(SCHEDULE, hours=CallingHours(())).next_open(local(3, 2)) is Closed.NO_HOURS


def test_a_zone_with_summer_time_opens_by_its_own_clock() -> None:
    berlin = replace(SCHEDULE, zone=read_zone("Europe/Berlin"))
    winter = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)  # clocks go forward on Sunday the 29th
    assert berlin.next_open(winter) == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)


def _open_by_the_book(moment: datetime, holidays: set[date], made_up: set[date]) -> bool:
    here = moment.astimezone(SHANGHAI)
    day = here.date()
    if day in holidays or (day.weekday() > 4 and day not in made_up):
        return False
    return any(begin <= here.time() < end for begin, end in NOON_BREAK)


@given(
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 20), timezones=st.just(UTC)),
    st.sets(st.dates(date(2026, 3, 1), date(2026, 3, 28)), max_size=12),
    st.sets(st.dates(date(2026, 3, 1), date(2026, 3, 28)), max_size=6),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    moment: datetime, holidays: set[date], made_up: set[date]
) -> None:
    kinds = dict.fromkeys(made_up, DayKind.WORKDAY) | dict.fromkeys(holidays, DayKind.HOLIDAY)
    schedule = replace(SCHEDULE, calendar=Calendar(kinds))
    opening = schedule.next_open(moment)
    assert isinstance(opening, datetime)
    assert opening >= moment
    assert _open_by_the_book(opening, holidays, made_up)
    quarter = moment
    while quarter < opening:
        assert not _open_by_the_book(quarter, holidays, made_up)
        assert not schedule.is_open(quarter)
        quarter += timedelta(minutes=47)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 2, 1), timezones=st.just(UTC)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 2, 1), timezones=st.just(UTC)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 2, 1), timezones=st.just(UTC)),
)
def test_no_opening_lies_outside_the_window_or_the_known_days(
    moment: datetime, not_before: datetime, not_after: datetime
) -> None:
    schedule = replace(SCHEDULE, not_before=not_before, not_after=not_after)
    opening = schedule.next_open(moment)
    if isinstance(opening, datetime):
        assert max(moment, not_before) <= opening < not_after
        assert opening.astimezone(SHANGHAI).year == 2026
