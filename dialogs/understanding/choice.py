"""Choices: by the option's own words as they sound, by its place (第二个), all or none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.questionnaire.model import Option, Question, QuestionType
from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.pinyin import final, folded, position, sounds
from dialogs.understanding.understood import Understood

_NUMERALS = {
    **{"yi": 1, "er": 2, "liang": 2, "san": 3, "si": 4, "wu": 5, "liu": 6, "qi": 7, "ba": 8},
    **{"jiu": 9, "shi": 10},
}
_NUMERAL = "|".join(_NUMERALS)
_ORDINAL = re.compile(rf"\bdi ({_NUMERAL})\b")
_PICKED = re.compile(
    rf"^(?:(?:n|na|jiu|wo|xuan|xuan ze|yao|an) )*({_NUMERAL})(?: (?:hao|ba|a|ge|xiang))*$"
)
_LAST = sounds("最后")
_GROUPS = Lexicon(
    {
        "all": words("都有 全部 都是 全都 都办过 都用过 都要 都选 所有的 全选 都办"),
        "none": words("都没有 都不是 都没 没有一个 一个都没有 以上都不是 都不要 哪个都不是"),
    }
)
_NEGATIONS = tuple(sounds(each) for each in words("不是 没有 不用 没用 不要 不选 除了 没 不 别"))
_REACH = 3
_NEAR_MISS = 0.75
"""An option of at least three syllables still counts with one syllable misheard."""
_CLEAR_LEAD = 0.2


@dataclass(frozen=True, slots=True)
class _Hit:
    option: int
    start: int
    end: int

    def inside(self, other: _Hit) -> bool:
        within = other.start <= self.start and self.end <= other.end
        return within and self.end - self.start < other.end - other.start


def understand_choice(question: Question, syllables: Sequence[str]) -> Understood | None:
    """Return the option's value, or for multiple choice the list of values in the options'
    order ([] for none of them); None when unsure."""
    several = question.type is QuestionType.MULTIPLE_CHOICE
    hits = _hits(question.options, folded(syllables))
    if hits:
        return _by_words(question, hits, folded(syllables), several)
    if several and (group := _group(question, syllables)):
        return group
    places = _places(len(question.options), syllables)
    if places:
        return _picked(question, places, several, 0.85)
    near = _near(question.options, folded(syllables))
    return _picked(question, [near], several, 0.55) if near is not None else None


def _by_words(
    question: Question, hits: list[_Hit], heard: Sequence[str], several: bool
) -> Understood | None:
    denied = {hit.option for hit in hits if _denied(hit, heard)}
    chosen = [hit.option for hit in hits if hit.option not in denied]
    if not chosen:
        return None
    return _picked(question, chosen, several, 0.95 if not denied else 0.7)


def _picked(
    question: Question, places: Sequence[int], several: bool, confidence: float
) -> Understood | None:
    values = [question.options[place].value for place in sorted(set(places))]
    if several:
        return Understood(values, confidence)
    return Understood(values[0], confidence) if len(values) == 1 else None


def _hits(options: Sequence[Option], heard: Sequence[str]) -> list[_Hit]:
    found: list[_Hit] = []
    for number, option in enumerate(options):
        for said in {option.label, *option.words}:
            needle = sounds(said)
            at = position(needle, heard) if needle else -1
            while at >= 0:
                found.append(_Hit(number, at, at + len(needle)))
                at = position(needle, heard, at + 1)
    return [hit for hit in found if not any(hit.inside(other) for other in found)]


def _denied(hit: _Hit, heard: Sequence[str]) -> bool:
    before = heard[max(0, hit.start - _REACH) : hit.start]
    return any(position(negation, before) >= 0 for negation in _NEGATIONS)


def _group(question: Question, syllables: Sequence[str]) -> Understood | None:
    groups = {match.value for match in _GROUPS.scan(syllables)}
    if groups == {"all"}:
        return Understood([option.value for option in question.options], 0.85)
    return Understood([], 0.85) if groups == {"none"} else None


def all_or_none(syllables: Sequence[str]) -> bool:
    """Return whether all or none of the options were chosen at once (都有, 都没有)."""
    return len({match.value for match in _GROUPS.scan(syllables)}) == 1


def _places(count: int, syllables: Sequence[str]) -> list[int]:
    spoken = " ".join(syllables)
    places = [_NUMERALS[numeral] - 1 for numeral in _ORDINAL.findall(spoken)]
    if not places and (picked := _PICKED.match(spoken)):
        places = [_NUMERALS[picked.group(1)] - 1]
    if not places and position(_LAST, folded(syllables)) >= 0:
        places = [count - 1]
    return places if all(place < count for place in places) else []


def _near(options: Sequence[Option], heard: Sequence[str]) -> int | None:
    scores = [
        max(_likeness(sounds(said), heard) for said in (option.label, *option.words))
        for option in options
    ]
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    if not order or scores[order[0]] < _NEAR_MISS:
        return None
    lead = scores[order[0]] - (scores[order[1]] if len(order) > 1 else 0)
    return order[0] if lead >= _CLEAR_LEAD else None


def _likeness(needle: Sequence[str], heard: Sequence[str]) -> float:
    """Return the best share of like syllables over all places in what was heard, 0–1."""
    if len(needle) < 3 or len(heard) < len(needle):
        return 0.0
    windows = (heard[at : at + len(needle)] for at in range(len(heard) - len(needle) + 1))
    return max(
        sum(_like(a, b) for a, b in zip(needle, window, strict=True)) / len(needle)
        for window in windows
    )


def _like(a: str, b: str) -> float:
    if a == b:
        return 1.0
    return 0.5 if a.rstrip("g") == b.rstrip("g") or final(a) == final(b) else 0.0
