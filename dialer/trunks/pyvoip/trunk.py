"""A direct SIP peer reached through pyVoIP, which runs in a process of its own."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass, field
from functools import partial

import structlog

from campaigns.attempt import TrunkAddress
from dialer.errors import TrunkError
from dialer.ports import DialRequest
from dialer.trunks.pump import AudioPump
from dialer.trunks.pyvoip.child import PyvoipProcess, Watchdog
from dialer.trunks.pyvoip.leg import PyvoipLeg
from dialer.trunks.pyvoip.pipe import Kind, Message, with_data

log = structlog.get_logger(__name__)

MOST_CALLS = 25
"""Beyond it pyVoIP's audio breaks (two threads a call)."""
_USER = frozenset("0123456789+*#")


@dataclass(frozen=True, slots=True)
class PyvoipOptions:
    """UDP ports for audio; seconds the first reply to an INVITE may take; the watchdog."""

    rtp_ports: tuple[int, int] = (30000, 30199)
    patience_s: float = 4.0
    watchdog: Watchdog = field(default_factory=Watchdog)


class PyvoipTrunk:
    """A `Trunk` that can do little and says so: no early media, CANCEL, codes, keys out, REFER,
    headers or encryption. What pyVoIP does not tell ends with `Party.UNKNOWN`.

    The process starts with the first call; one that hangs is killed, its calls end as unknown and
    the next call starts another. `close` at the end.
    """

    capabilities: frozenset[str] = frozenset()

    def __init__(self, address: TrunkAddress, options: PyvoipOptions | None = None) -> None:
        self.name = address.name
        self.max_calls = min(address.max_calls, MOST_CALLS)
        self._address = address
        self._options = options or PyvoipOptions()
        self._pump = AudioPump()
        self._pump_task: asyncio.Task[None] | None = None
        self._process: PyvoipProcess | None = None
        self._starting = asyncio.Lock()
        self._legs: dict[int, PyvoipLeg] = {}
        self._last = 0

    @property
    def process_id(self) -> int | None:
        """The id of the process that carries the calls; None where there is none."""
        return None if self._process is None or self._process.gone else self._process.pid

    async def dial(self, request: DialRequest) -> PyvoipLeg:
        """Start a call. Raises TrunkError when the trunk asks for what pyVoIP cannot do, carries
        as many calls as it can, or pyVoIP is not installed."""
        self._require_possible(request)
        if len(self._legs) >= self.max_calls:
            raise TrunkError(f"the trunk {self.name} carries {self.max_calls} calls already")
        process = await self._running()
        self._last += 1
        number = self._last
        leg = PyvoipLeg(
            lambda kind, body: process.send(Message(kind, number, body)),
            self._pump,
            partial(self._legs.pop, number, None),
        )
        self._legs[number] = leg
        process.send(
            with_data(Kind.DIAL, number, number=request.number, caller=request.caller_number)
        )
        return leg

    async def close(self) -> None:
        """Hang up what is left and end the process."""
        for leg in list(self._legs.values()):
            await leg.hang_up()
        if self._process is not None:
            await self._process.close()
        if self._pump_task is not None:
            self._pump_task.cancel()
            await asyncio.gather(self._pump_task, return_exceptions=True)

    async def _running(self) -> PyvoipProcess:
        async with self._starting:
            if self._process is not None and not self._process.gone:
                return self._process
            if self._process is not None:
                await self._process.close()
            process = PyvoipProcess(self._options.watchdog, self._take, self._gone)
            await process.start(
                host=self._address.host,
                port=self._address.port,
                password=self._address.password,
                rtp_ports=self._options.rtp_ports,
                patience_s=self._options.patience_s,
            )
            self._process = process
            if self._pump_task is None:
                self._pump_task = asyncio.create_task(self._pump.run(), name="pyvoip-pump")
            return process

    def _take(self, message: Message) -> None:
        leg = self._legs.get(message.call)
        if leg is not None:
            leg.take(message)

    def _gone(self, reason: str) -> None:
        for leg in list(self._legs.values()):
            leg.abandon(reason)

    def _require_possible(self, request: DialRequest) -> None:
        wrong = impossible(self._address, request)
        if wrong is not None:
            raise TrunkError(f"the trunk {self.name}: the pyvoip driver {wrong}; use baresip")


def impossible(address: TrunkAddress, request: DialRequest) -> str | None:
    """Return what pyVoIP cannot do of what this call needs, None where it can do it all."""
    if address.transport != "udp":
        return f"cannot use {address.transport}, only udp"
    if address.srtp != "off":
        return "cannot encrypt audio"
    if address.registration or address.outbound_proxy:
        return "reaches direct peers only, without registration or outbound proxy"
    if "pcmu" not in address.codecs:
        return "speaks PCMU only, which is not among the trunk's codecs"
    if not _is_address(address.host):
        return "needs the peer's IPv4 address, not a name"
    if address.password and address.username != request.caller_number:
        return "can only call from the account's own number"
    if not set(request.number) <= _USER or not set(request.caller_number) <= _USER:
        return "takes numbers of digits only"
    if any(not name.lower().startswith("x-") for name in request.headers):
        return "cannot send headers"
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
