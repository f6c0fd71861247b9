"""Points deducted, under the three ways to round a step that is not complete."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Rounding(StrEnum):
    """What an incomplete step costs."""

    FLOOR = "floor"
    """Nothing."""
    LINEAR = "linear"
    """Its share."""
    CEIL = "ceil"
    """A whole point."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points under each rounding; all three are always shown."""

    floor: Fraction
    linear: Fraction
    ceil: Fraction

    @classmethod
    def for_steps(cls, steps: Fraction) -> Points:
        """Return one point for each step."""
        return cls(Fraction(math.floor(steps)), steps, Fraction(math.ceil(steps)))

    def __add__(self, other: Points) -> Points:
        return Points(self.floor + other.floor, self.linear + other.linear, self.ceil + other.ceil)

    def or_worse(self, other: Points) -> Points:
        """Return the larger points under each rounding."""
        return Points(
            max(self.floor, other.floor),
            max(self.linear, other.linear),
            max(self.ceil, other.ceil),
        )

    def under(self, rounding: Rounding) -> Fraction:
        """Return the points under one rounding."""
        return {
            Rounding.FLOOR: self.floor,
            Rounding.LINEAR: self.linear,
            Rounding.CEIL: self.ceil,
        }[rounding]


NO_POINTS = Points(Fraction(0), Fraction(0), Fraction(0))
