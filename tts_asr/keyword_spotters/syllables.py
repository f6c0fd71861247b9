"""Keyword spotting in a streaming recogniser's syllables, forgiving what telephones blur."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tts_asr.pinyin import INITIALS, syllables_of
from tts_asr.ports import Keyword, RecognitionStream, Recognizer, Transcript

_LOOK_BACK = 8
"""Syllables before the newest ones that may belong to a phrase, beyond its own length."""
_SAME_PLACE = 2
_BLURRED = 0.3
_NEAR = 0.7

_ALIKE_INITIALS = ({"zh", "z", "j"}, {"ch", "c", "q"}, {"sh", "s", "x"}, {"n", "l"}, {"f", "h"},
                   {"r", "l"}, {"b", "p"}, {"d", "t"}, {"g", "k", "h"})  # fmt: skip
_ALIKE_FINALS = ({"in", "ing"}, {"en", "eng"}, {"an", "ang"}, {"ian", "iang"}, {"uan", "uang"},
                 {"ong", "eng"}, {"uo", "o", "ou"}, {"ie", "ve"}, {"u", "v"})  # fmt: skip


class SyllableSpotter:
    """Finds phrases of three syllables and more in what `recognizer` hears."""

    name = "syllables"

    def __init__(self, recognizer: Recognizer, phrases: Sequence[str]) -> None:
        self._recognizer = recognizer
        self._phrases = {phrase: syllables_of(phrase) for phrase in phrases}

    def open(self) -> SyllableSpotting:
        """Start listening."""
        return SyllableSpotting(self._recognizer.open(), self._phrases)


class SyllableSpotting:
    """One stretch of sound."""

    def __init__(self, stream: RecognitionStream, phrases: dict[str, tuple[str, ...]]) -> None:
        self._stream = stream
        self._phrases = phrases
        self._found: set[str] = set()
        self._seen: Transcript | None = None

    def feed(self, pcm: bytes) -> tuple[Keyword, ...]:
        """Take PCM; the phrases that are new."""
        return self._look(self._stream.feed(pcm))

    def finish(self) -> tuple[Keyword, ...]:
        """The sound is over; the phrases that come out only now."""
        return self._look(self._stream.finish())

    def _look(self, heard: Transcript) -> tuple[Keyword, ...]:
        if heard is self._seen:
            return ()
        self._seen = heard
        places = {
            phrase: place
            for phrase, wanted in self._phrases.items()
            if (place := where(wanted, heard.syllables)).score > 0.0
        }
        new = []
        for phrase, place in places.items():
            if phrase not in self._found and not any(
                other.outdoes(place) for other in places.values()
            ):
                self._found.add(phrase)
                new.append(Keyword(phrase, round(place.score, 2)))
        return tuple(new)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a phrase ends in what was heard, counted in syllables, and how well it fits: 1
    exactly, 0 not at all."""

    score: float
    end: int

    def outdoes(self, other: Place) -> bool:
        """Whether the other phrase is this one misheard: 无法接通 fits 无法接听 a little."""
        return self.score > other.score + 0.01 and abs(self.end - other.end) <= _SAME_PLACE


def where(wanted: Sequence[str], heard: Sequence[str]) -> Place:
    """Find `wanted` in the last syllables of `heard`.

    The cheapest alignment to a stretch of it (Sellers 1980); a syllable missing or added costs 1,
    one that sounds alike 0.3. Short phrases are forgiven less than long ones.
    """
    first = max(0, len(heard) - len(wanted) - _LOOK_BACK)
    recent = heard[first:]
    row = [0.0] * (len(recent) + 1)
    for want in wanted:
        above, row = row, [row[0] + 1.0]
        for at, got in enumerate(recent, 1):
            swapped = above[at - 1] + _difference(want, got)
            row.append(min(swapped, above[at] + 1.0, row[at - 1] + 1.0))
    cost = min(row)
    if cost > _most_forgiven(len(wanted)) + 1e-9:
        return Place(0.0, 0)
    return Place(1.0 - cost / len(wanted), first + row.index(cost))


def _most_forgiven(length: int) -> float:
    if length <= 3:
        return 0.3 if length == 3 else 0.0
    return 0.7 if length <= 6 else 1.0


@cache
def _difference(one: str, other: str) -> float:
    if one == other:
        return 0.0
    (initial, final), (initial_2, final_2) = _parts(one), _parts(other)
    first = _blur(initial, initial_2, _ALIKE_INITIALS)
    rest = _blur(final, final_2, _ALIKE_FINALS)
    return min(1.0, first + rest)


def _blur(one: str, other: str, alike: Sequence[set[str]]) -> float:
    if one == other:
        return 0.0
    return _BLURRED if any(one in group and other in group for group in alike) else _NEAR


def _parts(syllable: str) -> tuple[str, str]:
    for length in (2, 1):
        if syllable[:length] in INITIALS:
            return syllable[:length], syllable[length:]
    return "", syllable
