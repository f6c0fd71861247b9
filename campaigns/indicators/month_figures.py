"""What a month's indicator sheet is made from, and the settings it is made under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.errors import InvalidInput
from campaigns.indicators.figure import Figure
from campaigns.indicators.indicator import COMPLAINTS, INDICATORS
from campaigns.indicators.month import Month

_BY_FIGURE = frozenset(each.number for each in INDICATORS) - {COMPLAINTS}


@dataclass(frozen=True, slots=True)
class Complaints:
    """Substantiated complaints of a quarter; `major`: those of them with 重大负面影响."""

    count: int
    major: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.major <= self.count:
            raise InvalidInput(f"{self.major} of {self.count} complaints cannot be major")


class SpecialMode(StrEnum):
    """How indicator 8's deduction for complaints and tax reports joins the general one."""

    SUM = "sum"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class SheetRules:
    """Readings of the contract: the first month of its quarters, how indicator 8 adds up."""

    quarter_from: int = 1
    special_mode: SpecialMode = SpecialMode.SUM


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month's figures by indicator number (without 11); what is missing is not measured.

    `special_on_time`: indicator 8 for complaints and tax reports alone. `complaints`: of the
    quarter. `emergency_declared_by`: the person who declared an emergency, "" = nobody.
    Raises InvalidInput for an indicator that does not exist.
    """

    month: Month
    figures: Mapping[int, Figure]
    special_on_time: Figure | None = None
    complaints: Complaints | None = None
    transferred_calls: int = 0
    emergency_declared_by: str = ""
    late_assignments: int = 0
    rules: SheetRules = field(default_factory=SheetRules)

    def __post_init__(self) -> None:
        unknown = set(self.figures) - _BY_FIGURE
        if unknown:
            raise InvalidInput(f"no indicator has a figure under the number {min(unknown)}")
        if min(self.transferred_calls, self.late_assignments) < 0:
            raise InvalidInput("transferred calls and late assignments are not negative")
