"""What a questionnaire is: questions as data, immutable once versioned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class QuestionType(StrEnum):
    """How a question is answered."""

    SATISFACTION = "satisfaction"
    """Five grades, 5 = 非常满意 … 1 = 非常不满意."""
    YES_NO = "yes_no"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    RATING = "rating"
    """A whole number from `minimum` to `maximum`."""
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    NOTE = "note"
    """Something said without expecting an answer."""


class CampaignKind(StrEnum):
    """What a campaign calls people for."""

    SATISFACTION = "satisfaction"
    NOTIFICATION = "notification"
    QUESTIONNAIRE = "questionnaire"
    CALL_BACK = "call_back"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a closed question; `words` are other ways people say it."""

    value: str
    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    `when` is a condition over earlier answers and contact attributes (see
    `campaigns.questionnaire.condition`); the question is skipped where it is false. `ask_limit`
    is how often it is asked before it is left unanswered. `text` may hold `{name}` placeholders
    (contact attributes or earlier answers).
    """

    id: str
    type: QuestionType
    text: str
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    when: str | None = None
    required: bool = True
    barge_in: bool = True
    confirm: bool = False
    ask_limit: int = 3
    explain: str | None = None
    re_ask: str | None = None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A whole script: what is said first and last, and the questions between.

    `identity` answers "who are you"; `ai_notice` is the sentence of the opening that says the
    voice is synthesised by AI and that the call is recorded (R1.5).
    """

    id: str
    title: str
    kind: CampaignKind
    opening: str
    closing: str
    identity: str
    questions: tuple[Question, ...]
    phrases: Mapping[str, str] = field(default_factory=dict)
    """Wordings that replace the standard ones (see `dialogs.phrases`)."""

    def question(self, question_id: str) -> Question:
        """Return the question with this id; KeyError if there is none."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)
