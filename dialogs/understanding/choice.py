"""Choices: by the option's own words as they sound, by its place (第二个), all or none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from campaigns.questionnaire.model import Option, Question, QuestionType
from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.pinyin import final, fold, folded, position, sounds
from dialogs.understanding.understood import Understood

_NUMERALS = {
    **{"yi": 1, "er": 2, "liang": 2, "san": 3, "si": 4, "wu": 5, "liu": 6, "qi": 7, "ba": 8},
    **{"jiu": 9, "shi": 10},
}
_NUMERAL = "|".join(_NUMERALS)
_ORDINAL = re.compile(rf"\bdi (?:yi (?=(?:{_NUMERAL}) (?:ge|zhong|xiang)\b))?({_NUMERAL})\b")
"""A weak sound behind 第 is often heard as 一 (第一三个)."""
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
_LEAST_LABEL = 3
_ALL_HAN = re.compile(r"[\u3400-\u9fff]+")
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


_JOINING = frozenset({"he", "gen", "yu"}) | {fold("you")}
_BESIDE = _JOINING | frozenset(
    map(
        fold,
        words(
            "n e a o wo jiu shi na ge ban guo de le ba ya jiao kai yong xuan hai dou zhi yao la ne "
            "dui ma zhe ye men zuo xie gan"
        ),
    )
)
"""What may stand beside options without being one."""
_SHORT = 8


def ways_to_name(options: Sequence[Option]) -> tuple[tuple[str, ...], ...]:
    """Return what each option may be called: its label, its words, and the beginning or end of
    the label or its first and last character (个税) where no other option has that."""
    named = [(option.label, *option.words) for option in options]
    sounding = ["|".join(" ".join(sounds(each)) for each in said) for said in named]
    return tuple(
        (*said, *(each for each in _parts(option.label) if _only_in(place, each, sounding)))
        for place, (option, said) in enumerate(zip(options, named, strict=True))
    )


def _parts(label: str) -> Iterator[str]:
    if len(label) < _LEAST_LABEL or not _ALL_HAN.fullmatch(label):
        return
    yield from (label[:2], label[-2:], label[0] + label[-1])
    if len(label) > _LEAST_LABEL:
        yield from (label[:3], label[-3:])


def _only_in(place: int, part: str, sounding: Sequence[str]) -> bool:
    sound = " ".join(sounds(part))
    return all(sound not in other for at, other in enumerate(sounding) if at != place)


def understand_choice(
    question: Question, syllables: Sequence[str], *, near: bool = True
) -> Understood | None:
    """Return the option's value, or for multiple choice the list of values in the options'
    order ([] for none of them); None when unsure. `near`: whether one syllable of an option may
    have been misheard."""
    several = question.type is QuestionType.MULTIPLE_CHOICE
    hits = _hits(question.options, folded(syllables))
    if hits:
        return _by_words(question, hits, folded(syllables), several)
    if several and (group := _group(question, syllables)):
        return group
    places = _places(len(question.options), syllables)
    if places:
        return _picked(question, places, several, 0.85)
    likely = _near(question.options, folded(syllables)) if near else None
    return None if likely is None else _picked(question, [likely], several, 0.55)


def _by_words(
    question: Question, hits: list[_Hit], heard: Sequence[str], several: bool
) -> Understood | None:
    denied = {hit.option for hit in hits if _denied(hit, heard)}
    chosen = [hit.option for hit in hits if hit.option not in denied]
    if not chosen or (several and _more_was_said(hits, heard)):
        return None
    return _picked(question, chosen, several, 0.95 if not denied else 0.7)


def _more_was_said(hits: Sequence[_Hit], heard: Sequence[str]) -> bool:
    """Return whether another option may stand in a short list, misheard: two syllables or more
    that are none of the usual ones."""
    taken = {at for hit in hits for at in range(hit.start, hit.end)}
    rest = [each for at, each in enumerate(heard) if at not in taken and each not in _BESIDE]
    joined = any(each in _JOINING for at, each in enumerate(heard) if at not in taken)
    return len(rest) >= (1 if joined else 2) and len(heard) <= _SHORT


def _picked(
    question: Question, places: Sequence[int], several: bool, confidence: float
) -> Understood | None:
    values = [question.options[place].value for place in sorted(set(places))]
    if several:
        return Understood(values, confidence)
    return Understood(values[0], confidence) if len(values) == 1 else None


def _hits(options: Sequence[Option], heard: Sequence[str]) -> list[_Hit]:
    found: list[_Hit] = []
    for number, names in enumerate(_names(tuple(options))):
        for said in names:
            needle = sounds(said)
            at = position(needle, heard) if needle else -1
            while at >= 0:
                found.append(_Hit(number, at, at + len(needle)))
                at = position(needle, heard, at + 1)
    return [hit for hit in found if not any(hit.inside(other) for other in found)]


@lru_cache(maxsize=512)
def _names(options: tuple[Option, ...]) -> tuple[tuple[str, ...], ...]:
    """A question's options are the same in every call."""
    return ways_to_name(options)


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
        max(_likeness(sounds(said), heard) for said in names) for names in _names(tuple(options))
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
