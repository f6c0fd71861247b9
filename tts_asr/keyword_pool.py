"""Keyword spotting for many calls of one event loop on the recognition pool's threads."""

from __future__ import annotations

from tts_asr.ports import Keyword, KeywordSpotter, KeywordStream
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.strand import Strand


class KeywordPool:
    """Opens stretches of sound that are searched for the spotter's phrases."""

    def __init__(self, spotter: KeywordSpotter, pool: RecognitionPool) -> None:
        self._spotter = spotter
        self._pool = pool

    def open(self) -> PooledKeywords:
        """Start a stretch; cheap enough for the event loop."""
        return PooledKeywords(self._spotter.open(), self._pool.strand())


class PooledKeywords:
    """One stretch of sound; pieces of about 100 ms are worth a thread's while."""

    def __init__(self, stream: KeywordStream, strand: Strand) -> None:
        self._stream = stream
        self._strand = strand

    async def feed(self, pcm: bytes) -> tuple[Keyword, ...]:
        """Take s16le mono PCM at 8000 Hz and return the phrases that are new."""
        return await self._strand.run(lambda: self._stream.feed(pcm))

    async def finish(self) -> tuple[Keyword, ...]:
        """Say that the stretch is over and return the phrases that come out only now."""
        return await self._strand.run(self._stream.finish)
