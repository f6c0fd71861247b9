"""One thing a check of a script found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """Answers would be lost or wrong: to be mended."""
    WARNING = "warning"
    """Worth a look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found where; `place` names the part of the file: `question score`, `opening`."""

    severity: Severity
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.message}"


def error(place: str, message: str) -> Finding:
    """Return an error."""
    return Finding(Severity.ERROR, place, message)


def warning(place: str, message: str) -> Finding:
    """Return a warning."""
    return Finding(Severity.WARNING, place, message)
