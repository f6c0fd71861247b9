"""The sound of a call on the wire: what arrives at the far end and when, and what harms it not."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from uuid import uuid4

import pytest

from campaigns.attempt import TrunkAddress
from dialer.media.dtmf_tones import ToneKeys
from dialer.media.player import Player
from dialer.media.quality import ArrivalMeter
from dialer.ports import FRAME_S, Answered, CallLeg, DialRequest, Ended, Frame
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.peers.dtmf import keys_tones
from tests.peers.hostile import RtpStorm
from tests.peers.ports import free_port, free_range
from tests.peers.rough_path import RoughPath, Weather
from tests.peers.sound import loud_s, pitch, tone
from tests.peers.uas import ServerCall, Uas

Script = Callable[[ServerCall], Awaitable[None]]
_WITHIN_S = 8.0


@dataclass
class Wire:
    """An answered call and its two ends."""

    leg: CallLeg
    call: ServerCall
    frames: list[Frame]
    our_rtp: tuple[str, int]
    more: asyncio.Event

    def heard(self, last_s: float) -> bytes:
        """Return what was heard in the last seconds."""
        return b"".join(frame.pcm for frame in self.frames[-round(last_s / FRAME_S) :])

    async def speak(self, pcm: bytes) -> None:
        """Let the far end say this, to its end."""
        left = memoryview(pcm)
        while left:
            left = left[self.call.line.write(bytes(left)) :]
            await asyncio.sleep(FRAME_S)
        await asyncio.sleep(self.call.line.queued_s())


@asynccontextmanager
async def wire(script: Script | None = None) -> AsyncIterator[Wire]:
    """Place a call to a far end that answers; both streams of the leg are read."""

    async def answer(call: ServerCall) -> None:
        await call.answer()

    uas = await Uas.listen(script or answer)
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
    await runtime.start()
    readers: list[asyncio.Task[None]] = []
    try:
        trunk = BaresipTrunk(runtime, TrunkAddress("wire", "127.0.0.1", uas.port, max_calls=2))
        leg = await trunk.dial(
            DialRequest(uuid4(), "13800000001", "0771123660", "", f"{uuid4()}@outbound")
        )
        frames: list[Frame] = []
        answered, over, more = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def read_frames() -> None:
            async for frame in leg.audio.frames():
                frames.append(frame)
                more.set()

        async def read_events() -> None:
            async for event in leg.events:
                if isinstance(event, Answered):
                    answered.set()
                elif isinstance(event, Ended):
                    over.set()

        readers = [asyncio.create_task(read_frames()), asyncio.create_task(read_events())]
        async with asyncio.timeout(_WITHIN_S):
            await answered.wait()
        remote = uas.calls[0].line.remote
        assert remote is not None
        yield Wire(leg, uas.calls[0], frames, remote, more)
        assert not over.is_set(), "the call ended by itself"
        await leg.hang_up()
        async with asyncio.timeout(_WITHIN_S):
            await over.wait()
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await runtime.close()
        await uas.close()


async def until_frames(line: Wire, more: int) -> None:
    """Wait until so many more frames were heard."""
    wanted = len(line.frames) + more
    async with asyncio.timeout(_WITHIN_S):
        while len(line.frames) < wanted:
            line.more.clear()
            await line.more.wait()


async def test_packets_leave_every_20_ms_by_an_absolute_clock_also_in_silence() -> None:
    async with wire() as line:
        player = Player(line.leg.audio)
        await until_frames(line, 10)
        start = len(line.call.line.received)
        player.play(tone(600, 1.5))
        for _ in range(200):
            player.tick()
            assert line.leg.audio.queued_s() <= 0.2
            await until_frames(line, 1)
        packets = line.call.line.received[start : start + 180]
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)} == {1}
    assert {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairwise(packets)} == {160}
    # Each packet against its own place on the clock: no drift from one second to the next,
    # whatever a busy machine does to single ones.
    offsets = [packet.at - packets[0].at - n * FRAME_S for n, packet in enumerate(packets)]
    drifts = [later - sooner for sooner, later in zip(offsets, offsets[50:], strict=False)]
    assert median(drifts) == pytest.approx(0.0, abs=0.005)
    gaps = [b.at - a.at for a, b in pairwise(packets)]
    assert median(gaps) == pytest.approx(FRAME_S, abs=0.003)
    assert loud_s([packet.pcm for packet in packets]) == pytest.approx(1.5, abs=0.1)


async def test_a_far_end_that_stops_sending_is_no_dead_call_and_time_goes_on() -> None:
    async with wire() as line:
        await until_frames(line, 10)
        line.call.line.inject(13, b"\x40")
        line.call.line.muted = True
        sent_by_us = len(line.call.line.received)
        await until_frames(line, 100)
        line.call.line.inject(13, b"\x50")
        assert sum(frame.gap for frame in line.frames[-90:]) >= 80
        assert len(line.call.line.received) - sent_by_us >= 90, "we never stop sending"
        line.call.line.muted = False
        await line.speak(tone(800, 0.5))
        await until_frames(line, 10)
        assert pitch(line.heard(0.5)) == pytest.approx(800, abs=15)
        began, ended = line.frames[0].at, line.frames[-1].at
        assert len(line.frames) == pytest.approx((ended - began) / FRAME_S, abs=12)


async def test_keys_sent_as_tones_are_heard_through_codec_and_stack() -> None:
    tones, heard = ToneKeys(), ""
    async with wire() as line:
        await until_frames(line, 10)
        await line.speak(keys_tones("1590*#", 80, 80).astype("<i2").tobytes())
        await until_frames(line, 10)
        for frame in line.frames:
            heard += tones.hear(frame.pcm)
    assert heard == "1590*#"


async def test_a_far_end_that_sends_nothing_is_seen_to_be_one_way() -> None:
    async def mute(call: ServerCall) -> None:
        call.line.muted = True
        await call.answer()

    meter = ArrivalMeter()
    async with wire(mute) as line:
        await until_frames(line, 265)
        for frame in line.frames:
            meter.take(frame)
    assert meter.first_audio_s is None
    assert meter.one_way


async def test_a_strangers_flood_costs_no_more_than_its_call() -> None:
    storm = RtpStorm(random.Random(1))
    try:
        async with wire() as line:  # which sees to it that the call is up to our hang-up
            speaking = asyncio.create_task(line.speak(tone(800, 1.0)))
            for _ in range(8):
                storm.flood(line.our_rtp, 40)
                await until_frames(line, 5)
            await speaking
    finally:
        storm.close()
    async with wire() as line:
        await line.speak(tone(900, 1.0))
        assert pitch(line.heard(0.5)) == pytest.approx(900, abs=15)


@pytest.mark.parametrize("change", ["source", "time", "sequence", "all"])
async def test_a_stream_that_starts_anew_in_mid_call_is_heard_on(change: str) -> None:
    async with wire() as line:
        await line.speak(tone(500, 0.4))
        rtp = line.call.line
        if change in ("source", "all"):
            rtp._source ^= 0x5A5A5A5A
        if change in ("time", "all"):
            rtp._clock = (rtp._clock + 0x7FFF0000) & 0xFFFFFFFF
        if change in ("sequence", "all"):
            rtp._sequence = (rtp._sequence + 30000) & 0xFFFF
        await line.speak(tone(900, 1.5))
        assert pitch(line.heard(0.5)) == pytest.approx(900, abs=15)


async def test_broken_packets_of_the_far_end_itself_are_survived() -> None:
    storm, chance = RtpStorm(random.Random(2)), random.Random(3)
    try:
        async with wire() as line:
            await until_frames(line, 10)
            for _ in range(150):
                packet = storm.packet()
                if len(packet) > 12 and chance.random() < 0.5:
                    packet = struct.pack(">BB", 0x80, 8) + packet[2:]
                line.call.line.inject_raw(packet[:60_000])
            await line.speak(tone(700, 2.0))
            assert pitch(line.heard(0.5)) == pytest.approx(700, abs=15)
    finally:
        storm.close()


async def test_packets_that_overtake_get_lost_and_come_twice_are_put_right() -> None:
    paths: list[RoughPath] = []
    weather = Weather(loss=0.05, delay_s=0.06, jitter_s=0.04, duplicates=0.05)

    async def rough(call: ServerCall) -> None:
        paths.append(await RoughPath.between(call.line, weather, seed=5))
        await call.answer()

    async with wire(rough) as line:
        for hertz in (500, 700, 900, 1100):
            await line.speak(tone(hertz, 1.0))
            await until_frames(line, 12)
            assert pitch(line.heard(0.6)) == pytest.approx(hertz, abs=15)
        began, ended = line.frames[0].at, line.frames[-1].at
        assert len(line.frames) == pytest.approx((ended - began) / FRAME_S, abs=14)
    for path in paths:
        path.close()
    assert paths[0].lost > 0
