"""Months, quarters, due dates and the end of the contract."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.indicators.due_date import due_date
from campaigns.indicators.month import Month, ends_contract

_WORKED_WEEKENDS = (date(2026, 5, 9), date(2026, 10, 10))


def is_workday(day: date) -> bool:
    """Tell the workdays of the months below, with the official make-up days of 2026."""
    return day.isoweekday() <= 5 or day in _WORKED_WEEKENDS


@pytest.mark.parametrize(
    ("month", "due"),
    [
        (Month(2026, 4), date(2026, 5, 11)),  # a Sunday
        (Month(2026, 9), date(2026, 10, 10)),  # a Saturday that is worked
        (Month(2026, 1), date(2026, 2, 10)),
        (Month(2025, 12), date(2026, 1, 12)),  # a Saturday at the turn of the year
    ],
)
def test_the_sheet_is_due_on_the_tenth_or_the_next_workday(month: Month, due: date) -> None:
    assert due_date(month, is_workday) == due


@given(st.builds(Month, st.integers(2000, 2100), st.integers(1, 12)), st.sets(st.integers(10, 20)))
def test_the_due_date_is_the_first_workday_from_the_tenth(month: Month, off: set[int]) -> None:
    due = due_date(month, lambda day: day.day not in off)
    assert due.day == min(set(range(10, 22)) - off)
    assert timedelta(0) < due - month.day(28) < timedelta(days=30)


def test_a_month_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="month"):
        Month(2026, 13)


def test_months_go_on_over_the_turn_of_the_year() -> None:
    assert Month(2026, 11).plus(3) == Month(2027, 2)
    assert Month(2026, 1).plus(-1) == Month(2025, 12)


@given(st.integers(1, 12), st.integers(1, 12))
def test_every_third_month_ends_a_quarter(first: int, number: int) -> None:
    months = [Month(2026, number).plus(later) for later in range(3)]
    assert sum(month.ends_quarter(first) for month in months) == 1
    assert Month(2026, first).plus(2).ends_quarter(first)


@pytest.mark.parametrize(
    ("later", "ends"),
    [((0, 1), False), ((0, 1, 11), True), ((0, 1, 12), False), ((0, 5, 12, 13), True), ((), False),
     ((0, 0, 0), False)],
)  # fmt: skip
def test_three_failures_in_twelve_months_end_the_contract(
    later: tuple[int, ...], ends: bool
) -> None:
    assert ends_contract([Month(2026, 3).plus(months) for months in later]) is ends
