"""Characters for recognised syllables: expected answers first, then the hotline's phrases, then a
general word model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from Pinyin2Hanzi import DefaultDagParams, dag, simplify_pinyin

from tts_asr.lexicon import ALONE, phrases
from tts_asr.pinyin import syllables_of

_Table = Mapping[tuple[str, ...], str]


class PinyinText:
    """Writes syllables as characters, exactly one character for each syllable."""

    def __init__(self, hints: Sequence[str] = ()) -> None:
        self._hints = _hint_table(tuple(hints))
        self._longest = max(map(len, (*self._hints, *_phrases())))

    def write(self, syllables: Sequence[str]) -> str:
        """The characters; what no table knows comes from the word model, and a syllable that is
        no Mandarin (a spelled letter) stays as it is."""
        return "".join(self.characters(syllables))

    def characters(self, syllables: Sequence[str]) -> tuple[str, ...]:
        """One entry for each syllable."""
        heard = tuple(syllables)
        if len(heard) == 1:
            alone = self._hints.get(heard) or _alone().get(heard)
            return (alone,) if alone else _guess(heard)
        written: list[str] = []
        rest: list[str] = []
        at = 0
        while at < len(heard):
            phrase = self._phrase_at(heard, at)
            if phrase is None:
                rest.append(heard[at])
                at += 1
                continue
            written.extend(_guess(rest))
            rest.clear()
            written.extend(phrase)
            at += len(phrase)
        return (*written, *_guess(rest))

    def _phrase_at(self, heard: tuple[str, ...], at: int) -> str | None:
        for length in range(min(self._longest, len(heard) - at), 0, -1):
            part = heard[at : at + length]
            # A single syllable inside a sentence is too ambiguous for a table.
            phrase = self._hints.get(part) or _phrases().get(part) if length > 1 else None
            if phrase:
                return phrase
        return None


def _table(phrases: Iterable[str]) -> _Table:
    table: dict[tuple[str, ...], str] = {}
    for phrase in phrases:
        syllables = syllables_of(phrase)
        if syllables and len(syllables) == len(phrase):
            table.setdefault(syllables, phrase)
    return table


@lru_cache(maxsize=512)
def _hint_table(hints: tuple[str, ...]) -> _Table:
    """A question's hints are the same in every call."""
    return _table(hints)


@cache
def _phrases() -> _Table:
    return _table(phrases())


@cache
def _alone() -> _Table:
    return _table(ALONE)


def warm_up() -> None:
    """Load the tables and the word model now (0.5 s, 100 MB), not while a person speaks."""
    PinyinText().write(("xue", "xi"))


@cache
def _word_model() -> DefaultDagParams:
    return DefaultDagParams()


def _guess(syllables: Sequence[str]) -> tuple[str, ...]:
    """Let the word model choose; it wants whole runs and knows `lue` where pinyin says `lve`."""
    if not syllables:
        return ()
    spelled = [simplify_pinyin(s) for s in syllables]
    paths = dag(_word_model(), spelled, path_num=1, log=True)
    if paths:
        return tuple("".join(paths[0].path))
    if len(syllables) == 1:
        return tuple(syllables)
    # Something in the run is not in the model: split it there.
    known = [bool(dag(_word_model(), [s], path_num=1, log=True)) for s in spelled]
    cuts = [0, *(i for i in range(1, len(known)) if known[i] != known[i - 1]), len(known)]
    if len(cuts) == 2:
        cuts = list(range(len(known) + 1))
    return tuple(c for start, end in pairwise(cuts) for c in _guess(syllables[start:end]))
