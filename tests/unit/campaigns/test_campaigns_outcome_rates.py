from __future__ import annotations

from dataclasses import astuple
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.disposition import Disposition
from campaigns.outcome_rates import CaseGroup, Cases, group_of, outcome_rates

CASES = Cases(4, 2, 1, 1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("e", ".9000"),
        ("rr1", ".3636"),
        ("rr2", ".5455"),
        ("rr3", ".3704"),
        ("rr4", ".5556"),
        ("rr5", ".4444"),
        ("rr6", ".6667"),
        ("coop1", ".5000"),
        ("coop2", ".7500"),
        ("coop3", ".5714"),
        ("coop4", ".8571"),
        ("ref1", ".0909"),
        ("ref2", ".0926"),
        ("ref3", ".1111"),
        ("con1", ".7273"),
        ("con2", ".7407"),
        ("con3", ".8889"),
    ],
)
def test_the_rates_of_a_known_survey(name: str, expected: str) -> None:
    rate = outcome_rates(CASES)[name]
    assert rate is not None
    assert f"{float(rate):.4f}" == f"0{expected}"


def test_the_rates_are_exact() -> None:
    rates = outcome_rates(CASES)
    assert (rates["rr1"], rates["rr3"]) == (Fraction(4, 11), Fraction(10, 27))


def test_nobody_called_has_no_rates() -> None:
    assert set(outcome_rates(Cases()).values()) == {None}
    untried = outcome_rates(Cases(unknown_others=3))
    assert (untried["rr1"], untried["rr3"], untried["e"]) == (0, None, None)


@given(st.lists(st.integers(0, 50), min_size=8, max_size=8))
def test_rates_are_shares_in_the_right_order(counts: list[int]) -> None:
    rates = outcome_rates(Cases(*counts))
    for rate in rates.values():
        assert rate is None or 0 <= rate <= 1
    for smaller, larger in (("rr1", "rr2"), ("rr1", "rr3"), ("rr3", "rr5"), ("coop1", "coop2")):
        low, high = rates[smaller], rates[larger]
        assert low is None or high is None or low <= high


@pytest.mark.parametrize(
    ("outcome", "confirmed", "group"),
    [
        ("completed", True, "I"),
        ("partial", True, "P"),
        ("refused", True, "R"),
        ("opt_out", True, "R"),
        ("break_off", True, "R"),
        ("do_not_call", False, "R"),
        ("call_later", True, "NC"),
        ("human_requested", True, "O"),
        ("no_answer", True, "NC"),
        ("no_answer", False, "UO"),
        ("busy", False, "UO"),
        ("powered_off", True, "NC"),
        ("answering_service", False, "UO"),
        ("blocked", True, "UO"),
        ("congestion", False, "UO"),
        ("unknown", False, "UO"),
        ("wrong_number", False, "NE"),
        ("invalid_number", False, "NE"),
        ("out_of_service", False, "NE"),
        ("survey_rest", False, "UO"),
        (None, False, "UO"),
    ],
)
def test_a_case_is_counted_in_one_group(outcome: str | None, confirmed: bool, group: str) -> None:
    assert group_of(outcome, confirmed=confirmed) == group


def test_every_disposition_has_a_group_and_counts_add_up() -> None:
    groups = [(group_of(each.value, confirmed=False), 1) for each in Disposition]
    assert sum(astuple(Cases.counted(groups))) == len(Disposition)
    assert Cases.counted([(CaseGroup.NOT_ELIGIBLE, 2)]) == Cases(not_eligible=2)
