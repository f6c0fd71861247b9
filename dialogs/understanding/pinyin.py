"""Toneless pinyin: how a text sounds, and which syllables southern speakers do not tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import cn2an
from pypinyin import lazy_pinyin

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LONGEST_NUMBER = 8
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_HUM = frozenset({"n", "ng", "m", "hm", "hng", "en"})


def syllables_of(text: str) -> tuple[str, ...]:
    """Return the toneless syllables of a text (ü is `v`); numbers are read out, what is neither
    Chinese nor a number has none."""
    spoken = _NUMBER.sub(lambda match: _read_number(match.group()), text)
    return tuple(
        syllable for run in _HAN.findall(spoken) for syllable in lazy_pinyin(run, errors="ignore")
    )


def _read_number(digits: str) -> str:
    leading_zero = len(digits) > 1 and digits.startswith("0") and digits.isdigit()
    if len(digits) > _LONGEST_NUMBER or leading_zero:
        return _one_by_one(digits)
    return str(cn2an.an2cn(digits))


def _one_by_one(digits: str) -> str:
    return "".join("零一二三四五六七八九"[int(digit)] for digit in digits if digit.isdigit())


def plain(syllables: Iterable[str]) -> tuple[str, ...]:
    """Return recogniser syllables in one spelling: lower case, no tone, ü as `v`."""
    return tuple(re.sub(r"[^a-z]", "", each.lower().replace("ü", "v")) for each in syllables)


@lru_cache(maxsize=4096)
def fold(syllable: str) -> str:
    """Return the class of syllables that sound alike in southern Mandarin: zh/z, ch/c, sh/s,
    n/l at the start, in/ing and en/eng at the end, and the hums for yes."""
    if syllable in _HUM:
        return "eng"
    for initial, merged in _INITIALS:
        if syllable.startswith(initial):
            syllable = merged + syllable[len(initial) :]
            break
    if syllable.endswith(("in", "en")):
        syllable += "g"
    return syllable


def final(syllable: str) -> str:
    """Return the syllable without its initial consonant."""
    return syllable.lstrip("bpmfdtnlgkhjqxzcsrwy")


def folded(syllables: Iterable[str]) -> tuple[str, ...]:
    """Fold each syllable."""
    return tuple(fold(each) for each in syllables)


@lru_cache(maxsize=8192)
def sounds(text: str) -> tuple[str, ...]:
    """Return the folded syllables of a text."""
    return folded(syllables_of(text))


def position(needle: Sequence[str], hay: Sequence[str], start: int = 0) -> int:
    """Return where `needle` begins in `hay` from `start` on, -1 when it is not there."""
    size = len(needle)
    for at in range(start, len(hay) - size + 1):
        if tuple(hay[at : at + size]) == tuple(needle):
            return at
    return -1
