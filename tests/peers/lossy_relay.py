"""A network path that loses, doubles and delays chosen SIP messages between us and a callee."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import cast

from tests.peers.sip_message import parse

_WITHIN_S = 8.0
Fates = Mapping[tuple[str, int], tuple[float, ...]]
"""(message, which one of its kind, from 1) → after how many seconds each copy of it arrives; ()
loses it. Messages are named `INVITE`, `ACK`, `180 INVITE`, `200 BYE`."""


class LossyRelay(asyncio.DatagramProtocol):
    """Passes what comes from the caller on to `destination` and the other way round.

    Messages without a fate of their own get `usual`. The callee must name `port` in its Contact.
    """

    def __init__(self, destination: tuple[str, int], fates: Fates, usual: tuple[float, ...]):
        self._destination = destination
        self._fates = fates
        self._usual = usual
        self._caller: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._seen: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self.port = 0

    @classmethod
    async def before(
        cls, callee: int, fates: Fates, usual: tuple[float, ...] = (0.0,), *, port: int = 0
    ) -> LossyRelay:
        """Start a relay on `port` (0: any) before a callee on a port of loopback."""
        _, relay = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(("127.0.0.1", callee), fates, usual), ("127.0.0.1", port)
        )
        return relay

    def count(self, kind: str) -> int:
        """Return how many messages of a kind came, the lost ones with them."""
        return self._seen[kind]

    async def wait_count(self, kind: str, number: int) -> None:
        """Wait until so many messages of a kind came."""
        async with asyncio.timeout(_WITHIN_S):
            while self._seen[kind] < number:
                self._changed.clear()
                await self._changed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        if source != self._destination:
            self._caller = source
        to = self._caller if source == self._destination else self._destination
        message = parse(data)
        if message is None or to is None:
            return
        kind = f"{message.code} {message.method}" if message.is_response else message.method
        self._seen[kind] += 1
        self._changed.set()
        for delay in self._fates.get((kind, self._seen[kind]), self._usual):
            asyncio.get_running_loop().call_later(delay, self._pass, data, to)

    def error_received(self, _: Exception) -> None:
        """A callee that has left says so by ICMP."""

    def close(self) -> None:
        """Give the socket back."""
        if self._transport is not None:
            self._transport.close()

    def _pass(self, data: bytes, to: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, to)
