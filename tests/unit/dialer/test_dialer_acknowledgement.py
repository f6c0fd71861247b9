"""Which ACK is sent again and which cause is heard, without the stack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.trunks.baresip.acknowledgement import Acknowledgements
from dialer.trunks.baresip.heard_cause import HeardCauses


def _ack(call_id: str = "a1", number: int = 7) -> bytes:
    return f"ACK sip:x SIP/2.0\r\nCall-ID: {call_id}\r\nCSeq: {number} ACK\r\n\r\n".encode()


def _answer(call_id: str = "a1", number: int = 7, header: str = "Call-ID") -> bytes:
    lines = f"SIP/2.0 200 OK\r\n{header}: {call_id}\r\nCSeq: {number} INVITE\r\n"
    return f"{lines}\r\nv=0\r\n".encode()


def test_a_repeated_answer_gets_its_own_ack() -> None:
    kept = Acknowledgements()
    for call_id, number in (("a1", 7), ("b2", 7), ("a1", 8)):
        kept.received(_answer(call_id, number))
        assert kept.sent(_ack(call_id, number), 0.0) is None
    kept.received(_answer("a1", 7, header="i"))
    assert kept.sent(b"", 1.0) == _ack("a1", 7)
    kept.received(_answer("a1", 8))
    assert kept.sent(b"", 1.0) == _ack("a1", 8)


def test_what_was_never_acknowledged_or_is_no_answer_gets_nothing() -> None:
    kept = Acknowledgements()
    kept.sent(_ack(), 0.0)
    kept.received(_answer("other"))
    assert kept.sent(b"", 1.0) is None
    kept.received(b"SIP/2.0 180 Ringing\r\nCall-ID: a1\r\nCSeq: 7 INVITE\r\n\r\n")
    assert kept.sent(b"", 1.0) is None
    kept.received(b"SIP/2.0 200 OK\r\nCall-ID: a1\r\nCSeq: 7 BYE\r\n\r\n")
    assert kept.sent(b"", 1.0) is None


def test_old_acks_are_forgotten() -> None:
    kept = Acknowledgements()
    kept.sent(_ack("old"), 0.0)
    kept.sent(_ack("new"), 41.0)
    kept.received(_answer("old"))
    assert kept.sent(b"", 41.0) is None
    kept.received(_answer("new"))
    assert kept.sent(b"", 41.0) == _ack("new")


def _ending(start: str, reasons: str, call_id: str = "a1") -> bytes:
    return f"{start}\r\nCall-ID: {call_id}\r\n{reasons}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("start", "reasons", "cause"),
    [
        ("SIP/2.0 486 Busy", "Reason: Q.850;cause=17", 17),
        ("SIP/2.0 486 Busy", 'Reason: SIP;cause=486;text="x",Q.850;cause=17', 17),
        ("SIP/2.0 480 Gone", "Reason: SIP;cause=480\r\nreason : Q.850 ; cause=20", 20),
        ("BYE sip:us SIP/2.0", "Reason: Q.850;\r\n  cause=16", 16),
        ("SIP/2.0 183 Progress", "Reason: Q.850;cause=17", None),
        ("SIP/2.0 486 Busy", "Reason: SIP;cause=486", None),
        ("SIP/2.0 486 Busy", "X-Reason: Q.850;cause=17", None),
    ],
)
def test_a_cause_is_heard_wherever_it_stands(start: str, reasons: str, cause: int | None) -> None:
    heard = HeardCauses()
    heard.received(_ending(start, reasons))
    assert heard.take("other") is None
    assert heard.take("a1") == cause
    assert heard.take("a1") is None


def test_causes_nobody_asks_for_are_forgotten() -> None:
    heard = HeardCauses()
    for number in range(2001):
        heard.received(_ending("BYE sip:us SIP/2.0", "Reason: Q.850;cause=16", f"{number}"))
    assert heard.take("0") is None
    assert heard.take("1") == 16


@given(st.binary(max_size=200))
def test_noise_has_no_cause(noise: bytes) -> None:
    heard = HeardCauses()
    heard.received(b"BYE " + noise)
    assert heard.take("") is None


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60))))
def test_noise_is_never_repeated(packets: list[tuple[bool, bytes]]) -> None:
    kept = Acknowledgements()
    for sent, packet in packets:
        if sent:
            assert kept.sent(packet, 0.0) is None
        else:
            kept.received(packet)
