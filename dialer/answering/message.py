"""Leaving a message with a machine: when to begin, and the saying of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from campaigns.answer import Utterance
from dialer.answering.beep import Beep
from dialer.media.player import Player
from dialer.media.prompts import PromptSource
from dialer.ports import FRAME_S

log = structlog.get_logger(__name__)

_AFTER_BEEP_S = 0.3
_END_OF_GREETING_S = 2.5
"""Silence after which a machine that does not beep is taken to listen."""
_LONGEST_GREETING_S = 45.0


class MessageMoment:
    """Takes what a machine plays, frame by frame, and knows when it has begun to listen. Pure.

    `beeped`: its beep was what gave it away.
    """

    def __init__(self, *, beeped: bool) -> None:
        self.come = False
        self._beeped = beeped
        self._quiet_s = 0.0

    def on_frame(self, *, voiced: bool, beep: bool) -> None:
        """Take 20 ms: whether there is a voice in them, or a beep."""
        if beep:
            self._beeped = True
        self._quiet_s = 0.0 if beep or (voiced and not self._beeped) else self._quiet_s + FRAME_S
        wanted = _AFTER_BEEP_S if self._beeped else _END_OF_GREETING_S
        self.come = self.come or self._quiet_s >= wanted - FRAME_S / 2


class Message:
    """One message for a machine: `hear` every frame once it is certain that there is one, and
    `leave` it."""

    def __init__(self, segments: Sequence[str], player: Player, prompts: PromptSource) -> None:
        self._segments = segments
        self._player = player
        self._prompts = prompts
        self._beep = Beep()
        self._moment: MessageMoment | None = None
        self._may_begin = asyncio.Event()
        self._now_s = 0.0

    def hear(self, pcm: bytes, now_s: float, *, voiced: bool, beeped: bool) -> None:
        """Take 20 ms (s16le mono, 8000 Hz) that end at `now_s` of call time."""
        self._now_s = now_s
        moment = self._moment = self._moment or MessageMoment(beeped=beeped)
        moment.on_frame(voiced=voiced, beep=self._beep.feed(pcm))
        if moment.come:
            self._may_begin.set()

    async def leave(self) -> Utterance | None:
        """Say it once when the machine listens; None where its greeting never ends."""
        self._player.stop()
        try:
            async with asyncio.timeout(_LONGEST_GREETING_S):
                await self._may_begin.wait()
        except TimeoutError:
            log.info("greeting_does_not_end", waited_s=_LONGEST_GREETING_S)
            return None
        start_s = self._now_s
        for segment in self._segments:
            self._player.play(await self._prompts.pcm(segment))
        await self._player.finished()
        return Utterance("bot", "".join(self._segments), (), start_s, self._now_s)
