"""The file of a month's figures."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from campaigns.errors import InvalidInput
from campaigns.indicators.figures_file import read_figures
from campaigns.indicators.month import Month
from campaigns.indicators.month_figures import Complaints, SheetRules, SpecialMode
from campaigns.indicators.points import Rounding
from campaigns.indicators.sheet import make_sheet

DOCUMENTED = Path(__file__).parents[3] / "docs" / "indicator-figures.md"


def test_the_documented_file_is_the_contracts_example() -> None:
    found = re.search(r"```yaml\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    figures = read_figures(found.group(1))
    assert figures.month == Month(2026, 3)
    sheet = make_sheet(figures)
    assert sheet.complete
    assert sheet.deducted.under(Rounding.LINEAR) == Fraction("24.91")
    assert sheet.deducted.under(Rounding.FLOOR) == 22
    assert sheet.deducted.under(Rounding.CEIL) == 30


def test_every_field_is_read() -> None:
    figures = read_figures(
        "month: 2026-01\nfigures: {2: 35.5/1}\nspecial_on_time: 1 / 3\ncomplaints: {count: 3}\n"
        "transferred_calls: 70001\nemergency_declared_by: 张三\nlate_assignments: 2\n"
        "rules: {quarter_from: 2, special_mode: worse}\n"
    )
    assert figures.figures[2].value == Fraction(71, 2)
    assert figures.special_on_time is not None
    assert figures.special_on_time.value == Fraction(1, 3)
    assert figures.complaints == Complaints(3)
    assert (figures.transferred_calls, figures.late_assignments) == (70001, 2)
    assert figures.emergency_declared_by == "张三"
    assert figures.rules == SheetRules(2, SpecialMode.WORSE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has fields"),
        ("month: [", "well-formed"),
        ("month: 2026-13", "no month"),
        ("month: 202603", "no month"),
        ("mouth: 2026-03", "no field mouth"),
        ("month: 2026-03\nfigures: {1: 93.8}", "938/1000"),
        ("month: 2026-03\nfigures: {1: -1/2}", "no figure"),
        ("month: 2026-03\nfigures: {first: 1/2}", "whole number"),
        ("month: 2026-03\nfigures: {14: 1/2}", "number 14"),
        ("month: 2026-03\nfigures: [1/2]", "fields of its own"),
        ("month: 2026-03\ncomplaints: {count: 1, major: 2}", "major"),
        ("month: 2026-03\ncomplaints: {major: 2}", "count"),
        ("month: 2026-03\nlate_assignments: true", "whole number"),
        ("month: 2026-03\nrules: {special_mode: mean}", "special_mode"),
        ("month: 2026-03\nrules: {quarter_from: 13}", "quarter_from"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_figures(text)
