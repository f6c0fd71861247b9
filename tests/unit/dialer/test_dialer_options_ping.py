"""The OPTIONS a trunk is asked with, and what counts as its answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import TrunkAddress
from dialer.trunks.options_ping import Response, final_response, options_request
from tests.peers.sip_message import parse

_BRANCH = "z9hG4bK0123"


def test_a_request_carries_what_rfc_3261_section_8_1_1_demands() -> None:
    address = TrunkAddress("t", "sip.example", 5062, username="trunkuser", password="secret")
    sent = options_request(address, ("192.0.2.1", 40000), _BRANCH, "id@x", "tag1")
    message = parse(sent)
    assert message is not None
    assert message.start == "OPTIONS sip:sip.example:5062;transport=udp SIP/2.0"
    assert message.header("via") == f"SIP/2.0/UDP 192.0.2.1:40000;branch={_BRANCH};rport"
    assert message.header("max-forwards") == "70"
    assert message.header("from") == "<sip:trunkuser@sip.example>;tag=tag1"
    assert message.header("to") == "<sip:sip.example:5062;transport=udp>"
    assert message.header("call-id") == "id@x"
    assert message.header("cseq") == "1 OPTIONS"
    assert message.header("content-length") == "0"
    assert b"secret" not in sent
    assert sent.endswith(b"\r\n\r\n")


def test_an_ipv6_trunk_is_written_in_brackets() -> None:
    address = TrunkAddress("t", "2001:db8::1", 5060, transport="tcp")
    sent = options_request(address, ("2001:db8::2", 40000), _BRANCH, "id@x", "tag1").decode()
    assert sent.startswith("OPTIONS sip:[2001:db8::1]:5060;transport=tcp SIP/2.0\r\n")
    assert f"Via: SIP/2.0/TCP [2001:db8::2]:40000;branch={_BRANCH}" in sent


@pytest.mark.parametrize(
    ("start", "branch", "found"),
    [
        ("SIP/2.0 200 OK", _BRANCH, Response(200, "OK")),
        ("SIP/2.0 503 Service Unavailable", _BRANCH, Response(503, "Service Unavailable")),
        ("SIP/2.0 404", _BRANCH, Response(404, "")),
        ("SIP/2.0 100 Trying", _BRANCH, None),
        ("SIP/2.0 200 OK", "z9hG4bKother", None),
        ("SIP/2.0 20x OK", _BRANCH, None),
        ("SIP/2.0 999 Much", _BRANCH, None),
        ("HTTP/1.1 200 OK", _BRANCH, None),
        ("OPTIONS sip:us SIP/2.0", _BRANCH, None),
    ],
)
def test_only_a_final_response_of_this_branch_counts(
    start: str, branch: str, found: Response | None
) -> None:
    message = f"{start}\r\nVia: SIP/2.0/UDP 192.0.2.1:40000;branch={branch}\r\n\r\n".encode()
    assert final_response(message, _BRANCH) == found


@given(st.binary(max_size=200))
def test_noise_is_no_response(noise: bytes) -> None:
    assert final_response(noise, _BRANCH) is None
