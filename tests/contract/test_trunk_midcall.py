"""What happens within a call, against peers nobody here wrote: hold, transfer, keys, routes."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.ports import SAMPLE_RATE, Answered, Ended, Hold, Party, Transferred
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.peers.baresip_program import BaresipProgram, needs_baresip_program
from tests.peers.dialled import CALLEE, dial, ended, loopback, rest, until
from tests.peers.kamailio import Kamailio, needs_kamailio
from tests.peers.ports import free_port, free_range
from tests.peers.rtp_line import RtpLine
from tests.peers.sipp import Sipp, needs_sipp
from tests.peers.sound import tone


@pytest.fixture
async def runtime() -> AsyncIterator[BaresipRuntime]:
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
    await runtime.start()
    yield runtime
    await runtime.close()


@pytest.fixture
async def far_audio() -> AsyncIterator[RtpLine]:
    """The callee's audio, for a SIPp that speaks SIP only."""
    line = RtpLine("127.0.0.1")
    yield line
    await line.close()


@needs_sipp
@pytest.mark.parametrize(
    ("direction", "mirrored"), [("sendonly", "recvonly"), ("inactive", "inactive")]
)
async def test_a_hold_is_told_and_silences_us_until_it_is_over(
    runtime: BaresipRuntime, tmp_path: Path, far_audio: RtpLine, direction: str, mirrored: str
) -> None:
    keys = {"direction": direction, "mirrored": mirrored, "media": str(far_audio.port)}
    async with Sipp("hold_and_resume", tmp_path, keys) as peer:
        leg = await dial(BaresipTrunk(runtime, loopback(peer.port)))
        await until(leg, Answered)
        held = await until(leg, Hold)
        await asyncio.sleep(0.3)
        before = len(far_audio.received)
        await asyncio.sleep(0.4)
        during = len(far_audio.received) - before
        resumed = await until(leg, Hold)
        before = len(far_audio.received)
        await asyncio.sleep(0.6)
        after = len(far_audio.received) - before
        await leg.hang_up()
        assert ended(await rest(leg)).who is Party.LOCAL
        assert await peer.succeeded(), peer.complaints()
    assert (held.held, resumed.held) == (True, False)
    assert before > 0, "audio flowed before the hold"
    assert during <= 2
    assert after >= 15


@needs_sipp
async def test_a_transfer_that_succeeds_ends_the_call(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    keys = {"target": "sip:12366@agents.example", "outcome": "200 OK"}
    async with Sipp("transfer_noted", tmp_path, keys) as peer:
        leg = await dial(BaresipTrunk(runtime, loopback(peer.port)))
        await until(leg, Answered)
        await leg.transfer("sip:12366@agents.example")
        events = await rest(leg)
        assert [event.accepted for event in events if isinstance(event, Transferred)] == [True]
        assert ended(events).who is Party.LOCAL
        assert await peer.succeeded(), peer.complaints()


@needs_sipp
@pytest.mark.parametrize("refusal", ["603 Decline", "405 Method Not Allowed", "481 No Such Call"])
async def test_a_refused_transfer_is_told_and_the_call_goes_on(
    runtime: BaresipRuntime, tmp_path: Path, refusal: str
) -> None:
    keys = {"target": "sip:12366@agents.example", "refusal": refusal}
    async with Sipp("transfer_refused", tmp_path, keys) as peer:
        await _transfer_in_vain(runtime, peer)


@needs_sipp
@pytest.mark.parametrize("outcome", ["486 Busy Here", "503 Service Unavailable", "603 Decline"])
async def test_a_transfer_that_came_to_nothing_is_told_and_the_call_goes_on(
    runtime: BaresipRuntime, tmp_path: Path, outcome: str
) -> None:
    keys = {"target": "sip:12366@agents.example", "outcome": outcome}
    async with Sipp("transfer_noted", tmp_path, keys) as peer:
        await _transfer_in_vain(runtime, peer)


async def _transfer_in_vain(runtime: BaresipRuntime, peer: Sipp) -> None:
    leg = await dial(BaresipTrunk(runtime, loopback(peer.port)))
    await until(leg, Answered)
    await leg.transfer("sip:12366@agents.example")
    told = await until(leg, Transferred)
    assert told.accepted is False
    with pytest.raises(TimeoutError):
        await until(leg, Ended, within_s=0.4)
    await leg.hang_up()
    assert ended(await rest(leg)).who is Party.LOCAL
    assert await peer.succeeded(), peer.complaints()


@needs_baresip_program
async def test_a_softphone_receives_our_digits(runtime: BaresipRuntime, tmp_path: Path) -> None:
    recording = tmp_path / "tone.wav"
    with wave.open(str(recording), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(tone(600, 5.0))
    async with BaresipProgram(CALLEE, recording, tmp_path) as phone:
        leg = await dial(BaresipTrunk(runtime, loopback(phone.port)))
        await until(leg, Answered)
        await leg.send_dtmf("0423*#")
        assert await phone.wait_keys(6) == "0423*#"
        await leg.hang_up()
        await rest(leg)


@needs_kamailio
@needs_sipp
async def test_our_requests_follow_the_route_set_so_that_the_callee_is_hung_up(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with (
        Sipp("answer_until_bye", tmp_path) as callee,
        Kamailio(tmp_path, next_hop=callee.port) as proxy,
    ):
        leg = await dial(BaresipTrunk(runtime, loopback(proxy.port)))
        await until(leg, Answered)
        await leg.hang_up()
        assert ended(await rest(leg)).who is Party.LOCAL
        assert await callee.succeeded(), callee.complaints()
        assert [line for line in proxy.seen if line.startswith(("routed", "strayed"))] == [
            "routed ACK",
            "routed BYE",
        ]


@needs_kamailio
@needs_sipp
async def test_hold_and_transfer_work_behind_a_proxy(
    runtime: BaresipRuntime, tmp_path: Path, far_audio: RtpLine
) -> None:
    keys = {"direction": "sendonly", "mirrored": "recvonly", "media": str(far_audio.port)}
    async with (
        Sipp("hold_and_resume", tmp_path, keys) as callee,
        Kamailio(tmp_path, next_hop=callee.port) as proxy,
    ):
        leg = await dial(BaresipTrunk(runtime, loopback(proxy.port)))
        await until(leg, Answered)
        assert (await until(leg, Hold)).held
        assert not (await until(leg, Hold)).held
        await leg.hang_up()
        await rest(leg)
        assert await callee.succeeded(), callee.complaints()
        routed = [line for line in proxy.seen if line.startswith(("routed", "strayed"))]
    # The callee's re-INVITEs and their ACKs pass the proxy as well, our ACK and BYE with them.
    assert routed.count("routed INVITE") == 2
    assert routed[-1] == "routed BYE"
    assert not [line for line in routed if line.startswith("strayed")]


@needs_kamailio
@needs_sipp
async def test_a_transfer_follows_the_route_set(runtime: BaresipRuntime, tmp_path: Path) -> None:
    keys = {"target": "sip:12366@agents.example", "outcome": "200 OK"}
    async with (
        Sipp("transfer_noted", tmp_path, keys) as callee,
        Kamailio(tmp_path, next_hop=callee.port) as proxy,
    ):
        leg = await dial(BaresipTrunk(runtime, loopback(proxy.port)))
        await until(leg, Answered)
        await leg.transfer("sip:12366@agents.example")
        assert any(isinstance(event, Transferred) for event in await rest(leg))
        assert await callee.succeeded(), callee.complaints()
        assert "routed REFER" in proxy.seen


@needs_kamailio
@needs_sipp
async def test_a_ringing_call_is_cancelled_through_a_proxy(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with (
        Sipp("ring_until_cancel", tmp_path) as callee,
        Kamailio(tmp_path, next_hop=callee.port) as proxy,
    ):
        leg = await dial(BaresipTrunk(runtime, loopback(proxy.port)))
        await asyncio.sleep(0.5)
        await leg.hang_up()
        assert ended(await rest(leg)).who is Party.LOCAL
        assert await callee.succeeded(), callee.complaints()
        assert "cancel CANCEL" in proxy.seen


@needs_sipp
async def test_odd_headers_are_read_over_and_ours_are_sent(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    keys = {"header": "X-Attempt", "value": "a; b=.c., 南宁"}
    async with Sipp("answer_with_odd_headers", tmp_path, keys) as peer:
        trunk = BaresipTrunk(runtime, loopback(peer.port))
        headers = {f"X-Filler-{number}": "x" * 60 for number in range(10)}
        leg = await dial(trunk, {**headers, "X-Attempt": 'a; b="c", 南宁'})
        await until(leg, Answered)
        await leg.hang_up()
        assert ended(await rest(leg)).who is Party.LOCAL
        assert await peer.succeeded(), peer.complaints()


@needs_sipp
async def test_a_refusal_in_odd_headers_keeps_its_cause(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with Sipp("refuse_with_odd_headers", tmp_path) as peer:
        leg = await dial(BaresipTrunk(runtime, loopback(peer.port)))
        end = ended(await rest(leg))
        assert (end.who, end.sip_code, end.q850) == (Party.REMOTE, 486, 17)
        assert await peer.succeeded(), peer.complaints()
