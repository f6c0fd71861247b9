"""Interruptions: what may be said at any time, and how the conversation returns or ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.conversation.another_time import ask_when
from dialogs.conversation.asking import ask, end, leave_unanswered, note
from dialogs.conversation.retrying import too_long
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import State
from dialogs.ports import ConversationOutcome, OptOut, Step, Transfer
from dialogs.prompts import fill

Handler = Callable[[Scene, State, str], State]


def interrupt(scene: Scene, state: State, name: str) -> State:
    """Answer the interruption and return to the open question, or end as it asks."""
    state = replace(state, pending=None)
    if too_long(state) and name not in _ENDING:
        return leave_unanswered(scene, state, scene.phrase("skip"), intent=name)
    return _HANDLERS[name](scene, state, name)


def _aside(key: str) -> Handler:
    """Say one thing and put the question again, in its shorter wording."""

    def handle(scene: Scene, state: State, name: str) -> State:
        return ask(scene, state, scene.phrase(key), again=True, intent=name)

    return handle


def _identity(scene: Scene, state: State, name: str) -> State:
    who = fill(scene.questionnaire.identity, scene.variables)
    return ask(scene, state, who, again=True, intent=name)


def _repeat(scene: Scene, state: State, name: str) -> State:
    """Say the open question again in full, with the notes before it."""
    before = [scene.say(scene.phrase("slower" if name == "slower" else "repeat"), state)]
    notes = [note(scene, state, scene.question(each)) for each in state.notes]
    return ask(scene, state, steps=[*before, *notes], intent=name)


def _slower(scene: Scene, state: State, name: str) -> State:
    return _repeat(scene, replace(state, slower=True), name)


def _explain(scene: Scene, state: State, name: str) -> State:
    question = scene.question(state.question)
    return ask(scene, state, explanation(scene, state, question), again=True, intent=name)


def explanation(scene: Scene, state: State, question: Question) -> tuple[str, ...]:
    """Return what explains a question: its own words or the standard ones for its type."""
    if question.explain:
        return scene.text(question.explain, state.answers)
    return scene.phrase(f"explain_{_EXPLAINED_AS.get(question.type, question.type.value)}")


_EXPLAINED_AS: Final = {
    QuestionType.SINGLE_CHOICE: "choice",
    QuestionType.MULTIPLE_CHOICE: "choice",
    QuestionType.RATING: "number",
}


def _dont_know(scene: Scene, state: State, name: str) -> State:
    question = scene.question(state.question)
    asked = state.misses > 0 or not question.required or question.type is QuestionType.TEXT
    if asked:
        return leave_unanswered(scene, state, scene.phrase("skip"), intent=name)
    missed = replace(state, misses=1, asked=state.asked + 1)
    before = (*scene.phrase("about"), *explanation(scene, state, question))
    return ask(scene, missed, before, again=True, intent=name)


def _abuse(scene: Scene, state: State, name: str) -> State:
    if state.abuses:
        said = scene.say(scene.phrase("abuse_end"), state)
        return end(state, [said], ConversationOutcome.REFUSED, name)
    angry = replace(state, abuses=1)
    return ask(scene, angry, scene.phrase("abuse_1"), again=True, intent=name)


def _later(key: str) -> Handler:
    return lambda scene, state, name: ask_when(scene, state, key, name)


def _ending(key: str, outcome: ConversationOutcome) -> Handler:
    def handle(scene: Scene, state: State, name: str) -> State:
        return end(state, [scene.say(scene.phrase(key), state)], outcome, name)

    return handle


def _opt_out(scene: Scene, state: State, name: str) -> State:
    steps: list[Step] = [OptOut(scene.turn.words), scene.say(scene.phrase("opt_out"), state)]
    return end(state, steps, ConversationOutcome.OPT_OUT, name)


def _human(scene: Scene, state: State, name: str) -> State:
    said = scene.say(scene.phrase("human"), state)
    return end(state, [said], ConversationOutcome.HUMAN_REQUESTED, name, last=Transfer(name))


_HANDLERS: Final[dict[str, Handler]] = {
    "repeat": _repeat,
    "slower": _slower,
    "explain": _explain,
    "ask_identity": _identity,
    "ask_fraud": _aside("fraud"),
    "ask_duration": _aside("duration"),
    "ask_tax": _aside("tax_question"),
    "complaint": _aside("complaint"),
    "greet": _aside("greet"),
    "dont_know": _dont_know,
    "abuse": _abuse,
    "busy_now": _later("busy"),
    "call_later": _later("busy"),
    "relative_answers": _later("relative"),
    "goodbye": _ending("goodbye", ConversationOutcome.GOODBYE),
    "refuse": _ending("refused", ConversationOutcome.REFUSED),
    "wrong_number": _ending("wrong_number", ConversationOutcome.WRONG_NUMBER),
    "opt_out": _opt_out,
    "transfer_human": _human,
}
_ENDING: Final = frozenset({"opt_out", "wrong_number", "transfer_human", "goodbye", "refuse"})
