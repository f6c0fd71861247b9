"""Calls to a far end that sends rubbish: `python -m bench.hostile [--calls 300] [--seed 1]`.

Every call's replies are spoiled (truncated, flipped, huge, wrong, many), its audio ports are
flooded before and after the answer, from the far end's address and from a stranger's. Each call
must end with one recorded result; every 25th call is a normal one and must work. The last line
printed is JSON; exit code 1 when a call was left hanging, a normal one failed or memory grew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import psutil

from campaigns.attempt import TrunkAddress
from dialer.errors import TrunkError
from dialer.media.quality import ArrivalMeter
from dialer.ports import Answered, CallLeg, DialRequest, Ended
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.peers.hostile import HostileUas, RtpStorm
from tests.peers.ports import free_port, free_range
from tests.peers.sound import pitch, tone
from tests.peers.uas import ServerCall

_AT_ONCE = 10
_NORMAL_EACH = 25
_RING_S = 0.8
_TALK_S = 0.6
_END_S = 8.0
_FLOOD = 60
_MOST_GROWTH_MB = 60.0
_HERTZ = 700
_AUDIO = re.compile(r"m=audio (\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call; `normal` whether nothing was spoiled in it."""

    kind: str
    normal: bool
    worked: bool


class HostileFarEnd:
    """Answers, rings, refuses or announces, each call as the seed says."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._storm = RtpStorm(self._random)
        self._attacks = 0
        self.calm = asyncio.Event()
        """No port is being flooded: the next call may be given one of those that were."""
        self.calm.set()

    async def lead(self, call: ServerCall) -> None:
        """Lead one spoiled call."""
        chance = self._random
        port = _AUDIO.search(call.invite.body)
        ours = ("127.0.0.1", int(port.group(1)) if port else 9)
        if chance.random() < 0.5:
            self._storm.flood(ours, _FLOOD)
        match chance.randrange(4):
            case 0:
                await call.reject(chance.choice((404, 486, 500, 603)), "No")
            case 1:
                call.respond(180, "Ringing")
            case 2:
                call.early_media()
                await self._attack(call, ours)
            case _:
                await asyncio.wait_for(self._answered(call, ours), _END_S)

    async def _answered(self, call: ServerCall, ours: tuple[str, int]) -> None:
        answering = asyncio.create_task(call.answer())
        await asyncio.sleep(0.1)
        await self._attack(call, ours)
        await answering
        if self._random.random() < 0.5:
            call.bye()

    async def _attack(self, call: ServerCall, ours: tuple[str, int]) -> None:
        self._attacks += 1
        self.calm.clear()
        try:
            for _ in range(3):
                self._storm.flood(ours, _FLOOD)
                if call.line.remote is not None:
                    with suppress(OSError):
                        for _ in range(_FLOOD):
                            call.line.inject_raw(self._storm.packet())
                await asyncio.sleep(0.1)
        finally:
            self._attacks -= 1
            if not self._attacks:
                self.calm.set()

    def close(self) -> None:
        """Give the storm's socket back."""
        self._storm.close()


def main(arguments: list[str]) -> int:
    """Place the calls; see the module."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    result = asyncio.run(_measure(options.calls, options.seed))
    print(json.dumps(result))
    return 0 if result["passed"] else 1


async def _measure(calls: int, seed: int) -> dict[str, object]:
    far_end = HostileFarEnd(seed)
    sip_port = free_port()

    async def script(call: ServerCall) -> None:
        if call.number.startswith("1381"):
            await call.answer()
            await _speak(call)
        else:
            await far_end.lead(call)

    loop = asyncio.get_running_loop()
    _, uas = await loop.create_datagram_endpoint(
        lambda: HostileUas(script, "127.0.0.1", seed), ("127.0.0.1", 0)
    )
    runtime = BaresipRuntime(RuntimeOptions(port=sip_port, rtp_ports=free_range(200)))
    await runtime.start()
    process = psutil.Process()
    began = time.monotonic()
    outcomes: list[Outcome] = []
    try:
        trunk = BaresipTrunk(runtime, TrunkAddress("hostile", "127.0.0.1", uas.port, max_calls=50))
        outcomes.append(await _normal(trunk, uas, far_end))
        before_mb = process.memory_info().rss / 1e6
        for first in range(0, calls, _NORMAL_EACH):
            until = min(first + _NORMAL_EACH, calls)
            for start in range(first, until, _AT_ONCE):
                batch = min(_AT_ONCE, until - start)
                _knock(uas, sip_port, far_end)
                outcomes += await asyncio.gather(*(_spoiled(trunk) for _ in range(batch)))
            outcomes.append(await _normal(trunk, uas, far_end))
            for call in uas.calls:
                call.line.received.clear()
                call.line.sent.clear()
        left = runtime.live_calls
        grown_mb = process.memory_info().rss / 1e6 - before_mb
    finally:
        await runtime.close()
        with suppress(Exception):
            await uas.close()
        far_end.close()
    normal = [each for each in outcomes if each.normal]
    hanging = sum(each.kind == "hanging" for each in outcomes)
    failed = sum(not each.worked for each in normal)
    return {
        "calls": len(outcomes),
        "outcomes": dict(Counter(each.kind for each in outcomes if not each.normal)),
        "normal": len(normal),
        "normal_failed": failed,
        "hanging": hanging,
        "left_over": left,
        "sip_thread_died": runtime.died.is_set(),
        "memory_grown_mb": round(grown_mb, 1),
        "seconds": round(time.monotonic() - began, 1),
        "passed": not (hanging or failed or left or runtime.died.is_set())
        and grown_mb < _MOST_GROWTH_MB,
    }


def _knock(uas: HostileUas, sip_port: int, far_end: HostileFarEnd) -> None:
    """Send requests and rubbish nobody asked for to our SIP port."""
    for method in ("OPTIONS", "INVITE", "NOTIFY", "REGISTER", "BYE", "CANCEL", "ACK", "X" * 3000):
        uas.send(
            f"{method} sip:a@127.0.0.1:{sip_port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{uas.port};branch=z9hG4bK{uuid4().hex}\r\n"
            f"From: <sip:b@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: {uuid4()}\r\n"
            f"CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode(),
            ("127.0.0.1", sip_port),
        )


async def _spoiled(trunk: BaresipTrunk) -> Outcome:
    try:
        leg = await _dial(trunk, "1380")
    except TrunkError:
        return Outcome("refused by the stack", normal=False, worked=False)
    async with _Following(leg) as following:
        with suppress(TimeoutError):
            async with asyncio.timeout(_RING_S):
                await following.answered.wait()
        if following.answered.is_set():
            await asyncio.sleep(_TALK_S)
        leg.audio.write(tone(_HERTZ, 0.1))
        await leg.hang_up()
        ended = await following.end()
    if ended is None:
        return Outcome("hanging", normal=False, worked=False)
    kind = f"{ended.who.value} {ended.sip_code or ''}".strip()
    return Outcome(kind, normal=False, worked=True)


async def _normal(trunk: BaresipTrunk, uas: HostileUas, far_end: HostileFarEnd) -> Outcome:
    """Place a call that nobody disturbs: it must be answered, heard and ended by us."""
    async with asyncio.timeout(_END_S):
        await far_end.calm.wait()
    await asyncio.sleep(0.2)
    uas.spoiling = False
    try:
        leg = await _dial(trunk, "1381")
        async with _Following(leg) as following:
            heard = False
            with suppress(TimeoutError):
                async with asyncio.timeout(_END_S):
                    await following.answered.wait()
                    await following.heard_tone()
                    heard = True
            await leg.hang_up()
            ended = await following.end()
        return Outcome("normal", normal=True, worked=heard and ended is not None)
    finally:
        uas.spoiling = True


async def _dial(trunk: BaresipTrunk, prefix: str) -> CallLeg:
    number = f"{prefix}{random.randrange(10**7):07}"
    return await trunk.dial(DialRequest(uuid4(), number, "0771123660", "", f"{uuid4()}@bench"))


async def _speak(call: ServerCall) -> None:
    while not call.over.is_set():
        call.line.write(tone(_HERTZ, 0.1))
        await asyncio.sleep(0.1)


class _Following:
    """Reads both streams of a leg, as a call does."""

    def __init__(self, leg: CallLeg) -> None:
        self._leg = leg
        self.answered = asyncio.Event()
        self.meter = ArrivalMeter()
        self._pcm = bytearray()
        self._more = asyncio.Event()
        self._ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> _Following:
        self._tasks = [asyncio.create_task(self._events()), asyncio.create_task(self._frames())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def end(self) -> Ended | None:
        """Return the call's end, None when it does not come."""
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._ended), _END_S)
        return None

    async def heard_tone(self) -> None:
        """Wait until a second was heard, and the last half of it was the far end's tone."""
        while len(self._pcm) < 16000 or abs(pitch(bytes(self._pcm[-8000:])) - _HERTZ) > 15:
            self._more.clear()
            await self._more.wait()

    async def _events(self) -> None:
        async for event in self._leg.events:
            if isinstance(event, Answered):
                self.answered.set()
            elif isinstance(event, Ended):
                self._ended.set_result(event)

    async def _frames(self) -> None:
        async for frame in self._leg.audio.frames():
            self.meter.take(frame)
            self._pcm += frame.pcm
            self._more.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
