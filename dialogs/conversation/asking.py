"""Asking: the opening, the open question, the next one, and the end of the questionnaire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from campaigns.questionnaire.model import Question, QuestionType
from campaigns.questionnaire.walk import due, next_step
from dialogs.conversation.early_end import Ending, early_end
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
    drawn = scene.plan.drawn().items()
    steps += [AnswerGiven(name, value, "", 1.0, "computed") for name, value in drawn]
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
    question = scene.open_question(state)
    wording = question.re_ask if again and question.re_ask else question.text
    segments = (*before, *scene.text(wording, state.answers, question.id))
    said = scene.say(segments, state, barge_in=question.barge_in)
    return reply(state, (*steps, said, listen(question)), intent)


def advance(
    scene: Scene, state: State, steps: Sequence[Step] = (), *, intent: str | None = None
) -> State:
    """Go on to the next question, saying the notes on the way, or close the conversation."""
    early = early_end(scene, state)
    if early is not None:
        return _close(scene, state, steps, early, intent)
    said: list[Step] = list(steps)
    notes: list[str] = []
    step = next_step(scene.plan, state.answers, state.question)
    while step is not None and step.question.type is QuestionType.NOTE:
        if step.question.id not in state.said:
            notes.append(step.question.id)
            said.append(note(scene, state, step.question))
        if scene.plan.ends_after(step, state.answers):
            ending = Ending(step.question.end_text, step.question.id)
            return _close(scene, state, said, ending, intent)
        step = next_step(scene.plan, state.answers, step.question.id)
    state = replace(state, asked=1, remarks=0, misses=0, pending=None, notes=tuple(notes))
    if step is None:
        return _close(scene, state, said, Ending(), intent)
    state = replace(state, said=(*state.said, *notes), question=step.question.id)
    return ask(scene, state, steps=said, intent=intent)


def _close(
    scene: Scene, state: State, steps: Sequence[Step], ending: Ending, intent: str | None
) -> State:
    text = ending.text or scene.questionnaire.closing
    thanks = scene.say(scene.text(text, state.answers, ending.question_id), state, barge_in=False)
    return end(replace(state, pending=None), [*steps, thanks], ending.outcome, intent)


def leave_unanswered(
    scene: Scene, state: State, before: Sequence[str] = (), *, intent: str | None = None
) -> State:
    """Record that the open question has no answer and go on."""
    question = scene.open_question(state)
    words = scene.turn.words
    steps: list[Step] = [AnswerGiven(question.id, None, words, 0.0, "none")]
    if before:
        steps.append(scene.say(before, state))
    state, computed = _with_answer(scene, state, question.id, None)
    return advance(scene, state, [*steps, *computed], intent=intent)


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
    question = scene.open_question(state)
    given = AnswerGiven(question.id, value, words, round(confidence, 3), source)
    state, computed = _with_answer(scene, state, question.id, value)
    return advance(scene, state, [given, *computed], intent=intent)


def _with_answer(
    scene: Scene, state: State, question_id: str, value: Any
) -> tuple[State, list[AnswerGiven]]:
    """Return the state with an answer, the newest last, and what is to be recorded besides: that
    answers which no longer apply after a correction are none, and the computed values changed."""
    answers = {key: each for key, each in state.answers.items() if key != question_id}
    answers[question_id] = value
    due_ids = {step.question.id for step in due(scene.plan, answers)}
    recorded = [key for key, each in answers.items() if each is not None]
    recorded += [key for key in state.reopened if key != question_id]
    gone = [key for key in recorded if key not in due_ids]
    answers = {key: each for key, each in answers.items() if key not in gone}
    computed = scene.plan.computed(answers)
    changed = {key: each for key, each in computed.items() if each != state.computed.get(key)}
    reopened = tuple(key for key in state.reopened if key != question_id and key not in gone)
    return (
        replace(state, answers=answers, computed=computed, reopened=reopened),
        [
            *(AnswerGiven(key, None, "", 0.0, "none") for key in gone),
            *(AnswerGiven(key, each, "", 1.0, "computed") for key, each in changed.items()),
        ],
    )


def note(scene: Scene, state: State, question: Question) -> Say:
    """Return the saying of a note."""
    segments = scene.text(question.text, state.answers, question.id)
    return scene.say(segments, state, barge_in=question.barge_in)


def notes_again(scene: Scene, state: State) -> list[Say]:
    """Return the sayings of the notes right before the open question."""
    steps = (scene.plan.find(each, state.answers) for each in state.notes)
    return [note(scene, state, step.question) for step in steps]


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
