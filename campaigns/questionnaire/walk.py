"""The walk through a questionnaire: which question comes next, which were due. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from campaigns.questionnaire.plan import Plan, Planned


def next_step(plan: Plan, answers: Mapping[str, Any], after: str | None = None) -> Planned | None:
    """Return the first due question behind `after` (None: from the start) that was not asked
    yet; None at the end. Raises KeyError when there is no question `after`."""
    steps = plan.steps(answers)
    begin = 0
    if after is not None:
        begin = [step.question.id for step in steps].index(_known(plan, after, answers)) + 1
    for step in steps[begin:]:
        if step.question.id not in answers and plan.applies(step, answers):
            return step
    return None


def _known(plan: Plan, question_id: str, answers: Mapping[str, Any]) -> str:
    return plan.find(question_id, answers).question.id


def next_question(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    attributes: Mapping[str, str],
    after: str | None = None,
) -> Question | None:
    """`next_step` where nothing is left to chance: the question alone."""
    step = next_step(Plan(questionnaire, attributes), answers, after)
    return step.question if step else None


def may_ask_again(question: Question, asked: int) -> bool:
    """Return whether a question that was put `asked` times may be put once more."""
    return asked < question.ask_limit


def due(plan: Plan, answers: Mapping[str, Any]) -> Iterator[Planned]:
    """Yield what is to be asked given these answers, notes too, up to an early end."""
    for step in plan.steps(answers):
        if plan.applies(step, answers):
            yield step
            if step.question.id in answers and plan.ends_after(step, answers):
                return


def answered_share(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    attributes: Mapping[str, str],
    seed: str = "",
) -> float:
    """Return the share (0–1) of the due questions that have an answer, as for AAPOR's partial.

    Notes do not count. A required question that is due and was not reached counts as missing;
    an optional one counts only when it was answered.
    """
    asked = [
        step.question.id
        for step in due(Plan(questionnaire, attributes, seed), answers)
        if step.question.type is not QuestionType.NOTE
        and (step.question.required or answers.get(step.question.id) is not None)
    ]
    if not asked:
        return 1.0
    return sum(answers.get(each) is not None for each in asked) / len(asked)
