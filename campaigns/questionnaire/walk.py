"""The walk through a questionnaire: which question comes next, which were due. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.questionnaire.condition import evaluate
from campaigns.questionnaire.model import Question, Questionnaire, QuestionType


def applies(question: Question, answers: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    """Return whether a question is due, given the answers so far (None = left unanswered)."""
    return question.when is None or evaluate(question.when, {**attributes, **answers})


def next_question(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    attributes: Mapping[str, Any],
    after: str | None = None,
) -> Question | None:
    """Return the first due question behind `after` (None: from the start); None at the end.

    Raises KeyError when there is no question `after`.
    """
    questions = questionnaire.questions
    if after is not None:
        questions = questions[questions.index(questionnaire.question(after)) + 1 :]
    return next((each for each in questions if applies(each, answers, attributes)), None)


def may_ask_again(question: Question, asked: int) -> bool:
    """Return whether a question that was put `asked` times may be put once more."""
    return asked < question.ask_limit


def answered_share(
    questionnaire: Questionnaire, answers: Mapping[str, Any], attributes: Mapping[str, Any]
) -> float:
    """Return the share (0–1) of the due questions that have an answer, as for AAPOR's partial.

    Notes do not count. A required question that is due and was not reached counts as missing;
    an optional one counts only when it was answered.
    """
    due = [
        question
        for question in questionnaire.questions
        if question.type is not QuestionType.NOTE
        and (question.required or answers.get(question.id) is not None)
        and applies(question, answers, attributes)
    ]
    if not due:
        return 1.0
    given = sum(answers.get(question.id) is not None for question in due)
    return given / len(due)
