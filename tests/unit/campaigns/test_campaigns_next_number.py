from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.disposition import RULES, Disposition, OtherNumber
from campaigns.next_number import DEAD, next_number
from campaigns.retry import History, next_attempt_at
from tests.fakes.clock import FakeClock

NOW = FakeClock().now()


@pytest.mark.parametrize(
    ("disposition", "current", "count", "dead", "expected"),
    [
        (Disposition.INVALID_NUMBER, 1, 1, {1}, None),
        (Disposition.INVALID_NUMBER, 1, 3, {1}, 2),
        (Disposition.WRONG_NUMBER, 3, 3, {1, 3}, 2),
        (Disposition.OUT_OF_SERVICE, 2, 2, {1, 2}, None),
        (Disposition.NO_ANSWER, 1, 2, set(), 2),
        (Disposition.NO_ANSWER, 2, 2, set(), 1),
        (Disposition.NO_ANSWER, 2, 2, {1}, None),
        (Disposition.REFUSED, 1, 2, set(), None),
        (Disposition.CALL_LATER, 1, 2, set(), None),
    ],
)
def test_which_number_is_next(
    disposition: Disposition, current: int, count: int, dead: set[int], expected: int | None
) -> None:
    assert next_number(disposition, current, range(1, count + 1), dead) == expected


@given(
    st.sampled_from(Disposition), st.integers(1, 5), st.integers(1, 5), st.sets(st.integers(1, 5))
)
def test_a_dead_number_is_never_called_again(
    disposition: Disposition, current: int, count: int, dead: set[int]
) -> None:
    if disposition in DEAD:
        dead = dead | {current}
    found = next_number(disposition, min(current, count), range(1, count + 1), dead)
    assert found is None or (1 <= found <= count and found not in dead and found != current)


def test_who_spoke_with_us_is_not_called_under_another_number() -> None:
    for disposition, rule in RULES.items():
        if rule.reached and disposition is not Disposition.WRONG_NUMBER:
            assert rule.other_number is OtherNumber.NEVER


def test_a_dead_number_is_left_at_once_while_attempts_are_left() -> None:
    first = History(1, 1, 1, 3)
    wrong = Disposition.WRONG_NUMBER
    assert next_attempt_at(wrong, first, NOW, other_number=True) == NOW
    assert next_attempt_at(wrong, first, NOW) is None
    assert next_attempt_at(wrong, History(3, 3, 1, 3), NOW, other_number=True) is None
