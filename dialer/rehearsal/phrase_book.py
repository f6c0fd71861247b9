"""The rehearsal people's words as clips, rendered ahead of the first call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from tts_asr.ports import Clip


class Clips(Protocol):
    """Where rendered speech is kept (`tts_asr.prompt_cache`): s16le mono at 8000 Hz."""

    def find(self, text: str, voice: str) -> Clip | None: ...

    def render(self, text: str, voice: str) -> Clip: ...


class PhraseBook:
    """Clips of one voice. What was not rendered ahead is rendered when it is first needed."""

    def __init__(self, cache: Clips, voice: str) -> None:
        self._cache = cache
        self._voice = voice

    async def render(self, lines: Iterable[str], progress: Callable[[int, int], None]) -> None:
        """Render what is not cached yet, one after the other; `progress(done, all)`."""
        wanted = tuple(lines)
        for done, words in enumerate(wanted):
            progress(done, len(wanted))
            await self.clip(words)
        progress(len(wanted), len(wanted))

    async def clip(self, words: str) -> Clip:
        """Return the words as s16le mono at 8000 Hz."""
        return await asyncio.to_thread(self._cached, words)

    def _cached(self, words: str) -> Clip:
        found = self._cache.find(words, self._voice)
        return found if found is not None else self._cache.render(words, self._voice)


def choose_voice(wanted: str, voices: Sequence[str], bots: str) -> str:
    """Return the voice to speak with: the one wanted if it exists, else a man's (zm_*), else any
    but the bot's, else the only one there is."""
    if wanted in voices:
        return wanted
    others = [voice for voice in voices if voice != bots]
    men = [voice for voice in others if voice.startswith("zm_")]
    return (men or others or list(voices))[0]
