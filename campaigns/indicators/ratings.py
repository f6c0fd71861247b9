"""Indicators 4 and 5 from the ratings people gave right after a service.

Answers of AI surveys never count here: only what was asked for at once (即时).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from campaigns.indicators.figure import Figure

_SATISFIED = frozenset({4, 5})


class RatingBasis(StrEnum):
    """What indicator 4 counts (the contract's wording allows both)."""

    PUSHED = "pushed"
    """Invitations to rate that were sent."""
    RATED = "rated"
    """Ratings that came back."""


def rating_rate(served: int, pushed: int, rated: int, basis: RatingBasis) -> Figure:
    """Return indicator 4: ratings (or invitations to rate) over services."""
    return Figure(pushed if basis is RatingBasis.PUSHED else rated, served)


def instant_satisfaction(ratings: Mapping[int, int]) -> Figure:
    """Return indicator 5 from the number of ratings by grade, 5 = 非常满意 to 1 = 非常不满意.

    基本满意 (3) is a rating but not a satisfied one.
    """
    satisfied = sum(count for grade, count in ratings.items() if grade in _SATISFIED)
    return Figure(satisfied, sum(ratings.values()))
