from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calling_hours import STANDARD, CallingHours, read_hours, read_zone
from campaigns.errors import InvalidInput

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (local(2, 8, 59, 59), False),
        (local(2, 9), True),
        (local(2, 11, 59, 59), True),
        (local(2, 12), False),
        (local(2, 14, 29, 59), False),
        (local(2, 14, 30), True),
        (local(6, 17, 29, 59), True),
        (local(6, 17, 30), False),
        (local(7, 10), False),
        (local(8, 10), False),
    ],
)
def test_the_standard_hours_to_the_second(moment: datetime, open_: bool) -> None:
    assert STANDARD.is_open(moment, SHANGHAI) is open_


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (local(2, 7), local(2, 9)),
        (local(2, 10), local(2, 10)),
        (local(2, 12), local(2, 14, 30)),
        (local(6, 17, 30), local(9, 9)),
        (local(8, 23, 59), local(9, 9)),
    ],
)
def test_the_next_opening(moment: datetime, opening: datetime) -> None:
    assert STANDARD.next_opening(moment, SHANGHAI) == opening


def test_no_windows_means_never() -> None:
    assert CallingHours(()).next_opening(local(2, 10), SHANGHAI) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_the_next_opening_is_open_and_nothing_before_it_is(moment: datetime) -> None:
    opening = STANDARD.next_opening(moment, SHANGHAI)
    assert opening is not None
    assert opening >= moment
    assert STANDARD.is_open(opening, SHANGHAI)
    if opening > moment:
        assert not STANDARD.is_open(opening - timedelta(microseconds=1), SHANGHAI)
        between = moment + (opening - moment) / 2
        assert not STANDARD.is_open(between, SHANGHAI)


def test_a_zone_with_summer_time_opens_by_its_own_clock() -> None:
    berlin = read_zone("Europe/Berlin")
    winter = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)  # clocks go forward on Sunday the 29th
    assert STANDARD.next_opening(winter, berlin) == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)


def test_reads_windows() -> None:
    hours = read_hours({"windows": [{"days": [6], "from": "10:00", "to": "11:00"}]})
    assert hours.next_opening(local(2, 10), SHANGHAI) == local(7, 10)
    assert read_hours({}) is STANDARD


@pytest.mark.parametrize(
    "document",
    [
        {"windows": []},
        {"windows": "always"},
        {"always": True},
        {"windows": [{"days": [8], "from": "09:00", "to": "10:00"}]},
        {"windows": [{"days": [], "from": "09:00", "to": "10:00"}]},
        {"windows": [{"days": [1], "from": "10:00", "to": "09:00"}]},
        {"windows": [{"days": [1], "from": "nine", "to": "10:00"}]},
        {"windows": [{"days": [1], "from": "09:00"}]},
        {"windows": ["mornings"]},
        {"windows": [{"days": [1], "from": "09:00+08:00", "to": "10:00+08:00"}]},
    ],
)
def test_hours_that_cannot_be_read_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        read_hours(document)


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="Asia/Shanghai"):
        read_zone(name)
