"""What a call needs of the speech side: voice activity, recognition, keywords, ready prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tts_asr.ports import Clip, Keyword, Transcript


class VoiceActivity(Protocol):
    """Tells speech from anything else, one per call."""

    def feed(self, frame: bytes, /) -> float:
        """Take 20 ms of s16le mono PCM at 8000 Hz; return the probability of speech."""
        ...


class SpeechStream(Protocol):
    """One utterance being recognised by the pool; one caller at a time."""

    async def feed(self, pcm: bytes) -> Transcript: ...

    async def finish(self) -> Transcript: ...


class Recognition(Protocol):
    """The pool of recogniser threads all calls of the process share."""

    def open(self, hints: Sequence[str] = ()) -> SpeechStream: ...


class Prompts(Protocol):
    """Rendered prompts: 8000 Hz s16le mono."""

    def find(self, text: str, voice: str, speed: float = 1.0) -> Clip | None:
        """Return the ready clip, None if it has not been rendered. Fast."""
        ...

    def render(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        """Make the clip. Blocks on the processor: call it in a thread."""
        ...


class SpottingStream(Protocol):
    """One stretch of sound searched for phrases; one caller at a time."""

    async def feed(self, pcm: bytes) -> Sequence[Keyword]: ...

    async def finish(self) -> Sequence[Keyword]: ...


class Keywords(Protocol):
    """The keyword spotter all calls of the process share."""

    def open(self) -> SpottingStream: ...
