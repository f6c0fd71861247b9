"""Recognition for many calls of one event loop on a bounded number of threads."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tts_asr.audio import TELEPHONE_RATE
from tts_asr.errors import RecognitionClosed
from tts_asr.ports import RecognitionStream, Recognizer, Transcript
from tts_asr.strand import Strand

_BATCH_BYTES = 2 * TELEPHONE_RATE // 10
"""100 ms: recognisers move on in steps of 300 ms, and each hand-over to a thread costs."""


class RecognitionPool:
    """Opens utterances whose calls run on `threads` threads, those of one utterance in order."""

    def __init__(self, recognizer: Recognizer, threads: int) -> None:
        self.recognizer = recognizer
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="recognition")

    def open(self, hints: Sequence[str] = ()) -> PooledStream:
        """Start an utterance; cheap enough for the event loop."""
        return PooledStream(self.recognizer.open(hints), self._executor)

    def strand(self) -> Strand:
        """Other work of one call for the same threads."""
        return Strand(self._executor)

    def close(self) -> None:
        """Let all work that was handed in end."""
        self._executor.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class PooledStream:
    """One utterance. Nobody has to await one call before making the next; an awaiter that is
    cancelled loses the transcript, the audio is recognised all the same."""

    def __init__(self, stream: RecognitionStream, executor: ThreadPoolExecutor) -> None:
        self._stream = stream
        self._strand = Strand(executor)
        self._pending = bytearray()
        self._latest = Transcript(text="", syllables=(), confidence=0.0)
        self._closed = False

    async def feed(self, pcm: bytes) -> Transcript:
        """Take s16le mono PCM at 8000 Hz in pieces of any length; the transcript so far.

        Pieces are gathered to 100 ms before a thread sees them.
        """
        if self._closed:
            raise RecognitionClosed("this utterance is finished: open a new one")
        self._pending += pcm
        if len(self._pending) < _BATCH_BYTES:
            return self._latest
        batch = self._take()
        self._latest = await self._strand.run(lambda: self._stream.feed(batch))
        return self._latest

    async def finish(self) -> Transcript:
        """Recognise all that was fed and return the final transcript."""
        self._closed = True
        rest = self._take()

        def last() -> Transcript:
            if rest:
                self._stream.feed(rest)
            return self._stream.finish()

        return await self._strand.run(last)

    def _take(self) -> bytes:
        batch = bytes(self._pending)
        self._pending.clear()
        return batch
