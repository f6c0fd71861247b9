"""What a call can say, cut into segments: each is rendered once and speaks for every call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from dialogs.phrases import DAYS, HOURS, STANDARD, Phrases

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_SENTENCE = re.compile(r"[^。！？!?]*[。！？!?]+|[^。！？!?]+$")
_CLAUSE = re.compile(r"[^，,]*[，,]|[^，,]+$")
_AI_NOTICE = re.compile("人工智能|AI|合成|录音")
GRADES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
_MOST_POINTS = 10


def segments_of(questionnaire: Questionnaire, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return every segment a call with these variables can speak, each once, in order of use.

    What pipes in an answer, or a free value read back, is known only during the call and left out.
    """
    questions = questionnaire.questions
    ids = frozenset(question.id for question in questions)
    texts = [questionnaire.opening, *(text for each in questions for text in _texts(each))]
    texts += [questionnaire.identity, questionnaire.closing]
    phrases = Phrases(questionnaire.phrases)
    found: list[str] = []
    for text in (*texts, *(phrases[key] for key in STANDARD)):
        found += _known_segments(text, variables, ids)
    for question in questions:
        found += _read_back_values(question, phrases)
    return tuple(dict.fromkeys([*found, *DAYS, *HOURS]))


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
    text: str, variables: Mapping[str, str], question_ids: frozenset[str]
) -> list[str]:
    known: list[str] = []
    for piece in _pieces(text):
        if not {name.strip() for name in _PLACEHOLDER.findall(piece)} & question_ids:
            known += fill(piece, variables)
    return known


def _texts(question: Question) -> Iterable[str]:
    return (text for text in (question.text, question.re_ask, question.explain) if text)


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
