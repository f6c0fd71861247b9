"""Hanging up on the second callee of a forked call (RFC 3261 section 13.2.2.4).

Where a proxy rings several telephones two may answer. The first has the call; the stack ignores the
others' 200s, and their people would listen to nothing for half a minute.
"""

from __future__ import annotations

import re
import secrets

from dialer.trunks.baresip.sip_packet import head_of

_TAG = re.compile(rb";[ \t]*tag=([^;\s>]+)", re.IGNORECASE)
_CONTACT = re.compile(rb"<([^<>\r\n]+)>")
_SENT_BY = re.compile(rb"SIP/2\.0/UDP[ \t]+([^;\s]+)", re.IGNORECASE)


def goodbye(answer: bytes, acknowledgement: bytes) -> tuple[bytes, bytes] | None:
    """Return the ACK and the BYE for an answer that is not the one `acknowledgement` was for;
    None where it is the same, or cannot be answered."""
    theirs, ours = head_of(answer), head_of(acknowledgement)
    tag, first_tag = _TAG.search(_value(theirs, "To|t")), _TAG.search(_value(ours, "To|t"))
    contact = _CONTACT.search(_value(theirs, "Contact|m"))
    sent_by = _SENT_BY.match(_value(ours, "Via|v"))
    number = _value(ours, "CSeq").split(b" ")[0]
    if not (tag and first_tag and contact and sent_by and number.isdigit()):
        return None
    if tag.group(1) == first_tag.group(1):
        return None
    routes = b",".join(_values(theirs, "Record-Route")).split(b",")
    lines = [
        *(b"Route: " + route.strip() for route in reversed(routes) if route.strip()),
        b"Max-Forwards: 70",
        b"From: " + _value(ours, "From|f"),
        b"To: " + _value(theirs, "To|t"),
        b"Call-ID: " + _value(ours, "Call-ID|i"),
    ]

    def request(method: bytes, cseq: int) -> bytes:
        branch = f"z9hG4bK{secrets.token_hex(8)}".encode()
        via = b"Via: SIP/2.0/UDP " + sent_by.group(1) + b";branch=" + branch + b";rport"
        start = method + b" " + contact.group(1) + b" SIP/2.0"
        end = [b"CSeq: %d %b" % (cseq, method), b"Content-Length: 0", b"", b""]
        return b"\r\n".join([start, via, *lines, *end])

    return request(b"ACK", int(number)), request(b"BYE", int(number) + 1)


def _values(head: bytes, names: str) -> list[bytes]:
    pattern = rf"\r\n(?:{names})[ \t]*:[ \t]*([^\r\n]*)".encode()
    return [found.strip() for found in re.findall(pattern, head, re.IGNORECASE)]


def _value(head: bytes, names: str) -> bytes:
    return next(iter(_values(head, names)), b"")
