"""Reading back: an answer that is unsure, or that the script wants confirmed, is said again."""

from __future__ import annotations

from dataclasses import replace

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.conversation.asking import give
from dialogs.conversation.retrying import ask_again
from dialogs.conversation.returning import put_read_back
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import ReadBack, State
from dialogs.ports import Keyed
from dialogs.prompts import spoken_values
from dialogs.understanding import Understood
from dialogs.understanding.yes_no import understand_yes_no

_RIGHT = "对吗？"
_CONFIRMED = 0.9


def read_back(scene: Scene, state: State, meaning: Understood, intent: str) -> State:
    """Say the answer understood and ask whether it is right."""
    question = scene.open_question(state)
    values = spoken_values(question, meaning.value, scene.phrases)
    words, source = scene.turn.words, scene.source
    if not values:  # none of the options was chosen: there is nothing to say again
        return give(scene, state, meaning.value, words, meaning.confidence, source, intent)
    pending = ReadBack(meaning.value, words, meaning.confidence, source)
    return put_read_back(scene, replace(state, pending=None), pending, intent=intent)


def hear(
    scene: Scene, state: State, pending: ReadBack, meaning: Understood | None
) -> State | Understood | None:
    """Hear what follows a reading back: the state behind it, another answer to be taken, or None
    when it was something else. `meaning` is what the remark says as an answer to the question."""
    question = scene.open_question(state)
    state = replace(state, pending=None)
    agreed = _agreed(scene, question, meaning)
    if agreed is None:
        if meaning is not None and meaning.value == pending.value:
            return _confirmed(scene, state, pending)
        return meaning
    if agreed:
        return _confirmed(scene, state, pending)
    return ask_again(scene, state, scene.phrase("say_again"), "deny")


def _confirmed(scene: Scene, state: State, pending: ReadBack) -> State:
    confidence = max(pending.confidence, _CONFIRMED)
    return give(scene, state, pending.value, pending.words, confidence, pending.source, "affirm")


def _agreed(scene: Scene, question: Question, meaning: Understood | None) -> bool | None:
    """Return whether the reading back was agreed to; None when the remark says a value itself."""
    heard = scene.turn.input
    if isinstance(heard, Keyed):
        return {"1": True, "2": False}.get(heard.digits[:1])
    if meaning is not None and question.type is not QuestionType.YES_NO:
        return None
    said = understand_yes_no(_RIGHT, scene.turn.syllables)
    return None if said is None else bool(said.value)
