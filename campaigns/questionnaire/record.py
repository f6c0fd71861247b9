"""What a questionnaire can leave in the record: every question that may be asked, and what is
drawn or computed for a person."""

from __future__ import annotations

from dataclasses import replace

from campaigns.questionnaire.model import Group, Question, Questionnaire, QuestionType
from campaigns.questionnaire.plan import Plan


def every_question(questionnaire: Questionnaire) -> tuple[Question, ...]:
    """Return the questions that take an answer, those of a loop once for each round there can
    be, under the ids of their answers."""
    return tuple(
        each
        for question in questionnaire.questions
        if question.type is not QuestionType.NOTE
        for each in _rounds(questionnaire, question)
    )


def derived_names(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return under which names something is stored that nobody is asked for."""
    return (*Plan(questionnaire, {}).drawn(), *questionnaire.computed)


def _rounds(questionnaire: Questionnaire, question: Question) -> tuple[Question, ...]:
    loop = questionnaire.loop_of(question)
    if loop is None:
        return (question,)
    keys = _keys(questionnaire, loop)
    return tuple(replace(question, id=f"{question.id}.{key}") for key in keys)


def _keys(questionnaire: Questionnaire, loop: Group) -> list[str]:
    try:
        source = questionnaire.question(loop.for_each or "")
    except KeyError:
        return [str(number) for number in range(1, loop.most + 1)]
    return [option.value for option in source.options]
