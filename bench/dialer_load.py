"""The measured side of `bench.concurrency`: this process is a dialer's telephone half.

The runtime, trunk, line, player, recorder (sealed files) and, with `--ear`, voice activity and
the recogniser of a real call, without the database and the dialogue. Every call speaks all the
time. The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import numpy as np
import psutil

from bench.turns import percentile
from campaigns.attempt import TrunkAddress
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.media.line import Line
from dialer.media.player import Player
from dialer.media.recorder import Recorder
from dialer.ports import SAMPLE_RATE, Answered, CallLeg, DialRequest, Ended
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.turns.ear import Ear
from dialer.turns.utterance import Words
from tests.peers.ports import free_port, free_range
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voice_activity import VoiceActivity

_SETTLED_WITHIN_S = 15.0
_OVER_WITHIN_S = 15.0


class DeafEar:
    """An ear that costs nothing: the load of signalling and sound alone."""

    def hear(self, pcm: bytes, start_s: float, at: float) -> None:
        """Take a frame and forget it."""

    async def close(self) -> None:
        """Nothing to stop."""


@dataclass(slots=True)
class Placed:
    """One call of the load."""

    leg: CallLeg
    line: Line
    dialled_at: float
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    setup_s: float | None = None
    ended: Ended | None = None
    utterances: int = 0

    async def follow(self) -> None:
        """Take the signalling until the end."""
        async for event in self.leg.events:
            if isinstance(event, Answered):
                self.setup_s = event.at - self.dialled_at
                self.answered.set()
            elif isinstance(event, Ended):
                self.ended = event
        self.over.set()

    def on_words(self, words: Words) -> None:
        """Count what was understood."""
        self.utterances += 1


class Load:
    """Places the calls, keeps them up, ends them and tells what it cost."""

    def __init__(self, options: argparse.Namespace, folder: Path, pool: RecognitionPool | None):
        self._options = options
        self._pool = pool
        self._recordings = Recordings(folder, Vault(os.urandom(32)))
        self._sound = _speechlike(options.seconds + options.calls / options.rate + 30)
        self._process = psutil.Process()
        self._tasks: set[asyncio.Task[object]] = set()
        self._calls: list[Placed] = []

    async def run(self) -> dict[str, object]:
        """Return the figures."""
        runtime = BaresipRuntime(
            RuntimeOptions(port=free_port(), rtp_ports=free_range(4 * self._options.calls + 40))
        )
        await runtime.start()
        try:
            trunk = BaresipTrunk(
                runtime,
                TrunkAddress("load", "127.0.0.1", self._options.port, max_calls=999),
            )
            await self._dial_all(trunk)
            figures = await self._steady(runtime)
            await self._hang_up_all()
            return figures
        finally:
            await runtime.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _dial_all(self, trunk: BaresipTrunk) -> None:
        due = time.monotonic()
        for number in range(self._options.calls):
            self._own(self._place(trunk, f"1380000{number:04d}"))
            due += 1 / self._options.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        waits = [asyncio.create_task(_first(call)) for call in self._calls]
        if waits:
            await asyncio.wait(waits, timeout=_SETTLED_WITHIN_S)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    async def _place(self, trunk: BaresipTrunk, number: str) -> None:
        at = asyncio.get_running_loop().time()
        request = DialRequest(uuid4(), number, "12366", "南宁税务", f"{uuid4()}@bench")
        leg = await trunk.dial(request)
        call = Placed(leg, Line(leg.audio), at)
        self._calls.append(call)
        self._own(call.follow())
        self._own(call.line.run())
        await call.answered.wait()
        await self._talk(call, request.attempt_id)

    async def _talk(self, call: Placed, attempt_id: UUID) -> None:
        recorder = Recorder(partial(self._recordings.open, attempt_id))
        player = Player(call.leg.audio)
        ear = self._ear(call)
        call.line.connect(player, ear, recorder, lambda _pcm, _at: None)
        player.play(self._sound)
        await call.over.wait()
        await ear.close()
        await recorder.close()

    def _ear(self, call: Placed) -> Ear:
        if self._pool is None:
            return cast(Ear, DeafEar())
        return Ear(VoiceActivity(), self._pool, call.on_words)

    async def _steady(self, runtime: BaresipRuntime) -> dict[str, object]:
        up = [call for call in self._calls if call.answered.is_set() and not call.over.is_set()]
        began_at, cpu_s, late = time.time(), time.process_time(), runtime.pump.late_ticks
        threads, loop_lag = self._process.num_threads(), _LoopLag()
        self._own(loop_lag.run())
        await asyncio.sleep(self._options.seconds)
        ended_at = time.time()
        used = (time.process_time() - cpu_s) / (ended_at - began_at)
        setups = [call.setup_s for call in self._calls if call.setup_s is not None]
        return {
            "calls": self._options.calls,
            "set_up": len(up),
            "still_up": sum(not call.over.is_set() for call in up),
            "setup_p95_ms": round(percentile(setups, 0.95) * 1000) if setups else None,
            "cpu_percent_of_a_core": round(100 * used, 1),
            "cpu_percent_per_call": round(100 * used / max(1, len(up)), 3),
            "rss_mb": round(self._process.memory_info().rss / 1e6),
            "threads": threads,
            "late_ticks": runtime.pump.late_ticks - late,
            "loop_lag_p99_ms": loop_lag.p99_ms(),
            "heard_s_mean": round(sum(call.line.seconds for call in up) / max(1, len(up)), 1),
            "utterances": sum(call.utterances for call in up),
            "began_at": began_at,
            "ended_at": ended_at,
        }

    async def _hang_up_all(self) -> None:
        await asyncio.gather(*(call.leg.hang_up() for call in self._calls))
        waits = [asyncio.create_task(call.over.wait()) for call in self._calls]
        if waits:
            await asyncio.wait(waits, timeout=_OVER_WITHIN_S)
        for wait in waits:
            wait.cancel()

    def _own(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _LoopLag:
    """How late the event loop wakes: sampled every 20 ms."""

    def __init__(self) -> None:
        self._late_s = [0.0]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.02
            await asyncio.sleep(0.02)
            self._late_s.append(loop.time() - due)

    def p99_ms(self) -> float:
        return round(percentile(self._late_s, 0.99) * 1000, 1)


async def _first(call: Placed) -> None:
    waits = [asyncio.create_task(event.wait()) for event in (call.answered, call.over)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _speechlike(seconds: float) -> bytes:
    """Return loud sound without a pause, so that every silent packet at the far end is a hole."""
    at = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = np.sin(2 * np.pi * 220 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at))
    return (wave * 8000).astype("<i2").tobytes()


def main(arguments: list[str]) -> int:
    """Run the load and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the callee's SIP port")
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=20.0, help="calls placed in a second")
    parser.add_argument("--ear", action="store_true", help="listen as in a call")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="outbound-bench-")))
        pool = None
        if options.ear:
            pool = stack.enter_context(RecognitionPool(load_recognizer(SpeechSettings()), 1))
        figures = asyncio.run(Load(options, folder, pool).run())
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
