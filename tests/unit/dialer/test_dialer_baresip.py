"""What the stack's reports are read as, without the stack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest
from baresip import AudioInfo, AudioNotActive

from campaigns.attempt import TrunkAddress
from dialer.errors import TrunkError
from dialer.ports import FRAME_BYTES, Frame, Party
from dialer.trunks.baresip.audio import BaresipAudio
from dialer.trunks.baresip.closing import closing_of, q850_of
from dialer.trunks.baresip.identity import Identity, registering_account, request_uri
from dialer.trunks.baresip.runtime import RuntimeOptions
from dialer.trunks.baresip.signalling import Report, State, Told, step
from tests.fakes.virtual_time import run_in_virtual_time


@pytest.mark.parametrize(
    ("text", "who", "code", "q850", "reason"),
    [
        ("486 Busy Here", Party.REMOTE, 486, None, "Busy Here"),
        ('486 Busy Here,Q.850;cause=17;text="User busy: line"', Party.REMOTE, 486, 17, "Busy Here"),
        ("404 Not Found,SIP;cause=404,Q.850 ;cause=1", Party.REMOTE, 404, 1, "Not Found"),
        ("480 ", Party.REMOTE, 480, None, ""),
        ("603", Party.REMOTE, 603, None, ""),
        (
            "Connection reset by peer [104]",
            *(Party.REMOTE, None, None, "hung up by the far end"),
        ),
        ("Rejected by user", Party.LOCAL, None, None, "hung up by us"),
        ("Call transfered", Party.LOCAL, None, None, None),
        ("Connection timed out [110]", Party.NETWORK, None, None, None),
        ("rtp stream error", Party.NETWORK, None, None, None),
        ("", Party.NETWORK, None, None, None),
        ("183 Session Progress", Party.NETWORK, None, None, None),
        ("200 OK", Party.NETWORK, None, None, None),
        ("700 Nonsense", Party.NETWORK, None, None, None),
        ("4860 Nonsense", Party.NETWORK, None, None, None),
    ],
)
def test_closing_lines(
    text: str, who: Party, code: int | None, q850: int | None, reason: str | None
) -> None:
    closing = closing_of(text)
    expected = text if reason is None else reason
    assert (closing.who, closing.sip_code, closing.q850, closing.reason) == (
        who,
        code,
        q850,
        expected,
    )


def test_a_reason_holds_only_what_can_be_kept_and_shown() -> None:
    assert closing_of("486 Bu\x00sy\u202e\ud800\x1b[31m 忙").reason == "Busy[31m 忙"
    assert closing_of("broken\x00\n").reason == "broken"
    assert len(closing_of("500 " + "x" * 5000).reason) == 200


def test_the_cause_of_a_bye_is_taken_and_our_own_end_is_ours() -> None:
    assert closing_of("Connection reset by peer [104]", 16).q850 == 16
    assert closing_of("whatever", hung_up=True).who is Party.LOCAL
    assert closing_of("486 Busy Here", hung_up=True).who is Party.REMOTE


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ('Q.850;cause=31;text="x"', 31),
        ("q.850 ; cause = 3", 3),
        ("SIP;cause=200", None),
        ("SIP;cause=200,Q.850;cause=16", 16),
        ("Q.850;cause=999", None),
        ("Q.850;text=cause", None),
        ("", None),
    ],
)
def test_q850_causes(header: str, cause: int | None) -> None:
    assert q850_of(header) == cause


def test_every_pair_of_the_signalling_table_is_defined_and_over_is_final() -> None:
    for state, report in product(State, Report):
        after, told = step(state, report)
        assert isinstance(after, State)
        if state is State.OVER:
            assert (after, told) == (State.OVER, None)
        elif report is Report.CLOSED:
            assert (after, told) == (State.OVER, Told.ENDED)
        else:
            assert after is not State.OVER


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        ("sent ringing answered remote_sdp established closed", "trying ringing answered ended"),
        ("sent remote_sdp answered established", "trying early_media answered"),
        (
            "sent remote_sdp ringing ringing established",
            "trying early_media ringing ringing answered",
        ),
        ("sent ringing ringing remote_sdp closed", "trying ringing early_media ended"),
        ("sent answered remote_sdp established remote_sdp established", "trying answered"),
        ("sent closed ringing established", "trying ended"),
        ("established", "answered"),
    ],
)
def test_what_is_told_of_a_call(reports: str, told: str) -> None:
    state, heard = State.DIALLING, []
    for report in reports.split():
        state, event = step(state, Report(report))
        if event is not None:
            heard.append(event.value)
    assert heard == told.split()


_TRUNK = TrunkAddress("t", "10.0.0.1", 5060, username="trunk7", password="s3 cret")


def test_an_identity_travels_exactly_as_registered() -> None:
    identity = Identity("077112366", "南宁税务", _TRUNK)
    assert identity.address_of_record() == (
        '"南宁税务" <sip:077112366@10.0.0.1;transport=udp>;auth_user=trunk7;auth_pass="s3 cret"'
        ";answermode=manual;audio_codecs=pcma,pcmu;dtmfmode=rtpevent;regint=0"
    )
    assert "s3 cret" not in repr(identity)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"codecs": ("g722", "opus", "pcma")}, "audio_codecs=g722/16000/1,opus/48000/2,pcma;"),
        ({"srtp": "sdes"}, ";mediaenc=srtp-mand;"),
        ({"srtp": "dtls"}, ";mediaenc=dtls_srtp;"),
        ({"outbound_proxy": "sbc:5080"}, ';outbound="sip:sbc:5080;transport=udp";'),
        ({"transport": "tls", "outbound_proxy": "sbc"}, ';outbound="sip:sbc;transport=tls";'),
        ({"realm": "ims.example"}, "<sip:0771@ims.example;transport=udp>"),
        ({"realm": "ims.example"}, ';outbound="sip:10.0.0.1:5060;transport=udp";'),
    ],
)
def test_what_a_trunk_asks_for_reaches_the_stack(changes: dict[str, Any], part: str) -> None:
    assert part in Identity("0771", "", replace(_TRUNK, **changes)).address_of_record()


def test_a_registering_account_has_the_users_name_and_the_expiry() -> None:
    line = registering_account(replace(_TRUNK, port=5080, register_expiry_s=90))
    assert line.startswith("<sip:trunk7@10.0.0.1;transport=udp>;auth_user=trunk7;")
    assert ';outbound="sip:10.0.0.1:5080;transport=udp";' in line
    assert line.endswith(";regint=90")
    with pytest.raises(TrunkError):
        registering_account(replace(_TRUNK, username="", password=""))


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "0771@evil"},
        {"number": ""},
        {"number": "1;x=y"},
        {"name": 'x" <sip:other@host>'},
        {"name": "line\nbreak"},
        {"name": "a\\b"},
    ],
)
def test_what_could_change_the_identity_is_refused(wrong: dict[str, str]) -> None:
    fields = {"number": "0771", "name": "n"} | wrong
    with pytest.raises(TrunkError):
        Identity(**fields, trunk=_TRUNK).address_of_record()


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "host>;x"},
        {"realm": "realm>;x"},
        {"outbound_proxy": "proxy;x"},
        {"transport": "sctp"},
        {"username": "u;x"},
        {"password": 'p"'},
        {"srtp": "zrtp"},
        {"codecs": ("pcma", "mp3")},
        {"codecs": ()},
        {"tls_verify": False},
    ],
)
def test_a_trunk_that_could_not_be_dialled_as_configured_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TrunkError):
        Identity("0771", "n", replace(_TRUNK, **wrong)).address_of_record()


def test_request_uris() -> None:
    assert request_uri("*21#", _TRUNK) == "sip:*21%23@10.0.0.1:5060;transport=udp"
    ims = replace(_TRUNK, realm="ims.example", transport="tcp")
    assert request_uri("12366", ims) == "sip:12366@ims.example;transport=tcp"
    with pytest.raises(TrunkError):
        request_uri("1@h;x", _TRUNK)


@pytest.mark.parametrize(
    ("host", "interface", "listen", "more"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1:5060", ()),
        ("0.0.0.0", None, "0.0.0.0:5060", ("127.0.0.1",)),
        ("192.0.2.1, 127.0.0.1", "192.0.2.1", "0.0.0.0:5060", ("127.0.0.1",)),
    ],
)
def test_where_the_stack_listens(
    host: str, interface: str | None, listen: str, more: tuple[str, ...]
) -> None:
    options = RuntimeOptions(host=host)
    assert options.config().net_interface == interface
    assert f"sip_listen {listen}\n" in options.config().extra_config_text
    assert options.more_hosts == more


@dataclass
class Rings:
    """The stack's two rings; what is in `arriving` can be read."""

    arriving: bytes = b""
    sending: bytes = b""
    active: bool = True
    written: list[bytes] = field(default_factory=list)

    def info(self) -> AudioInfo:
        self._check()
        return AudioInfo(
            True, True, 8000, 1, 20, 8000, 1, len(self.sending), len(self.arriving), 32000, 32000
        )

    def read(self, max_bytes: int) -> bytes:
        self._check()
        taken, self.arriving = self.arriving[:max_bytes], self.arriving[max_bytes:]
        return taken

    def write(self, pcm: bytes) -> int:
        self._check()
        self.sending += pcm
        return len(pcm)

    def flush_tx(self) -> None:
        self._check()
        self.sending = b""

    def _check(self) -> None:
        if not self.active:
            raise AudioNotActive


def polled(rings: Rings, arrivals: list[int]) -> Iterator[list[Frame]]:
    """Poll every 20 ms; each number is how many frames have arrived since the poll before."""

    async def work() -> list[list[Frame]]:
        audio = BaresipAudio(rings)
        stream = audio.frames()
        ticks: list[list[Frame]] = []
        for tick, arrived in enumerate(arrivals):
            rings.arriving += b"\1\0" * (arrived * FRAME_BYTES // 2)
            audio.poll(tick * 0.02)
            got: list[Frame] = []
            try:
                while True:
                    got.append(await asyncio.wait_for(anext(stream), 0.0001))
            except TimeoutError:
                ticks.append(got)
        return ticks

    return iter(run_in_virtual_time(work()))


def test_frames_come_one_by_one_on_a_steady_line() -> None:
    ticks = list(polled(Rings(), [1] * 50))
    assert [len(tick) for tick in ticks] == [1] * 50
    assert not any(frame.gap for tick in ticks for frame in tick)


def test_late_frames_are_waited_for_and_add_no_time() -> None:
    frames = [f for tick in polled(Rings(), [1, 0, 0, 3, 0, 2] * 20) for f in tick]
    assert len(frames) == 120
    assert not any(frame.gap for frame in frames)


def test_a_long_gap_becomes_silence_of_the_same_length() -> None:
    frames = [f for tick in polled(Rings(), [1] * 10 + [0] * 50 + [1] * 40) for f in tick]
    assert sum(frame.gap for frame in frames) == pytest.approx(50, abs=4)
    assert len(frames) == pytest.approx(100, abs=4)


def test_a_faster_far_clock_does_not_pile_up_forever() -> None:
    arrivals = [2 if tick % 50 == 0 else 1 for tick in range(2000)] + [0] * 10
    frames = [f for tick in polled(Rings(), arrivals) for f in tick]
    assert frames[-1].gap  # the silence at the end is noticed within 100 ms + 60 ms


def test_nothing_comes_before_the_media_does() -> None:
    rings = Rings(active=False)
    assert [len(tick) for tick in polled(rings, [0] * 20)] == [0] * 20


def test_writes_are_bounded_to_200_ms_and_flushed() -> None:
    rings = Rings()
    audio = BaresipAudio(rings)
    assert audio.write(bytes(10_000)) == 3200
    assert audio.queued_s() == pytest.approx(0.2)
    assert audio.write(bytes(320)) == 0
    audio.flush()
    assert (audio.queued_s(), audio.write(bytes(320))) == (0.0, 320)
    rings.active = False
    assert (audio.write(bytes(320)), audio.queued_s()) == (0, 0.0)
