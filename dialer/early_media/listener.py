"""Listens to one call's early media while it plays."""

from __future__ import annotations

import asyncio
from collections import deque

from dialer.early_media.cadence import Cadence
from dialer.early_media.judge import Judge
from dialer.early_media.music import MusicMeter
from dialer.early_media.tone import Kind, Measured, ToneMeter
from dialer.early_media.verdict import Verdict
from dialer.ports import FRAME_S
from dialer.speech import Keywords, VoiceActivity
from dialer.spotting import Spotting
from tts_asr.ports import Keyword

_TONE_FRAMES = 5
"""100 ms of tone end what is searched for phrases …"""
_SOUND_FRAMES = 3
"""… and 60 ms of other sound begin it."""
_SOUND_DBFS = -50.0
_CLIP_FRAMES = int(12.0 / FRAME_S)
_LAST_WORDS_S = 1.0


class EarlyMediaListener:
    """Takes every early frame. Without keywords it knows tones only."""

    def __init__(self, keywords: Keywords | None, voice: VoiceActivity) -> None:
        self.dead_end = asyncio.Event()
        """Set when the call may be given up."""
        self._meter = ToneMeter()
        self._cadence = Cadence()
        self._voice = voice
        self._music = MusicMeter()
        self._judge = Judge()
        self._spotting = Spotting(keywords, self._on_keyword) if keywords else None
        self._tone_frames = self._sound_frames = 0
        self._searching = False
        self._frames = 0
        self._clip: deque[bytes] = deque(maxlen=_CLIP_FRAMES)

    @property
    def verdict(self) -> Verdict | None:
        """What has been heard so far; None: nothing that decides."""
        return self._judge.verdict

    @property
    def seconds(self) -> float:
        """Early media so far."""
        return round(self._frames * FRAME_S, 2)

    @property
    def clip(self) -> tuple[bytes, ...]:
        """The last 12 seconds, in frames."""
        return tuple(self._clip)

    def hear(self, pcm: bytes) -> None:
        """Take 20 ms (s16le mono, 8000 Hz)."""
        self._frames += 1
        self._clip.append(pcm)
        measured = self._meter.feed(pcm)
        if (tone := self._cadence.feed(measured)) is not None:
            self._judge.on_tone(tone, self.seconds)
        is_tone = self._tell_apart(measured)
        if self._music.feed(measured.dbfs, self._voice.feed(pcm), tone=is_tone):
            self._judge.on_music(self.seconds)
        if self._spotting is not None:
            self._spotting.hear(pcm, worth_it=self._searching)
        if self._judge.final(self.seconds):
            self.dead_end.set()

    async def caught_up(self) -> None:
        """Wait until all that was heard has been searched for phrases."""
        if self._spotting is not None:
            await self._spotting.caught_up()

    async def close(self, *, last_words: bool) -> None:
        """Stop; `last_words`: understand first what was being said."""
        if self._spotting is not None:
            await self._spotting.close(_LAST_WORDS_S if last_words else 0.0)

    def _tell_apart(self, measured: Measured) -> bool:
        """Whether the frame is of a tone; begins and ends the search for phrases."""
        is_tone = measured.kind is Kind.TONE
        is_sound = not is_tone and measured.dbfs > _SOUND_DBFS
        self._tone_frames = self._tone_frames + 1 if is_tone else 0
        self._sound_frames = self._sound_frames + 1 if is_sound else 0
        if self._sound_frames >= _SOUND_FRAMES:
            self._searching = True
        elif self._tone_frames >= _TONE_FRAMES:
            self._searching = False
        return is_tone

    def _on_keyword(self, keyword: Keyword) -> None:
        self._judge.on_phrase(keyword.phrase, keyword.score, self.seconds)
