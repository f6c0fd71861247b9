"""The bot's ear: voice activity cuts the sound into utterances, each recognised as it is said."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from dialer.ports import FRAME_S
from dialer.speech import Recognition, VoiceActivity
from dialer.turns.end_point import Pauses
from dialer.turns.speech_run import SpeechRun
from dialer.turns.utterance import LONGEST_LEAD_IN, Expectation, Utterance, Words

log = structlog.get_logger(__name__)

_NOTHING_EXPECTED = Expectation()


class Ear:
    """Takes every frame of a call; tells `on_words` each utterance once it is over."""

    def __init__(
        self,
        voice: VoiceActivity,
        recognition: Recognition,
        on_words: Callable[[Words], None],
        pauses: Pauses | None = None,
    ) -> None:
        self.run = SpeechRun()
        self._voice = voice
        self._recognition = recognition
        self._on_words = on_words
        self._pauses = pauses or Pauses()
        self._expectation = _NOTHING_EXPECTED
        self._lead_in: deque[bytes] = deque(maxlen=LONGEST_LEAD_IN)
        self._current: Utterance | None = None
        self._open: set[asyncio.Task[Words]] = set()

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking, or has spoken and is not yet understood."""
        return bool(self._open)

    @property
    def syllables(self) -> tuple[str, ...]:
        """What is recognised so far of the words being said."""
        return () if self._current is None else self._current.syllables

    def expect(self, expectation: Expectation | None) -> None:
        """Say what the next utterances may be."""
        self._expectation = expectation or _NOTHING_EXPECTED

    def hear(self, pcm: bytes, start_s: float, at: float) -> None:
        """Take the frame that starts at `start_s` (call time) and ended at `at` (loop time)."""
        if self._current is not None and self._current.over:
            self._current = None
            self.run.end()
        if self.run.feed(start_s, self._voice.feed(pcm)):
            self._begin(start_s, at)
        if self._current is None:
            self._lead_in.append(pcm)
        else:
            self._current.add(pcm, round(start_s + FRAME_S, 2), at, voiced=self.run.voiced)

    async def cut(self, within_s: float) -> None:
        """The call is over: understand what is being said now, as far as time allows."""
        if self._current is not None:
            self._current.cut()
        if self._open:
            await asyncio.wait(self._open, timeout=within_s)

    async def close(self) -> None:
        """Stop all recognition."""
        if self._current is not None:
            self._current.cancel()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _begin(self, start_s: float, at: float) -> None:
        began_s = self.run.began_s if self.run.began_s is not None else start_s
        utterance = Utterance(self._recognition, self._expectation, self._pauses, began_s)
        for pcm in self._lead_in:
            utterance.add(pcm, start_s, at, voiced=True)
        self._lead_in.clear()
        self._current = utterance
        self._open.add(utterance.done)
        utterance.done.add_done_callback(self._understood)

    def _understood(self, task: asyncio.Task[Words]) -> None:
        self._open.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("recognition_failed", error=repr(error))
            return
        words = task.result()
        if words.text:
            self._on_words(words)
