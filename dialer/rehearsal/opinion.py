"""What a rehearsal person says to a question, and the value meant by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cn2an import an2cn

from campaigns.questionnaire.model import Question, QuestionType
from dialer.rehearsal.personas import Mood

_COMPLAINT = "等待时间太长了，讲得也不清楚"
_PRAISE = "我觉得挺好的"
_NOTHING = "没有"

# How people say yes and no to a question with this word in it; first match counts.
_YES_NO: tuple[tuple[str, str, str], ...] = (
    ("解决", "是的，解决了", "没有，还没有解决"),
    ("办好", "是的，办好了", "没有，还没办好"),
    ("申报了", "是的，已经申报了", "没有，还没有申报"),
    ("用过", "用过", "没有用过"),
    ("", "是的", "没有"),
)
# Whoever is displeased with the service has still understood what was said.
_UNDERSTOOD = ("清楚", "明白", "听懂")


@dataclass(frozen=True, slots=True)
class Opinion:
    """Words to say and the value they mean (as `campaigns.answer.Answer.value`)."""

    words: str
    value: Any


def opinion_on(question: Question, mood: Mood, today: date) -> Opinion | None:
    """Return the answer of a person in this mood; None where none is expected (a note).

    `today` is the local day, for questions that ask for a date.
    """
    if question.type is QuestionType.NOTE:
        return None
    return _BY_TYPE[question.type](question, mood is Mood.PLEASED, today)


def _satisfaction(question: Question, pleased: bool, today: date) -> Opinion:
    return Opinion("非常满意", 5) if pleased else Opinion("不满意", 2)


def _yes_no(question: Question, pleased: bool, today: date) -> Opinion:
    if any(word in question.text for word in _UNDERSTOOD):
        return Opinion("听清楚了", True)
    _, yes, no = next(row for row in _YES_NO if row[0] in question.text)
    return Opinion(yes, True) if pleased else Opinion(no, False)


def _single_choice(question: Question, pleased: bool, today: date) -> Opinion:
    option = question.options[0 if pleased else -1]
    return Opinion(option.label, option.value)


def _multiple_choice(question: Question, pleased: bool, today: date) -> Opinion:
    chosen = question.options[:2] if pleased else question.options[-1:]
    return Opinion("和".join(option.label for option in chosen), [each.value for each in chosen])


def _rating(question: Question, pleased: bool, today: date) -> Opinion:
    low, high = _bounds(question, 0, 10)
    score = high if pleased else min(low + 3, high)
    return Opinion(an2cn(score) + "分", score)


def _number(question: Question, pleased: bool, today: date) -> Opinion:
    low, high = _bounds(question, 0, 100)
    number = min(max(5 if pleased else 2, low), high)
    unit = _unit(question.text)
    spoken = "两" if number == 2 and unit else an2cn(number)
    return Opinion(spoken + unit, number)


def _date(question: Question, pleased: bool, today: date) -> Opinion:
    words, days = ("明天", 1) if pleased else ("后天", 2)
    return Opinion(words, (today + timedelta(days=days)).isoformat())


def _text(question: Question, pleased: bool, today: date) -> Opinion:
    if not pleased:
        return Opinion(_COMPLAINT, _COMPLAINT)
    return Opinion(_PRAISE, _PRAISE) if question.required else Opinion(_NOTHING, None)


def _bounds(question: Question, low: int, high: int) -> tuple[int, int]:
    return (
        low if question.minimum is None else int(question.minimum),
        high if question.maximum is None else int(question.maximum),
    )


def _unit(text: str) -> str:
    """Return the measure word asked for (几次 → 次), empty where the text names none."""
    _before, found, after = text.rpartition("几")
    return after[0] if found and after and after[0] not in "，。？、" else ""


_BY_TYPE: dict[QuestionType, Callable[[Question, bool, date], Opinion]] = {
    QuestionType.SATISFACTION: _satisfaction,
    QuestionType.YES_NO: _yes_no,
    QuestionType.SINGLE_CHOICE: _single_choice,
    QuestionType.MULTIPLE_CHOICE: _multiple_choice,
    QuestionType.RATING: _rating,
    QuestionType.NUMBER: _number,
    QuestionType.DATE: _date,
    QuestionType.TEXT: _text,
}
