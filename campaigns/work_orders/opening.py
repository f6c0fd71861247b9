"""Which work orders a call opens by itself: by what was answered, said, or could not be done."""

from __future__ import annotations

from typing import Any

from campaigns.disposition import Disposition
from campaigns.questionnaire.model import CampaignKind, Question, QuestionType
from campaigns.work_orders.work_order import PRIORITY_OF, Cause, Priority, Reason

_DISSATISFIED = 2
"""不满意; 1 is 非常不满意. Both are a 差评."""
_COMPLAINT_INTENT = "complaint"


def is_satisfaction(question: Question | None) -> bool:
    """Return whether a question is answered by one of the five grades of satisfaction."""
    return question is not None and question.type is QuestionType.SATISFACTION


def cause_of_answer(
    kind: CampaignKind, question: Question | None, value: Any, words: str
) -> Cause | None:
    """Return why this answer opens a work order, None where it opens none."""
    graded = is_satisfaction(question) and isinstance(value, int) and not isinstance(value, bool)
    if graded and value <= _DISSATISFIED:
        very = value < _DISSATISFIED
        priority = Priority.HIGH if very else PRIORITY_OF[Reason.DISSATISFIED]
        return Cause(Reason.DISSATISFIED, words, priority)
    spoken = question is not None and question.type is QuestionType.TEXT and bool(value)
    if kind is CampaignKind.CALL_BACK and spoken:
        reason = Reason.CALL_BACK_MATTER
        return Cause(reason, str(value), PRIORITY_OF[reason])
    return None


def cause_of_words(intent: str | None, text: str) -> Cause | None:
    """Return why these words of a person open a work order, None where they open none."""
    if intent != _COMPLAINT_INTENT:
        return None
    return Cause(Reason.COMPLAINT, text, PRIORITY_OF[Reason.COMPLAINT])


def cause_of_outcome(disposition: Disposition, *, transfer_tried: bool) -> Cause | None:
    """Return why a call that ended so opens a work order, None where it opens none."""
    if disposition is not Disposition.HUMAN_REQUESTED and not transfer_tried:
        return None
    if disposition is Disposition.TRANSFERRED:
        return None
    reason = Reason.FAILED_TRANSFER if transfer_tried else Reason.HUMAN_WISH
    return Cause(reason, "", PRIORITY_OF[reason])
