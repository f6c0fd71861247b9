"""Moments said in words: 明天下午三点, 下周一上午, 半小时后. A date, or a time to call again.

What was heard is rewritten from its sounds into the characters of time expressions (the small
recogniser's characters are a guess), and read by jionlp. Hours are biased to working time: 三点 is
15:00.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from jionlp_time import parse_time

from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.vague_day import vague_day

_GAP = "□"
_NUMERALS = {
    **{"yi": "一", "er": "二", "liang": "两", "san": "三", "si": "四", "wu": "五", "liu": "六"},
    **{"qi": "七", "ba": "八", "jiu": "九", "shi": "十", "ban": "半", "ling": "零"},
}
_TIME_WORDS = words(
    "今天 今日 今晚 明天 明日 明早 明晚 后天 大后天 昨天 前天 上午 早上 早晨 中午 下午 傍晚 晚上 "
    "周 星期 礼拜 下周 下星期 下礼拜 下个星期 下个礼拜 这周 这个星期 本周 上周 上个星期 上个礼拜 "
    "点 点钟 点半 刻 分钟 小时 个小时 个钟头 个钟 天 号 日 月 月份 年 下个月 本月 这个月 上个月 "
    "之后 以后 后 过后 过 今年 明年 去年 个半小时 分"
)
_WORDS = Lexicon({word: [word] for word in _TIME_WORDS})
_NUMBER = "[零一二两三四五六七八九十]{1,3}"
_WEEKDAY = r"(?:下|这个?|本|上)?个?(?:周|星期|礼拜)[一二三四五六日天]"
_DAY = (
    rf"今天|今日|明天|明日|大后天|后天|昨天|前天|{_WEEKDAY}|"
    rf"(?:(?:今年|明年|去年)?{_NUMBER}月|下个月|本月|这个月|上个月|)份?{_NUMBER}[号日]"
)
_PART = "上午|早上|早晨|中午|下午|傍晚|晚上|今晚|明早|明晚"
_CLOCK = rf"{_NUMBER}点(?:钟|半|[一三]刻|{_NUMBER}分?)?"
_AFTER = rf"过?(?:{_NUMBER}|半)(?:个?小时|个?钟头|个钟|分钟|个半小时|天)(?:之后|以后|过后|后)?"
_EXPRESSION = re.compile(
    rf"(?P<after>{_AFTER})|(?P<day>{_DAY})?(?P<part>{_PART})?(?P<clock>{_CLOCK})?"
)
_WEEK_ONLY = re.compile("下个?(?:周|星期|礼拜)")
_COUNTED = "一二三四□两"
_WEEKS = re.compile(r"(?P<count>[一二三四两])个?(?:□)?(?:周|星期|礼拜)(?:之后|以后|过后|后)")
_AFTERNOON_BELOW = {
    **dict.fromkeys(("下午", "傍晚", "晚上", "今晚", "明晚"), 12),
    **{"中午": 3, "": 7},
}
"""Hours below this are in the afternoon: 下午三点; without a part of the day working hours win."""
_PART_HOURS = {
    **dict.fromkeys(("上午", "早上", "早晨", "明早"), 9),
    **{"中午": 12, "下午": 15, "傍晚": 18, "晚上": 19, "今晚": 19, "明晚": 19},
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in local time. `at` has the zone of the `now` it was read against; `has_day` and
    `has_time` say which half was named (the other is filled in); `exact` is False for a day that
    was only hinted at (月底, 国庆后)."""

    at: datetime
    has_day: bool
    has_time: bool
    exact: bool = True


def moment_said(syllables: Sequence[str], now: datetime) -> Moment | None:
    """Return the moment named, None when there is none or it cannot be read.

    `now` is aware and local. A moment without a day is the next such time, one without a time of
    day the beginning of its part of the day (09:00 when no part was said).
    """
    written = _written(syllables)
    if weeks := _weeks_later(written, now):
        return weeks
    parts = max(_EXPRESSION.finditer(written), key=lambda match: len(match.group()), default=None)
    if parts is None or len(parts.group()) < 2:
        return _next_week(written, now) or _hinted(syllables, now)
    if parts["after"]:
        return _later(parts["after"], now)
    day = _day(parts["day"], parts["part"], now)
    if day is None:
        return None
    hour = _hour(parts["part"], parts["clock"], now)
    if hour is None:
        return None
    has_time = bool(parts["part"] or parts["clock"])
    at = datetime.combine(day, hour, tzinfo=now.tzinfo)
    if not parts["day"] and has_time and at <= now:
        at = _next_such_time(at, now, exact=bool(parts["part"]))
    return Moment(at, has_day=bool(parts["day"] or _names_day(parts["part"])), has_time=has_time)


def _hao(syllables: Sequence[str]) -> tuple[str, ...]:
    """Return the syllables with a 号 behind a month's day that was heard as hou (十二月十号)."""
    heard = list(syllables)
    for at in range(2, len(heard)):
        if heard[at] == "hou" and heard[at - 1] in _NUMERALS and "yue" in heard[at - 4 : at - 1]:
            heard[at] = "hao"
    return tuple(heard)


def _written(heard: Sequence[str]) -> str:
    syllables = _hao(heard)
    words = {match.start: match for match in _WORDS.scan(syllables)}
    written: list[str] = []
    at = 0
    while at < len(syllables):
        if at in words:
            written.append(words[at].value)
            at = words[at].end
        else:
            written.append(_NUMERALS.get(syllables[at], _GAP))
            at += 1
    return "".join(written)


def _parse(text: str, now: datetime) -> datetime | None:
    try:
        parsed = parse_time(text, time_base=now.replace(tzinfo=None).timestamp())
        return datetime.strptime(parsed["time"][0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=now.tzinfo)
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _later(text: str, now: datetime) -> Moment | None:
    stem = text.removeprefix("过")
    stem = re.sub("(?:之后|以后|过后|后)$", "", stem).replace("个钟头", "个小时")
    stem = re.sub("个钟$", "个小时", stem)
    at = _parse(stem + "后", now)
    if at is None or at <= now:
        return None
    if stem.endswith("天"):
        return Moment(at.replace(hour=9, minute=0), has_day=True, has_time=False)
    return Moment(at, has_day=True, has_time=True)


def _next_week(written: str, now: datetime) -> Moment | None:
    week = _WEEK_ONLY.search(written)
    if not week:
        return None
    monday = now.date() + timedelta(days=7 - now.weekday())
    if written[week.end() : week.end() + 1] == _GAP and written[week.end() :] != _GAP * 2:
        return None  # a day that was not understood (下周四)
    return Moment(datetime.combine(monday, time(9), tzinfo=now.tzinfo), True, False)


def _weeks_later(written: str, now: datetime) -> Moment | None:
    weeks = _WEEKS.search(written)
    if not weeks:
        return None
    day = now.date() + timedelta(weeks=_COUNTED.index(weeks["count"]) % 4 + 1)
    return Moment(datetime.combine(day, time(9), tzinfo=now.tzinfo), True, False)


def _hinted(syllables: Sequence[str], now: datetime) -> Moment | None:
    day = vague_day(syllables, now.date())
    if day is None:
        return None
    return Moment(datetime.combine(day, time(9), tzinfo=now.tzinfo), True, False, exact=False)


def _names_day(part: str | None) -> bool:
    return part in {"今晚", "明早", "明晚"}


def _day(day: str | None, part: str | None, now: datetime) -> date | None:
    if day is None:
        return now.date() + timedelta(days=part in {"明早", "明晚"})
    parsed = _parse(day, now)
    return None if parsed is None else parsed.date()


def _hour(part: str | None, clock: str | None, now: datetime) -> time | None:
    if clock is None:
        return time(_PART_HOURS[part]) if part else time(9)
    parsed = _parse(clock, now)
    if parsed is None:
        return None
    hour = parsed.hour
    if hour < _AFTERNOON_BELOW.get(part or "", 0):
        hour += 12
    return time(hour, parsed.minute) if hour < 24 else None


def _next_such_time(at: datetime, now: datetime, exact: bool) -> datetime:
    afternoon = at + timedelta(hours=12)
    if not exact and at.hour < 12 and afternoon > now and afternoon.hour <= 20:
        return afternoon
    return at + timedelta(days=1)
