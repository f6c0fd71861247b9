"""Listens to one call after the answer until it is known who answered."""

from __future__ import annotations

import asyncio

from dialer.answering.beep import Beep
from dialer.answering.judge import LISTENED_S, Judge
from dialer.answering.verdict import AnswererVerdict
from dialer.ports import FRAME_S
from dialer.speech import Keywords
from dialer.spotting import Spotting
from tts_asr.ports import Keyword


class AnswerListener:
    """Takes every frame after the answer. Without keywords only a beep tells a machine."""

    def __init__(self, keywords: Keywords | None) -> None:
        self.machine = asyncio.Event()
        """Set when it is certain that a machine answered."""
        self._beep = Beep()
        self._judge = Judge()
        self._spotting = Spotting(keywords, self._on_keyword) if keywords else None
        self._frames = 0

    @property
    def verdict(self) -> AnswererVerdict | None:
        """Who answered, as far as is known."""
        return self._judge.verdict

    @property
    def by_beep(self) -> bool:
        """Whether a beep is what gave the machine away."""
        return self.verdict is not None and self.verdict.by == "beep"

    @property
    def seconds(self) -> float:
        """Time since the answer."""
        return round(self._frames * FRAME_S, 2)

    def hear(self, pcm: bytes, *, voiced: bool) -> None:
        """Take 20 ms (s16le mono, 8000 Hz) and whether somebody speaks in them."""
        self._frames += 1
        if not self._judge.listening or self.seconds > LISTENED_S:
            if self._spotting is not None:
                self._spotting.pause()
            return
        self._judge.on_frame(self.seconds, FRAME_S, voiced=voiced, beep=self._beep.feed(pcm))
        if self._spotting is not None:
            self._spotting.hear(pcm)
        self._tell()

    async def caught_up(self) -> None:
        """Wait until all that was heard has been searched for phrases."""
        if self._spotting is not None:
            await self._spotting.caught_up()

    async def close(self) -> None:
        """Stop."""
        if self._spotting is not None:
            await self._spotting.close()

    def _on_keyword(self, keyword: Keyword) -> None:
        self._judge.on_phrase(keyword.phrase, keyword.score, self.seconds)
        self._tell()

    def _tell(self) -> None:
        if not self._judge.listening:
            self.machine.set()
