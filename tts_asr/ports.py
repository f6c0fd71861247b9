"""The speech ports: what every recogniser and every voice offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of speech: s16le mono PCM at `rate` Hz."""

    pcm: bytes
    rate: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / 2 / self.rate


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word or character with its times in seconds from the stream's start."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to hear it: toneless syllables, their tones (one digit each, 1–4, 5 neutral) and
    its probability among all ways, 0–1."""

    syllables: tuple[str, ...]
    tones: str
    probability: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard.

    `text` is Chinese characters; `syllables` the toneless pinyin of what was heard, one entry a
    syllable (answers are matched on these); `confidence` 0–1; `final` is False for a partial.
    `readings`: the likely ways to hear it, best first, from recognisers that tell; the first is
    the transcript itself.
    """

    text: str
    syllables: tuple[str, ...]
    words: tuple[Word, ...] = ()
    confidence: float = 1.0
    final: bool = False
    readings: tuple[Reading, ...] = ()


class RecognitionStream(Protocol):
    """One utterance being recognised. Calls on one stream come one at a time and may run in any
    thread; none of them waits for anything but the processor."""

    def feed(self, pcm: bytes) -> Transcript:
        """Take s16le mono PCM at 8000 Hz and return the transcript so far."""
        ...

    def finish(self) -> Transcript:
        """Say that the utterance is over and return the final transcript."""
        ...


class Recognizer(Protocol):
    """A speech recogniser, shared by all calls of a process."""

    name: str
    streaming: bool
    """Whether `feed` returns useful partial transcripts."""

    def open(self, hints: Sequence[str] = ()) -> RecognitionStream:
        """Start an utterance; `hints` are phrases that are likely to be said."""
        ...


class Synthesizer(Protocol):
    """A synthesised voice engine."""

    name: str
    version: str
    """Changes whenever the same text would sound different: part of the prompt cache's key."""
    live: bool
    """Whether it is fast enough, and allowed, to speak while a person waits."""
    voices: tuple[str, ...]

    def synthesize(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        """Speak normalised text. Blocks on the processor; call it from a worker thread."""
        ...


@dataclass(frozen=True, slots=True)
class Keyword:
    """A phrase that was found; `score` 0–1."""

    phrase: str
    score: float


class KeywordStream(Protocol):
    """One stretch of sound searched for phrases; each is told once. Calls as for a
    `RecognitionStream`."""

    def feed(self, pcm: bytes) -> tuple[Keyword, ...]:
        """Take s16le mono PCM at 8000 Hz and return the phrases that are new."""
        ...

    def finish(self) -> tuple[Keyword, ...]:
        """Say that the stretch is over and return the phrases that come out only now."""
        ...


class KeywordSpotter(Protocol):
    """Finds fixed phrases, shared by all calls of a process."""

    name: str

    def open(self) -> KeywordStream:
        """Start listening."""
        ...
