"""One thing the person says, recognised while it is said, ended by silence and meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dialer.ports import FRAME_BYTES, FRAME_S
from dialer.speech import Recognition, SpeechStream
from dialer.turns.end_point import EndPoint, Pauses, end_point
from tts_asr.ports import Reading, Transcript

_BATCH_BYTES = 5 * FRAME_BYTES
"""Speech goes to the recogniser in 100 ms pieces."""
_KEPT_SILENCE = 15 * FRAME_BYTES
"""After a check, so much silence (300 ms) is kept to lead in what may follow."""
LONGEST_LEAD_IN = int(0.4 / FRAME_S)
"""Frames before the start of speech that go to the recogniser as well."""
_MOST_READINGS = 16
_LONGEST_WHOLE = 12
"""Syllables; what is longer is no bare answer and is not cut in two to look at it."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the bot waits for: hints for the recogniser, whether words are a whole answer, and
    whether free text is expected (which is given more time)."""

    hints: tuple[str, ...] = ()
    is_whole: Callable[[str, tuple[str, ...]], bool] | None = None
    free_text: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What was recognised; `start_s`/`end_s` in call time; `ended_at` is the loop's time at the
    end of the speech (for the reply latency). `readings`: the likely ways to hear it."""

    text: str
    syllables: tuple[str, ...]
    confidence: float
    start_s: float
    end_s: float
    ended_at: float
    readings: tuple[Reading, ...] = ()


def joined(parts: Sequence[tuple[Reading, ...]]) -> tuple[Reading, ...]:
    """Return the likely ways to hear parts said one after the other; () when a part has none."""
    ways = [Reading((), "", 1.0)]
    for readings in parts:
        both = [
            Reading(
                before.syllables + after.syllables,
                before.tones + after.tones,
                round(before.probability * after.probability, 6),
            )
            for before in ways
            for after in readings
        ]
        ways = sorted(both, key=lambda each: -each.probability)[:_MOST_READINGS]
    return tuple(ways) if parts else ()


class Utterance:
    """Frames go in by `add` on every tick; `done` holds the words when the turn is over.

    After a short silence the words so far are looked at once (the recogniser is finished and,
    if more is to come, opened anew), so that a whole answer ends the turn without waiting for
    the recogniser's own look-ahead.
    """

    def __init__(
        self, recognition: Recognition, expectation: Expectation, pauses: Pauses, start_s: float
    ) -> None:
        self._recognition = recognition
        self._expectation = expectation
        self._pauses = pauses
        self._start_s = start_s
        self._pcm = bytearray()
        self._parts: list[Transcript] = []
        self._partial: Transcript | None = None
        self._whole: bool | None = None
        self._stream: SpeechStream | None = None
        self._now_s = start_s
        self._voiced_until_s = start_s
        self._voiced_at = 0.0
        self._checked_until_s = -1.0
        self._over = False
        self._wake = asyncio.Event()
        self.done: asyncio.Task[Words] = asyncio.create_task(self._recognise(), name="utterance")

    @property
    def over(self) -> bool:
        """Whether the turn has ended: frames are no longer wanted."""
        return self._over

    @property
    def syllables(self) -> tuple[str, ...]:
        """What is recognised so far."""
        return self._words(self._partial)[1]

    def add(self, pcm: bytes, now_s: float, at: float, *, voiced: bool) -> None:
        """Take 20 ms that end at `now_s` (call time) and `at` (loop time)."""
        self._pcm += pcm
        self._now_s = now_s
        if voiced:
            self._voiced_until_s = now_s
            self._voiced_at = at
            self._whole = None
        elif not self._more_to_hear:
            del self._pcm[:-_KEPT_SILENCE]
        if not voiced or len(self._pcm) >= _BATCH_BYTES:
            self._wake.set()

    def cut(self) -> None:
        """End the turn now, whatever was said (the call is over)."""
        self._over = True
        self._wake.set()

    def cancel(self) -> None:
        """Drop the utterance."""
        self._over = True
        self.done.cancel()

    async def _recognise(self) -> Words:
        while not self._over:
            await self._wake.wait()
            self._wake.clear()
            if self._more_to_hear and len(self._pcm) >= _BATCH_BYTES:
                await self._feed()
            match self._decide():
                case EndPoint.END:
                    self._over = True
                case EndPoint.CHECK:
                    await self._check()
                case EndPoint.WAIT:
                    pass
        await self._finish()
        text, syllables = self._words()
        return Words(
            text,
            syllables,
            self._confidence(),
            self._start_s,
            self._voiced_until_s,
            self._voiced_at,
            joined([part.readings for part in self._parts]),
        )

    @property
    def _more_to_hear(self) -> bool:
        """Whether speech has come since the last check."""
        return self._voiced_until_s > self._checked_until_s

    def _decide(self) -> EndPoint:
        return end_point(
            self._now_s - self._voiced_until_s,
            self._now_s - self._start_s,
            self._whole,
            free_text=self._expectation.free_text,
            pauses=self._pauses,
        )

    async def _feed(self) -> None:
        if self._stream is None:
            self._stream = self._recognition.open(self._expectation.hints)
        pcm = bytes(self._pcm)
        self._pcm.clear()
        self._partial = await self._stream.feed(pcm)
        if self._expectation.free_text:
            # Free text is not cut in two to look at it: what shows so far must do.
            text, syllables = self._words(self._partial)
            self._whole = self._is_whole(text, syllables) or None

    async def _check(self) -> None:
        """See whether what was said is a whole answer, on final words."""
        if len(self._words(self._partial)[1]) > _LONGEST_WHOLE:
            self._whole = False
            return
        voiced_until_s = self._voiced_until_s
        await self._finish()
        self._checked_until_s = voiced_until_s
        text, syllables = self._words()
        if voiced_until_s == self._voiced_until_s:
            self._whole = self._is_whole(text, syllables)
        self._wake.set()

    async def _finish(self) -> None:
        if self._more_to_hear and (self._stream is not None or self._pcm):
            if self._pcm:
                await self._feed()
            assert self._stream is not None
            stream, self._stream, self._partial = self._stream, None, None
            self._parts.append(await stream.finish())

    def _is_whole(self, text: str, syllables: tuple[str, ...]) -> bool:
        is_whole = self._expectation.is_whole
        return is_whole is not None and bool(text) and is_whole(text, syllables)

    def _words(self, partial: Transcript | None = None) -> tuple[str, tuple[str, ...]]:
        """The text and syllables of what is final, and of `partial` behind it."""
        parts = [*self._parts, partial] if partial is not None else self._parts
        text = "".join(part.text for part in parts)
        return text, tuple(syllable for part in parts for syllable in part.syllables)

    def _confidence(self) -> float:
        """The parts' confidence, weighted by their length."""
        parts = [(max(1, len(part.syllables)), part.confidence) for part in self._parts]
        length = sum(weight for weight, _ in parts)
        return sum(weight * confidence for weight, confidence in parts) / length if length else 0.0
