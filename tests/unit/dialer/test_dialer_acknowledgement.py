"""Which ACK is sent again, without the stack."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.trunks.baresip.acknowledgement import Acknowledgements


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


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60))))
def test_noise_is_never_repeated(packets: list[tuple[bool, bytes]]) -> None:
    kept = Acknowledgements()
    for sent, packet in packets:
        if sent:
            assert kept.sent(packet, 0.0) is None
        else:
            kept.received(packet)
