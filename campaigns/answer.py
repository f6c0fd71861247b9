"""An answer: typed value, exact words, audio span, confidence, keyed or spoken (R1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Answer:
    """One structured answer. Times in seconds from the answer of the call; None when keyed.

    `value` by question type: int 1–5 (satisfaction), bool (yes_no), str option value
    (single_choice), list of option values (multiple_choice), int (rating), int | float (number),
    ISO date str (date), str (text); None = asked and left unanswered.
    """

    question_id: str
    value: Any
    words: str
    confidence: float
    source: Literal["speech", "keys", "none", "computed"]
    """`none`: asked and left unanswered; `computed`: worked out or drawn, not asked."""
    start_s: float | None = None
    end_s: float | None = None
    revision: int = 0
    """Which answer of the call it is, counted from 1, so that the last one to a question is known
    even where its words are those of an earlier one; 0: not counted."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing one side said, with its times in seconds from the answer of the call."""

    speaker: Literal["bot", "person"]
    text: str
    syllables: tuple[str, ...]
    start_s: float
    end_s: float
    confidence: float | None = None
    intent: str | None = None
    interrupted: bool = False
