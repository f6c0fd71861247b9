"""How soon the bot is silent when the person speaks: `python -m bench.barge_in [--calls 20]`.

Whole calls over the real SIP stack: the callee, on a socket of its own, waits for the bot's voice,
speaks a real recording at a moment nobody knows, and notes by the kernel's clock when the last
packet with the bot's sound arrived. The last line printed is JSON, milliseconds: from the first
sound of the person to the bot's last one (`silent_ms`), and from the decision to stop to it
(`after_decision_ms`, the part that media cost). `--tones` needs no recordings and no model: the
person is a tone and loudness is speech.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from bench.recordings import audio_folder, recordings
from bench.turns import percentile
from campaigns.attempt import TrunkAddress
from campaigns.clock import SystemClock
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.ports import FRAME_S, DialRequest
from dialer.speech import Recognition, VoiceActivity
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.trunks.baresip.leg import BaresipLeg
from dialogs.ports import ConversationOutcome, HangUp, Listen, Reply, Say
from tests.fakes.call_stage import Stage, planned
from tests.fakes.sounds import LevelVoiceActivity
from tests.peers.ports import free_port, free_range
from tests.peers.sound import rms, tone
from tests.peers.uas import ServerCall, Uas
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voice_activity import VoiceActivity as SileroVoiceActivity

_LONG = "这是一段很长的话" * 12
_LOUD = 500.0
_SILENT_S = 0.6
_CALL_S = 60.0
_BEGINS_WITHIN = 500
"""Frames until the bot must have begun."""


@dataclass(frozen=True, slots=True)
class Silenced:
    """One interruption, in milliseconds."""

    silent_ms: float
    after_decision_ms: float


@dataclass(frozen=True, slots=True)
class Senses:
    """How the bot hears, and what the person says."""

    speech: list[bytes]
    voice_activity: Callable[[], VoiceActivity]
    recognition: Recognition | None = None


def main(arguments: list[str]) -> int:
    """Measure; exit code 2 when the recordings are absent."""
    parser = argparse.ArgumentParser(prog="python -m bench.barge_in", description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tones", action="store_true", help="no recordings, no model")
    options = parser.parse_args(arguments)
    folder = audio_folder()
    if options.tones:
        silenced = asyncio.run(measure(tones(), options.calls, options.seed))
    elif folder is None:
        print("no recordings: set OUTBOUND_TEST_AUDIO to a folder with transcripts.tsv")
        return 2
    else:
        spoken = [each.pcm for each in recordings(folder) if 1.0 < each.seconds < 6.0]
        with RecognitionPool(load_recognizer(SpeechSettings()), 1) as pool:
            senses = Senses(spoken, SileroVoiceActivity, pool)
            silenced = asyncio.run(measure(senses, options.calls, options.seed))
    print(json.dumps(summary(silenced, options.calls)))
    return 0


def tones() -> Senses:
    """Return a person who is a tone, heard by loudness."""
    return Senses([tone(500, 2.0)], LevelVoiceActivity)


def summary(silenced: list[Silenced], calls: int) -> dict[str, object]:
    """Return the distributions; `calls` were placed, not all need have been interrupted."""
    figures: dict[str, object] = {"calls": calls, "interrupted": len(silenced)}
    for name in ("silent_ms", "after_decision_ms"):
        values = [getattr(each, name) for each in silenced]
        for label, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
            figures[f"{name}_{label}"] = round(percentile(values, share)) if values else None
    return figures


async def measure(senses: Senses, calls: int, seed: int) -> list[Silenced]:
    """Place the calls one after another."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            callee = _Callee(senses.speech, chance)
            uas = await Uas.listen(callee.lead)
            stack.push_async_callback(uas.close)
            runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
            await runtime.start()
            stack.push_async_callback(runtime.close)
            address = TrunkAddress("barge-in", "127.0.0.1", uas.port, max_calls=1)
            trunk = _TimedTrunk(runtime, address)
            for _ in range(calls):
                await _call(trunk, senses, Path(folder))
                callee.note_decision(trunk.flushed_at)
    return callee.silenced


async def _call(trunk: _TimedTrunk, senses: Senses, folder: Path) -> None:
    said = Reply((Say((_LONG,)), Listen(None, no_input_s=2.0)))
    bye = Reply((HangUp(ConversationOutcome.GOODBYE),))
    stage = Stage(replies=[said, bye, bye])
    vault = Vault(bytes(32))
    journal = Journal(stage.store, stage.store, Backlog(folder / "journal", vault))
    writing = asyncio.create_task(journal.run())
    equipment = replace(
        stage.equipment(journal),
        recognition=senses.recognition or stage.recognition,
        voice_activity=senses.voice_activity,
        recordings=Recordings(folder / "recordings", vault),
        clock=SystemClock(),
    )
    try:
        async with asyncio.timeout(_CALL_S):
            await Call(planned(), trunk, equipment).run()
            await journal.flush(2.0)
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


class _TimedTrunk(BaresipTrunk):
    """Notes when the bot's sound was thrown away (UNIX seconds)."""

    def __init__(self, runtime: BaresipRuntime, address: TrunkAddress) -> None:
        super().__init__(runtime, address)
        self.flushed_at: list[float] = []

    async def dial(self, request: DialRequest) -> BaresipLeg:
        leg = await super().dial(request)
        flush, self.flushed_at = leg.audio.flush, []

        def timed_flush() -> None:
            self.flushed_at.append(time.time())
            flush()

        leg.audio.flush = timed_flush  # type: ignore[method-assign]
        return leg


class _Callee:
    """Answers, lets the bot begin, interrupts it and listens for its last sound."""

    def __init__(self, speech: list[bytes], chance: random.Random) -> None:
        self._speech = speech
        self._chance = chance
        self._last: tuple[float, float] | None = None
        self.silenced: list[Silenced] = []

    async def lead(self, call: ServerCall) -> None:
        self._last = None
        await call.answer()
        for _ in range(_BEGINS_WITHIN):
            if self._bot_spoke(call):
                break
            await asyncio.sleep(FRAME_S)
        await asyncio.sleep(self._chance.uniform(0.3, 1.5))
        began = len(call.line.sent)
        left = memoryview(self._chance.choice(self._speech))
        while left and not call.over.is_set():
            left = left[call.line.write(bytes(left)) :]
            await asyncio.sleep(FRAME_S)
        await asyncio.sleep(call.line.queued_s() + _SILENT_S)
        onset = next(each.at for each in call.line.sent[began:] if rms(each.pcm) > _LOUD)
        heard = [packet.at for packet in call.line.received if rms(packet.pcm) > _LOUD]
        self._last = onset, max(heard)
        if not call.over.is_set():
            call.bye()

    def note_decision(self, flushed_at: list[float]) -> None:
        """Take the times at which the dialer threw sound away in the call that is over."""
        if self._last is None:
            return
        onset, silent = self._last
        decided = [at for at in flushed_at if at >= onset]
        if decided:
            after_s = max(0.0, silent - decided[0])
            self.silenced.append(Silenced((silent - onset) * 1000, after_s * 1000))

    @staticmethod
    def _bot_spoke(call: ServerCall) -> bool:
        return any(rms(packet.pcm) > _LOUD for packet in call.line.received[-5:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
