"""Which ACK is sent again and which cause is heard, without the stack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.trunks.baresip.acknowledgement import Acknowledgements
from dialer.trunks.baresip.heard_cause import HeardCauses
from tests.peers.sip_message import parse


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


_FIRST = (
    b"ACK sip:a@1.1.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 9.9.9.9:5060;branch=z9hG4bK1;rport\r\n"
    b"From: <sip:us@x>;tag=u\r\nTo: <sip:b@x>;tag=one\r\nCall-ID: a1\r\nCSeq: 7 ACK\r\n\r\n"
)


def _second(tag: str, contact: str = "<sip:b2@2.2.2.2:5062>") -> bytes:
    return (
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 9.9.9.9:5060;branch=z9hG4bK0\r\n"
        "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nRecord-Route: <sip:p3;lr>\r\n"
        f"f: <sip:us@x>;tag=u\r\nt: <sip:b@x>;tag={tag}\r\nm: {contact}\r\n"
        "i: a1\r\nCSeq: 7 INVITE\r\n\r\nv=0\r\n"
    ).encode()


def test_a_second_callee_gets_an_ack_and_a_bye_along_its_own_route() -> None:
    kept = Acknowledgements()
    assert kept.received(_second("one")) == ()
    kept.sent(_FIRST, 0.0)
    assert kept.received(_second("one")) == (), "the first callee's 200, repeated"
    ack, bye = (parse(packet) for packet in kept.received(_second("two")))
    assert ack is not None
    assert bye is not None
    assert ack.start == "ACK sip:b2@2.2.2.2:5062 SIP/2.0"
    assert bye.start == "BYE sip:b2@2.2.2.2:5062 SIP/2.0"
    for request, cseq in ((ack, "7 ACK"), (bye, "8 BYE")):
        assert request.header("to") == "<sip:b@x>;tag=two"
        assert request.header("from") == "<sip:us@x>;tag=u"
        assert request.header("call-id") == "a1"
        assert request.header("cseq") == cseq
        assert request.all("route") == ["<sip:p3;lr>", "<sip:p2;lr>", "<sip:p1;lr>"]
        assert request.header("via").startswith("SIP/2.0/UDP 9.9.9.9:5060;branch=z9hG4bK")
    assert ack.header("via") != bye.header("via")
    assert kept.sent(b"", 1.0) is None, "the first callee's ACK is not for the second"


def test_an_answer_without_a_contact_cannot_be_said_goodbye_to() -> None:
    kept = Acknowledgements()
    kept.sent(_FIRST, 0.0)
    assert kept.received(_second("two", contact="nonsense")) == ()


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
