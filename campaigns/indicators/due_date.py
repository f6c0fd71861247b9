"""When a month's indicator sheet is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from campaigns.indicators.month import Month

_DUE_DAY = 10


def due_date(month: Month, is_workday: Callable[[date], bool]) -> date:
    """Return the 10th of the following month, or the first workday after it.

    `is_workday` knows holidays and make-up workdays; what it raises for years it does not know
    is passed on.
    """
    due = month.plus(1).day(_DUE_DAY)
    while not is_workday(due):
        due += timedelta(days=1)
    return due
