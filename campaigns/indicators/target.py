"""Targets: what an indicator must reach, and how far a value is from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol


class Target(Protocol):
    """A target of one indicator, in the indicator's own unit."""

    def distance(self, value: Fraction, month: int) -> Fraction:
        """Return how far `value` misses the target of this month (1–12); 0: it is met."""
        ...

    def describe(self, month: int) -> str:
        """Return the target of this month as text: ≥ 95."""
        ...


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A lower limit, which some months have lower."""

    limit: int
    by_month: Mapping[int, int] = field(default_factory=dict)

    def distance(self, value: Fraction, month: int) -> Fraction:
        return max(Fraction(0), self._of(month) - value)

    def describe(self, month: int) -> str:
        return f"≥ {self._of(month)}"

    def _of(self, month: int) -> int:
        return self.by_month.get(month, self.limit)


@dataclass(frozen=True, slots=True)
class AtMost:
    """An upper limit."""

    limit: int

    def distance(self, value: Fraction, month: int) -> Fraction:
        return max(Fraction(0), value - self.limit)

    def describe(self, month: int) -> str:
        return f"≤ {self.limit}"


@dataclass(frozen=True, slots=True)
class Within:
    """A range, both ends included."""

    low: int
    high: int

    def distance(self, value: Fraction, month: int) -> Fraction:
        return max(Fraction(0), self.low - value, value - self.high)

    def describe(self, month: int) -> str:
        return f"{self.low}–{self.high}"
