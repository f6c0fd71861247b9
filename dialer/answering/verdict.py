"""Who answered, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Answerer(StrEnum):
    """Who answered."""

    PERSON = "person"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class AnswererVerdict:
    """`by` is phrase, beep, words (short first words) or default; `at_s` seconds since the
    answer; only a phrase or a beep makes a machine."""

    answerer: Answerer
    by: str
    evidence: str
    at_s: float

    def as_evidence(self) -> dict[str, Any]:
        """Return what is kept with the attempt."""
        return {
            "answerer": self.answerer.value,
            "by": self.by,
            "evidence": self.evidence,
            "at_s": self.at_s,
        }
