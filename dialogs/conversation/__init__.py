"""The conversation: a pure function from script, state and turn to the next state and reply."""

from __future__ import annotations

from dataclasses import replace

from campaigns.questionnaire.model import Question, QuestionType
from campaigns.script import Script
from dialogs.conversation.another_time import hear_when
from dialogs.conversation.answering import nothing_to_say, take, value_in, value_meant
from dialogs.conversation.asking import leave_unanswered, open_conversation
from dialogs.conversation.intention import ending_said, interruption_said
from dialogs.conversation.interruption import interrupt
from dialogs.conversation.reading_back import hear
from dialogs.conversation.retrying import no_match, silence
from dialogs.conversation.scene import Intent, Scene, Turn
from dialogs.conversation.state import ReadBack, State
from dialogs.ports import NoInput, Reply
from dialogs.understanding import READ_BACK_BELOW, Understood

__all__ = ["Intent", "State", "Turn", "converse"]


def converse(script: Script, state: State | None, turn: Turn) -> tuple[State, Reply]:
    """Answer one turn. A turn already answered changes nothing and gets the last reply again; one
    after the end is told that it is over."""
    scene = Scene(script, turn)
    if state is None:
        state = open_conversation(scene)
        # A conversation whose beginning was lost is opened again, whatever the turn's number.
        return state, state.reply
    if turn.number <= state.turn:
        return state, state.reply
    if state.done:
        return state, Reply(state.reply.steps[-1:], state.reply.intent)
    state = _turn(scene, replace(state, turn=turn.number, remarks=state.remarks + 1))
    return state, state.reply


def _turn(scene: Scene, state: State) -> State:
    question = scene.question(state.question)
    if isinstance(scene.turn.input, NoInput):
        waiting = state.pending is not None and not isinstance(state.pending, ReadBack)
        return _answered(scene, state) if waiting else silence(scene, state)
    state = replace(state, silences=0)
    if ending := ending_said(scene.turn, question):
        return interrupt(scene, state, ending)
    return _answered(scene, state)


def _answered(scene: Scene, state: State) -> State:
    pending = state.pending
    if pending is None:
        return _remark(scene, state, value_in(scene, scene.question(state.question)))
    if not isinstance(pending, ReadBack):
        return hear_when(scene, state, pending)
    meaning = value_in(scene, scene.question(state.question))
    heard = hear(scene, state, pending, meaning)
    if isinstance(heard, State):
        return heard
    return _remark(scene, replace(state, pending=None), heard)


def _remark(scene: Scene, state: State, meaning: Understood | None) -> State:
    """A valid answer outranks an interruption, unless it is unsure or any words are an answer."""
    question = scene.question(state.question)
    interruption = interruption_said(scene.turn, question)
    if question.type is QuestionType.TEXT and nothing_to_say(scene, question):
        return leave_unanswered(scene, state, intent="deny")
    if meaning is not None and (not interruption or _outranks(meaning, question)):
        return take(scene, state, meaning)
    if nothing_to_say(scene, question):
        return leave_unanswered(scene, state, intent="deny")
    if interruption is not None:
        return interrupt(scene, state, interruption)
    meant = value_meant(scene, question)
    return no_match(scene, state) if meant is None else take(scene, state, meant)


def _outranks(meaning: Understood, question: Question) -> bool:
    return question.type is not QuestionType.TEXT and meaning.confidence >= READ_BACK_BELOW
