"""The error base of the domain: every error says whose fault it is and whether a retry helps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Whose mistake an error is."""

    CALLER = "caller"
    """The request was wrong; the same request will fail again."""
    SERVICE = "service"
    """We failed."""
    PEER = "peer"
    """Something we depend on failed (database, trunk, Rasa)."""


class CampaignError(Exception):
    """Base of the domain's errors.

    `fault` says whose mistake it is, `retryable` whether the same request may succeed later,
    `code` is a stable machine-readable name.
    """

    fault: Fault = Fault.SERVICE
    retryable: bool = False
    code: str = "internal"


class NotFound(CampaignError):
    """The thing named does not exist."""

    fault = Fault.CALLER
    code = "not_found"


class Conflict(CampaignError):
    """The thing exists but its state does not allow what was asked."""

    fault = Fault.CALLER
    code = "conflict"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input, and where: `line` and `column` count from 1; `row` is the
    spreadsheet row (header = 1)."""

    message: str
    line: int | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = [
            f"line {self.line}" if self.line is not None else "",
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column}" if self.column is not None else "",
        ]
        where = ", ".join(part for part in place if part)
        return f"{where}: {self.message}" if where else self.message


class InvalidInput(CampaignError):
    """The input was refused; `problems` names each mistake and where it stands."""

    fault = Fault.CALLER
    code = "invalid_input"

    def __init__(self, summary: str, problems: tuple[Problem, ...] = ()) -> None:
        self.summary = summary
        self.problems = problems
        super().__init__("\n".join([summary, *(f"  {problem}" for problem in problems)]))
