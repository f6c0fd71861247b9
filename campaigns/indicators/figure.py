"""A figure: what was counted, as numerator and denominator, never as a rounded rate."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from campaigns.errors import InvalidInput

Exact = int | Decimal | Fraction


@dataclass(frozen=True, slots=True)
class Figure:
    """A count over a count, or a sum of seconds over a count. Days add up to a month by adding
    numerators and denominators. Raises InvalidInput for a float or a negative number."""

    numerator: Exact
    denominator: Exact

    def __post_init__(self) -> None:
        for number in (self.numerator, self.denominator):
            if not isinstance(number, int | Decimal | Fraction):
                raise InvalidInput(f"a figure is exact: give {number!r} as a whole or decimal")
            if not Fraction(number) >= 0:
                raise InvalidInput(f"a figure is not negative: {number}")

    def __add__(self, other: Figure) -> Figure:
        return Figure(
            Fraction(self.numerator) + Fraction(other.numerator),
            Fraction(self.denominator) + Fraction(other.denominator),
        )

    @property
    def value(self) -> Fraction | None:
        """The quotient; None where the denominator is zero: nothing was measured."""
        if self.denominator == 0:
            return None
        return Fraction(self.numerator) / Fraction(self.denominator)
