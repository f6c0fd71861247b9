"""One utterance's calls run in order on few threads; many utterances run side by side."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from tts_asr.errors import RecognitionClosed
from tts_asr.ports import Transcript
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers.scripted import ScriptedRecognizer

_100_MS = 1600
_LOUD = b"\x00\x40\x00\xc0" * 400


class _SlowStream:
    """Notes what it is fed, and whether two threads were ever inside."""

    def __init__(self) -> None:
        self.fed: list[bytes] = []
        self.overlapped = False
        self._inside = threading.Lock()

    def feed(self, pcm: bytes) -> Transcript:
        if not self._inside.acquire(blocking=False):
            self.overlapped = True
            return Transcript("", ())
        try:
            time.sleep(0.002)
            self.fed.append(pcm)
            return Transcript(text=str(len(self.fed)), syllables=())
        finally:
            self._inside.release()

    def finish(self) -> Transcript:
        return Transcript(text=f"{len(self.fed)} fed", syllables=(), final=True)


class _SlowRecognizer:
    name = "slow"
    streaming = True

    def __init__(self) -> None:
        self.streams: list[_SlowStream] = []

    def open(self, hints: Sequence[str] = ()) -> _SlowStream:
        self.streams.append(_SlowStream())
        return self.streams[-1]


@pytest.fixture
def slow() -> _SlowRecognizer:
    return _SlowRecognizer()


@pytest.fixture
def pool(slow: _SlowRecognizer) -> Iterator[RecognitionPool]:
    with RecognitionPool(slow, threads=4) as opened:
        yield opened


def _piece(number: int) -> bytes:
    return number.to_bytes(2, "little") * (_100_MS // 2)


async def test_calls_of_one_utterance_keep_their_order(
    pool: RecognitionPool, slow: _SlowRecognizer
) -> None:
    stream = pool.open()
    pieces = [_piece(number) for number in range(30)]
    await asyncio.gather(*(stream.feed(piece) for piece in pieces))
    last = await stream.finish()
    assert slow.streams[0].fed == pieces
    assert not slow.streams[0].overlapped
    assert last.text == "30 fed"
    assert last.final


async def test_frames_are_gathered_to_100_ms(pool: RecognitionPool, slow: _SlowRecognizer) -> None:
    stream = pool.open()
    for _ in range(7):
        await stream.feed(bytes(320))
    await stream.finish()
    assert [len(piece) for piece in slow.streams[0].fed] == [5 * 320, 2 * 320]


async def test_a_cancelled_awaiter_loses_no_audio(
    pool: RecognitionPool, slow: _SlowRecognizer
) -> None:
    stream = pool.open()
    waiting = asyncio.create_task(stream.feed(_piece(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    await stream.feed(_piece(2))
    await stream.finish()
    assert slow.streams[0].fed == [_piece(1), _piece(2)]


async def test_nothing_more_after_the_end(pool: RecognitionPool) -> None:
    stream = pool.open()
    await stream.finish()
    with pytest.raises(RecognitionClosed):
        await stream.feed(_piece(1))


async def test_an_error_reaches_the_awaiter_and_the_next_call_still_works() -> None:
    class Failing(_SlowStream):
        def feed(self, pcm: bytes) -> Transcript:
            raise ValueError("bad audio")

    class Recognizer(_SlowRecognizer):
        def open(self, hints: Sequence[str] = ()) -> _SlowStream:
            return Failing()

    with RecognitionPool(Recognizer(), threads=1) as pool:
        stream = pool.open()
        with pytest.raises(ValueError, match="bad audio"):
            await stream.feed(_piece(1))
        assert (await stream.finish()).final


async def test_many_utterances_share_two_threads() -> None:
    with RecognitionPool(ScriptedRecognizer(["满意"] * 20), threads=2) as pool:

        async def one() -> Transcript:
            stream = pool.open(["满意"])
            for _ in range(4):
                await stream.feed(_LOUD)
            return await stream.finish()

        heard = await asyncio.gather(*(one() for _ in range(20)))
    assert {transcript.text for transcript in heard} == {"满意"}
