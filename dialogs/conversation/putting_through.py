"""Putting the person through to a human, where there is one at work now."""

from __future__ import annotations

from dataclasses import replace

from dialogs.conversation.asking import end, reply
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import State
from dialogs.ports import ConversationOutcome, Transfer


def put_through(scene: Scene, state: State, name: str) -> State:
    """Say that the person is being connected and do it; say that staff will be in touch where
    nobody is at work."""
    words = scene.turn.words
    agents = scene.agents
    if agents is None or not agents.at_work(scene.turn.now):
        said = scene.say(scene.phrase("human"), state)
        last = Transfer(name, words)
        return end(state, [said], ConversationOutcome.HUMAN_REQUESTED, name, last=last)
    said = replace(scene.say(scene.phrase("connecting"), state), barge_in=False)
    comfort = scene.phrase("connecting_wait")
    transfer = Transfer(name, words, connect=True, comfort=comfort)
    return reply(replace(state, pending=None), (said, transfer), name)


def not_put_through(scene: Scene, state: State) -> State:
    """Apologise: nobody took the call, and what the person wanted is written down."""
    said = replace(scene.say(scene.phrase("not_connected"), state), barge_in=False)
    return end(state, [said], ConversationOutcome.HUMAN_REQUESTED, "not_transferred")
