"""What a trunk's configuration does on the wire: registration, TLS, SRTP, codecs, addresses.

The peers are Kamailio, SIPp and the baresip program.
"""

from __future__ import annotations

import asyncio
import socket
import wave
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from campaigns.attempt import TrunkAddress
from dialer.errors import TrunkError, TrunkNotRegistered
from dialer.ports import SAMPLE_RATE, Answered, CallEvent, CallLeg, DialRequest, Ended
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.trunks.baresip.registration import RegistrationState
from tests.peers.baresip_program import BaresipProgram, needs_baresip_program
from tests.peers.certificates import Authority
from tests.peers.kamailio import PASSWORD, REALM, Kamailio, needs_kamailio
from tests.peers.ports import free_port, free_range
from tests.peers.sipp import Sipp, needs_sipp
from tests.peers.sound import pitch, tone
from tests.peers.uas import ServerCall, Uas

_CALLEE = "13800000001"
_HERE = "127.0.0.1"


@pytest.fixture
def host() -> str:
    return _HERE


@pytest.fixture
async def runtime(host: str) -> AsyncIterator[BaresipRuntime]:
    options = RuntimeOptions(host=host, port=free_port(), rtp_ports=free_range(20))
    runtime = BaresipRuntime(options)
    await runtime.start()
    yield runtime
    await runtime.close()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "tone.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(tone(600, 5.0))
    return file


async def _dial(runtime: BaresipRuntime, trunk: TrunkAddress) -> CallLeg:
    request = DialRequest(uuid4(), _CALLEE, "0771123660", "南宁税务", f"{uuid4()}@outbound")
    return await BaresipTrunk(runtime, trunk).dial(request)


async def _until(leg: CallLeg, kind: type[CallEvent]) -> CallEvent:
    async with asyncio.timeout(8):
        async for event in leg.events:
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Ended), event
    raise AssertionError(f"the call ended without {kind.__name__}")


async def _rest(leg: CallLeg) -> list[CallEvent]:
    async with asyncio.timeout(15):
        return [event async for event in leg.events]


async def _heard(leg: CallLeg, seconds: float = 0.6) -> bytes:
    heard = b""
    async with asyncio.timeout(8):
        async for frame in leg.audio.frames():
            if not frame.gap:
                heard += frame.pcm
            if len(heard) >= seconds * 2 * SAMPLE_RATE:
                break
    return heard[-int(0.4 * 2 * SAMPLE_RATE) :]


async def _hear_the_tone(runtime: BaresipRuntime, trunk: TrunkAddress) -> None:
    leg = await _dial(runtime, trunk)
    await _until(leg, Answered)
    assert pitch(await _heard(leg)) == pytest.approx(600, abs=15)
    await leg.hang_up()
    await _rest(leg)


def _account(port: int, **more: Any) -> TrunkAddress:
    fields: dict[str, Any] = {
        "username": "trunkuser",
        "password": PASSWORD,
        "registration": True,
    } | more
    return TrunkAddress("registrar", _HERE, port, **fields)


@needs_kamailio
@pytest.mark.parametrize(("transport", "realm"), [("udp", ""), ("tcp", REALM)])
async def test_a_trunk_registers_with_digest_renews_and_takes_it_back(
    tmp_path: Path, transport: str, realm: str
) -> None:
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
    await runtime.start()
    async with Kamailio(tmp_path, expires=4) as registrar:
        try:
            trunk = _account(registrar.port, transport=transport, realm=realm)
            assert runtime.registration(trunk) is None
            held = await runtime.register(trunk)
            assert (held.state, held.code) == (RegistrationState.REGISTERED, 200)
            assert len(registrar.registrations()) == 1
            async with asyncio.timeout(8):
                while len(registrar.registrations()) < 2:
                    await registrar.wait_more()
            assert runtime.registration(trunk) == await runtime.register(trunk)
        finally:
            await runtime.close()
        last = await registrar.wait_seen("register trunkuser", matching="expires=0")
    assert transport == "udp" or "transport=tcp" in last


@needs_kamailio
async def test_a_wrong_password_fails_the_registration_and_no_call_is_placed(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with Kamailio(tmp_path) as registrar:
        trunk = _account(registrar.port, password="wrong")
        with pytest.raises(TrunkNotRegistered, match="401"):
            await _dial(runtime, trunk)
        held = runtime.registration(trunk)
        assert held is not None
        assert (held.state, held.code) == (RegistrationState.FAILED, 401)
        assert not [line for line in registrar.seen if line.startswith("INVITE")]


@needs_kamailio
@needs_sipp
async def test_a_call_over_a_registering_trunk_follows_the_registration(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with (
        Sipp("answer_until_bye", tmp_path) as callee,
        Kamailio(tmp_path, next_hop=callee.port) as registrar,
    ):
        leg = await _dial(runtime, _account(registrar.port))
        await _until(leg, Answered)
        await leg.hang_up()
        await _rest(leg)
        assert await callee.succeeded(), callee.complaints()
        methods = [line.split()[0] for line in registrar.seen]
        assert methods.index("register") < methods.index("INVITE")


@needs_kamailio
@needs_sipp
async def test_an_outbound_proxy_is_the_first_hop(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with (
        Sipp("answer_until_bye", tmp_path) as callee,
        Kamailio(tmp_path, next_hop=callee.port) as proxy,
    ):
        trunk = TrunkAddress("t", "trunk.invalid", 5060, outbound_proxy=f"{_HERE}:{proxy.port}")
        leg = await _dial(runtime, trunk)
        await _until(leg, Answered)
        await leg.hang_up()
        await _rest(leg)
        assert await callee.succeeded(), callee.complaints()
        assert "routed BYE" in proxy.seen


@needs_kamailio
@needs_sipp
async def test_a_call_over_tcp(runtime: BaresipRuntime, tmp_path: Path) -> None:
    async with (
        Sipp("answer_until_bye", tmp_path) as callee,
        Kamailio(tmp_path, next_hop=callee.port) as proxy,
    ):
        leg = await _dial(runtime, TrunkAddress("t", _HERE, proxy.port, transport="tcp"))
        await _until(leg, Answered)
        await leg.hang_up()
        await _rest(leg)
        assert await callee.succeeded(), callee.complaints()
        assert any(line.startswith("INVITE") and line.endswith("tcp") for line in proxy.seen)


@needs_baresip_program
@pytest.mark.parametrize(
    ("srtp", "theirs"), [("off", ""), ("sdes", "srtp-mand"), ("dtls", "dtls_srtp")]
)
async def test_a_call_over_tls_with_encrypted_audio(
    runtime: BaresipRuntime, tmp_path: Path, recording: Path, srtp: str, theirs: str
) -> None:
    authority = Authority(tmp_path, "trunk")
    program = BaresipProgram(
        _CALLEE, recording, tmp_path, encryption=theirs, certificate=authority.certificate(_HERE)
    )
    async with program:
        trunk = TrunkAddress(
            "t",
            _HERE,
            program.tls_port,
            transport="tls",
            srtp=srtp,
            tls_ca_file=str(authority.file),
        )
        await _hear_the_tone(runtime, trunk)


@needs_baresip_program
async def test_a_certificate_nobody_vouches_for_ends_the_call(
    runtime: BaresipRuntime, tmp_path: Path, recording: Path
) -> None:
    certificate = Authority(tmp_path, "stranger").certificate(_HERE)
    async with BaresipProgram(_CALLEE, recording, tmp_path, certificate=certificate) as program:
        trunk = TrunkAddress("t", _HERE, program.tls_port, transport="tls")
        leg = await _dial(runtime, trunk)
        events = await _rest(leg)
    assert not [event for event in events if isinstance(event, Answered)]


async def test_a_missing_ca_file_is_told_before_any_call(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    trunk = TrunkAddress("t", _HERE, 5061, "tls", tls_ca_file=str(tmp_path / "absent.pem"))
    with pytest.raises(TrunkError, match="PEM"):
        await _dial(runtime, trunk)


@needs_baresip_program
@pytest.mark.parametrize("srtp", ["sdes", "dtls"])
async def test_a_trunk_that_demands_encryption_never_talks_in_the_clear(
    runtime: BaresipRuntime, tmp_path: Path, recording: Path, srtp: str
) -> None:
    async with BaresipProgram(_CALLEE, recording, tmp_path) as program:
        leg = await _dial(runtime, TrunkAddress("t", _HERE, program.port, srtp=srtp))
        events = await _rest(leg)
    assert not [event for event in events if isinstance(event, Answered)]


@needs_baresip_program
@pytest.mark.parametrize("codec", ["pcma", "pcmu", "g722", "opus"])
async def test_audio_in_every_codec_is_heard_at_its_pitch(
    runtime: BaresipRuntime, tmp_path: Path, recording: Path, codec: str
) -> None:
    names = {"g722": "g722/16000/1", "opus": "opus/48000/2"}
    program = BaresipProgram(_CALLEE, recording, tmp_path, codecs=names.get(codec, codec))
    async with program:
        await _hear_the_tone(runtime, TrunkAddress("t", _HERE, program.port, codecs=(codec,)))


@pytest.mark.parametrize(
    ("codecs", "offer"),
    [
        (("pcma", "pcmu"), ["PCMA/8000", "PCMU/8000"]),
        (("pcmu", "pcma"), ["PCMU/8000", "PCMA/8000"]),
        (("g722", "pcma"), ["G722/8000", "PCMA/8000"]),
        (("pcma", "opus", "g722"), ["PCMA/8000", "opus/48000/2", "G722/8000"]),
    ],
)
async def test_the_offer_has_the_trunks_codecs_in_its_order(
    runtime: BaresipRuntime, codecs: tuple[str, ...], offer: list[str]
) -> None:
    offered: list[str] = []

    async def refuse(call: ServerCall) -> None:
        media = next(line for line in call.invite.body.splitlines() if line.startswith("m=audio"))
        names: Mapping[str, str] = dict(
            line.removeprefix("a=rtpmap:").split(" ", 1)
            for line in call.invite.body.splitlines()
            if line.startswith("a=rtpmap:")
        )
        offered.extend(names[number] for number in media.split()[3:])
        await call.reject(488, "Not Acceptable Here")

    uas = await Uas.listen(refuse)
    try:
        leg = await _dial(runtime, TrunkAddress("t", _HERE, uas.port, codecs=codecs))
        await _rest(leg)
    finally:
        await uas.close()
    assert offered == [*offer, "telephone-event/8000"]


@needs_sipp
@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.2,127.0.0.1"])
async def test_one_stack_reaches_loopback_from_loopback_whatever_else_it_listens_on(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with Sipp("answer_until_bye", tmp_path) as callee:
        leg = await _dial(runtime, TrunkAddress("rehearsal", _HERE, callee.port, rehearsal=True))
        await _until(leg, Answered)
        await leg.hang_up()
        await _rest(leg)
        assert await callee.succeeded(), callee.complaints()


@pytest.mark.parametrize("host", ["0.0.0.0"])
async def test_each_call_leaves_from_the_address_that_faces_its_trunk(
    runtime: BaresipRuntime,
) -> None:
    outside = _outside_address()
    if outside is None:
        pytest.skip("this machine has no address besides loopback")
    invites: dict[str, str] = {}

    async def refuse(call: ServerCall) -> None:
        sent = call.invite
        invites[sent.header("via")] = f"{sent.header('contact')} {sent.body}"
        await call.reject(486, "Busy Here")

    for address in (_HERE, outside):
        uas = await Uas.listen(refuse, address)
        try:
            await _rest(await _dial(runtime, TrunkAddress("t", address, uas.port)))
        finally:
            await uas.close()
        via, rest = invites.popitem()
        assert via.startswith(f"SIP/2.0/UDP {address}:{runtime.options.port};")
        assert f"@{address}:{runtime.options.port}>" in rest
        assert f"c=IN IP4 {address}" in rest


def _outside_address() -> str | None:
    """Return the address this machine would reach the network from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


async def test_an_address_that_is_not_ours_is_told_at_the_start() -> None:
    options = RuntimeOptions(host=f"{_HERE},192.0.2.77", port=free_port(), rtp_ports=free_range(20))
    runtime = BaresipRuntime(options)
    with pytest.raises(TrunkError, match=r"192\.0\.2\.77"):
        await runtime.start()


@needs_sipp
async def test_a_call_to_a_caller_number_of_ours_is_declined(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with Sipp("refuse", tmp_path, {"code": "486", "phrase": "Busy", "cause": "17"}) as callee:
        leg = await _dial(runtime, TrunkAddress("t", _HERE, callee.port))
        await _rest(leg)
    stranger = Sipp(
        "call_and_be_declined", tmp_path, calls=(f"{_HERE}:{runtime.options.port}", "0771123660")
    )
    async with stranger:
        assert await stranger.succeeded(), stranger.complaints()
        assert runtime.live_calls == 0
