"""Options that sound alike, cannot be keyed, or are never named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from campaigns.questionnaire.model import Option, Question, Questionnaire, QuestionType
from dialogs.script_check.finding import Finding, error, warning
from dialogs.understanding.pinyin import final, sounds

_KEYS = 9
_MOST_OPTIONS = 40
_NEAR_FROM = 2
"""Syllables; shorter words are alike too easily to be told of."""


def ambiguous_options(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Find options a recogniser cannot tell apart, that no key reaches, or nobody is told of."""
    yield from _asked_like_an_option(questionnaire)
    for question in questionnaire.questions:
        place = f"question {question.id}"
        yield from _alike(question, place)
        if question.type is QuestionType.SINGLE_CHOICE and len(question.options) > _KEYS:
            beyond = "、".join(option.label for option in question.options[_KEYS:])
            yield warning(
                place, f"there are {_KEYS} keys: {beyond} cannot be keyed; make two questions of it"
            )
        if question.options and not _named(question):
            yield warning(
                place,
                "the text names none of the options: people cannot know them; "
                "write them out or use {options}",
            )


def _asked_like_an_option(questionnaire: Questionnaire) -> Iterator[Finding]:
    options = {
        sounds(said): (said, question.id)
        for question in questionnaire.questions
        for option in question.options
        for said in _said(option)
    }
    for entry in questionnaire.faq:
        for wording in entry.questions:
            if sounds(wording) in options:
                said, question_id = options[sounds(wording)]
                yield error(
                    f"faq {wording}",
                    f"sounds like the answer {said} to question {question_id}: "
                    "write the whole question",
                )


def _alike(question: Question, place: str) -> Iterator[Finding]:
    if len(question.options) > _MOST_OPTIONS:
        yield warning(place, f"{len(question.options)} options are too many for a telephone")
        return
    for one, other in combinations(question.options, 2):
        same = {a for a in _said(one) for b in _said(other) if sounds(a) == sounds(b)}
        if same:
            yield error(
                place,
                f"{one.label} and {other.label} sound the same ({'、'.join(sorted(same))}): "
                "answers would be taken for the wrong one",
            )
            continue
        near = [(a, b) for a in _said(one) for b in _said(other) if _near(a, b)]
        if near:
            a, b = near[0]
            yield warning(
                place, f"{a} ({one.label}) and {b} ({other.label}) sound much alike: word one anew"
            )


def _said(option: Option) -> tuple[str, ...]:
    return (option.label, *option.words)


def _near(one: str, other: str) -> bool:
    """Return whether two wordings differ in one syllable that itself sounds alike."""
    a, b = sounds(one), sounds(other)
    if len(a) != len(b) or len(a) < _NEAR_FROM:
        return False
    different = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return len(different) == 1 and final(different[0][0]) == final(different[0][1])


def _named(question: Question) -> bool:
    if "{options}" in question.text:
        return True
    return any(said in question.text for option in question.options for said in _said(option))
