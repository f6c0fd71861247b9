"""Mandarin text as the phonemes Kokoro was trained on: words, readings, IPA with tone arrows."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pypinyin import Style, lazy_pinyin

_HERE = Path(__file__).parent
_TITLES = "女士|先生|小姐|太太|老师|总|经理|会计|主任|师傅"

# English names of letters in Kokoro's phonemes (capitals are its diphthongs).
_LETTERS = {
    "A": "ˈA", "B": "bˈi", "C": "sˈi", "D": "dˈi", "E": "ˈi", "F": "ˈɛf", "G": "ʤˈi", "H": "ˈAʧ",
    "I": "ˈI", "J": "ʤˈA", "K": "kˈA", "L": "ˈɛl", "M": "ˈɛm", "N": "ˈɛn", "O": "ˈO", "P": "pˈi",
    "Q": "kjˈu", "R": "ˈɑɹ", "S": "ˈɛs", "T": "tˈi", "U": "jˈu", "V": "vˈi", "W": "dˈʌbᵊljˌu",
    "X": "ˈɛks", "Y": "wˈI", "Z": "zˈi",
}  # fmt: skip

_PAUSES = str.maketrans(
    {
        "，": ",",
        "、": ",",
        "。": ".",
        "！": "!",
        "？": "?",
        "；": ";",
        "：": ":",
        "…": "…",
        "—": "—",
    }
)
_PARTS = re.compile(r"([㐀-䶿一-鿿〇]+)|([A-Za-z]+)|([,.!?;:…—])")


class Mandarin:
    """Grapheme to phoneme; `cache_folder` keeps the word segmenter's table (9 MB)."""

    def __init__(self, cache_folder: Path) -> None:
        # The segmenter's source has escapes that newer Pythons warn about.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import jieba
            from misaki import zh
        jieba.setLogLevel("WARNING")
        cache_folder.mkdir(parents=True, exist_ok=True)
        self._segmenter: Any = jieba.Tokenizer()
        self._segmenter.tmp_dir = str(cache_folder)
        self._to_ipa: Any = zh.ZHG2P.py2ipa

    def phonemes(self, text: str) -> str:
        """Phonemes of normalised text; words apart, letters spelled, pauses as punctuation."""
        parts: list[str] = []
        for han, latin, pause in _PARTS.findall(text.translate(_PAUSES)):
            if han:
                parts.append(" ".join(self._spoken(han)))
            elif latin:
                parts.append(" ".join(_LETTERS[letter] for letter in latin.upper()))
            elif parts:
                # A pause belongs to what is before it.
                parts[-1] += pause
        return " ".join(parts)

    def readings(self, text: str) -> tuple[str, ...]:
        """Pinyin with tone digits (5 = neutral) of the Chinese characters in `text`."""
        return tuple(
            syllable
            for han, _, _ in _PARTS.findall(text)
            for word in self._words(han)
            for syllable in word
        )

    def _spoken(self, han: str) -> Iterator[str]:
        for word in self._words(han):
            yield "".join(self._to_ipa(syllable) for syllable in word).replace("\u032f", "")

    def _words(self, han: str) -> Iterator[tuple[str, ...]]:
        """Each word's readings: settled ones first, the dictionary's for the rest."""
        at = 0
        for match in _settled_pattern().finditer(han):
            yield from self._dictionary(han[at : match.start()])
            surname = match.group("surname")
            yield _surnames()[surname] if surname else _settled()[match[0]]
            at = match.end()
        yield from self._dictionary(han[at:])

    def _dictionary(self, han: str) -> Iterator[tuple[str, ...]]:
        for word in self._segmenter.cut(han) if han else ():
            yield tuple(lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True))


@cache
def _settled() -> Mapping[str, tuple[str, ...]]:
    return _table(_HERE / "readings.txt")


@cache
def _surnames() -> Mapping[str, tuple[str, ...]]:
    return _table(_HERE / "surnames.txt")


@cache
def _settled_pattern() -> re.Pattern[str]:
    words = "|".join(sorted(_settled(), key=len, reverse=True))
    surnames = "|".join(sorted(_surnames(), key=len, reverse=True))
    return re.compile(rf"(?P<surname>{surnames})(?=(?:{_TITLES}))|(?:{words})")


def _table(path: Path) -> Mapping[str, tuple[str, ...]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return {word: tuple(readings) for word, *readings in rows}
