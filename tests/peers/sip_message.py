"""A SIP message (RFC 3261 section 7) as far as a test callee needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_COMPACT = {
    "i": "call-id",
    "f": "from",
    "t": "to",
    "v": "via",
    "m": "contact",
    "l": "content-length",
}
_REQUEST_USER = re.compile(r"^sips?:([^@;>]*)@")


@dataclass(frozen=True, slots=True)
class SipMessage:
    """Start line, headers in order (names in lower case) and body."""

    start: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: str = field(default="", repr=False)

    @property
    def is_response(self) -> bool:
        return self.start.startswith("SIP/2.0")

    @property
    def method(self) -> str:
        """The request's method; of a response, the method it answers."""
        return self.header("cseq").split()[-1] if self.is_response else self.start.split()[0]

    @property
    def code(self) -> int:
        """The status code of a response, 0 of a request."""
        return int(self.start.split()[1]) if self.is_response else 0

    @property
    def dialled(self) -> str:
        """The user part of the request's URI."""
        found = _REQUEST_USER.match(self.start.split()[1])
        return found.group(1) if found else ""

    def header(self, name: str) -> str:
        """Return the first header of this name, empty where there is none."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Return every header of this name in order."""
        return [value for key, value in self.headers if key == name.lower()]


def parse(data: bytes) -> SipMessage | None:
    """Return the message in a datagram, None for a keep-alive."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    lines = head.strip("\r\n\0 ").split("\r\n")
    if not lines[0]:
        return None
    headers = []
    for line in lines[1:]:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers.append((_COMPACT.get(key, key), value.strip()))
    return SipMessage(lines[0], tuple(headers), body)


def serialise(start: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """Return the datagram of a message; Content-Length is added."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append("Content-Type: application/sdp")
    content = body.encode()
    lines.append(f"Content-Length: {len(content)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content
