"""The end of the questionnaire, and what brings it early: a condition, or a full quota."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.conversation.scene import Scene
from dialogs.conversation.state import State
from dialogs.ports import ConversationOutcome


@dataclass(frozen=True, slots=True)
class Ending:
    """How the questionnaire ends: `text` thanks, None = the closing; `question_id` is the
    question whose text it is."""

    text: str | None = None
    question_id: str | None = None
    outcome: ConversationOutcome = ConversationOutcome.COMPLETED


def early_end(scene: Scene, state: State) -> Ending | None:
    """Return the ending where the questionnaire is over behind the open question; None where it
    goes on. A full quota comes first: who is not needed is not asked on."""
    cells = scene.plan.cells(state.answers)
    for quota in scene.questionnaire.quotas:
        if quota.id in cells and quota.id in scene.turn.full:
            return Ending(quota.text, outcome=ConversationOutcome.OVER_QUOTA)
    if state.question is None:
        return None
    step = scene.plan.find(state.question, state.answers)
    if not scene.plan.ends_after(step, state.answers):
        return None
    return Ending(step.question.end_text, step.question.id)
