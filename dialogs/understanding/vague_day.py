"""Days that are only hinted at: 月底, 下月初, 国庆后. They are read back, never simply taken."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from dialogs.understanding.lexicon import Lexicon, words

_NEXT_YEAR_MONTH = 12


def _end_of_month(today: date) -> date:
    return today.replace(day=calendar.monthrange(today.year, today.month)[1])


def _start_of_next_month(today: date) -> date:
    return _end_of_month(today) + timedelta(days=1)


def _end_of_next_month(today: date) -> date:
    return _end_of_month(_start_of_next_month(today))


def _end_of_year(today: date) -> date:
    return today.replace(month=_NEXT_YEAR_MONTH, day=31)


def _after(month: int, day: int) -> Callable[[date], date]:
    """Return the next such day of the year: the first after a holiday of fixed date."""

    def day_of(today: date) -> date:
        this_year = date(today.year, month, day)
        return this_year if this_year > today else date(today.year + 1, month, day)

    return day_of


_DAYS: Final = Lexicon(
    {
        _end_of_month: words("月底 月末 这个月底 本月底 这月底 月底前 月底之前"),
        _start_of_next_month: words("下月初 下个月初 月初"),
        _end_of_next_month: words("下月底 下个月底 下个月末"),
        _end_of_year: words("年底 年末"),
        _after(10, 8): words("国庆后 国庆以后 国庆之后 国庆节后 国庆节以后 国庆过后"),
        _after(1, 4): words("元旦后 元旦以后 元旦之后 元旦过后"),
        _after(5, 6): words("五一后 五一以后 五一之后 五一过后"),
    }
)


def vague_day(syllables: Sequence[str], today: date) -> date | None:
    """Return the one day hinted at, None when there is none or more than one."""
    days = {match.value(today) for match in _DAYS.scan(syllables)}
    return days.pop() if len(days) == 1 else None
