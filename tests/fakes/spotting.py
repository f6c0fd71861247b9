"""A keyword spotter that reads a lexicon's sounds."""

from __future__ import annotations

from collections.abc import Sequence

from tests.fakes.sounds import Lexicon
from tts_asr.ports import Keyword


class LexiconKeywords:
    """Finds these phrases where a lexicon spoke them, and only as a whole."""

    def __init__(self, lexicon: Lexicon, phrases: Sequence[str], score: float = 1.0) -> None:
        self._lexicon = lexicon
        self._phrases = tuple(phrases)
        self._score = score
        self.heard = b""
        """All sound that was searched."""

    def open(self) -> LexiconSpotting:
        return LexiconSpotting(self)

    def search(self, pcm: bytes) -> list[Keyword]:
        text = self._lexicon.read(pcm)
        return [Keyword(phrase, self._score) for phrase in self._phrases if phrase in text]


class LexiconSpotting:
    def __init__(self, keywords: LexiconKeywords) -> None:
        self._keywords = keywords
        self._pcm = b""
        self._told: set[str] = set()

    async def feed(self, pcm: bytes) -> list[Keyword]:
        self._pcm += pcm
        self._keywords.heard += pcm
        found = self._keywords.search(self._pcm)
        new = [keyword for keyword in found if keyword.phrase not in self._told]
        self._told.update(keyword.phrase for keyword in new)
        return new

    async def finish(self) -> list[Keyword]:
        return []
