"""Interruptions: what may be said at any time, and how the conversation returns or ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.conversation.another_time import ask_when, promise
from dialogs.conversation.asking import ask, end, leave_unanswered, notes_again
from dialogs.conversation.putting_through import put_through
from dialogs.conversation.retrying import too_long
from dialogs.conversation.returning import return_to_open
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import AskedWhen, CallAtReadBack, HumanOffered, State
from dialogs.ports import ConversationOutcome, OptOut, Step
from dialogs.prompts import fill

Handler = Callable[[Scene, State, str], State]


def interrupt(scene: Scene, state: State, name: str) -> State:
    """Answer the interruption and return to the open question, or end as it asks."""
    if too_long(state) and name not in _ENDING:
        if isinstance(state.pending, AskedWhen | CallAtReadBack):
            return promise(scene, state, None, state.pending.words)
        return leave_unanswered(scene, state, scene.phrase("skip"), intent=name)
    return _HANDLERS[name](scene, state, name)


def _aside(key: str) -> Handler:
    """Say one thing and put the question again, in its shorter wording."""

    def handle(scene: Scene, state: State, name: str) -> State:
        return return_to_open(scene, state, scene.phrase(key), intent=name)

    return handle


def _identity(scene: Scene, state: State, name: str) -> State:
    who = fill(scene.questionnaire.identity, scene.variables)
    return return_to_open(scene, state, who, intent=name)


def _repeat(scene: Scene, state: State, name: str) -> State:
    """Say the open question again in full, with the notes before it."""
    steps: list[Step] = [scene.say(scene.phrase("slower" if name == "slower" else "repeat"), state)]
    if state.pending is None:
        steps += notes_again(scene, state)
    return return_to_open(scene, state, again=False, steps=steps, intent=name)


def _slower(scene: Scene, state: State, name: str) -> State:
    return _repeat(scene, replace(state, slower=True), name)


def _explain(scene: Scene, state: State, name: str) -> State:
    if state.pending is not None:
        return _repeat(scene, state, name)
    question = scene.open_question(state)
    return return_to_open(scene, state, explanation(scene, state, question), intent=name)


def explanation(scene: Scene, state: State, question: Question) -> tuple[str, ...]:
    """Return what explains a question: its own words or the standard ones for its type."""
    if question.explain:
        return scene.text(question.explain, state.answers, question.id)
    return scene.phrase(f"explain_{_EXPLAINED_AS.get(question.type, question.type.value)}")


_EXPLAINED_AS: Final = {
    QuestionType.SINGLE_CHOICE: "choice",
    QuestionType.MULTIPLE_CHOICE: "choice",
    QuestionType.RATING: "number",
}


def _dont_know(scene: Scene, state: State, name: str) -> State:
    state = replace(state, pending=None)
    question = scene.open_question(state)
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
    return return_to_open(scene, angry, scene.phrase("abuse_1"), intent=name)


def _ask_tax(scene: Scene, state: State, name: str) -> State:
    """What the campaign has no answer to is for a human."""
    if isinstance(state.pending, AskedWhen | CallAtReadBack):
        return return_to_open(scene, state, scene.phrase("tax_question"), intent=name)
    state = replace(state, pending=HumanOffered())
    return return_to_open(scene, state, scene.phrase("tax_question"), intent=name)


def _later(key: str) -> Handler:
    return lambda scene, state, name: ask_when(scene, state, key, name)


def _ending(key: str, outcome: ConversationOutcome) -> Handler:
    def handle(scene: Scene, state: State, name: str) -> State:
        return end(state, [scene.say(scene.phrase(key), state)], outcome, name)

    return handle


def _opt_out(scene: Scene, state: State, name: str) -> State:
    steps: list[Step] = [OptOut(scene.turn.words), scene.say(scene.phrase("opt_out"), state)]
    return end(state, steps, ConversationOutcome.OPT_OUT, name)


_HANDLERS: Final[dict[str, Handler]] = {
    "repeat": _repeat,
    "slower": _slower,
    "explain": _explain,
    "ask_identity": _identity,
    "ask_fraud": _aside("fraud"),
    "ask_duration": _aside("duration"),
    "ask_tax": _ask_tax,
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
    "transfer_human": put_through,
}
_ENDING: Final = frozenset({"opt_out", "wrong_number", "transfer_human", "goodbye", "refuse"})
