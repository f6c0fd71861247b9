"""What a questionnaire needs to know of each contact."""

from __future__ import annotations

from campaigns.questionnaire import condition
from campaigns.questionnaire.model import Questionnaire
from campaigns.questionnaire.placeholder import placeholders


def needed_attributes(questionnaire: Questionnaire) -> dict[str, str]:
    """Return the contact attributes it speaks or asks about, each with the place needing it.

    Wordings of `phrases` are left out: their placeholders are filled by the dialogue.
    """
    texts: list[tuple[str, str | None]] = [
        ("opening", questionnaire.opening),
        ("identity", questionnaire.identity),
        ("closing", questionnaire.closing),
    ]
    needed: dict[str, str] = {}
    for question in questionnaire.questions:
        place = f"question {question.id}"
        texts += [(place, text) for text in (question.text, question.explain, question.re_ask)]
        for name in sorted(condition.names(question.when)) if question.when else ():
            needed.setdefault(name, f"`when` of {place}")
    for place, text in texts:
        for name in placeholders(text or ""):
            needed.setdefault(name, place)
    asked = {question.id for question in questionnaire.questions}
    return {name: place for name, place in needed.items() if name not in asked}
