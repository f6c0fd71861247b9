"""Wilson intervals and the net promoter score."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.statistics.confidence_interval import wilson_interval
from campaigns.statistics.net_promoter_score import net_promoter_score


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(95, 100, 0.88825, 0.978456), (0, 20, 0, 0.161125), (1, 1, 0.206549, 1)],
)
def test_known_intervals(count: int, total: int, low: float, high: float) -> None:
    found = wilson_interval(count, total)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_no_answers_have_no_interval() -> None:
    assert wilson_interval(0, 0) is None


@pytest.mark.parametrize(("count", "total"), [(2, 1), (-1, 5)])
def test_a_count_must_lie_within_its_total(count: int, total: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(count, total)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(pair: tuple[int, int]) -> None:
    count, total = pair
    found, mirrored = wilson_interval(count, total), wilson_interval(total - count, total)
    assert found is not None
    assert mirrored is not None
    assert 0 <= found.low <= count / total <= found.high <= 1
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize(
    ("ratings", "score"),
    [
        ([10, 9, 8, 7, 6], Fraction(20)),
        ([9, 6], Fraction(0)),
        ([10], Fraction(100)),
        ([0, 6, 10], Fraction(-100, 3)),
        ([], None),
    ],
)
def test_promoters_minus_detractors(ratings: list[int], score: Fraction | None) -> None:
    assert net_promoter_score(ratings) == score


def test_a_rating_off_the_scale() -> None:
    with pytest.raises(ValueError, match="not 11"):
        net_promoter_score([10, 11])
