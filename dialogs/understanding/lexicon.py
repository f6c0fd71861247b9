"""A lexicon: phrases with values, found in speech by sound, the longest phrase first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dialogs.understanding.pinyin import final, folded, sounds

T = TypeVar("T")

_LONG = 4
_NEVER_MISHEARD = frozenset({"bu", "mei"})


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A phrase found in the syllables `start` to `end` (exclusive)."""

    value: T
    start: int
    end: int


class Lexicon(Generic[T]):
    """Phrases by sound. A longer phrase hides the shorter ones in it, so 不满意 is never taken
    for 满意: put the negated phrase into the lexicon and negation comes first."""

    def __init__(self, phrases: Mapping[T, Iterable[str]]) -> None:
        self._values: dict[tuple[str, ...], T] = {}
        for value, texts in phrases.items():
            for text in texts:
                self._values[sounds(text)] = value
        self._values.pop((), None)
        self._longest = max(map(len, self._values), default=0)

    def scan(self, syllables: Sequence[str]) -> tuple[Match[T], ...]:
        """Return the phrases in these (unfolded) syllables from left to right, not overlapping."""
        heard = folded(syllables)
        found: list[Match[T]] = []
        at = 0
        while at < len(heard):
            match = self._at(heard, at)
            if match is not None:
                found.append(match)
                at = match.end
            else:
                at += 1
        return tuple(found)

    def near(self, syllables: Sequence[str]) -> T | None:
        """Return the value of the phrases of four syllables or more in which one syllable was
        misheard, keeping its beginning or its end; None when there is none, or more than one.
        A negation is never taken for something misheard."""
        heard = folded(syllables)
        values = {
            value
            for phrase, value in self._values.items()
            if len(phrase) >= _LONG
            and any(
                _one_misheard(phrase, heard[at : at + len(phrase)])
                for at in range(len(heard) - len(phrase) + 1)
            )
        }
        return values.pop() if len(values) == 1 else None

    def _at(self, heard: tuple[str, ...], at: int) -> Match[T] | None:
        for size in range(min(self._longest, len(heard) - at), 0, -1):
            phrase = heard[at : at + size]
            if phrase in self._values:
                return Match(self._values[phrase], at, at + size)
        return None


def _one_misheard(phrase: Sequence[str], heard: Sequence[str]) -> bool:
    differing = [(a, b) for a, b in zip(phrase, heard, strict=True) if a != b]
    if len(differing) != 1:
        return False
    said, got = differing[0]
    if {said, got} & _NEVER_MISHEARD:
        return False
    return said[0] == got[0] or final(said) == final(got)


def words(text: str) -> list[str]:
    """Return the phrases of a text, parted by spaces."""
    return text.split()
