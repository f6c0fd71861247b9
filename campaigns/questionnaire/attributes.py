"""What a questionnaire needs to know of each contact."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.questionnaire import condition
from campaigns.questionnaire.model import Question, Questionnaire
from campaigns.questionnaire.placeholder import placeholders
from campaigns.questionnaire.plan import ITEM_NAMES

OPTIONS = "options"
"""`{options}` in a question's text: the labels of its options in the order of this person."""


def needed_attributes(questionnaire: Questionnaire) -> dict[str, str]:
    """Return the contact attributes it speaks or asks about, each with the place needing it.

    Wordings of `phrases` are left out: their placeholders are filled by the dialogue.
    """
    known = {question.id for question in questionnaire.questions} | set(questionnaire.computed)
    needed: dict[str, str] = {}
    for question in questionnaire.questions:
        inside = set(ITEM_NAMES) if questionnaire.loop_of(question) else set[str]()
        inside |= {OPTIONS} if question.options else set()
        for name, place in _in_question(question):
            if name not in inside:
                needed.setdefault(name, place)
    for name, place in _elsewhere(questionnaire):
        needed.setdefault(name, place)
    return {name: place for name, place in needed.items() if name not in known}


def _in_question(question: Question) -> Iterator[tuple[str, str]]:
    place = f"question {question.id}"
    expressions = {
        "when": question.when,
        "end_when": question.end_when,
        **{f"when of option {option.value}": option.when for option in question.options},
    }
    for key, expression in expressions.items():
        for name in sorted(condition.names(expression)) if expression else ():
            yield name, f"`{key}` of {place}"
    for name in sorted(condition.names(question.constraint)) if question.constraint else ():
        if name != "value":
            yield name, f"`constraint` of {place}"
    texts = (question.text, question.explain, question.re_ask)
    for text in (*texts, question.constraint_message, question.end_text):
        for name in placeholders(text or ""):
            yield name, place


def _elsewhere(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    texts = [
        ("opening", questionnaire.opening),
        ("identity", questionnaire.identity),
        ("closing", questionnaire.closing),
        *(("faq", each.answer) for each in questionnaire.faq),
        *((f"quota {each.id}", each.text or "") for each in questionnaire.quotas),
    ]
    for place, text in texts:
        for name in placeholders(text):
            yield name, place
    expressions = [
        *((f"`{name}` of compute", each) for name, each in questionnaire.computed.items()),
        *((f"`when` of quota {each.id}", each.when) for each in questionnaire.quotas),
        *((f"`when` of group {each.id}", each.when) for each in questionnaire.groups if each.when),
    ]
    for place, expression in expressions:
        for name in sorted(condition.names(expression) - set(ITEM_NAMES)):
            yield name, place
    for group in questionnaire.groups:
        if group.for_each:
            yield group.for_each, f"`for_each` of group {group.id}"
