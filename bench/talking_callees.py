"""Callees that speak and listen at little cost, and note what arrives: the far end of `talk`.

Each picks up, says hello, and answers whenever the bot has ended; sound is encoded ahead, one task
sends for all, and arrivals keep the kernel's time.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.turns import LOUD_RMS, Loud
from dialer.ports import FRAME_BYTES, FRAME_S
from tests.peers import g711
from tests.peers.rtp_line import PAYLOAD_TYPE
from tests.peers.uas import ServerCall, Uas

_SO_TIMESTAMPNS = 35  # Linux; Python has no name for it
_SAMPLES = 160
_SILENCE = b"\xd5" * _SAMPLES
_POWER = np.square(np.frombuffer(g711.decode(bytes(range(256))), "<i2").astype(np.float64))
_LOUD_POWER = LOUD_RMS * LOUD_RMS * _SAMPLES
_GREETING_AFTER_S = 0.9
_QUIET_S = 0.6
_THINKING_S = 0.25
_SPOKE_S = 0.3


@dataclass(frozen=True, slots=True)
class Arrived:
    """One packet: the kernel's time (UNIX seconds), RTP sequence number, whether it was loud."""

    at: float
    sequence: int
    loud: bool


def packets_of(pcm: bytes) -> tuple[bytes, ...]:
    """Return the A-law payloads of a clip (s16le mono, 8000 Hz)."""
    whole = pcm.ljust(-(-len(pcm) // FRAME_BYTES) * FRAME_BYTES, b"\0")
    coded = g711.encode(whole)
    return tuple(coded[at : at + _SAMPLES] for at in range(0, len(coded), _SAMPLES))


class TalkLine:
    """The sound of one callee; stands in for `tests.peers.rtp_line.RtpLine`."""

    payload_type = PAYLOAD_TYPE

    def __init__(self, remote: tuple[str, int] | None, pace: Pace) -> None:
        self.remote = remote
        self._pace = pace
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.received: list[Arrived] = []
        self.sent: list[Loud] = []
        """When each packet with speech left; packets of silence are not kept."""
        self._waiting: list[bytes] = []
        self._sequence = random.getrandbits(15)
        self._clock = random.getrandbits(30)
        self._source = random.getrandbits(32)
        self.bot_ended = asyncio.Event()
        """Set once the bot has spoken and been quiet since; cleared by `listen_anew`."""
        self._bot_loud_s = 0.0
        self._bot_last_loud = 0.0
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def start(self) -> None:
        """Begin to send."""
        self._pace.lines.add(self)

    def end(self) -> None:
        """Stop sending."""
        self._pace.lines.discard(self)

    async def close(self) -> None:
        """Give the socket back. Idempotent."""
        self.end()
        if self._socket.fileno() != -1:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()

    async def say(self, packets: Sequence[bytes]) -> None:
        """Say a clip to its end."""
        self._waiting = list(reversed(packets))
        await asyncio.sleep(len(packets) * FRAME_S)

    def listen_anew(self) -> None:
        """Wait for the bot's next words."""
        self._bot_loud_s = 0.0
        self.bot_ended.clear()

    def tick(self) -> None:
        """Send the next packet."""
        if self.remote is None:
            return
        if self._bot_loud_s >= _SPOKE_S and time.monotonic() - self._bot_last_loud >= _QUIET_S:
            self.bot_ended.set()
        payload = self._waiting.pop() if self._waiting else _SILENCE
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._clock = (self._clock + _SAMPLES) & 0xFFFFFFFF
        head = struct.pack(">BBHII", 0x80, PAYLOAD_TYPE, self._sequence, self._clock, self._source)
        if payload is not _SILENCE:
            self.sent.append(Loud(time.time(), _is_loud(payload)))
        self._socket.sendto(head + payload, self.remote)

    def _receive(self) -> None:
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(512, 64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if len(data) <= 12 or data[1] & 0x7F != PAYLOAD_TYPE:
                continue
            seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2][:16])
            loud = _is_loud(data[12:])
            at = seconds + nanoseconds / 1e9
            self.received.append(Arrived(at, int.from_bytes(data[2:4], "big"), loud))
            if loud:
                self._bot_loud_s += FRAME_S
                self._bot_last_loud = time.monotonic()


class Pace:
    """One clock for all callees: every 20 ms each line sends a packet."""

    def __init__(self) -> None:
        self.lines: set[TalkLine] = set()
        self.late_ticks = 0

    async def run(self) -> None:
        """Send until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for line in list(self.lines):
                line.tick()
            due += FRAME_S
            if loop.time() > due + FRAME_S:
                self.late_ticks += 1
                due = loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))


@dataclass(slots=True)
class TalkingCallees:
    """All callees of a run."""

    greeting: Sequence[bytes]
    answers: Sequence[Sequence[bytes]]
    pace: Pace = field(default_factory=Pace)
    lines: list[TalkLine] = field(default_factory=list)

    async def serve(self, call: ServerCall) -> None:
        """Pick up and talk until the bot hangs up."""
        remote = call.line.remote
        await call.line.close()
        line = TalkLine(remote, self.pace)
        call.line = line  # type: ignore[assignment]
        self.lines.append(line)
        call.respond(180, "Ringing")
        await asyncio.sleep(0.3)
        if not await call.answer():
            return
        talking = asyncio.create_task(self._talk(line), name="callee")
        try:
            await call.over.wait()
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _talk(self, line: TalkLine) -> None:
        await asyncio.sleep(_GREETING_AFTER_S)
        await line.say(self.greeting)
        answers = itertools.cycle(self.answers)
        while True:
            line.listen_anew()
            await line.bot_ended.wait()
            await asyncio.sleep(_THINKING_S)
            await line.say(next(answers))


async def listen(callees: TalkingCallees) -> Uas:
    """Start the callees' SIP side."""
    return await Uas.listen(callees.serve)


def _is_loud(payload: bytes) -> bool:
    return float(_POWER[np.frombuffer(payload, np.uint8)].sum()) > _LOUD_POWER
