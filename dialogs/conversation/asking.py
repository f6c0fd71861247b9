"""Asking: the opening, the open question, the next one, and the end of the questionnaire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from campaigns.questionnaire.model import Question, QuestionType
from campaigns.questionnaire.walk import next_question
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import State
from dialogs.ports import (
    AnswerGiven,
    ConversationOutcome,
    HangUp,
    Listen,
    Reply,
    Say,
    Step,
    Transfer,
)
from dialogs.prompts import opening_parts

_TEXT_NO_INPUT_S = 8.0
_NO_INPUT_S = 6.0
_SEVERAL_KEYS = {QuestionType.MULTIPLE_CHOICE, QuestionType.NUMBER, QuestionType.DATE}


def open_conversation(scene: Scene) -> State:
    """Greet with the AI and recording notice, which cannot be interrupted, and ask on."""
    notice, rest = opening_parts(scene.questionnaire.opening, scene.variables)
    state = State(turn=scene.turn.number, reply=Reply(()))
    steps: list[Step] = [Say(notice, barge_in=False)] if notice else []
    if rest:
        steps.append(Say(rest))
    return advance(scene, state, steps, intent="start_call")


def ask(
    scene: Scene,
    state: State,
    before: Sequence[str] = (),
    *,
    again: bool = False,
    steps: Sequence[Step] = (),
    intent: str | None = None,
) -> State:
    """Put the open question, after the segments `before`; `again` uses its shorter wording."""
    question = scene.question(state.question)
    wording = question.re_ask if again and question.re_ask else question.text
    segments = (*before, *scene.text(wording, state.answers))
    said = scene.say(segments, state, barge_in=question.barge_in)
    return reply(state, (*steps, said, listen(question)), intent)


def advance(
    scene: Scene, state: State, steps: Sequence[Step] = (), *, intent: str | None = None
) -> State:
    """Go on to the next question, saying the notes on the way, or close the conversation."""
    said: list[Step] = list(steps)
    notes: list[str] = []
    question = _next(scene, state, state.question)
    while question is not None and question.type is QuestionType.NOTE:
        notes.append(question.id)
        said.append(note(scene, state, question))
        question = _next(scene, state, question.id)
    state = replace(state, asked=1, remarks=0, misses=0, pending=None, notes=tuple(notes))
    if question is None:
        closing = scene.text(scene.questionnaire.closing, state.answers)
        said.append(scene.say(closing, state, barge_in=False))
        return end(state, said, ConversationOutcome.COMPLETED, intent)
    return ask(scene, replace(state, question=question.id), steps=said, intent=intent)


def leave_unanswered(
    scene: Scene, state: State, before: Sequence[str] = (), *, intent: str | None = None
) -> State:
    """Record that the open question has no answer and go on."""
    question = scene.question(state.question)
    words = scene.turn.words
    steps: list[Step] = [AnswerGiven(question.id, None, words, 0.0, "none")]
    if before:
        steps.append(scene.say(before, state))
    answers = {**state.answers, question.id: None}
    return advance(scene, replace(state, answers=answers), steps, intent=intent)


def give(
    scene: Scene,
    state: State,
    value: Any,
    words: str,
    confidence: float,
    source: Literal["speech", "keys"],
    intent: str,
) -> State:
    """Record an answer to the open question and go on."""
    question = scene.question(state.question)
    given = AnswerGiven(question.id, value, words, round(confidence, 3), source)
    answers = {**state.answers, question.id: value}
    return advance(scene, replace(state, answers=answers), [given], intent=intent)


def note(scene: Scene, state: State, question: Question) -> Say:
    """Return the saying of a note."""
    segments = scene.text(question.text, state.answers)
    return scene.say(segments, state, barge_in=question.barge_in)


def end(
    state: State,
    steps: Sequence[Step],
    outcome: ConversationOutcome,
    intent: str | None,
    *,
    last: Transfer | None = None,
) -> State:
    """End the conversation after these steps, by hanging up or with a transfer as `last`."""
    return replace(reply(state, (*steps, last or HangUp(outcome)), intent), done=True)


def reply(state: State, steps: Sequence[Step], intent: str | None) -> State:
    """Return the state with these steps as its reply; sayings of one kind are joined."""
    joined: list[Step] = []
    for step in steps:
        last = joined[-1] if joined else None
        if isinstance(step, Say) and isinstance(last, Say) and _alike(step, last):
            joined[-1] = replace(last, segments=last.segments + step.segments)
        elif not isinstance(step, Say) or step.segments:
            joined.append(step)
    return replace(state, reply=Reply(tuple(joined), intent))


def _alike(one: Say, other: Say) -> bool:
    return one.barge_in == other.barge_in and one.slower == other.slower


def listen(question: Question) -> Listen:
    """Return how to listen for the answer to a question."""
    hints = tuple(
        dict.fromkeys(words for each in question.options for words in (each.label, *each.words))
    )
    two_digits = question.type is QuestionType.RATING and (question.maximum or 0) >= 10
    return Listen(
        question.id,
        hints or _HINTS.get(question.type, ()),
        _TEXT_NO_INPUT_S if question.type is QuestionType.TEXT else _NO_INPUT_S,
        0 if two_digits or question.type in _SEVERAL_KEYS else 1,
    )


_HINTS = {
    QuestionType.SATISFACTION: ("非常满意", "满意", "基本满意", "不满意", "非常不满意"),
    QuestionType.YES_NO: ("是的", "不是", "没有"),
}


def _next(scene: Scene, state: State, after: str | None) -> Question | None:
    return next_question(scene.questionnaire, state.answers, scene.variables, after)
