"""Packets on the loopback interface as the kernel saw them: what reached the far end, and when."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.turns import percentile

_FILE_HEADER = 24
_RECORD = struct.Struct("<IIII")
_ETHERNET, _IP, _UDP, _RTP = 14, 20, 8, 12
_READY_WITHIN_S = 10.0
_KEPT_BYTES = _ETHERNET + _IP + _UDP + _RTP + 16
_SILENCE = {0: b"\xff", 8: b"\xd5"}
"""The code of silence by payload type: PCMU, PCMA (ITU-T G.711)."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet: time (UNIX seconds), sender's address, RTP sequence number, whether silent."""

    at: float
    source: tuple[bytes, int]
    sequence: int
    silent: bool


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What arrived from all senders; gaps in milliseconds between a sender's packets."""

    senders: int
    packets: int
    lost: int
    silent: int
    gap_p50_ms: float
    gap_p99_ms: float
    gap_max_ms: float
    worst_sender_p99_ms: float

    def as_json(self) -> dict[str, object]:
        """Return the figures; `silent_share` counts packets without sound while we spoke."""
        return {
            "senders": self.senders,
            "packets": self.packets,
            "loss_percent": round(100 * self.lost / max(1, self.packets + self.lost), 3),
            "silent_percent": round(100 * self.silent / max(1, self.packets), 3),
            "gap_p50_ms": self.gap_p50_ms,
            "gap_p99_ms": self.gap_p99_ms,
            "gap_max_ms": self.gap_max_ms,
            "worst_call_gap_p99_ms": self.worst_sender_p99_ms,
        }


def available() -> bool:
    """Whether packets can be captured on this machine (dumpcap of Debian's tshark)."""
    return shutil.which("dumpcap") is not None


class Capture:
    """Records the heads of all UDP packets to one port of loopback. Use as `async with`."""

    def __init__(self, port: int, file: Path) -> None:
        self._port = port
        self._file = file
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Capture:
        self._process = await asyncio.create_subprocess_exec(
            "dumpcap", "-q", "-P", "-i", "lo", "-s", str(_KEPT_BYTES), "-B", "64",
            "-f", f"udp dst port {self._port}", "-w", str(self._file),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stderr is not None
        async with asyncio.timeout(_READY_WITHIN_S):
            async for line in self._process.stderr:
                if line.startswith(b"File:"):
                    return self
        raise RuntimeError("dumpcap did not start: it needs root or the right to capture")

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        await self._process.communicate()

    def arrivals(self, began_at: float, ended_at: float) -> Arrivals:
        """Return what arrived between two moments (UNIX seconds); after the capture has ended."""
        return arrivals_of(
            packet for packet in packets(self._file) if began_at <= packet.at <= ended_at
        )


def packets(file: Path) -> Iterator[RtpPacket]:
    """Yield the RTP packets of a capture file (classic pcap, microseconds, Ethernet)."""
    data = file.read_bytes()
    at = _FILE_HEADER
    while at + _RECORD.size <= len(data):
        seconds, microseconds, kept, _ = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        frame = data[at : at + kept]
        at += kept
        rtp = frame[_ETHERNET + _IP + _UDP :]
        kind = rtp[1] & 0x7F if len(rtp) > _RTP else None
        if kind not in _SILENCE:
            continue
        source = (frame[26:30], int.from_bytes(frame[34:36], "big"))
        sound = rtp[_RTP:]
        silent = sound.count(_SILENCE[kind]) + sound.count(b"\x7f") == len(sound)
        yield RtpPacket(
            seconds + microseconds / 1e6, source, int.from_bytes(rtp[2:4], "big"), silent
        )


def arrivals_of(received: Iterator[RtpPacket]) -> Arrivals:
    """Return the figures of a capture. Raises ValueError when nothing arrived."""
    by_sender: dict[tuple[bytes, int], list[RtpPacket]] = defaultdict(list)
    for packet in received:
        by_sender[packet.source].append(packet)
    gaps = {
        sender: [(b.at - a.at) * 1000 for a, b in pairwise(some)]
        for sender, some in by_sender.items()
        if len(some) > 1
    }
    every = [gap for some in gaps.values() for gap in some]
    if not every:
        raise ValueError("no audio arrived at the far end")
    return Arrivals(
        senders=len(by_sender),
        packets=sum(map(len, by_sender.values())),
        lost=sum(map(_lost, by_sender.values())),
        silent=sum(packet.silent for some in by_sender.values() for packet in some),
        gap_p50_ms=round(percentile(every, 0.5), 1),
        gap_p99_ms=round(percentile(every, 0.99), 1),
        gap_max_ms=round(max(every), 1),
        worst_sender_p99_ms=round(max(percentile(some, 0.99) for some in gaps.values()), 1),
    )


def _lost(some: list[RtpPacket]) -> int:
    """Return how many sequence numbers (RFC 3550, modulo 65536) are missing."""
    first = highest = some[0].sequence
    for packet in some[1:]:
        ahead = (packet.sequence - highest) & 0xFFFF
        if ahead < 0x8000:
            highest += ahead
    return max(0, highest - first + 1 - len(some))
