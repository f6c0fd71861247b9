"""What the small recogniser mishears on a telephone line: ways a remark may have been meant.

The shares were measured on 350 rendered and real answers at 8 kHz: of the syllables that were
said, so many came out otherwise (票 as tiao, 报 as dao, 九 as you). Sounds that southern speakers
merge are not here, see `pinyin.fold`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import combinations
from random import Random
from typing import Final

_INITIALS: Final[Mapping[str, Mapping[str, float]]] = {
    "t": {"p": 0.33},
    "d": {"b": 0.04, "l": 0.03, "t": 0.02},
    "f": {"b": 0.02, "p": 0.02},
    "s": {"f": 0.06, "x": 0.02},
    "sh": {"f": 0.03, "x": 0.02},
    "z": {"s": 0.08, "c": 0.14, "sh": 0.02, "j": 0.02},
    "zh": {"g": 0.03, "sh": 0.02, "j": 0.02},
    "y": {"l": 0.06, "j": 0.04, "x": 0.04, "n": 0.03, "g": 0.02},
    "j": {"zh": 0.08, "q": 0.05, "z": 0.03},
    "q": {"t": 0.02, "r": 0.04},
    "x": {"q": 0.1, "sh": 0.02, "s": 0.02},
    "h": {"p": 0.08, "k": 0.05},
    "l": {"d": 0.02},
    "m": {"b": 0.01},
    "n": {"b": 0.01, "m": 0.01},
    "b": {"d": 0.01},
}
"""Heard: said, with the share of what was said."""
_FINALS: Final[Mapping[str, Mapping[str, float]]] = {
    "an": {"en": 0.06, "a": 0.06},
    "en": {"an": 0.02},
    "ai": {"a": 0.05, "an": 0.07},
    "ou": {"ao": 0.05, "iu": 0.13},
    "ong": {"ou": 0.03},
    "eng": {"ong": 0.05},
    "u": {"uo": 0.07},
    "ang": {"iang": 0.13, "a": 0.02, "ao": 0.02},
    "a": {"ia": 0.09},
    "ao": {"iao": 0.07},
    "i": {"in": 0.18, "e": 0.03, "u": 0.02, "ing": 0.02},
    "ie": {"ue": 0.03},
    "ian": {"ie": 0.03, "e": 0.02},
    "e": {"ie": 0.03, "ei": 0.04, "iao": 0.05},
    "uo": {"ua": 0.06},
    "ei": {"iao": 0.02},
}
_INITIAL_LETTERS: Final = "bpmfdtnlgkhjqxzcsrwy"
_NEVER_SAID: Final = frozenset({"bu", "mei", "bie"})
"""A negation is never read into what was heard."""
_LOST = 0.03
_MOST = 40
_LONGEST = 8
_LEAST = 0.002


def meant_as(heard: Sequence[str]) -> list[tuple[tuple[str, ...], float]]:
    """Return other syllables that may have been said with how often they are so misheard, at most
    40, likely ones first; one or two syllables differ. Nothing for a remark of more than eight."""
    if len(heard) > _LONGEST:
        return []
    places = [
        (at, said, share)
        for at, syllable in enumerate(heard)
        for said, share in _said_for(syllable)
    ]
    ways: list[tuple[float, tuple[tuple[int, str], ...]]]
    ways = [(share, ((at, said),)) for at, said, share in places]
    ways += [
        (share * other_share, ((at, said), (other, other_said)))
        for (at, said, share), (other, other_said, other_share) in combinations(places, 2)
        if at != other and share * other_share >= _LEAST
    ]
    return [(_changed(heard, changes), share) for share, changes in nlargest(_MOST, ways)]


def _changed(heard: Sequence[str], changes: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    meant = list(heard)
    for at, said in changes:
        meant[at] = said
    return tuple(meant)


def heard_as(said: Sequence[str], pick: Random, times: float = 1.0) -> tuple[str, ...]:
    """Return syllables as they may come out of the recogniser, `times` as often wrong as measured;
    now and then one is lost. For training what must stand mishearing."""
    heard = tuple(_misheard(each, pick, times) for each in said if pick.random() >= _LOST * times)
    return heard or tuple(said)


def _misheard(syllable: str, pick: Random, times: float) -> str:
    start, end = _parted(syllable)
    return _other(start, _INITIALS, pick, times) + _other(end, _FINALS, pick, times)


def _other(sound: str, table: Mapping[str, Mapping[str, float]], pick: Random, times: float) -> str:
    drawn = pick.random()
    for heard, meant in table.items():
        drawn -= meant.get(sound, 0.0) * times
        if drawn < 0:
            return heard
    return sound


def _parted(syllable: str) -> tuple[str, str]:
    end = syllable.lstrip(_INITIAL_LETTERS)
    return syllable[: len(syllable) - len(end)], end


@lru_cache(maxsize=1024)
def _said_for(syllable: str) -> tuple[tuple[str, float], ...]:
    if syllable in _NEVER_SAID:
        return ()
    start, end = _parted(syllable)
    said = [(initial + end, share) for initial, share in _INITIALS.get(start, {}).items()]
    said += [(start + final, share) for final, share in _FINALS.get(end, {}).items()]
    return tuple(each for each in said if each[0] not in _NEVER_SAID)
