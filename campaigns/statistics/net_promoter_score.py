"""The net promoter score of ratings from 0 to 10."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

_HIGHEST = 10
_PROMOTER_FROM = 9
_DETRACTOR_UP_TO = 6


def net_promoter_score(ratings: Iterable[int]) -> Fraction | None:
    """Return the percentage of promoters (9–10) minus that of detractors (0–6), −100 to 100;
    None without ratings. Raises ValueError for a rating outside 0–10."""
    given = list(ratings)
    wrong = [rating for rating in given if not 0 <= rating <= _HIGHEST]
    if wrong:
        raise ValueError(f"a rating is from 0 to {_HIGHEST}, not {wrong[0]}")
    if not given:
        return None
    promoters = sum(rating >= _PROMOTER_FROM for rating in given)
    detractors = sum(rating <= _DETRACTOR_UP_TO for rating in given)
    return Fraction(100 * (promoters - detractors), len(given))
