"""A bad network in one direction: packets get lost, late, out of order and twice.

Each packet is delayed by `delay ± jitter` of its own, as the kernel's `netem` does it, so that
jitter above the packets' distance reorders them.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import cast

from tests.peers.rtp_line import RtpLine

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Weather:
    """What the path does: shares 0–1, times in seconds; `keep_order` lets a late packet hold up
    those behind it, as most networks do."""

    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    duplicates: float = 0.0
    keep_order: bool = False


class RoughPath(asyncio.DatagramProtocol):
    """Passes what arrives at `address` on to `destination`, in this weather."""

    def __init__(self, destination: Address, weather: Weather, seed: int = 1) -> None:
        self._destination = destination
        self._weather = weather
        self._random = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._latest = 0.0
        self.address: Address = ("", 0)
        self.lost = 0

    @classmethod
    async def between(cls, line: RtpLine, weather: Weather, seed: int = 1) -> RoughPath:
        """Put a bad network between this line and its remote end, for what the line sends."""
        assert line.remote is not None
        destination = line.remote
        _, path = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(destination, weather, seed), ("127.0.0.1", 0)
        )
        line.remote = path.address
        return path

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.address = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, address: Address) -> None:
        weather = self._weather
        if self._random.random() < weather.loss:
            self.lost += 1
            return
        for _ in range(2 if self._random.random() < weather.duplicates else 1):
            late_s = weather.delay_s + self._random.uniform(-weather.jitter_s, weather.jitter_s)
            at = self._loop.time() + max(0.0, late_s)
            if weather.keep_order:
                # Timers of the very same time may fire in any order.
                at = self._latest = max(at, self._latest + 1e-6)
            self._loop.call_at(at, self._pass_on, data)

    def close(self) -> None:
        """Give the socket back; what is under way is lost."""
        if self._transport is not None:
            self._transport.close()

    def _pass_on(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, self._destination)
