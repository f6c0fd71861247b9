"""The monthly indicator sheet: value, target and deduction of each indicator; score; flags."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import reduce

from campaigns.indicators.figure import Exact
from campaigns.indicators.indicator import (
    COMPLAINTS,
    INDICATORS,
    ON_TIME,
    SPECIAL_ON_TIME,
    Indicator,
)
from campaigns.indicators.month import Month
from campaigns.indicators.month_figures import Complaints, MonthFigures, SpecialMode
from campaigns.indicators.points import NO_POINTS, Points, Rounding

_FULL_SCORE = 100
_PASS_ABOVE = 95
_EMERGENCY_ABOVE_CALLS = 70_000
_MONTHS = 12


class Remark(StrEnum):
    """Why a line has no deduction of its own."""

    NOT_ENTERED = "not entered"
    NO_CASES = "n/a: nothing to measure"
    SUSPENDED = "suspended: declared emergency"
    NOT_THIS_MONTH = "counts in the quarter's last month"


_AT_REST = (Remark.SUSPENDED, Remark.NOT_THIS_MONTH)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One indicator in one month; `value` is in the indicator's unit, None = n/a."""

    indicator: Indicator
    value: Fraction | None
    target: str
    points: Points
    remark: Remark | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A month's 13 lines with what follows from them. Shares are exact fractions of one."""

    month: Month
    lines: tuple[SheetLine, ...]
    late_assignments: int
    emergency_possible: bool
    """More calls were transferred than the limit: indicators 1–5 rest if someone declares it."""
    emergency_declared_by: str

    @property
    def complete(self) -> bool:
        """Whether every indicator was entered."""
        return all(line.remark is not Remark.NOT_ENTERED for line in self.lines)

    @property
    def deducted(self) -> Points:
        """All points deducted."""
        return reduce(Points.__add__, (line.points for line in self.lines), NO_POINTS)

    def score(self, rounding: Rounding) -> Fraction:
        """Return 100 minus the deductions, not below 0."""
        return max(Fraction(0), _FULL_SCORE - self.deducted.under(rounding))

    def failed(self, rounding: Rounding) -> bool:
        """Return whether the month is 不合格: exactly 95 fails."""
        return self.score(rounding) <= _PASS_ABOVE

    def withheld(self, rounding: Rounding) -> Fraction:
        """Return the share of the month's contract amount that is withheld, at most all of it:
        1 % for each point below 95 and for each late assignment."""
        below = max(Fraction(0), _PASS_ABOVE - self.score(rounding))
        return min(Fraction(1), (below + self.late_assignments) / 100)

    def withheld_amount(self, rounding: Rounding, annual_amount: Exact) -> Fraction:
        """Return what is withheld of a twelfth of the annual contract amount, unrounded."""
        return self.withheld(rounding) * Fraction(annual_amount) / _MONTHS


def make_sheet(figures: MonthFigures) -> Sheet:
    """Return the sheet that follows from a month's figures."""
    possible = figures.transferred_calls > _EMERGENCY_ABOVE_CALLS
    suspended = possible and bool(figures.emergency_declared_by.strip())
    return Sheet(
        figures.month,
        tuple(_line(indicator, figures, suspended) for indicator in INDICATORS),
        figures.late_assignments,
        possible,
        figures.emergency_declared_by,
    )


def _line(indicator: Indicator, figures: MonthFigures, suspended: bool) -> SheetLine:
    month = figures.month.number
    target = indicator.target.describe(month)
    value = _value(indicator, figures)
    remark = _remark(indicator, figures, suspended, value)
    points = NO_POINTS if remark in _AT_REST else _points(indicator, figures, value)
    return SheetLine(indicator, value, target, points, remark)


def _value(indicator: Indicator, figures: MonthFigures) -> Fraction | None:
    if indicator.number == COMPLAINTS:
        return Fraction(figures.complaints.count) if figures.complaints else None
    figure = figures.figures.get(indicator.number)
    return None if figure is None else indicator.value(figure)


def _remark(
    indicator: Indicator, figures: MonthFigures, suspended: bool, value: Fraction | None
) -> Remark | None:
    if indicator.suspendable and suspended:
        return Remark.SUSPENDED
    if indicator.quarterly and not figures.month.ends_quarter(figures.rules.quarter_from):
        return Remark.NOT_THIS_MONTH
    if value is not None:
        return None
    return Remark.NO_CASES if indicator.number in figures.figures else Remark.NOT_ENTERED


def _points(indicator: Indicator, figures: MonthFigures, value: Fraction | None) -> Points:
    if indicator.number == COMPLAINTS and figures.complaints:
        return _complaint_points(indicator, figures.complaints, figures.month.number)
    month = figures.month.number
    general = NO_POINTS if value is None else Points.for_steps(indicator.steps(value, month))
    if indicator.number != ON_TIME or figures.special_on_time is None:
        return general
    special = _special_points(indicator, figures)
    summed = figures.rules.special_mode is SpecialMode.SUM
    return general + special if summed else general.or_worse(special)


def _complaint_points(indicator: Indicator, complaints: Complaints, month: int) -> Points:
    """One point for each complaint beyond the allowance, two for a major one; the major ones are
    counted among those beyond it first."""
    beyond = indicator.steps(Fraction(complaints.count), month)
    return Points.for_steps(beyond + min(beyond, Fraction(complaints.major)))


def _special_points(indicator: Indicator, figures: MonthFigures) -> Points:
    assert figures.special_on_time is not None
    value = indicator.value(figures.special_on_time)
    if value is None:
        return NO_POINTS
    missed = SPECIAL_ON_TIME.distance(value, figures.month.number)
    return Points.for_steps(missed / indicator.step)
