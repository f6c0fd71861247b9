"""The bot's mouth: says segments one after the other and is silenced by the person's voice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from dialer.media.player import Player
from dialer.media.prompts import PromptSource
from dialer.ports import FRAME_BYTES
from dialer.turns.barge_in import BargeIn, Remark
from dialogs.ports import Say

_MOST_SKIPPED = 4
_QUIET = 150
"""A frame whose samples stay below this (-47 dBFS) is not heard as the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said, in call time; `first_audio_at` is the loop's time of the first sample
    handed over, None when nothing was."""

    text: str
    start_s: float
    end_s: float
    interrupted: bool
    first_audio_at: float | None


class Mouth:
    """Says one `Say` at a time. `on_frame` is called every 20 ms of call time."""

    def __init__(
        self,
        player: Player,
        prompts: PromptSource,
        barge_in: BargeIn,
        on_interrupt: Callable[[], None],
    ) -> None:
        self._player = player
        self._prompts = prompts
        self._barge_in = barge_in
        self._on_interrupt = on_interrupt
        self._may_interrupt = False
        self._silenced = False
        self._shut = False
        self._now_s = 0.0

    async def say(self, step: Say, *, may_interrupt: bool) -> Spoken:
        """Speak until the end, an interruption or `shut`."""
        self._silenced = self._shut
        start_s, first_audio_at = self._now_s, None
        try:
            for segment in () if self._shut else step.segments:
                pcm = await self._prompts.pcm(segment, slower=step.slower)
                if self._silenced:
                    break
                if first_audio_at is None:
                    start_s, first_audio_at = self._now_s, _loop_time()
                    pcm = from_first_sound(pcm)
                self._player.play(pcm)
                self._may_interrupt = may_interrupt
            await self._player.finished()
        finally:
            self._may_interrupt = False
        text = "".join(step.segments)
        return Spoken(text, start_s, self._now_s, self._silenced, first_audio_at)

    def on_frame(self, now_s: float, remark: Remark) -> None:
        """Take the next 20 ms, which end at `now_s`, and what the person is saying in them."""
        self._now_s = now_s
        left_s = self._player.left_s
        if self._barge_in.feed(remark, may_interrupt=self._may_interrupt, left_s=left_s):
            self.interrupt()

    def interrupt(self) -> None:
        """The person wants the floor: be silent at once if that is allowed now."""
        if self._may_interrupt:
            self._may_interrupt = False
            self._silence()
            self._on_interrupt()

    def shut(self) -> None:
        """Be silent for the rest of the call."""
        self._shut = True
        self._silence()

    def _silence(self) -> None:
        self._silenced = True
        self._player.stop()


def from_first_sound(pcm: bytes) -> bytes:
    """Return s16le PCM without the quiet frames it begins with, 80 ms of them at most: clips start
    with a breath of silence, and the person is waiting."""
    for at in range(0, min(_MOST_SKIPPED * FRAME_BYTES, len(pcm) - FRAME_BYTES), FRAME_BYTES):
        samples = memoryview(pcm)[at : at + FRAME_BYTES].cast("h")
        if max(map(abs, samples)) > _QUIET:
            return pcm[at:]
    return pcm[min(_MOST_SKIPPED * FRAME_BYTES, max(0, len(pcm) - FRAME_BYTES)) :]


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
