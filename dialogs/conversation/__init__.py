"""The conversation: a pure function from script, state and turn to the next state and reply."""

from __future__ import annotations

from dataclasses import replace

from campaigns.questionnaire.model import Question, QuestionType
from campaigns.script import Script
from dialogs.conversation.another_time import hear_when
from dialogs.conversation.answering import nothing_to_say, take, value_in, value_meant
from dialogs.conversation.asking import leave_unanswered, open_conversation
from dialogs.conversation.correcting import correct
from dialogs.conversation.intention import ending_said, interruption_said
from dialogs.conversation.interruption import interrupt
from dialogs.conversation.offering import answer_known, wants_human
from dialogs.conversation.putting_through import not_put_through
from dialogs.conversation.reading_back import hear
from dialogs.conversation.retrying import no_match, silence
from dialogs.conversation.returning import return_to_open
from dialogs.conversation.scene import Intent, Scene, Turn
from dialogs.conversation.state import AskedWhen, CallAtReadBack, HumanOffered, ReadBack, State
from dialogs.ports import NoInput, NotTransferred, Reply
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
    if isinstance(scene.turn.input, NotTransferred):
        return not_put_through(scene, state)
    question = scene.open_question(state)
    if isinstance(scene.turn.input, NoInput):
        waiting = isinstance(state.pending, AskedWhen | CallAtReadBack)
        return _answered(scene, state) if waiting else silence(scene, state)
    state = replace(state, silences=0)
    if ending := ending_said(scene.turn, question):
        return interrupt(scene, state, ending)
    return correct(scene, state) or _answered(scene, state)


def _answered(scene: Scene, state: State) -> State:
    meaning = value_in(scene, scene.open_question(state))
    match state.pending:
        case None:
            return _remark(scene, state, meaning)
        case ReadBack() as pending:
            heard = hear(scene, state, pending, meaning)
            if isinstance(heard, State):
                return heard
            return _remark(scene, state if heard is None else _settled(state), heard)
        case HumanOffered():
            return _offered(scene, _settled(state), meaning)
        case pending:
            asked = hear_when(scene, state, pending)
            return asked or _interrupted(scene, state, interruption_said(scene.turn, None))


def _settled(state: State) -> State:
    return replace(state, pending=None)


def _offered(scene: Scene, state: State, meaning: Understood | None) -> State:
    """Hear whether a human is wanted; an answer to the open question goes on with that."""
    wanted = wants_human(scene)
    if wanted:
        return interrupt(scene, state, "transfer_human")
    interruption = interruption_said(scene.turn, scene.open_question(state))
    if wanted is None and (meaning is not None or interruption is not None):
        return _remark(scene, state, meaning)
    return return_to_open(scene, state, scene.phrase("human_not_wanted"), intent="deny")


def _interrupted(scene: Scene, state: State, name: str | None) -> State:
    entry = answer_known(scene, name)
    if entry is not None:
        answer = scene.text(entry.answer, state.answers)
        return return_to_open(scene, state, answer, intent="ask_faq")
    assert name is not None, "this is no interruption"
    return interrupt(scene, state, name)


def _remark(scene: Scene, state: State, meaning: Understood | None) -> State:
    """A valid answer outranks an interruption, unless it is unsure or any words are an answer."""
    question = scene.open_question(state)
    interruption = interruption_said(scene.turn, question)
    if state.pending is not None and interruption is None and state.pending.kind == "read_back":
        return no_match(scene, state)
    free = question.type is QuestionType.TEXT
    if answer_known(scene, interruption, free_text=free):
        return _interrupted(scene, state, interruption)
    if question.type is QuestionType.TEXT and nothing_to_say(scene, question):
        return leave_unanswered(scene, state, intent="deny")
    if meaning is not None and (not interruption or _outranks(meaning, question)):
        return take(scene, state, meaning)
    if nothing_to_say(scene, question):
        return leave_unanswered(scene, state, intent="deny")
    if interruption is not None:
        return _interrupted(scene, state, interruption)
    meant = value_meant(scene, question)
    return no_match(scene, state) if meant is None else take(scene, state, meant)


def _outranks(meaning: Understood, question: Question) -> bool:
    return question.type is not QuestionType.TEXT and meaning.confidence >= READ_BACK_BELOW
