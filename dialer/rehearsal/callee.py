"""One rehearsal conversation: a person with a voice and an ear on the sound of one leg."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from dialer.ports import FRAME_BYTES, SAMPLE_RATE, AudioPort
from dialer.rehearsal.ear import BotUtterance, Ear
from dialer.rehearsal.manner import Line, Manner
from tts_asr.ports import Clip

GREETING_AFTER_S = 0.9
"""From picking up to the first word."""
THINKING_S = 0.25
"""From having understood the bot to the first word of the reply."""
_WRITE_EVERY_S = 0.06


class Voice(Protocol):
    """The person's voice."""

    async def clip(self, words: str) -> Clip:
        """Return the words as s16le mono at 8000 Hz."""
        ...


@dataclass(slots=True)
class Visit:
    """What happened in one conversation, as the person saw it."""

    heard: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By question id: the words said last and the value meant by them."""

    def note(self, line: Line) -> None:
        """Remember what is being said."""
        self.spoken.append(line.words)
        if line.question_id is not None:
            self.said[line.question_id] = {"words": line.words, "value": line.value}


class Callee:
    """Talks until the call ends."""

    def __init__(self, manner: Manner, ear: Ear, voice: Voice, audio: AudioPort) -> None:
        self._manner = manner
        self._ear = ear
        self._voice = voice
        self._audio = audio
        self.visit = Visit()

    async def talk(self) -> None:
        """Greet, then answer each utterance of the bot, until its audio ends."""
        heard: asyncio.Queue[BotUtterance | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(heard), name="rehearsal-ear")
            greeting = self._manner.greeting()
            if greeting is not None:
                await asyncio.sleep(GREETING_AFTER_S)
                if not self._ear.speaking:
                    await self._say(greeting)
            while (utterance := await _latest(heard)) is not None:
                await self._answer(utterance)

    async def _listen(self, heard: asyncio.Queue[BotUtterance | None]) -> None:
        async with contextlib.aclosing(self._ear.utterances(self._audio.frames())) as utterances:
            async for utterance in utterances:
                self.visit.heard.append(utterance.text)
                heard.put_nowait(utterance)
        heard.put_nowait(None)

    async def _answer(self, utterance: BotUtterance) -> None:
        line = self._manner.reply(utterance.syllables)
        if line is None:
            return
        await asyncio.sleep(THINKING_S)
        if not self._ear.speaking:
            await self._say(line)

    async def _say(self, line: Line) -> None:
        """Speak at the pace of the line: the port holds 200 ms, the rest waits here."""
        clip = await self._voice.clip(line.words)
        self.visit.note(line)
        left = memoryview(clip.pcm)
        deadline = asyncio.get_running_loop().time() + clip.seconds * 2 + 1
        while len(left) >= 2 and asyncio.get_running_loop().time() < deadline:
            left = left[self._audio.write(bytes(left[: FRAME_BYTES * 10])) :]
            if left:
                await asyncio.sleep(_WRITE_EVERY_S)
        await asyncio.sleep(min(self._audio.queued_s(), len(clip.pcm) / 2 / SAMPLE_RATE))


async def _latest(heard: asyncio.Queue[BotUtterance | None]) -> BotUtterance | None:
    """Wait for an utterance and return the newest: older ones were talked over. None = the end."""
    utterance = await heard.get()
    while utterance is not None and not heard.empty():
        utterance = heard.get_nowait()
    return utterance
