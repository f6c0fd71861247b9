"""The monthly indicator sheet: the contract's vector, derived ones and properties."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import InvalidInput
from campaigns.indicators.figure import Figure
from campaigns.indicators.indicator import INDICATORS
from campaigns.indicators.month import Month
from campaigns.indicators.month_figures import (
    Complaints,
    MonthFigures,
    SheetRules,
    SpecialMode,
)
from campaigns.indicators.points import Points, Rounding
from campaigns.indicators.ratings import RatingBasis, instant_satisfaction, rating_rate
from campaigns.indicators.sheet import Remark, Sheet, SheetLine, make_sheet

MARCH = Month(2026, 3)


def percent(value: str) -> Figure:
    return Figure(Fraction(value), 100)


VECTOR = MonthFigures(
    MARCH,
    {
        1: percent("93.8"),
        2: Figure(Fraction("35.9") * 50, 50),
        3: Figure(391 * 7, 7),
        4: percent("79.0"),
        5: percent("94.99"),
        6: percent("95"),
        7: percent("93"),
        8: percent("89.5"),
        9: percent("95"),
        10: percent("9.2"),
        12: percent("99.2"),
        13: percent("3.9"),
    },
    special_on_time=percent("90"),
    complaints=Complaints(4, major=1),
)
PERFECT = MonthFigures(
    MARCH,
    {
        1: percent("95"),
        2: Figure(30, 1),
        3: Figure(360, 1),
        **dict.fromkeys((4, 5, 6, 7, 8, 9, 12, 13), Figure(7, 7)),
        10: percent("8"),
    },
    special_on_time=Figure(3, 3),
    complaints=Complaints(2),
)


def line(figures: MonthFigures, number: int) -> SheetLine:
    return next(each for each in make_sheet(figures).lines if each.indicator.number == number)


def with_figure(number: int, figure: Figure, **changed: object) -> MonthFigures:
    return replace(PERFECT, figures={**PERFECT.figures, number: figure}, **changed)


@pytest.mark.parametrize(
    ("rounding", "deducted", "score", "withheld"),
    [
        (Rounding.FLOOR, Fraction(22), Fraction(78), Fraction(17, 100)),
        (Rounding.LINEAR, Fraction("24.91"), Fraction("75.09"), Fraction("0.1991")),
        (Rounding.CEIL, Fraction(30), Fraction(70), Fraction(25, 100)),
    ],
)
def test_the_vector_of_the_contract(
    rounding: Rounding, deducted: Fraction, score: Fraction, withheld: Fraction
) -> None:
    sheet = make_sheet(VECTOR)
    assert sheet.deducted.under(rounding) == deducted
    assert sheet.score(rounding) == score
    assert sheet.withheld(rounding) == withheld
    assert sheet.failed(rounding)
    assert sheet.complete


def test_each_line_of_the_vector_has_its_own_points() -> None:
    expected = {
        1: (1, "1.2", 2), 2: (1, "59/30", 2), 3: (1, "31/30", 2), 4: (1, "1", 1),
        5: (0, "0.01", 1), 6: (0, "0", 0), 7: (2, "2", 2), 8: (10, "10.5", 11), 9: (0, "0", 0),
        10: (1, "1.2", 2), 11: (3, "3", 3), 12: (0, "0.8", 1), 13: (2, "2.2", 3),
    }  # fmt: skip
    found = {each.indicator.number: each.points for each in make_sheet(VECTOR).lines}
    assert found == {
        number: Points(Fraction(low), Fraction(exact), Fraction(high))
        for number, (low, exact, high) in expected.items()
    }


def test_a_month_on_target_loses_nothing() -> None:
    sheet = make_sheet(PERFECT)
    assert sheet.deducted == Points(Fraction(0), Fraction(0), Fraction(0))
    assert not sheet.failed(Rounding.CEIL)
    assert sheet.withheld(Rounding.CEIL) == 0


@pytest.mark.parametrize(
    ("month", "rate", "linear"),
    [(1, "90", "0"), (12, "89.5", "0.5"), (2, "90", "5"), (11, "94.9", "0.1")],
)
def test_the_busy_months_have_a_lower_target(month: int, rate: str, linear: str) -> None:
    figures = with_figure(1, percent(rate), month=Month(2026, month))
    assert line(figures, 1).points.linear == Fraction(linear)


@pytest.mark.parametrize(
    ("seconds", "linear"),
    [("180", "0"), ("150", "1"), ("360", "0"), ("375", "0.5"), ("179", "1/30")],
)
def test_handling_time_may_be_too_short_or_too_long(seconds: str, linear: str) -> None:
    assert line(with_figure(3, Figure(Fraction(seconds), 1)), 3).points.linear == Fraction(linear)


def test_exactly_95_costs_nothing_and_fails() -> None:
    sheet = make_sheet(with_figure(7, percent("90")))
    for rounding in Rounding:
        assert sheet.score(rounding) == 95
        assert sheet.failed(rounding)
        assert sheet.withheld(rounding) == 0
    assert not make_sheet(with_figure(7, percent("90.01"))).failed(Rounding.LINEAR)


def test_nothing_measured_costs_nothing() -> None:
    found = line(with_figure(6, Figure(0, 0)), 6)
    assert (found.value, found.points.ceil, found.remark) == (None, 0, Remark.NO_CASES)


def test_what_was_not_entered_is_said() -> None:
    sheet = make_sheet(MonthFigures(MARCH, {}))
    assert not sheet.complete
    assert sheet.score(Rounding.CEIL) == 100
    assert {each.remark for each in sheet.lines} == {Remark.NOT_ENTERED}


def test_late_special_cases_count_even_without_a_general_figure() -> None:
    figures = replace(VECTOR, figures={}, complaints=None)
    assert make_sheet(figures).deducted == Points(Fraction(10), Fraction(10), Fraction(10))


def test_the_worse_of_the_two_on_time_deductions_as_a_setting() -> None:
    figures = replace(VECTOR, rules=SheetRules(special_mode=SpecialMode.WORSE))
    assert line(figures, 8).points == Points(Fraction(10), Fraction(10), Fraction(10))


@pytest.mark.parametrize(
    ("count", "major", "points"),
    [(0, 0, 0), (2, 0, 0), (2, 2, 0), (3, 0, 1), (3, 1, 2), (3, 3, 2), (4, 1, 3), (6, 3, 7)],
)
def test_complaints_beyond_the_allowance(count: int, major: int, points: int) -> None:
    figures = replace(PERFECT, complaints=Complaints(count, major))
    assert line(figures, 11).points == Points(Fraction(points), Fraction(points), Fraction(points))


@pytest.mark.parametrize(
    ("month", "quarter_from", "counts"),
    [(3, 1, True), (4, 1, False), (12, 1, True), (3, 2, False), (4, 2, True), (1, 2, True)],
)
def test_complaints_count_in_a_quarters_last_month(
    month: int, quarter_from: int, counts: bool
) -> None:
    figures = replace(VECTOR, month=Month(2026, month), rules=SheetRules(quarter_from=quarter_from))
    found = line(figures, 11)
    assert (found.points.floor > 0) is counts
    assert (found.remark is Remark.NOT_THIS_MONTH) is not counts


@pytest.mark.parametrize(
    ("calls", "declared_by", "possible", "suspended"),
    [
        (70_000, "张三", False, False),
        (70_001, "", True, False),
        (70_001, "  ", True, False),
        (70_001, "张三", True, True),
    ],
)
def test_an_emergency_must_be_large_and_declared(
    calls: int, declared_by: str, possible: bool, suspended: bool
) -> None:
    sheet = make_sheet(replace(VECTOR, transferred_calls=calls, emergency_declared_by=declared_by))
    assert sheet.emergency_possible is possible
    at_rest = {each.indicator.number for each in sheet.lines if each.remark is Remark.SUSPENDED}
    assert at_rest == ({1, 2, 3, 4, 5} if suspended else set())
    assert sheet.deducted.floor == (18 if suspended else 22)


def test_late_assignments_are_withheld_on_top() -> None:
    sheet = make_sheet(replace(VECTOR, late_assignments=2))
    assert sheet.withheld(Rounding.FLOOR) == Fraction(19, 100)
    assert sheet.withheld_amount(Rounding.FLOOR, 1_200_000) == 19_000
    assert make_sheet(replace(PERFECT, late_assignments=1)).withheld(Rounding.CEIL) == Fraction(
        1, 100
    )


def test_the_score_is_not_below_zero() -> None:
    sheet = make_sheet(with_figure(12, Figure(0, 5), late_assignments=9))
    assert sheet.deducted.floor == 100
    assert sheet.score(Rounding.FLOOR) == 0
    assert sheet.withheld(Rounding.FLOOR) == 1


def test_figures_are_exact() -> None:
    with pytest.raises(InvalidInput, match="exact"):
        Figure(93.8, 100)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="negative"):
        Figure(-1, 100)
    with pytest.raises(InvalidInput, match="number 14"):
        MonthFigures(MARCH, {14: Figure(1, 1)})
    with pytest.raises(InvalidInput, match="major"):
        Complaints(1, 2)


def test_days_add_up_by_numerator_and_denominator() -> None:
    assert (Figure(1, 2) + Figure(99, 100)).value == Fraction(100, 102)
    assert (Figure(0, 0) + Figure(1, 4)).value == Fraction(1, 4)


def test_ratings() -> None:
    assert instant_satisfaction({5: 6, 4: 2, 3: 1, 2: 1, 1: 0}).value == Fraction(8, 10)
    assert instant_satisfaction({}).value is None
    assert rating_rate(100, 90, 45, RatingBasis.PUSHED).value == Fraction(90, 100)
    assert rating_rate(100, 90, 45, RatingBasis.RATED).value == Fraction(45, 100)


_FIGURES = st.builds(Figure, st.integers(0, 400), st.integers(0, 400))
_MONTH_FIGURES = st.builds(
    MonthFigures,
    st.builds(Month, st.just(2026), st.integers(1, 12)),
    st.dictionaries(
        st.sampled_from([each.number for each in INDICATORS if each.number != 11]), _FIGURES
    ),
    special_on_time=st.none() | _FIGURES,
    complaints=st.none() | st.integers(0, 9).map(Complaints),
    transferred_calls=st.integers(0, 140_000),
    emergency_declared_by=st.sampled_from(["", "张三"]),
    late_assignments=st.integers(0, 3),
)


@given(_MONTH_FIGURES)
def test_the_roundings_are_in_order_and_within_a_point_a_deduction(figures: MonthFigures) -> None:
    sheet = make_sheet(figures)
    for each in (*sheet.lines, sheet):
        points = each.deducted if isinstance(each, Sheet) else each.points
        assert 0 <= points.floor <= points.linear <= points.ceil
    assert all(each.points.ceil - each.points.floor <= 2 for each in sheet.lines)
    for rounding in Rounding:
        assert 0 <= sheet.score(rounding) <= 100
        assert 0 <= sheet.withheld(rounding) <= 1
        assert not (sheet.withheld(rounding) > Fraction(3, 100) and not sheet.failed(rounding))


@given(_MONTH_FIGURES, st.integers(1, 50))
def test_only_the_quotient_matters(figures: MonthFigures, factor: int) -> None:
    scaled = {
        number: Figure(Fraction(each.numerator) * factor, Fraction(each.denominator) * factor)
        for number, each in figures.figures.items()
    }
    assert make_sheet(replace(figures, figures=scaled)).deducted == make_sheet(figures).deducted
