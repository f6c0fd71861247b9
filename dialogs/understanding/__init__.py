"""Understanding: what an answer means, from how it sounded. Pure; unsure is None, ask again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from heapq import nlargest

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.ports import Heard, Reading
from dialogs.understanding.choice import all_or_none, understand_choice
from dialogs.understanding.command import is_command
from dialogs.understanding.confusion import meant_as
from dialogs.understanding.correction import after_correction
from dialogs.understanding.keys import understand_keys
from dialogs.understanding.moment import moment_said
from dialogs.understanding.number import says_no_answer, understand_number
from dialogs.understanding.pinyin import plain, syllables_of
from dialogs.understanding.satisfaction import is_contrary, understand_satisfaction
from dialogs.understanding.text import declines, understand_text
from dialogs.understanding.tone import told_apart
from dialogs.understanding.understood import READ_BACK_BELOW, Understood
from dialogs.understanding.weighing import Thresholds, Way, weigh
from dialogs.understanding.yes_no import understand_yes_no

__all__ = [
    "READ_BACK_BELOW",
    "Understood",
    "declines",
    "heard_syllables",
    "is_whole_answer",
    "understand",
    "understand_keys",
]

_WHOLE = 0.7
_KNOWN = 0.3
_LOOKED_BEHIND = 2
_FEW = 2
_WITH_UNIT = 0.9
_GUESSED = 0.5
"""Below `READ_BACK_BELOW`, so never taken without asking."""
_COUNTED = frozenset({QuestionType.NUMBER, QuestionType.RATING})
_CORRECTED = frozenset({QuestionType.SATISFACTION, QuestionType.DATE}) | _COUNTED
_SHORT_WORDS = Thresholds(heard=(0.3,), heard_at_all=0.05)
"""是, 有, 不 come out of anything; and what is clearly something else is no answer."""


def heard_syllables(heard: Heard) -> tuple[str, ...]:
    """Return the syllables heard; those of the text where the recogniser gave none."""
    return plain(heard.syllables) or syllables_of(heard.text)


def understand(question: Question, heard: Heard, now: datetime | None = None) -> Understood | None:
    """Return the typed answer in what was heard, None when there is none or it is unsure.

    A wrong value is worse than a question asked twice. `now` (aware, local) is needed to read
    dates; without it a date is never understood.
    """
    syllables = heard_syllables(heard)
    if heard.readings and question.type is not QuestionType.TEXT:
        return _weighed(question, heard, now)
    meaning = _meaning(question, heard.text, syllables, now)
    if meaning is None:
        return None
    kept = _kept(question, len(syllables))
    return Understood(meaning.value, meaning.confidence * (kept + (1 - kept) * heard.confidence))


def _weighed(question: Question, heard: Heard, now: datetime | None) -> Understood | None:
    """Weigh the ways to hear it; where most of them mean nothing, also what may have been misheard
    for them."""
    ways = [_way(question, heard, plain(each.syllables), each, now) for each in heard.readings]
    best = plain(heard.readings[0].syllables)
    if _no_answer(question, best):
        return weigh(ways, _SHORT_WORDS)
    known = sum(way.share for way in ways if way.meaning is not None)
    if known < _KNOWN and question.type is not QuestionType.YES_NO:
        ways += _misheard(question, heard, now)
    return weigh(ways, _SHORT_WORDS if question.type is QuestionType.YES_NO else None)


def _misheard(question: Question, heard: Heard, now: datetime | None) -> list[Way]:
    """Return what else may have been meant, for the likeliest syllables (of any tones). A number
    comes out of almost anything then (你好 as 一, 我是他儿子 as 二): it is only read back."""
    shares: dict[tuple[str, ...], float] = defaultdict(float)
    for each in heard.readings:
        shares[plain(each.syllables)] += each.probability
    ways: list[Way] = []
    for syllables, probability in nlargest(_LOOKED_BEHIND, shares.items(), key=lambda i: i[1]):
        if question.type in _COUNTED and len(syllables) <= _FEW:
            continue
        for meant, share in meant_as(syllables):
            meaning = _meaning(question, heard.text, meant, now, near=False)
            if meaning is not None and question.type in _COUNTED:
                meaning = Understood(meaning.value, min(meaning.confidence, _GUESSED))
            ways.append(Way(meaning, share * probability, len(meant)))
    return ways


def _way(
    question: Question,
    heard: Heard,
    syllables: tuple[str, ...],
    reading: Reading,
    now: datetime | None,
) -> Way:
    meaning = _meaning(question, heard.text, syllables, now, reading.tones)
    if question.type in _CORRECTED and (said_after := after_correction(syllables)):
        kept = _meaning(question, heard.text, said_after, now)
        first = _meaning(question, heard.text, syllables[: -len(said_after)], now)
        meaning = kept if kept and first is not None else meaning
    # A number without a unit is one short word, whatever stands beside it.
    bare = question.type in _COUNTED and meaning is not None and meaning.confidence < _WITH_UNIT
    return Way(meaning, reading.probability, 1 if bare else len(syllables))


def _no_answer(question: Question, syllables: Sequence[str]) -> bool:
    """Return whether it is clear what was said, and that it is no answer."""
    if is_command(syllables, free_text=False):
        return True
    if question.type is QuestionType.SATISFACTION and is_contrary(syllables):
        return True
    return question.type in _COUNTED and says_no_answer(question, syllables)


def _kept(question: Question, length: int) -> float:
    """Return how much of a meaning's confidence is kept however badly it was heard.

    Words that fit the question hardly ever come out of noise, the longer they are the less. The
    grades are the exception: a lost 不 turns them round.
    """
    if length >= 3:
        return 0.75
    if question.type is QuestionType.SATISFACTION:
        return 0.5
    return 0.65 if length == 2 else 0.6


def is_whole_answer(question: Question, text: str, syllables: Sequence[str]) -> bool:
    """Return whether a transcript already is a whole answer or a whole command to the bot, so
    that a short silence ends the turn. Free text, dates, lists and most numbers without a unit
    may always go on."""
    heard = plain(syllables) or syllables_of(text)
    kind = question.type
    if is_command(heard, free_text=kind is QuestionType.TEXT):
        return kind is not QuestionType.NOTE
    if kind in {QuestionType.TEXT, QuestionType.NOTE, QuestionType.DATE}:
        return kind is not QuestionType.NOTE and not question.required and declines(heard)
    if not heard or (kind is QuestionType.MULTIPLE_CHOICE and not all_or_none(heard)):
        return False
    if kind in {QuestionType.NUMBER, QuestionType.RATING} and not _closed(question, heard):
        return False
    meaning = _meaning(question, text, heard, None)
    return meaning is not None and meaning.confidence >= _WHOLE


_ONE_DIGIT = 10
_CLOSED_BY = frozenset({"fen", "ci", "ge", "ba", "hui", "tian"})


def _closed(question: Question, syllables: Sequence[str]) -> bool:
    """Return whether a unit or a final particle follows the number (八分, 八吧), or one digit is
    all there can be."""
    if len(syllables) == 1:
        return question.type is QuestionType.RATING and (question.maximum or 0) <= _ONE_DIGIT
    return syllables[-1] in _CLOSED_BY


def _meaning(
    question: Question,
    text: str,
    syllables: Sequence[str],
    now: datetime | None,
    tones: str = "",
    *,
    near: bool = True,
) -> Understood | None:
    """Return what the syllables mean; `near`: also where one of them was misheard."""
    match question.type:
        case QuestionType.SATISFACTION:
            return understand_satisfaction(syllables, near=near)
        case QuestionType.YES_NO:
            return understand_yes_no(question.text, syllables)
        case QuestionType.SINGLE_CHOICE | QuestionType.MULTIPLE_CHOICE:
            return understand_choice(question, syllables, near=near)
        case QuestionType.RATING | QuestionType.NUMBER:
            return understand_number(question, told_apart(syllables, tones), toned=bool(tones))
        case QuestionType.DATE:
            return _understand_date(syllables, now)
        case QuestionType.TEXT:
            return understand_text(text, syllables)
        case QuestionType.NOTE:
            return None


def _understand_date(syllables: Sequence[str], now: datetime | None) -> Understood | None:
    moment = None if now is None else moment_said(syllables, now)
    if moment is None or not moment.has_day:
        return None
    return Understood(moment.at.date().isoformat(), 0.8 if moment.exact else 0.5)
