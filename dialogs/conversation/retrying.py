"""Retrying: what is said when nothing was heard, or nothing that answers the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from campaigns.questionnaire.walk import may_ask_again
from dialogs.conversation.asking import ask, end, leave_unanswered
from dialogs.conversation.returning import put_read_back
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import ReadBack, State
from dialogs.ports import ConversationOutcome

_MOST_SILENCES = 3
_MOST_READ_BACKS = 2
_MOST_REMARKS = 8
"""However often somebody interrupts, a question is left after so many turns."""


def no_match(scene: Scene, state: State) -> State:
    """Say that it was not understood, differently each time, and ask again; then go on."""
    misses = state.misses + 1
    before = list(scene.phrase("no_match", misses))
    if isinstance(state.pending, ReadBack) and state.pending.times < _MOST_READ_BACKS:
        return put_read_back(scene, state, state.pending, before, intent="nlu_fallback")
    state = replace(state, misses=misses, pending=None)
    question = scene.open_question(state)
    if misses > 1 and question.explain:
        before += scene.text(question.explain, state.answers, question.id)
    return ask_again(scene, state, before, "nlu_fallback")


def silence(scene: Scene, state: State) -> State:
    """Ask whether the line holds; the third silence in a row ends the call."""
    silences = state.silences + 1
    state = replace(state, silences=silences)
    if silences >= _MOST_SILENCES:
        said = scene.say(scene.phrase("silence_end"), state)
        return end(state, [said], ConversationOutcome.NO_RESPONSE, "no_input")
    if isinstance(state.pending, ReadBack):
        before = scene.phrase("silence", silences)
        return put_read_back(scene, state, state.pending, before, intent="no_input")
    state = replace(state, pending=None)
    if not may_ask_again(scene.open_question(state), state.asked):
        return leave_unanswered(scene, state, intent="no_input")
    return ask_again(scene, state, scene.phrase("silence", silences), "no_input")


def ask_again(scene: Scene, state: State, before: Sequence[str], intent: str) -> State:
    """Put the open question once more, or leave it where it was put often enough."""
    question = scene.open_question(state)
    if not may_ask_again(question, state.asked) or too_long(state):
        return leave_unanswered(scene, state, scene.phrase("skip"), intent=intent)
    asked = replace(state, asked=state.asked + 1)
    return ask(scene, asked, before, again=True, intent=intent)


def too_long(state: State) -> bool:
    """Return whether the open question has taken so many turns that it is to be left."""
    return state.remarks >= _MOST_REMARKS
