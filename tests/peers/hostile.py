"""A far end that sends what nobody should: seeded, so that every failure can be had again."""

from __future__ import annotations

import random
import re
import socket
import struct
from collections.abc import Awaitable, Callable

from tests.peers.uas import ServerCall, Uas

Address = tuple[str, int]

_JUNK_TEXT = "\u202e\ufeff\x00\x1b[31m💥\ud7ff" + "é" * 40


class HostileUas(Uas):
    """A callee whose every datagram is spoiled by `spoil` on its way: one becomes none or many."""

    def __init__(
        self, script: Callable[[ServerCall], Awaitable[None]], host: str, seed: int = 1
    ) -> None:
        super().__init__(script, host)
        self.random = random.Random(seed)
        self.spoiling = True

    def send(self, data: bytes, address: Address) -> None:
        if not self.spoiling:
            super().send(data, address)
            return
        for spoilt in spoil(self.random, data):
            super().send(spoilt[:65000], address)


def spoil(chance: random.Random, data: bytes) -> list[bytes]:
    """Return what is sent instead of a SIP message."""
    kind = chance.choice(_SPOILERS)
    spoilt = kind(chance, data)
    if chance.random() < 0.3:
        spoilt = chance.choice(_SPOILERS)(chance, spoilt)
    copies = chance.choice((1, 1, 1, 2, 30))
    after = [data] if chance.random() < 0.3 else []
    return [spoilt] * copies + after


def _whole(chance: random.Random, data: bytes) -> bytes:
    return data


def _truncated(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _flipped(chance: random.Random, data: bytes) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        if spoilt:
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def _random_bytes(chance: random.Random, data: bytes) -> bytes:
    return chance.randbytes(chance.choice((1, 4, 100, 1500, 9000)))


def _huge_header(chance: random.Random, data: bytes) -> bytes:
    size = chance.choice((2_000, 20_000, 60_000))
    return _inserted(data, b"X-Huge: " + b"a" * size)


def _many_headers(chance: random.Random, data: bytes) -> bytes:
    line = chance.choice(
        (b"Via: SIP/2.0/UDP h;branch=z9hG4bKx", b"Record-Route: <sip:h;lr>", b"X: y")
    )
    return _inserted(data, b"\r\n".join([line] * chance.choice((50, 1000))))


def _junk_reason(chance: random.Random, data: bytes) -> bytes:
    junk = _JUNK_TEXT.encode() + chance.randbytes(chance.choice((3, 200)))
    return re.sub(rb"^(SIP/2.0 \d+ )[^\r]*", lambda m: m[1] + junk.replace(b"\r\n", b""), data)


def _odd_status(chance: random.Random, data: bytes) -> bytes:
    code = chance.choice(
        (b"000", b"099", b"700", b"99999", b"-1", b"4 86", b"18446744073709551617")
    )
    return re.sub(rb"^SIP/2.0 \d+", lambda _: b"SIP/2.0 " + code, data)


def _odd_header(chance: random.Random, data: bytes) -> bytes:
    name, values = chance.choice(_ODD_HEADERS)
    value = chance.choice(values)
    return re.sub(rb"(?im)^" + name + rb":[^\r]*", lambda _: name + b": " + value, data, count=1)


def _odd_session(chance: random.Random, data: bytes) -> bytes:
    head, _, _ = data.partition(b"\r\n\r\n")
    body = chance.choice(_ODD_SESSIONS)
    head = re.sub(rb"(?im)^content-length:[^\r]*", b"Content-Length: %d" % len(body), head)
    if b"application/sdp" not in head:
        head += b"\r\nContent-Type: application/sdp"
    return head + b"\r\n\r\n" + body


def _inserted(data: bytes, line: bytes) -> bytes:
    first, _, rest = data.partition(b"\r\n")
    return first + b"\r\n" + line + b"\r\n" + rest


_ODD_HEADERS = [
    (b"CSeq", [b"99 INVITE", b"1 BYE", b"-1 INVITE", b"INVITE", b"4294967296 INVITE", b""]),
    (b"To", [b"<sip:x@h>", b"", b'"', b"<sip:" + b"9" * 5000 + b"@h>;tag=1", b";tag=;tag="]),
    (b"From", [b"", b"<sip:other@h>;tag=other", b"\xff\xfe"]),
    (b"Call-ID", [b"", b"other", b"x" * 8000]),
    (b"Via", [b"", b"SIP/2.0/UDP h", b"SIP/2.0/UDP h;branch=z9hG4bKother", b"SIP/9.9/XYZ :::;;;"]),
    (b"Contact", [b"", b"*", b"<sip:h:99999>", b"<sip:[::zz]>", b"<tel:+1>", b"<sip:@>"]),
    (b"Content-Length", [b"-5", b"99999", b"0", b"4294967295", b"abc"]),
    (b"Allow", [b"", b", , ,", b"X" * 3000]),
]


def _session(media: bytes, connection: bytes = b"IN IP4 127.0.0.1") -> bytes:
    return b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=" + connection + b"\r\nt=0 0\r\n" + media


_ODD_SESSIONS = [
    b"",
    b"v=0",
    b"\x00" * 200,
    b"v=0\r\n" * 2000,
    _session(b""),
    _session(b"m=audio 0 RTP/AVP 8\r\n"),
    _session(b"m=audio 99999 RTP/AVP 8\r\n"),
    _session(b"m=audio -1 RTP/AVP 8\r\n"),
    _session(b"m=audio 40000 RTP/AVP\r\n"),
    _session(b"m=audio 40000 RTP/AVP 999 -8 abc\r\n"),
    _session(b"m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/0\r\n"),
    _session(b"m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/4294967295/99\r\n"),
    _session(b"m=audio 40000 RTP/AVP 8\r\na=ptime:0\r\na=maxptime:0\r\n"),
    _session(b"m=audio 40000 RTP/AVP 8\r\na=ptime:100000\r\n"),
    _session(b"m=audio 40000 RTP/AVP 8\r\na=rtpmap\r\na=fmtp:\r\na=:::\r\n"),
    _session(b"m=audio 40000 RTP/AVP 8\r\n" * 500),
    _session(b"m=video 40000 RTP/AVP 96\r\nm=image 1 udptl t38\r\n"),
    _session(b"m=audio 40000 RTP/SAVP 8\r\na=crypto:1 X inline:!!!\r\n"),
    _session(b"m=audio 40000 RTP/AVP 8\r\n", b"IN IP4 999.1.1.1"),
    _session(b"m=audio 40000 RTP/AVP 8\r\n", b"IN IP6 ::zz"),
    _session(b"m=audio 40000 RTP/AVP 8\r\n", b"IN IP4 127.255.255.255"),
    _session(b"m=audio 9 RTP/AVP 8\r\n", b"IN IP4 0.0.0.0"),
    _session(b"m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/1\r\n"),
]

_SPOILERS = [
    _whole,
    _truncated,
    _flipped,
    _random_bytes,
    _huge_header,
    _many_headers,
    _junk_reason,
    _odd_status,
    _odd_header,
    _odd_header,
    _odd_session,
    _odd_session,
]


class RtpStorm:
    """Packets for an RTP port, from a socket of its own (another address) or any sender."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def packet(self) -> bytes:
        """Return one packet that is wrong in some way."""
        chance = self._random
        sound = chance.randbytes(chance.choice((0, 1, 80, 160, 161, 1400)))
        kind = chance.randrange(9)
        if kind == 0:
            return chance.randbytes(chance.choice((1, 5, 11, 12, 13, 200, 1472)))
        if kind == 1:
            return chance.randbytes(60_000)
        first = chance.choice((0x80, 0x80, 0x00, 0xC0, 0x8F, 0x90, 0xA0, 0xBF))
        payload_type = chance.choice((8, 8, 0, 13, 72, 96, 101, 127, 0x88, 200 & 0x7F))
        if payload_type == 101:
            sound = chance.randbytes(chance.choice((0, 1, 3, 4)))
        return (
            struct.pack(
                ">BBHII",
                first,
                payload_type,
                chance.getrandbits(16),
                chance.choice((0, 0xFFFFFFFF, chance.getrandbits(32))),
                chance.getrandbits(32),
            )
            + sound
        )

    def rtcp(self) -> bytes:
        """Return one control packet that is wrong in some way."""
        chance = self._random
        kind, length = chance.choice((200, 201, 202, 203, 205, 255)), chance.choice((0, 6, 0xFFFF))
        return struct.pack(">BBH", 0x80 | chance.randrange(32), kind, length) + chance.randbytes(
            chance.choice((0, 4, 24, 600))
        )

    def flood(self, destination: Address, packets: int) -> None:
        """Send so many sound ones of a stranger and wrong ones, at once."""
        host, port = destination
        for number in range(packets):
            stranger = struct.pack(">BBHII", 0x80, 8, number & 0xFFFF, number * 160, 0xBAD0BAD)
            self.send(stranger + bytes(range(160)), destination)
            self.send(self.packet(), destination)
            if number % 10 == 0:
                self.send(self.rtcp(), (host, port + 1))

    def send(self, datagram: bytes, destination: Address) -> None:
        """Send one; what the kernel has no room for is dropped."""
        try:
            self._socket.sendto(datagram, destination)
        except OSError:
            return

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()
