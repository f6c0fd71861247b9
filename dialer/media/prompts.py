"""Ready clips for one call, with the misses counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from dialer.media.stretch import stretched
from dialer.ports import SAMPLE_RATE
from dialer.speech import Prompts
from tts_asr.ports import Clip

log = structlog.get_logger(__name__)


class PromptSource:
    """The bot's words as PCM (8000 Hz s16le mono) in one voice."""

    def __init__(self, prompts: Prompts, voice: str, slower: float) -> None:
        self._prompts = prompts
        self._voice = voice
        self._slower = slower
        self.misses = 0
        """How many texts had to be rendered while the person waited."""

    async def warm(self, texts: Sequence[str]) -> int:
        """Load the clips of these texts; return how many are not rendered yet."""

        def look() -> int:
            return sum(self._prompts.find(text, self._voice) is None for text in texts)

        return await asyncio.to_thread(look)

    async def pcm(self, text: str, *, slower: bool = False) -> bytes:
        """Return the text as PCM, rendering it now where that was not done before the call."""
        clip = self._prompts.find(text, self._voice)
        if clip is None:
            self.misses += 1
            log.warning("prompt_missed", characters=len(text))
            clip = await asyncio.to_thread(self._prompts.render, text, self._voice)
        pcm = _checked(clip)
        return await asyncio.to_thread(stretched, pcm, self._slower) if slower else pcm


def _checked(clip: Clip) -> bytes:
    if clip.rate != SAMPLE_RATE:
        raise ValueError(f"a prompt is at {clip.rate} Hz: the prompt cache must give {SAMPLE_RATE}")
    return clip.pcm
