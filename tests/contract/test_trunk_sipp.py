"""The real driver against SIPp, a peer nobody here wrote: signalling, audio, keys, credentials."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from campaigns.attempt import TrunkAddress
from dialer.ports import (
    Answered,
    CallEvent,
    CallLeg,
    DialRequest,
    Dtmf,
    EarlyMedia,
    Ended,
    Frame,
    Party,
    Ringing,
)
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.peers import g711
from tests.peers.ports import free_port, free_range
from tests.peers.sipp import Sipp, needs_raw_sockets, needs_sipp
from tests.peers.sound import loud_s, pitch, tone

pytestmark = needs_sipp


@pytest.fixture
async def runtime() -> AsyncIterator[BaresipRuntime]:
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
    await runtime.start()
    yield runtime
    await runtime.close()


@pytest.fixture
def busy_tone(tmp_path: Path) -> Path:
    file = tmp_path / "tone.alaw"
    file.write_bytes(g711.encode(tone(450, 2.0)))
    return file


async def _dial(runtime: BaresipRuntime, port: int, user: str = "", password: str = "") -> CallLeg:
    address = TrunkAddress("sipp", "127.0.0.1", port, username=user, password=password)
    request = DialRequest(uuid4(), "13800000001", "0771123660", "南宁税务", f"{uuid4()}@outbound")
    return await BaresipTrunk(runtime, address).dial(request)


async def _rest(leg: CallLeg) -> list[CallEvent]:
    async with asyncio.timeout(15):
        return [event async for event in leg.events]


async def _until(leg: CallLeg, kind: type[CallEvent]) -> None:
    async with asyncio.timeout(8):
        async for event in leg.events:
            if isinstance(event, kind):
                return
    raise AssertionError(f"the call ended without {kind.__name__}")


def _ended(events: list[CallEvent]) -> Ended:
    ended = events[-1]
    assert isinstance(ended, Ended)
    return ended


@pytest.mark.parametrize("scenario", ["refuse", "ring_then_refuse"])
@pytest.mark.parametrize(
    ("code", "phrase", "q850"),
    [
        (486, "Busy Here", 17),
        (480, "Temporarily Unavailable", 20),
        (404, "Not Found", 1),
        (603, "Decline", 21),
        (608, "Rejected", 21),
        (503, "Service Unavailable", 34),
    ],
)
async def test_a_refusal_is_told_and_acknowledged(
    runtime: BaresipRuntime, tmp_path: Path, scenario: str, code: int, phrase: str, q850: int
) -> None:
    keys = {"code": str(code), "phrase": phrase, "cause": str(q850)}
    async with Sipp(scenario, tmp_path, keys) as peer:
        leg = await _dial(runtime, peer.port)
        events = await _rest(leg)
        ended = _ended(events)
        assert (ended.who, ended.sip_code, ended.q850) == (Party.REMOTE, code, q850)
        assert any(isinstance(event, Ringing) for event in events) == (scenario != "refuse")
        assert await peer.succeeded(), peer.complaints()


async def test_a_ringing_call_is_cancelled(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with Sipp("ring_until_cancel", tmp_path) as peer:
        leg = await _dial(runtime, peer.port)
        await _until(leg, Ringing)
        await leg.hang_up()
        assert _ended(await _rest(leg)).who is Party.LOCAL
        assert await peer.succeeded(), peer.complaints()


async def test_a_mute_peer_is_given_up(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with Sipp("mute", tmp_path) as peer:
        leg = await _dial(runtime, peer.port)
        await asyncio.sleep(0.5)
        await leg.hang_up()
        assert _ended(await _rest(leg)).who is Party.LOCAL


async def test_audio_goes_both_ways(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with Sipp("answer_until_bye", tmp_path, echo=True) as peer:
        leg = await _dial(runtime, peer.port)
        await _until(leg, Answered)
        heard = await _echo(leg, tone(700, 1.0))
        await leg.hang_up()
        assert _ended(await _rest(leg)).who is Party.LOCAL
        assert await peer.succeeded(), peer.complaints()
    assert loud_s(heard) == pytest.approx(1.0, abs=0.1)
    assert pitch(b"".join(heard)) == pytest.approx(700, abs=15)


async def _echo(leg: CallLeg, pcm: bytes) -> list[bytes]:
    """Send PCM and return the frames received until 300 ms after its end."""
    heard: list[bytes] = []
    left = memoryview(pcm)
    after = 15
    async with asyncio.timeout(10):
        async for frame in leg.audio.frames():
            heard.append(frame.pcm)
            left = left[leg.audio.write(bytes(left)) :]
            if not left and leg.audio.queued_s() == 0:
                after -= 1
                if after == 0:
                    break
    return heard


async def test_early_media_then_the_answer(
    runtime: BaresipRuntime, tmp_path: Path, busy_tone: Path
) -> None:
    async with Sipp("early_media_then_answer", tmp_path, {"audio": str(busy_tone)}) as peer:
        leg = await _dial(runtime, peer.port)
        await _until(leg, EarlyMedia)
        early = await _early_frames(leg)
        await _until(leg, Answered)
        await leg.hang_up()
        await _rest(leg)
        assert await peer.succeeded(), peer.complaints()
    assert pitch(b"".join(frame.pcm for frame in early if not frame.gap)) == pytest.approx(
        450, abs=15
    )


async def _early_frames(leg: CallLeg) -> list[Frame]:
    frames: list[Frame] = []
    async with asyncio.timeout(8):
        async for frame in leg.audio.frames():
            if not frame.early:
                break
            frames.append(frame)
    return frames


async def test_early_media_then_busy(
    runtime: BaresipRuntime, tmp_path: Path, busy_tone: Path
) -> None:
    async with Sipp("early_media_then_busy", tmp_path, {"audio": str(busy_tone)}) as peer:
        leg = await _dial(runtime, peer.port)
        events = await _rest(leg)
        assert any(isinstance(event, EarlyMedia) for event in events)
        ended = _ended(events)
        assert (ended.sip_code, ended.q850) == (486, 17)
        assert await peer.succeeded(), peer.complaints()


async def test_the_peer_hangs_up(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with Sipp("answer_then_bye", tmp_path) as peer:
        leg = await _dial(runtime, peer.port)
        events = await _rest(leg)
        assert any(isinstance(event, Answered) for event in events)
        ended = _ended(events)
        assert (ended.who, ended.sip_code, ended.q850) == (Party.REMOTE, None, 16)
        assert await peer.succeeded(), peer.complaints()


@needs_raw_sockets
async def test_keys_are_told(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with Sipp("answer_and_press_keys", tmp_path) as peer:
        leg = await _dial(runtime, peer.port)
        events = await _rest(leg)
        assert [event.digit for event in events if isinstance(event, Dtmf)] == ["1", "5", "#"]
        assert await peer.succeeded(), peer.complaints()


@pytest.mark.parametrize("scenario", ["challenge_then_answer", "proxy_challenge_then_answer"])
async def test_a_challenge_is_met_with_the_trunks_credentials(
    runtime: BaresipRuntime, tmp_path: Path, scenario: str
) -> None:
    async with Sipp(scenario, tmp_path) as peer:
        leg = await _dial(runtime, peer.port, "trunkuser", "secret")
        await _until(leg, Answered)
        await leg.hang_up()
        await _rest(leg)
        assert await peer.succeeded(), peer.complaints()


async def test_a_wrong_password_is_refused(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with Sipp("challenge_then_answer", tmp_path) as peer:
        leg = await _dial(runtime, peer.port, "trunkuser", "wrong")
        await asyncio.sleep(1.0)
        await leg.hang_up()
        assert not any(isinstance(event, Answered) for event in await _rest(leg))
        assert not await peer.succeeded()
