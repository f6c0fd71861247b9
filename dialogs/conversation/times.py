"""Days as they are spoken."""

from __future__ import annotations

from datetime import datetime, timedelta

from dialogs.phrases import DAYS

_WEEK = 7


def spoken_day(at: datetime, now: datetime) -> str:
    """Return a day as spoken on the day of `now`: 明天, 星期五, 下星期二, 十二月一日."""
    days = (at.date() - now.date()).days
    if days < 4:
        return DAYS[days]
    weeks = (at.date() - (now.date() - timedelta(days=now.weekday()))).days // _WEEK
    if weeks < 2:
        return DAYS[4 + weeks * _WEEK + at.weekday()]
    return f"{at.month}月{at.day}日"
