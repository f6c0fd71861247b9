"""Mandarin syllables: toneless pinyin with ü written v, as `pypinyin` writes it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pypinyin import Style, lazy_pinyin

INITIALS = frozenset([*"bpmfdtnlgkhjqxrzcsyw", "zh", "ch", "sh"])

# grave, acute, macron, caron: the four tones
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))


@dataclass(frozen=True, slots=True)
class Token:
    """One recognised initial, final or letter; `at_s` is when it began, `log_prob` its natural
    logarithmic probability."""

    text: str
    at_s: float
    log_prob: float = 0.0


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable heard: toneless pinyin and its times in seconds from the stream's start."""

    pinyin: str
    start_s: float
    end_s: float


_LAST_SYLLABLE_S = 0.2
_LONGEST_SYLLABLE_S = 0.6


def toneless(final: str) -> str:
    """A final or syllable without its tone mark: `ǎn` → `an`, `ǜ` → `v`."""
    bare = unicodedata.normalize("NFD", final).translate(_TONES)
    return unicodedata.normalize("NFC", bare).replace("ü", "v")


def syllables_of(text: str) -> tuple[str, ...]:
    """Toneless syllables of the Chinese characters in `text`; everything else is left out."""
    return tuple(lazy_pinyin(text, style=Style.NORMAL, errors="ignore", v_to_u=False, strict=False))


def join_tokens(tokens: Iterable[Token]) -> tuple[Syllable, ...]:
    """Join initials and finals to syllables; an initial still waiting for its final is left out.

    Tokens give only their beginning: a syllable ends where the next one begins, or after 0.2 s.
    """
    found: list[tuple[str, float, float]] = []
    initial: Token | None = None
    for token in tokens:
        if token.text in INITIALS:
            initial = token
            continue
        start = initial.at_s if initial else token.at_s
        found.append(((initial.text if initial else "") + toneless(token.text), start, token.at_s))
        initial = None
    syllables = []
    for index, (pinyin, start, final_at) in enumerate(found):
        last = index + 1 == len(found)
        following = final_at + _LAST_SYLLABLE_S if last else found[index + 1][1]
        end = min(following, final_at + _LONGEST_SYLLABLE_S)
        syllables.append(Syllable(pinyin, round(start, 3), round(end, 3)))
    return tuple(syllables)
