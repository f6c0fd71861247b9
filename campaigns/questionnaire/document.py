"""A questionnaire as data of the file's shape, in the oldest format that can hold it."""

from __future__ import annotations

from typing import Any

from campaigns.questionnaire.model import Group, Option, Question, Questionnaire, QuestionType
from campaigns.questionnaire.plan import members_of

FORMATS = ("outbound-questionnaire/1", "outbound-questionnaire/2")
UNASKED = ("required", "confirm", "ask_limit", "re_ask")
"""What a note has not."""
_SECOND = ("constraint", "constraint_message", "end_when", "end_text")


def to_document(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the questionnaire as data; `file.from_document` gives it back."""
    document: dict[str, Any] = {
        "format": FORMATS[is_second(questionnaire)],
        "id": questionnaire.id,
        "title": questionnaire.title,
        "kind": questionnaire.kind.value,
        "opening": questionnaire.opening,
        "identity": questionnaire.identity,
        "closing": questionnaire.closing,
        "phrases": dict(questionnaire.phrases),
        "questions": _members(questionnaire, None),
    }
    if questionnaire.computed:
        document["compute"] = dict(questionnaire.computed)
    if questionnaire.quotas:
        document["quotas"] = [
            _known({"id": each.id, "when": each.when, "limit": each.limit, "text": each.text})
            for each in questionnaire.quotas
        ]
    if questionnaire.faq:
        document["faq"] = [
            {"questions": list(each.questions), "answer": each.answer} for each in questionnaire.faq
        ]
    return document


def is_second(questionnaire: Questionnaire) -> bool:
    """Return whether it uses anything that format 1 has not."""
    return bool(
        questionnaire.groups
        or questionnaire.computed
        or questionnaire.quotas
        or questionnaire.faq
        or any(_is_second(question) for question in questionnaire.questions)
    )


def _is_second(question: Question) -> bool:
    several = question.type is QuestionType.MULTIPLE_CHOICE
    return (
        question.shuffle
        or (several and (question.minimum, question.maximum) != (None, None))
        or any(getattr(question, name) is not None for name in _SECOND)
        or any(option.when or option.last for option in question.options)
    )


def _members(questionnaire: Questionnaire, parent: Group | None) -> list[dict[str, Any]]:
    return [
        _question(member) if isinstance(member, Question) else _group(questionnaire, member)
        for member in members_of(questionnaire, parent)
    ]


def _group(questionnaire: Questionnaire, group: Group) -> dict[str, Any]:
    document: dict[str, Any] = {"group": group.id, "when": group.when, "pick": group.pick}
    if group.for_each:
        document |= {"for_each": group.for_each, "most": group.most}
    if group.shuffle:
        document["order"] = "random"
    return _known(document) | {"questions": _members(questionnaire, group)}


def _question(question: Question) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": question.id,
        "type": question.type.value,
        "text": question.text,
        "when": question.when,
        "min": question.minimum,
        "max": question.maximum,
        "barge_in": question.barge_in,
        "explain": question.explain,
        **{name: getattr(question, name) for name in _SECOND},
    }
    if question.type is not QuestionType.NOTE:
        document |= {name: getattr(question, name) for name in UNASKED}
    if question.options:
        document["options"] = [_option(option) for option in question.options]
    if question.shuffle:
        document["order"] = "random"
    return _known(document)


def _option(option: Option) -> dict[str, Any]:
    document = {"value": option.value, "label": option.label, "words": list(option.words)}
    if option.when:
        document["when"] = option.when
    return document | ({"last": True} if option.last else {})


def _known(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}
