"""Answers: finding the value in what came in, and taking it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from campaigns.questionnaire.condition import evaluate
from campaigns.questionnaire.model import Question, QuestionType
from campaigns.questionnaire.walk import may_ask_again
from dialogs.conversation.asking import ask, give, notes_again
from dialogs.conversation.intention import answer_meant
from dialogs.conversation.reading_back import read_back
from dialogs.conversation.retrying import ask_again
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import State
from dialogs.ports import Heard, Keyed
from dialogs.understanding import (
    READ_BACK_BELOW,
    Understood,
    declines,
    understand,
    understand_keys,
)

_MEANT = 0.5
_COMPREHENSION = re.compile("听清|听明白|听懂|清楚|明白|了解|知道")
_GRADE_INTENTS = {5: "sat_very", 4: "sat_good", 3: "sat_ok", 2: "sat_bad", 1: "sat_very_bad"}
_ALWAYS_MEANT = {QuestionType.YES_NO, QuestionType.SATISFACTION}


def value_in(scene: Scene, question: Question) -> Understood | None:
    """Return the answer to the question in what came in."""
    heard = scene.turn.input
    if isinstance(heard, Keyed):
        return understand_keys(question, heard.digits)
    return understand(question, heard, scene.turn.now) if isinstance(heard, Heard) else None


def value_meant(scene: Scene, question: Question) -> Understood | None:
    """Return the answer the classifier read out of unknown words; it is to be read back."""
    meant = answer_meant(scene.turn, question)
    return None if meant is None else Understood(meant, _MEANT)


def nothing_to_say(scene: Scene, question: Question) -> bool:
    """Return whether an optional question was declined (没有, 不需要)."""
    optional = not question.required and question.type not in _ALWAYS_MEANT
    return optional and declines(scene.turn.syllables)


def take(scene: Scene, state: State, meaning: Understood) -> State:
    """Take an answer: record it, or read it back first."""
    question = scene.open_question(state)
    keyed = isinstance(scene.turn.input, Keyed)
    intent = "dtmf" if keyed else intent_of(question, meaning.value)
    if (objection := _objection(scene, state, question, meaning.value)) is not None:
        return ask_again(scene, replace(state, pending=None), objection, intent)
    unsure = question.confirm or meaning.confidence < READ_BACK_BELOW
    if unsure and not keyed and question.type is not QuestionType.TEXT:
        return read_back(scene, state, meaning, intent)
    if _notice_not_understood(state, question, meaning.value):
        return _say_notes_again(scene, state, intent)
    words, source = scene.turn.words, scene.source
    return give(scene, state, meaning.value, words, meaning.confidence, source, intent)


def _objection(
    scene: Scene, state: State, question: Question, value: Any
) -> tuple[str, ...] | None:
    """Return what is said to an answer that must not be; None when it may."""
    if question.type is QuestionType.MULTIPLE_CHOICE:
        if question.maximum is not None and len(value) > question.maximum:
            return scene.phrase("choose_fewer")
        if question.minimum is not None and len(value) < question.minimum:
            return scene.phrase("choose_more")
    if question.constraint is None:
        return None
    step = scene.plan.find(question.id, state.answers)
    base = question.id.partition(".")[0]
    values = scene.plan.values({**state.answers, question.id: value}, step)
    if evaluate(question.constraint, {**values, base: value, "value": value}):
        return None
    if question.constraint_message:
        return scene.text(question.constraint_message, state.answers, question.id)
    return scene.phrase("constraint")


def intent_of(question: Question, value: Any) -> str:
    """Return the intent that stands for an answer."""
    match question.type:
        case QuestionType.SATISFACTION:
            return _GRADE_INTENTS[value]
        case QuestionType.YES_NO:
            return "affirm" if value else "deny"
        case QuestionType.SINGLE_CHOICE | QuestionType.MULTIPLE_CHOICE:
            return "choose_option"
        case QuestionType.TEXT:
            return "inform_reason"
        case _:
            return "give_number"


def _notice_not_understood(state: State, question: Question, value: Any) -> bool:
    """Return whether the person says that the notes just said were not understood."""
    asks = question.type is QuestionType.YES_NO and bool(_COMPREHENSION.search(question.text))
    return bool(state.notes) and asks and not value and may_ask_again(question, state.asked)


def _say_notes_again(scene: Scene, state: State, intent: str) -> State:
    notes = notes_again(scene, state)
    asked = replace(state, asked=state.asked + 1, pending=None)
    steps = [scene.say(scene.phrase("repeat"), state), *notes]
    return ask(scene, asked, again=True, steps=steps, intent=intent)
