"""What was heard before the answer, and what the verdict rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Heard(StrEnum):
    """What the network tells of a call that was not answered."""

    RINGING = "ringing"
    INVALID_NUMBER = "invalid_number"
    OUT_OF_SERVICE = "out_of_service"
    POWERED_OFF = "powered_off"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    ANSWERING_SERVICE = "answering_service"
    BLOCKED = "blocked"
    CONGESTION = "congestion"
    TRUNK_FAULT = "trunk_fault"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`evidence` is the tone, the phrase or the music; `at_s` seconds of early media when it was
    found; `score` 0–1; `dead_end`: nobody will answer, so that the call may be cancelled."""

    heard: Heard
    by: Literal["tone", "announcement", "music"]
    evidence: str
    at_s: float
    score: float = 1.0
    dead_end: bool = False

    @property
    def decides(self) -> bool:
        """Whether it tells more than that it rings."""
        return self.heard is not Heard.RINGING

    def as_evidence(self) -> dict[str, Any]:
        """Return what is kept with the attempt."""
        return {
            "verdict": self.heard.value,
            "by": self.by,
            "evidence": self.evidence,
            "at_s": self.at_s,
            "score": self.score,
        }
