"""The measured side of `bench.churn`: calls set up and hung up at a steady rate by the real stack.

Each call has its line, player and sealed recording, as a short call has. Held resources are
counted after a warm-up and at the end. The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast
from uuid import uuid4

import psutil

from bench.dialer_load import DeafEar
from bench.turns import percentile
from campaigns.attempt import TrunkAddress
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.errors import TrunkError
from dialer.media.line import Line
from dialer.media.player import Player
from dialer.media.recorder import Recorder
from dialer.ports import Answered, DialRequest, Party
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.turns.ear import Ear
from tests.peers.ports import free_port, free_range

_WARM_UP_CALLS = 20
_UP_S = 0.2
_LONGEST_S = 40.0
"""Longer than any transaction timer of SIP (32 s)."""
_SETTLE_S = 3.0
_SOUND = bytes(range(256)) * 25


@dataclass(slots=True)
class Churned:
    """What became of the calls."""

    setups: list[float] = field(default_factory=list)
    clean: int = 0
    """Answered by the callee and ended by our hang-up."""
    failures: dict[str, int] = field(default_factory=dict)

    def failed(self, why: str) -> None:
        """Count a call that went otherwise."""
        self.failures[why] = self.failures.get(why, 0) + 1


class Churn:
    """Places the calls."""

    def __init__(self, port: int, folder: Path) -> None:
        self._recordings = Recordings(folder, Vault(os.urandom(32)))
        self._runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(600)))
        address = TrunkAddress("churn", "127.0.0.1", port, max_calls=999)
        self._trunk = BaresipTrunk(self._runtime, address)
        self._process = psutil.Process()

    async def run(self, calls: int, rate: float) -> dict[str, object]:
        """Return the figures."""
        await self._runtime.start()
        try:
            await self._round(_WARM_UP_CALLS, rate)
            await asyncio.sleep(_SETTLE_S)
            before, began, cpu_s = self._held(), time.monotonic(), time.process_time()
            churned = await self._round(calls, rate)
            took, used = time.monotonic() - began, time.process_time() - cpu_s
            await asyncio.sleep(_SETTLE_S)
            return {
                "calls": calls,
                "set_up": len(churned.setups),
                "clean": churned.clean,
                "failures": churned.failures,
                "seconds": round(took, 1),
                "calls_per_second": round(churned.clean / took, 1),
                "setup_p50_ms": _milliseconds(churned.setups, 0.5),
                "setup_p95_ms": _milliseconds(churned.setups, 0.95),
                "cpu_ms_per_call": round(1000 * used / calls, 1),
                "before": before,
                "after": self._held(),
            }
        finally:
            await self._runtime.close()

    async def _round(self, calls: int, rate: float) -> Churned:
        churned = Churned()
        running: set[asyncio.Task[None]] = set()
        due = time.monotonic()
        for number in range(calls):
            task = asyncio.create_task(self._call(f"138{number:08d}", churned))
            running.add(task)
            task.add_done_callback(running.discard)
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        if running:
            await asyncio.wait(running)
        return churned

    async def _call(self, number: str, churned: Churned) -> None:
        try:
            async with asyncio.timeout(_LONGEST_S):
                await self._short_call(number, churned)
        except TimeoutError:
            churned.failed("never ended")
        except TrunkError as error:
            churned.failed(str(error)[:60])

    async def _short_call(self, number: str, churned: Churned) -> None:
        dialled_at = asyncio.get_running_loop().time()
        request = DialRequest(uuid4(), number, "12366", "南宁税务", f"{uuid4()}@bench")
        leg = await self._trunk.dial(request)
        line = Line(leg.audio)
        media = asyncio.create_task(line.run())
        talking: asyncio.Task[None] | None = None
        async for event in leg.events:
            if isinstance(event, Answered):
                churned.setups.append(event.at - dialled_at)
                recorder = Recorder(partial(self._recordings.open, request.attempt_id))
                player = Player(leg.audio)
                line.connect(player, cast(Ear, DeafEar()), recorder, lambda _pcm, _at: None)
                player.play(_SOUND)
                talking = asyncio.create_task(_hang_up_after(leg.hang_up, _UP_S))
        await media
        if talking is None:
            churned.failed("not answered")
            return
        await talking
        await recorder.close()
        ended = leg.events.ended
        if ended is not None and ended.who is Party.LOCAL:
            churned.clean += 1
        else:
            churned.failed("ended otherwise")

    def _held(self) -> dict[str, float]:
        gc.collect()
        return {
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
            "rss_mb": round(self._process.memory_info().rss / 1e6, 1),
            "live_calls": self._runtime.live_calls,
        }


async def _hang_up_after(hang_up: object, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await hang_up()  # type: ignore[operator]


def _milliseconds(seconds: list[float], share: float) -> int | None:
    return round(percentile(seconds, share) * 1000) if seconds else None


def main(arguments: list[str]) -> int:
    """Run the churn and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the callee's SIP port")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20.0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="outbound-bench-") as folder:
        churn = asyncio.run(_churn(options, Path(folder)))
    print(json.dumps(churn))
    return 0


async def _churn(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    return await Churn(options.port, folder).run(options.calls, options.rate)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
