"""One RTP stream each way on a plain UDP socket: what really arrives, and when."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from dialer.ports import FRAME_BYTES, FRAME_S, SAMPLE_RATE, Frame
from dialer.trunks.frame_stream import FrameStream
from tests.peers import g711

PAYLOAD_TYPE = 8
EVENT_TYPE = 101
_SO_TIMESTAMPNS = 35  # Linux; Python has no name for it
_SAMPLES = FRAME_BYTES // 2
_DIGITS = "0123456789*#ABCD"
_MOST_QUEUED_BYTES = FRAME_BYTES * 10


@dataclass(frozen=True, slots=True)
class Packet:
    """A received audio packet: `at` is the kernel's receive time (UNIX seconds)."""

    at: float
    sequence: int
    pcm: bytes
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A sent audio packet with the time of sending (UNIX seconds)."""

    at: float
    pcm: bytes


class RtpLine:
    """An `AudioPort` over PCMA, or PCMU where `payload_type` is set to 0.

    Sends a packet every 20 ms by the absolute clock, silence when
    nothing is written, as a telephone does; keeps every packet of both directions."""

    def __init__(self, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self.remote: tuple[str, int] | None = None
        self.payload_type = PAYLOAD_TYPE
        self.received: list[Packet] = []
        self.sent: list[Sent] = []
        self.keys: list[str] = []
        """Digits received as RFC 4733 events."""
        self.muted = False
        """Send nothing, as with silence suppression; the stream's clock goes on."""
        self._frames = FrameStream()
        self._queue = bytearray()
        self._sequence = random.getrandbits(15)
        self._clock = random.getrandbits(30)
        self._source = random.getrandbits(32)
        self._last_event: bytes | None = None
        self._sender: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._receive)

    def start(self) -> None:
        """Begin to send."""
        if self._sender is None and self.remote is not None:
            self._sender = asyncio.create_task(self._send_steadily(), name="rtp-line")

    def end(self) -> None:
        """End `frames()`: the call is over."""
        self._frames.close()

    async def close(self) -> None:
        """Stop sending, end `frames()` and give the socket back. Idempotent."""
        self.end()
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
            self._sender = None
        if self._socket.fileno() != -1:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def frames(self) -> AsyncIterator[Frame]:
        return self._frames

    def write(self, pcm: bytes) -> int:
        taken = pcm[: max(0, _MOST_QUEUED_BYTES - len(self._queue)) & ~1]
        self._queue += taken
        return len(taken)

    def queued_s(self) -> float:
        return len(self._queue) / 2 / SAMPLE_RATE

    def flush(self) -> None:
        self._queue.clear()

    def inject(self, payload_type: int, payload: bytes) -> None:
        """Send a packet of any type within the stream, now."""
        self._transmit(payload_type, self._clock, payload)

    def inject_raw(self, datagram: bytes) -> None:
        """Send any bytes from this line's port, now."""
        assert self.remote is not None
        self._socket.sendto(datagram, self.remote)

    async def press(self, digits: str) -> None:
        """Send keys as RFC 4733 events: 100 ms each, 100 ms apart, the end packet three times."""
        for digit in digits:
            started = self._clock
            for step in range(8):
                end = step >= 5
                event = struct.pack(
                    ">BBH", _DIGITS.index(digit), (0x80 if end else 0) | 10, min(step + 1, 6) * 160
                )
                self._transmit(EVENT_TYPE | (0x80 if step == 0 else 0), started, event)
                await asyncio.sleep(FRAME_S)
            await asyncio.sleep(0.1)

    async def _send_steadily(self) -> None:
        due = self._loop.time()
        while True:
            frame = bytes(self._queue[:FRAME_BYTES])
            del self._queue[:FRAME_BYTES]
            frame += bytes(FRAME_BYTES - len(frame))
            self._clock = (self._clock + _SAMPLES) & 0xFFFFFFFF
            if not self.muted:
                self.sent.append(Sent(time.time(), frame))
                self._transmit(self.payload_type, self._clock, self._encode(frame))
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - self._loop.time()))

    def _encode(self, pcm: bytes) -> bytes:
        return g711.encode(pcm) if self.payload_type == PAYLOAD_TYPE else g711.mu_encode(pcm)

    def _transmit(self, payload_type: int, timestamp: int, payload: bytes) -> None:
        assert self.remote is not None
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = struct.pack(">BBHII", 0x80, payload_type, self._sequence, timestamp, self._source)
        self._socket.sendto(header + payload, self.remote)

    def _receive(self) -> None:
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(2048, 64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if len(data) > 12:
                self._take(data, _kernel_time(ancillary))

    def _take(self, data: bytes, at: float) -> None:
        payload_type = data[1] & 0x7F
        if payload_type == EVENT_TYPE:
            if data[4:8] != self._last_event:
                self._last_event = data[4:8]
                self.keys.append(_DIGITS[data[12]])
        elif payload_type == self.payload_type:
            decode = g711.decode if payload_type == PAYLOAD_TYPE else g711.mu_decode
            pcm = decode(data[12:])
            sequence, timestamp = struct.unpack(">HI", data[2:8])
            self.received.append(Packet(at, sequence, pcm, timestamp))
            self._frames.put(Frame(pcm, self._loop.time()))


def _kernel_time(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("@qq", data[:16])
            return float(seconds) + float(nanoseconds) / 1e9
    return time.time()
