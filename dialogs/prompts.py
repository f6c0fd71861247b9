"""What a call can say, cut into segments: each is rendered once and speaks for every call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from campaigns.questionnaire.plan import ITEM_NAMES, Plan
from dialogs.phrases import DAYS, HOURS, STANDARD, Phrases

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_SENTENCE = re.compile(r"[^。！？!?]*[。！？!?]+|[^。！？!?]+$")
_CLAUSE = re.compile(r"[^，,]*[，,]|[^，,]+$")
_AI_NOTICE = re.compile("人工智能|AI|合成|录音")
GRADES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
_MOST_POINTS = 10
_OPTIONS = "{options}"


def segments_of(questionnaire: Questionnaire, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return every segment a call with these variables can speak, each once, in order of use.

    What pipes in an answer, or a free value read back, is known only during the call and left out.
    """
    plan = Plan(questionnaire, variables)
    unknown = frozenset(question.id for question in questionnaire.questions)
    unknown |= frozenset(questionnaire.computed)
    phrases = Phrases(questionnaire.phrases)
    found = _known_segments(questionnaire.opening, variables, unknown)
    for question in questionnaire.questions:
        for values in _rounds(plan, question):
            for text in _texts(question):
                found += _known_segments(text, {**variables, **values}, unknown, question)
    texts = [questionnaire.identity, questionnaire.closing]
    texts += [cell.text for cell in questionnaire.quotas if cell.text]
    texts += [each.answer for each in questionnaire.faq]
    for text in (*texts, *(phrases[key] for key in STANDARD)):
        found += _known_segments(text, variables, unknown)
    for question in questionnaire.questions:
        found += _read_back_values(question, phrases)
    return tuple(dict.fromkeys([*found, *DAYS, *HOURS]))


def message_of(questionnaire: Questionnaire, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the segments of what is left with a machine: the opening, what the notification says
    without asking, and the closing."""
    plan = Plan(questionnaire, variables)
    notes = [
        fill(step.question.text, plan.values({}, step))
        for step in plan.steps({})
        if step.question.type is QuestionType.NOTE and plan.applies(step, {})
    ]
    said = (segment for note in notes for segment in note)
    return (
        *fill(questionnaire.opening, variables),
        *said,
        *fill(questionnaire.closing, variables),
    )


def _rounds(plan: Plan, question: Question) -> Iterator[dict[str, str]]:
    """Yield what is known ahead of each round a question may be asked in."""
    loop = plan.questionnaire.loop_of(question)
    if loop is None or loop.for_each is None:
        yield {}
        return
    try:
        source = plan.questionnaire.question(loop.for_each)
    except KeyError:
        for item in plan.items(loop, {}):
            number = str(item.number)
            yield {"item": item.label, "item_value": item.key, "item_number": number}
        return
    for option in source.options:  # which number its round has is known only in the call
        yield {"item": option.label, "item_value": option.value}


def fill(text: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the segments of a text with its `{name}` placeholders filled; unknown ones are empty.

    Segments are sentences; in a sentence with placeholders, each clause, so that a person's name
    does not make a whole sentence personal.
    """
    return tuple(
        spoken
        for piece in _pieces(text)
        if (spoken := _filled(piece, values)).strip("，。！？,!? ")
    )


def fill_with_options(
    text: str, values: Mapping[str, Any], labels: Sequence[str]
) -> tuple[str, ...]:
    """Fill a text in which `{options}` stands for these labels, each a segment of its own, so
    that one clip serves every order."""
    before, found, after = text.partition(_OPTIONS)
    if not found or not labels:
        return fill(text, values)
    spoken = [f"{label}，" for label in labels[:-1]] + [f"{labels[-1]}。"]
    return (*fill(before, values), *spoken, *fill(after, values))


def opening_parts(text: str, values: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the opening's segments up to the end of the AI and recording notice, which must be
    heard (R1.5), and those after it."""
    segments = fill(text, values)
    last = max((at for at, each in enumerate(segments) if _AI_NOTICE.search(each)), default=-1)
    return segments[: last + 1], segments[last + 1 :]


def _pieces(text: str) -> list[str]:
    one_line = re.sub(r"\s*\n\s*", "", text.strip())
    one_line = re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", one_line)
    pieces: list[str] = []
    for sentence in _SENTENCE.findall(one_line):
        pieces += _CLAUSE.findall(sentence) if _PLACEHOLDER.search(sentence) else [sentence]
    return [piece.strip() for piece in pieces if piece.strip()]


def _filled(piece: str, values: Mapping[str, Any]) -> str:
    return _PLACEHOLDER.sub(lambda match: _spoken(values.get(match[1].strip())), piece)


def _spoken(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(_spoken, value))
    return str(value)


def _known_segments(
    text: str,
    variables: Mapping[str, str],
    unknown: frozenset[str],
    question: Question | None = None,
) -> list[str]:
    known: list[str] = []
    if question is not None and question.options and _OPTIONS in text:
        before, _, after = text.partition(_OPTIONS)
        known += [f"{each.label}{end}" for each in question.options for end in "，。"]
        for part in (before, after):
            known += _known_segments(part, variables, unknown)
        return known
    for piece in _pieces(text):
        names = {name.strip() for name in _PLACEHOLDER.findall(piece)}
        if not names & unknown and not names & set(ITEM_NAMES) - set(variables):
            known += fill(piece, variables)
    return known


def _texts(question: Question) -> Iterable[str]:
    texts = (question.text, question.re_ask, question.explain)
    return (text for text in (*texts, question.constraint_message, question.end_text) if text)


def _read_back_values(question: Question, phrases: Phrases) -> list[str]:
    match question.type:
        case QuestionType.SATISFACTION:
            return list(GRADES.values())
        case QuestionType.YES_NO:
            return [phrases["yes"], phrases["no"]]
        case QuestionType.SINGLE_CHOICE | QuestionType.MULTIPLE_CHOICE:
            return [option.label for option in question.options]
        case QuestionType.RATING:
            low, high = int(question.minimum or 0), int(question.maximum or _MOST_POINTS)
            return [f"{points}分" for points in range(low, min(high, low + _MOST_POINTS) + 1)]
        case _:
            return []


def spoken_values(question: Question, value: Any, phrases: Phrases) -> tuple[str, ...]:
    """Return the segments that read a value back."""
    match question.type:
        case QuestionType.SATISFACTION:
            return (GRADES[value],)
        case QuestionType.YES_NO:
            return (phrases["yes"] if value else phrases["no"],)
        case QuestionType.SINGLE_CHOICE | QuestionType.MULTIPLE_CHOICE:
            values = value if isinstance(value, list) else [value]
            return tuple(option.label for option in question.options if option.value in values)
        case QuestionType.RATING:
            return (f"{value}分",)
        case QuestionType.DATE:
            _year, month, day = str(value).split("-")
            return (f"{int(month)}月{int(day)}日",)
        case _:
            return (str(value),)
