"""Mandarin syllables: toneless pinyin with ü written v, as `pypinyin` writes it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pypinyin import Style, lazy_pinyin

INITIALS = frozenset([*"bpmfdtnlgkhjqxrzcsyw", "zh", "ch", "sh"])

_MARKS = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
"""Macron, acute, caron, grave: the four tones."""
_TONES = dict.fromkeys(map(ord, _MARKS))
_NEUTRAL = "5"


@dataclass(frozen=True, slots=True)
class Token:
    """One recognised initial, final or letter; `at_s` is when it began, `log_prob` its natural
    logarithmic probability."""

    text: str
    at_s: float
    log_prob: float = 0.0


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable heard: toneless pinyin, its times in seconds from the stream's start, its
    tone (1–4, 5 neutral)."""

    pinyin: str
    start_s: float
    end_s: float
    tone: str = _NEUTRAL


_LAST_SYLLABLE_S = 0.2
_LONGEST_SYLLABLE_S = 0.6


def toneless(final: str) -> str:
    """A final or syllable without its tone mark: `ǎn` → `an`, `ǜ` → `v`."""
    bare = unicodedata.normalize("NFD", final).translate(_TONES)
    return unicodedata.normalize("NFC", bare).replace("ü", "v")


def tone_of(final: str) -> str:
    """The tone a final is marked with: `ǎn` → `3`, none → `5`."""
    marks = (mark for mark in unicodedata.normalize("NFD", final) if mark in _MARKS)
    return next((_MARKS[mark] for mark in marks), _NEUTRAL)


def syllables_of(text: str) -> tuple[str, ...]:
    """Toneless syllables of the Chinese characters in `text`; everything else is left out."""
    return tuple(lazy_pinyin(text, style=Style.NORMAL, errors="ignore", v_to_u=False, strict=False))


def join_tokens(tokens: Iterable[Token]) -> tuple[Syllable, ...]:
    """Join initials and finals to syllables; an initial still waiting for its final is left out.

    Tokens give only their beginning: a syllable ends where the next one begins, or after 0.2 s.
    """
    found: list[tuple[str, float, float, str]] = []
    initial: Token | None = None
    for token in tokens:
        if token.text in INITIALS:
            initial = token
            continue
        start = initial.at_s if initial else token.at_s
        sound = (initial.text if initial else "") + toneless(token.text)
        found.append((sound, start, token.at_s, tone_of(token.text)))
        initial = None
    syllables = []
    for index, (pinyin, start, final_at, tone) in enumerate(found):
        last = index + 1 == len(found)
        following = final_at + _LAST_SYLLABLE_S if last else found[index + 1][1]
        end = min(following, final_at + _LONGEST_SYLLABLE_S)
        syllables.append(Syllable(pinyin, round(start, 3), round(end, 3), tone))
    return tuple(syllables)
