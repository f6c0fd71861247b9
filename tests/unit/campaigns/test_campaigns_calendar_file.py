from __future__ import annotations

from datetime import date

import pytest

from campaigns.calendar import Calendar, DayKind
from campaigns.calendar_overrides import read_overrides
from campaigns.errors import InvalidInput


def test_a_year_that_was_not_announced_is_told_in_a_few_rows() -> None:
    days = read_overrides(
        "date,kind,note\n"
        "2027-01-01..2027-12-31,regular,assumed\n"
        "\n"
        "2027-02-05..2027-02-11,holiday,春节\n"
        "2027-02-14,workday,春节\n"
    )
    calendar = Calendar({each.day: each.kind for each in days})
    assert len(days) == 365
    assert calendar.covered_until(date(2026, 11, 1)) == date(2027, 12, 31)
    assert calendar.kind(date(2027, 2, 5)) is DayKind.HOLIDAY
    assert calendar.kind(date(2027, 2, 14)) is DayKind.WORKDAY
    assert calendar.kind(date(2027, 2, 15)) is DayKind.REGULAR


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2027-02-30,holiday,", "row 3"),
        ("tomorrow,holiday,", "row 3"),
        ("2027-02-01,party,", "workday, holiday, regular"),
        ("2027-02-02..2027-02-01,holiday,", "earlier to a later"),
        ("2027-01-01..2099-01-01,holiday,", "three years"),
        ("", "cannot be used"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file(row: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        read_overrides(f"date,kind,note\n2027-01-01,regular,\n{row}\n" if row else "date,kind,note")


def test_a_file_without_its_header_is_refused() -> None:
    with pytest.raises(InvalidInput, match="first line"):
        read_overrides("2027-01-01,regular,\n")
