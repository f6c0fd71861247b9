"""Words that only their tone tells apart: 是 (4) from 十 (2), 就 (4) from 九 (3), 四 from a 十
said as si."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

IS: Final = "shi4"
JUST: Final = "jiu4"
FOUR: Final = "si4"
_NUMERALS: Final = frozenset(
    ("ling", "yi", "er", "liang", "san", "si", FOUR, "wu", "liu", "qi", "ba", "shi")
)
_BY_TONE: Final = {
    ("shi", "4"): IS,
    ("jiu", "4"): JUST,
    ("si", "2"): "shi",  # 十 of those who say no sh
    ("si", "4"): FOUR,
}


def told_apart(syllables: Sequence[str], tones: str) -> tuple[str, ...]:
    """Return the syllables, 是 and 就 spelled with their tone where the tones say so; without
    tones (empty) they stay as they are."""
    if len(tones) != len(syllables):
        return tuple(syllables)
    told = [
        _BY_TONE.get((syllable, tone), syllable)
        for syllable, tone in zip(syllables, tones, strict=True)
    ]
    if len(told) > 1 and IS in told:  # tones run together: 十五 is often heard with 是
        told = ["shi" if each == IS else each for each in told]
    behind = (*told[1:], "") if told else ()
    return tuple(
        "jiu" if each == JUST and following not in _NUMERALS else each
        for each, following in zip(told, behind, strict=True)
    )
