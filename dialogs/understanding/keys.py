"""Keys of the keypad as answers (R1.3: keys work wherever speech does)."""

from __future__ import annotations

from datetime import datetime

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.understanding.understood import Understood

_GRADES = 5


def understand_keys(question: Question, digits: str) -> Understood | None:
    """Return what the digits answer, None when they are no answer to this question.

    Satisfaction: 1–5 points, 5 = 非常满意. Yes/no: 1 yes, 2 no. Choices: the option's place (each
    digit one option for multiple choice, 0 none of them). Rating and number: the number, `*` is
    the point. Date: YYYYMMDD.
    """
    digits = digits.rstrip("#")
    value = _value(question, digits)
    return None if value is None else Understood(value, 1.0)


def _value(question: Question, digits: str) -> object:
    kind = question.type
    if not digits.replace("*", "", 1).isdigit():
        return None
    if kind is QuestionType.YES_NO:
        return {"1": True, "2": False}.get(digits)
    if kind in {QuestionType.RATING, QuestionType.NUMBER}:
        return _number(question, digits)
    if not digits.isdigit():
        return None
    if kind is QuestionType.SATISFACTION:
        return int(digits) if 1 <= int(digits) <= _GRADES else None
    if kind is QuestionType.SINGLE_CHOICE:
        place = int(digits) - 1
        return question.options[place].value if 0 <= place < len(question.options) else None
    if kind is QuestionType.DATE:
        return _date(digits)
    if kind is QuestionType.MULTIPLE_CHOICE:
        if digits == "0":
            return []
        places = sorted({int(digit) - 1 for digit in digits})
        if not 0 <= places[0] <= places[-1] < len(question.options):
            return None
        return [question.options[place].value for place in places]
    return None


def _date(digits: str) -> str | None:
    try:
        return datetime.strptime(digits, "%Y%m%d").date().isoformat()
    except ValueError:
        return None


def _number(question: Question, digits: str) -> int | float | None:
    value = float(digits.replace("*", "."))
    if question.type is QuestionType.RATING and not value.is_integer():
        return None
    if question.minimum is not None and value < question.minimum:
        return None
    if question.maximum is not None and value > question.maximum:
        return None
    return int(value) if value.is_integer() else value
