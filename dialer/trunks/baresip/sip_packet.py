"""What is read of a SIP packet that passes by (RFC 3261 section 7.3)."""

from __future__ import annotations

import re

_FOLD = re.compile(rb"\r\n[ \t]+")
_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]+?)[ \t]*\r\n", re.IGNORECASE)


def head_of(packet: bytes) -> bytes:
    """Return the start line and headers, folded lines joined."""
    return _FOLD.sub(b" ", packet.partition(b"\r\n\r\n")[0] + b"\r\n")


def call_id_of(head: bytes) -> str | None:
    """Return the Call-ID in a head, None where there is none."""
    found = _CALL_ID.search(head)
    return found.group(1).decode("utf-8", "replace") if found else None
