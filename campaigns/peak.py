"""A peak (征期): days on which campaigns of some kinds call nobody, or only at some hours."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time, timedelta

from campaigns.errors import InvalidInput, Problem
from campaigns.questionnaire.model import ANSWERING, CampaignKind

_HEADER = ["dates", "kinds", "hours", "note"]
_RANGE = ".."
_LONGEST = timedelta(days=366)

Span = tuple[time, time]
"""Local time from the first until before the second."""


@dataclass(frozen=True, slots=True)
class Peak:
    """From `first` to `last`, both included, calls are placed within `hours` only; none: not at
    all. `kinds` empty: of every kind that does not answer the person's own matter."""

    first: date
    last: date
    kinds: frozenset[CampaignKind] = frozenset()
    hours: tuple[Span, ...] = ()
    note: str = ""

    def holds_for(self, kind: CampaignKind) -> bool:
        """Return whether campaigns of a kind keep to it."""
        return kind in self.kinds if self.kinds else kind not in ANSWERING

    def covers(self, day: date) -> bool:
        """Return whether a day is one of the peak's."""
        return self.first <= day <= self.last


def narrowed(spans: Collection[Span], peaks: Collection[Peak], day: date) -> tuple[Span, ...]:
    """Return what a day's peaks leave of its open spans."""
    left = tuple(spans)
    for peak in peaks:
        if peak.covers(day):
            left = tuple(
                (max(opens, begin), min(closes, end))
                for opens, closes in left
                for begin, end in peak.hours
                if max(opens, begin) < min(closes, end)
            )
    return left


def read_peaks(text: str) -> tuple[Peak, ...]:
    """Read CSV with the header `dates,kinds,hours,note`.

    Dates are one day or a range (2026-03-01..2026-03-16); kinds and hours are parted by `|`
    (satisfaction|questionnaire, 14:30-16:00|16:30-17:30); no kinds: see `Peak`; no hours: nobody
    is called. Raises InvalidInput naming every bad row.
    """
    rows = csv.reader(io.StringIO(text))
    if [cell.strip().lower() for cell in next(rows, [])] != _HEADER:
        raise InvalidInput(f"the first line must be {','.join(_HEADER)}")
    peaks: list[Peak] = []
    problems: list[Problem] = []
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            peaks.append(_row(cells))
        except ValueError as error:
            problems.append(Problem(str(error), row=number))
    if problems or not peaks:
        raise InvalidInput("the file of peaks cannot be used", tuple(problems))
    return tuple(peaks)


def check(peak: Peak) -> None:
    """Refuse a peak that makes no sense. Raises ValueError."""
    if not peak.first <= peak.last < peak.first + _LONGEST:
        raise ValueError("a range goes from an earlier to a later day, a year at most")
    if any(begin >= end or begin.tzinfo or end.tzinfo for begin, end in peak.hours):
        raise ValueError("hours go from an earlier to a later local time, as 14:30-16:00")


def _row(cells: list[str]) -> Peak:
    dates, kinds, hours, note = (cell.strip() for cell in [*cells, "", "", ""][:4])
    first, _, last = dates.partition(_RANGE)
    peak = Peak(
        first=date.fromisoformat(first),
        last=date.fromisoformat(last or first),
        kinds=frozenset(CampaignKind(each.strip()) for each in kinds.split("|") if each.strip()),
        hours=tuple(read_span(each) for each in hours.split("|") if each.strip()),
        note=note,
    )
    check(peak)
    return peak


def read_span(text: str) -> Span:
    """Read `14:30-16:00`. Raises ValueError."""
    begin, _, end = text.partition("-")
    return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())


def span_text(span: Span) -> str:
    """Write a span as `read_span` reads it."""
    return f"{span[0]:%H:%M}-{span[1]:%H:%M}"
