"""How a rehearsal person listens: the bot's audio, cut into utterances and recognised."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dialer.ports import FRAME_S, Frame
from tts_asr.ports import Transcript

LOUD_RMS = 250.0
"""A frame louder than this (of 32768; about -42 dBFS) is speech: lines here carry no noise."""
_END_FRAMES = round(0.6 / FRAME_S)
_LEAD_FRAMES = round(0.2 / FRAME_S)
_CHUNK_FRAMES = round(0.3 / FRAME_S)


class Recognition(Protocol):
    """One utterance being recognised (`tts_asr.recognition_pool`)."""

    async def feed(self, pcm: bytes) -> Transcript: ...

    async def finish(self) -> Transcript: ...


class Recognitions(Protocol):
    """Where recognitions come from."""

    def open(self, hints: Sequence[str] = ()) -> Recognition: ...


@dataclass(frozen=True, slots=True)
class BotUtterance:
    """What the bot said; times in seconds from the first frame listened to."""

    text: str
    syllables: tuple[str, ...]
    start_s: float
    end_s: float


def loudness(pcm: bytes) -> float:
    """Return the RMS of s16le mono PCM, 0–32768."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    return float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0


class Ear:
    """Listens to one call. `speaking` tells whether the bot is talking now."""

    def __init__(self, recognitions: Recognitions) -> None:
        self._recognitions = recognitions
        self._speaking = False

    @property
    def speaking(self) -> bool:
        """True from the bot's first sound until 600 ms of silence after its last."""
        return self._speaking

    async def utterances(self, frames: AsyncIterator[Frame]) -> AsyncGenerator[BotUtterance]:
        """Yield each utterance 600 ms after its end, and the last one when the call ends."""
        lead: deque[bytes] = deque(maxlen=_LEAD_FRAMES)
        heard: _Hearing | None = None
        at = 0
        async for frame in frames:
            at += 1
            loud = loudness(frame.pcm) > LOUD_RMS
            if heard is None:
                lead.append(frame.pcm)
                if loud:
                    self._speaking = True
                    heard = _Hearing(self._recognitions.open(), at - 1, list(lead))
                    lead.clear()
                continue
            await heard.take(frame.pcm, loud, at)
            if heard.silent_frames >= _END_FRAMES:
                # Quiet at once: recognising may take a while, and the bot waits meanwhile.
                self._speaking = False
                yield await heard.finish()
                heard = None
        self._speaking = False
        if heard is not None:
            yield await heard.finish()


class _Hearing:
    """One utterance in progress."""

    def __init__(self, recognition: Recognition, first: int, lead: list[bytes]) -> None:
        self._recognition = recognition
        self._first = first
        self._last_loud = first
        self._waiting = lead
        self.silent_frames = 0

    async def take(self, pcm: bytes, loud: bool, at: int) -> None:
        self._waiting.append(pcm)
        if loud:
            self._last_loud = at
            self.silent_frames = 0
        else:
            self.silent_frames += 1
        if len(self._waiting) >= _CHUNK_FRAMES:
            await self._recognition.feed(self._taken())

    async def finish(self) -> BotUtterance:
        if self._waiting:
            await self._recognition.feed(self._taken())
        heard = await self._recognition.finish()
        return BotUtterance(
            heard.text,
            heard.syllables,
            round(self._first * FRAME_S, 2),
            round(self._last_loud * FRAME_S, 2),
        )

    def _taken(self) -> bytes:
        pcm = b"".join(self._waiting)
        self._waiting.clear()
        return pcm
