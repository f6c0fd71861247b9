"""Calling hours: on which weekdays, from when to when people may be called (FIELD: MIIT 2020).

`campaigns.schedule` makes moments of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.errors import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class Window:
    """Local time from `opens` until before `closes` on ISO weekdays (1 = Monday)."""

    days: frozenset[int]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class CallingHours:
    """The windows of a week; at all other times nobody is called. No windows: never."""

    windows: tuple[Window, ...]


_WORKDAYS = frozenset(range(1, 6))
STANDARD = CallingHours(
    (
        Window(_WORKDAYS, time(9, 0), time(12, 0)),
        Window(_WORKDAYS, time(14, 30), time(17, 30)),
    )
)


def read_hours(document: Mapping[str, Any]) -> CallingHours:
    """Read `{"windows": [{"days": [1, 2], "from": "09:00", "to": "12:00"}]}`; empty = standard.

    Raises InvalidInput: hours that cannot be read are not open.
    """
    if not document:
        return STANDARD
    entries = document.get("windows")
    if not isinstance(entries, list) or not entries or set(document) != {"windows"}:
        raise InvalidInput('calling hours are {"windows": [...]} with at least one window')
    problems: list[Problem] = []
    windows: list[Window] = []
    for index, entry in enumerate(entries, start=1):
        try:
            windows.append(_window(entry))
        except (ValueError, TypeError, KeyError) as error:
            problems.append(Problem(f"window {index}: {error}"))
    if problems:
        raise InvalidInput(
            'a window is {"days": [1..7], "from": "09:00", "to": "12:00"}', tuple(problems)
        )
    return CallingHours(tuple(windows))


def read_zone(name: str) -> ZoneInfo:
    """Return the time zone of this IANA name. Raises InvalidInput."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"no time zone {name!r} is known: use a name as Asia/Shanghai"
        ) from error


def _window(entry: Mapping[str, Any]) -> Window:
    days = frozenset(entry["days"])
    if not days or not days <= set(range(1, 8)):
        raise ValueError("days must be 1 (Monday) to 7")
    opens, closes = (time.fromisoformat(entry[name]) for name in ("from", "to"))
    if opens.tzinfo or closes.tzinfo or opens >= closes:
        raise ValueError("`from` must be before `to`, local time")
    return Window(days, opens, closes)


def is_within(inner: CallingHours, outer: CallingHours) -> bool:
    """Return whether every moment of `inner` is one of `outer`."""
    return all(
        _is_covered(window.opens, window.closes, day, outer)
        for window in inner.windows
        for day in window.days
    )


def _is_covered(opens: time, closes: time, day: int, outer: CallingHours) -> bool:
    reached = opens
    for window in sorted(outer.windows, key=lambda each: each.opens):
        if day in window.days and window.opens <= reached < window.closes:
            reached = window.closes
    return reached >= closes
