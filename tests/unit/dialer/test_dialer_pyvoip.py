"""The pyvoip driver without pyVoIP: its sound, its pipe, what it refuses, what it needs."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import TrunkAddress
from dialer.errors import TrunkError
from dialer.ports import DialRequest
from dialer.trunks.pyvoip import PyvoipTrunk, child
from dialer.trunks.pyvoip.pipe import Kind, Message, heard, read, read_heard
from dialer.trunks.pyvoip.sound import Heard, Said, from_8_bit, to_8_bit
from dialer.trunks.pyvoip.trunk import MOST_CALLS, impossible

ADDRESS = TrunkAddress("peer", "192.0.2.1", 5060, max_calls=100)
REQUEST = DialRequest(uuid4(), "13800000001", "12366", "南宁税务", "x")


@given(st.binary(max_size=400).map(lambda data: data[: len(data) & ~1]))
def test_eight_bits_lose_less_than_one_step(pcm: bytes) -> None:
    back = from_8_bit(to_8_bit(pcm))
    assert len(back) == len(pcm)
    for at in range(0, len(pcm), 2):
        before = int.from_bytes(pcm[at : at + 2], "little", signed=True)
        after = int.from_bytes(back[at : at + 2], "little", signed=True)
        assert 0 <= before - after < 256


@given(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=700))
def test_a_message_survives_the_pipe(kind: Kind, call: int, body: bytes) -> None:
    message = Message(kind, call, body)
    pipe = io.BytesIO(message.encoded() * 2)
    assert [read(pipe), read(pipe), read(pipe)] == [message, message, None]


def test_heard_tells_how_much_has_left() -> None:
    assert read_heard(heard(3, 2**32 + 5, b"\1\2")) == (5, b"\1\2")


@given(st.lists(st.one_of(st.integers(1, 900), st.just("flush"), st.just("read")), max_size=40))
def test_what_is_said_is_sent_or_flushed(steps: list[int | str]) -> None:
    said, appended = Said(), 0
    for step in steps:
        if step == "flush":
            said.flush()
            assert said.left == appended
        elif step == "read":
            assert len(said.read(160)) == 160
        else:
            said.append(bytes(2 * int(step)))
            appended += 2 * int(step)
        assert said.left <= appended


def test_packets_out_of_order_are_left_out_also_over_the_turn_of_the_clock() -> None:
    line = Heard()
    line.write(2**32 - 160, b"\x81" * 160)
    line.write(0, b"\x82" * 160)
    line.write(2**32 - 320, b"\x83" * 160)
    assert line.take() == b"\x00\x01" * 160 + b"\x00\x02" * 160
    assert line.take() == b""


def test_a_reader_that_does_not_read_costs_no_memory() -> None:
    line = Heard()
    for packet in range(1000):
        line.write(packet * 160, bytes(160))
    assert len(line.take()) == 16_000


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"transport": "tls"}, "udp"),
        ({"srtp": "sdes"}, "encrypt"),
        ({"registration": True}, "registration"),
        ({"outbound_proxy": "192.0.2.9"}, "proxy"),
        ({"codecs": ("pcma",)}, "PCMU"),
        ({"host": "trunk.example"}, "IPv4"),
        ({"username": "other", "password": "x"}, "own number"),
    ],
)
def test_a_trunk_it_cannot_serve_is_refused_with_the_reason(
    change: dict[str, object], word: str
) -> None:
    assert impossible(ADDRESS, REQUEST) is None
    assert word in (impossible(replace(ADDRESS, **change), REQUEST) or "")


def test_headers_it_cannot_send_are_not_dropped_silently() -> None:
    signed = replace(REQUEST, headers={"Identity": "…"})
    assert "headers" in (impossible(ADDRESS, signed) or "")
    assert impossible(ADDRESS, replace(REQUEST, headers={"X-Attempt": "1"})) is None


def test_a_number_cannot_smuggle_headers_in() -> None:
    forged = replace(REQUEST, number="138\r\nX: y")
    assert "digits" in (impossible(ADDRESS, forged) or "")


def test_it_declares_no_more_calls_than_its_sound_survives() -> None:
    assert PyvoipTrunk(ADDRESS).max_calls == MOST_CALLS
    assert PyvoipTrunk(replace(ADDRESS, max_calls=3)).max_calls == 3


async def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "find_spec", lambda name: None)
    trunk = PyvoipTrunk(ADDRESS)
    with pytest.raises(TrunkError, match=r"outbound\[pyvoip\]"):
        await trunk.dial(REQUEST)


def test_the_dialer_never_imports_it() -> None:
    # In a process of its own: another test may have imported it here.
    code = "import sys, dialer.main; sys.exit('pyVoIP' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
