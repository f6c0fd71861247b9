"""A calendar month, and the quarters it falls into."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

_MONTHS = 12
_QUARTER = 3
_FAILURES_THAT_END_THE_CONTRACT = 3


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar; `number` is 1 to 12."""

    year: int
    number: int

    def __post_init__(self) -> None:
        date(self.year, self.number, 1)

    def plus(self, months: int) -> Month:
        """Return the month so many months later."""
        return _at(self._position + months)

    def day(self, day: int) -> date:
        """Return a day of this month."""
        return date(self.year, self.number, day)

    def ends_quarter(self, first_month: int = 1) -> bool:
        """Return whether a quarter ends with this month; quarters are counted from the month
        `first_month` (1: calendar quarters; a contract's quarters begin with its first month)."""
        return (self.number - first_month) % _QUARTER == _QUARTER - 1

    @property
    def _position(self) -> int:
        return self.year * _MONTHS + self.number - 1


def ends_contract(failed: Collection[Month]) -> bool:
    """Return whether three failed months lie within twelve consecutive ones."""
    ordered = sorted(set(failed))
    window = _FAILURES_THAT_END_THE_CONTRACT - 1
    return any(
        last < first.plus(_MONTHS) for first, last in zip(ordered, ordered[window:], strict=False)
    )


def _at(position: int) -> Month:
    return Month(position // _MONTHS, position % _MONTHS + 1)
