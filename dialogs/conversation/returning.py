"""Returning to what is open: the question, a reading back, or when to call again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dialogs.conversation.asking import ask, reply
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import (
    AskedWhen,
    CallAtReadBack,
    HumanOffered,
    ReadBack,
    State,
)
from dialogs.conversation.times import spoken_day
from dialogs.phrases import spoken_hour
from dialogs.ports import Listen, Step
from dialogs.prompts import spoken_values

NO_INPUT_S = 6.0
_AGREE_HINTS = ("对", "不对", "是的", "不是")
_WHEN_HINTS = ("今天下午", "明天上午", "明天下午", "晚一点", "半小时后")
_CALL_AT_HINTS = ("可以", "好的", "不行")
_OFFER_HINTS = ("需要", "不需要", "不用")


def return_to_open(
    scene: Scene,
    state: State,
    before: Sequence[str] = (),
    *,
    again: bool = True,
    steps: Sequence[Step] = (),
    intent: str | None = None,
) -> State:
    """Put what is open once more, after the segments `before`: the question (`again`: in its
    shorter wording), or what is being settled about it."""
    match state.pending:
        case None:
            return ask(scene, state, before, again=again, steps=steps, intent=intent)
        case ReadBack() as pending:
            return put_read_back(scene, state, pending, before, steps=steps, intent=intent)
        case AskedWhen():
            return put_when(scene, state, (*before, *scene.phrase("when_again")), steps, intent)
        case CallAtReadBack() as pending:
            return put_call_at(scene, state, pending, before, steps, intent)
        case HumanOffered():
            said = scene.say((*before, *scene.phrase("human_offer")), state)
            return reply(state, (*steps, said, Listen(None, _OFFER_HINTS, NO_INPUT_S)), intent)


def put_read_back(
    scene: Scene,
    state: State,
    pending: ReadBack,
    before: Sequence[str] = (),
    *,
    steps: Sequence[Step] = (),
    intent: str | None = None,
) -> State:
    """Say an answer as it was understood and ask whether it is right; counts how often."""
    question = scene.open_question(state)
    values = spoken_values(question, pending.value, scene.phrases)
    segments = (*before, *scene.phrase("read_back"), *values, *scene.phrase("read_back_end"))
    listen = Listen(question.id, _AGREE_HINTS)
    if state.pending is not None:
        pending = replace(pending, times=pending.times + 1)
    return reply(
        replace(state, pending=pending), (*steps, scene.say(segments, state), listen), intent
    )


def put_when(
    scene: Scene,
    state: State,
    segments: Sequence[str],
    steps: Sequence[Step] = (),
    intent: str | None = None,
) -> State:
    """Ask when to call again in these words."""
    listen = Listen(None, _WHEN_HINTS, NO_INPUT_S)
    return reply(state, (*steps, scene.say(segments, state), listen), intent)


def put_call_at(
    scene: Scene,
    state: State,
    pending: CallAtReadBack,
    before: Sequence[str] = (),
    steps: Sequence[Step] = (),
    intent: str | None = None,
) -> State:
    """Read back when we are to call again."""
    spoken = [spoken_day(pending.at, scene.turn.now)]
    if pending.has_time:
        spoken.append(spoken_hour(pending.at.hour, pending.at.minute))
    segments = (*before, *scene.phrase("call_at"), *spoken, *scene.phrase("call_at_end"))
    listen = Listen(None, _CALL_AT_HINTS, NO_INPUT_S)
    return reply(
        replace(state, pending=pending), (*steps, scene.say(segments, state), listen), intent
    )
