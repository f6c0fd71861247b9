"""Sounds that carry words: each text is a level, so a fake recogniser can read it back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dialer.ports import FRAME_BYTES, SAMPLE_RATE
from tts_asr.ports import Clip, Transcript

_LOUD = 1000
_SYLLABLE_S = 0.16


class Lexicon:
    """Turns texts into PCM and PCM back into texts."""

    def __init__(self) -> None:
        self._levels: dict[str, int] = {}

    def say(self, text: str, seconds: float | None = None) -> bytes:
        """Return PCM in which this text is spoken."""
        level = self._levels.setdefault(text, _LOUD + 100 * len(self._levels))
        length = seconds if seconds is not None else _SYLLABLE_S * len(text)
        return np.full(int(length * SAMPLE_RATE), level, dtype="<i2").tobytes()

    def read(self, pcm: bytes) -> str:
        """Return the texts in the order in which they sound."""
        samples = np.frombuffer(pcm, "<i2")
        texts = {level: text for text, level in self._levels.items()}
        heard: list[str] = []
        for level in samples[np.flatnonzero(np.diff(samples, prepend=0))]:
            if (text := texts.get(int(level))) is not None:
                heard.append(text)
        return "".join(heard)


def silence(seconds: float) -> bytes:
    """Return PCM without sound."""
    return bytes(int(seconds * SAMPLE_RATE) * 2)


class LevelVoiceActivity:
    """Loud is speech."""

    def feed(self, frame: bytes, /) -> float:
        return 1.0 if np.abs(np.frombuffer(frame, "<i2")).max(initial=0) >= _LOUD else 0.0


class LexiconRecognition:
    """Recognises what a lexicon said; keeps the hints it was given."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.hints: list[tuple[str, ...]] = []

    def open(self, hints: Sequence[str] = ()) -> LexiconStream:
        self.hints.append(tuple(hints))
        return LexiconStream(self._lexicon)


class LexiconStream:
    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._pcm = b""

    async def feed(self, pcm: bytes) -> Transcript:
        self._pcm += pcm
        return self._transcript(final=False)

    async def finish(self) -> Transcript:
        return self._transcript(final=True)

    def _transcript(self, *, final: bool) -> Transcript:
        text = self._lexicon.read(self._pcm)
        return Transcript(text, tuple(text), confidence=0.9, final=final)


class LexiconPrompts:
    """Prompts spoken by a lexicon; `missing` ones have to be rendered."""

    def __init__(self, lexicon: Lexicon, missing: frozenset[str] = frozenset()) -> None:
        self._lexicon = lexicon
        self._missing = missing
        self.rendered: list[str] = []

    def find(self, text: str, voice: str, speed: float = 1.0) -> Clip | None:
        return None if text in self._missing else self.render(text, voice, speed)

    def render(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        self.rendered.append(text)
        return Clip(self._lexicon.say(text), SAMPLE_RATE)


def times_of(lexicon: Lexicon, frames: Sequence[tuple[float, bytes]]) -> dict[str, float]:
    """Return when each text was first heard in frames with their times."""
    first: dict[str, float] = {}
    for at, pcm in frames:
        if any(pcm):
            first.setdefault(lexicon.read(pcm.ljust(FRAME_BYTES, b"\0")), at)
    return first
