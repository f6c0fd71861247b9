"""Several keyword spotters as one: a phrase counts once, whoever finds it first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tts_asr.ports import Keyword, KeywordSpotter, KeywordStream


class SpottersTogether:
    """What one spotter misses another may find."""

    def __init__(self, spotters: Sequence[KeywordSpotter]) -> None:
        self._spotters = tuple(spotters)
        self.name = "+".join(spotter.name for spotter in spotters)

    def open(self) -> StreamsTogether:
        """Start listening with all of them."""
        return StreamsTogether([spotter.open() for spotter in self._spotters])


class StreamsTogether:
    """One stretch of sound heard by several."""

    def __init__(self, streams: Sequence[KeywordStream]) -> None:
        self._streams = streams
        self._found: set[str] = set()

    def feed(self, pcm: bytes) -> tuple[Keyword, ...]:
        """Take PCM; the phrases that are new."""
        return self._new(each for stream in self._streams for each in stream.feed(pcm))

    def finish(self) -> tuple[Keyword, ...]:
        """The sound is over; the phrases that come out only now."""
        return self._new(each for stream in self._streams for each in stream.finish())

    def _new(self, found: Iterable[Keyword]) -> tuple[Keyword, ...]:
        new = []
        for keyword in found:
            if keyword.phrase not in self._found:
                self._found.add(keyword.phrase)
                new.append(keyword)
        return tuple(new)
