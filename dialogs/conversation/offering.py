"""Questions to us about the matter itself: the campaign's own answer, or the offer of a human."""

from __future__ import annotations

from campaigns.questionnaire.model import Faq
from dialogs.conversation import faq
from dialogs.conversation.scene import Scene
from dialogs.ports import Keyed
from dialogs.understanding.yes_no import understand_yes_no

_OFFER = "需要吗？"
_TAX = "ask_tax"


def answer_known(scene: Scene, interruption: str | None, *, free_text: bool = False) -> Faq | None:
    """Return the entry of the campaign's list that answers the remark. Where a question about
    taxes was heard (`interruption`), less likeness will do; a remark that answers an open
    question for free text must be one to be taken for anything else."""
    entry, likeness = faq.find(scene.questionnaire.faq, scene.turn.syllables)
    asked = interruption == _TAX
    if free_text and not asked:
        return None
    return entry if likeness >= (faq.LIKELY if asked else faq.CERTAIN) else None


def wants_human(scene: Scene) -> bool | None:
    """Return whether the offer of a human was taken; None when neither was said."""
    heard = scene.turn.input
    if isinstance(heard, Keyed):
        return {"1": True, "2": False}.get(heard.digits[:1])
    meaning = understand_yes_no(_OFFER, scene.turn.syllables)
    return None if meaning is None else bool(meaning.value)
