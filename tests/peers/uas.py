"""A scripted SIP callee (user agent server, UDP): a coroutine decides what each call gets."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from tests.peers.rtp_line import EVENT_TYPE, PAYLOAD_TYPE, RtpLine
from tests.peers.sip_message import SipMessage, parse, serialise

_AUDIO = re.compile(r"m=audio (\d+)")
_ADDRESS = re.compile(r"c=IN IP4 (\S+)")
_OFFERED = re.compile(r"m=audio \d+ RTP/S?AVPF? ([\d ]+)")
_CONTACT = re.compile(r"<([^>]+)>")
_T1 = 0.5
_ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, REFER, NOTIFY"


class ServerCall:
    """One call that came in. `answer`, `respond` and `bye` in any order a script wants."""

    def __init__(self, uas: Uas, invite: SipMessage, address: tuple[str, int]) -> None:
        self._uas = uas
        self._address = address
        self._tag = f"{random.getrandbits(32):x}"
        self._sequence = 1
        self.invite = invite
        self.requests: list[str] = ["INVITE"]
        """Every method received for this call, in order; retransmissions are not counted."""
        self.line = RtpLine(uas.host)
        self.acknowledged = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.over = asyncio.Event()
        self.at_cancel: float | None = None
        host, port = _ADDRESS.search(invite.body), _AUDIO.search(invite.body)
        if host and port:
            self.line.remote = (host.group(1), int(port.group(1)))
        offered = _OFFERED.search(invite.body)
        if offered and str(PAYLOAD_TYPE) not in offered.group(1).split():
            self.line.payload_type = 0

    @property
    def number(self) -> str:
        """The user part that was dialled."""
        return self.invite.dialled

    def respond(
        self, code: int, phrase: str, headers: Mapping[str, str] | None = None, *, sdp: bool = False
    ) -> None:
        """Send a response to the INVITE once."""
        extra = list((headers or {}).items())
        self._send_response(self.invite, code, phrase, self._session() if sdp else "", extra)

    async def reject(
        self, code: int, phrase: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a final response until it is acknowledged (RFC 3261 section 17.2.1)."""
        await self._until_acknowledged(lambda: self.respond(code, phrase, headers))
        self._end()

    async def answer(self) -> bool:
        """Send 200 until it is acknowledged and begin to send audio; False when it came to
        nothing."""
        if self.over.is_set():
            return False
        self.line.start()
        await self._until_acknowledged(lambda: self.respond(200, "OK", sdp=True))
        return self.acknowledged.is_set()

    def early_media(self) -> None:
        """Send 183 with a session and begin to send audio."""
        self.respond(183, "Session Progress", sdp=True)
        self.line.start()

    def bye(self) -> None:
        """Hang up."""
        contact = _CONTACT.search(self.invite.header("contact"))
        target = contact.group(1) if contact else self.invite.header("contact")
        self._sequence += 1
        headers = [
            ("Via", f"SIP/2.0/UDP {self._uas.host}:{self._uas.port};branch=z9hG4bK{self._tag}bye"),
            ("Max-Forwards", "70"),
            ("From", f"{self.invite.header('to')};tag={self._tag}"),
            ("To", self.invite.header("from")),
            ("Call-ID", self.invite.header("call-id")),
            ("CSeq", f"{self._sequence} BYE"),
        ]
        self._uas.send(serialise(f"BYE {target} SIP/2.0", headers), self._address)
        self._end()

    def take(self, request: SipMessage) -> None:
        """Handle a request within this call."""
        match request.method:
            case "ACK":
                self.acknowledged.set()
                return
            case "CANCEL":
                self._send_response(request, 200, "OK")
                self._send_response(self.invite, 487, "Request Terminated")
                self.at_cancel = asyncio.get_running_loop().time()
                self.cancelled.set()
                self._end()
            case "BYE":
                self._send_response(request, 200, "OK")
                self._end()
            case "INVITE" if request.header("cseq") != self.invite.header("cseq"):
                self._send_response(request, 200, "OK", self._session())
            case "INVITE":
                return
            case _:
                self._send_response(request, 200, "OK")
        self.requests.append(request.method)

    def _end(self) -> None:
        self.over.set()
        self.line.end()

    async def _until_acknowledged(self, send: Callable[[], None]) -> None:
        for attempt in range(5):
            send()
            try:
                async with asyncio.timeout(_T1 * 2**attempt):
                    await self.acknowledged.wait()
                return
            except TimeoutError:
                if self.over.is_set():
                    return

    def _session(self) -> str:
        host = self._uas.host
        codec = self.line.payload_type
        name = "PCMA" if codec == PAYLOAD_TYPE else "PCMU"
        return (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {self.line.port} RTP/AVP {codec} {EVENT_TYPE}\r\n"
            f"a=rtpmap:{codec} {name}/8000\r\na=rtpmap:{EVENT_TYPE} telephone-event/8000\r\n"
            f"a=fmtp:{EVENT_TYPE} 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )

    def _send_response(
        self,
        request: SipMessage,
        code: int,
        phrase: str,
        body: str = "",
        extra: list[tuple[str, str]] | None = None,
    ) -> None:
        to = request.header("to")
        if code > 100 and "tag=" not in to:
            to += f";tag={self._tag}"
        headers = [("Via", via) for via in request.all("via")]
        headers += [("Record-Route", route) for route in request.all("record-route")]
        headers += [
            ("From", request.header("from")),
            ("To", to),
            ("Call-ID", request.header("call-id")),
            ("CSeq", request.header("cseq")),
            ("Contact", f"<sip:{self.number}@{self._uas.host}:{self._uas.port}>"),
            ("Allow", _ALLOW),
            *(extra or []),
        ]
        self._uas.send(serialise(f"SIP/2.0 {code} {phrase}", headers, body), self._address)


class Uas(asyncio.DatagramProtocol):
    """Listens on a port of its own and runs `script(call)` for each call."""

    def __init__(self, script: Callable[[ServerCall], Awaitable[None]], host: str) -> None:
        self._script = script
        self.host = host
        self.port = 0
        self.calls: list[ServerCall] = []
        self._by_id: dict[str, ServerCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def listen(
        cls,
        script: Callable[[ServerCall], Awaitable[None]],
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> Uas:
        """Bind (port 0: any free one) and start."""
        loop = asyncio.get_running_loop()
        _, uas = await loop.create_datagram_endpoint(lambda: cls(script, host), (host, port))
        return uas

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        message = parse(data)
        if message is None or message.is_response:
            return
        call = self._by_id.get(message.header("call-id"))
        if call is not None:
            call.take(message)
        elif message.method == "INVITE":
            call = ServerCall(self, message, address)
            self.calls.append(call)
            self._by_id[message.header("call-id")] = call
            self._tasks.add(asyncio.create_task(self._run(call), name="uas-call"))

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        """Send a datagram."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, address)

    async def close(self) -> None:
        """End every script and give the sockets back. Raises what a script raised."""
        for task in self._tasks:
            task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        for call in self.calls:
            await call.line.close()
        if self._transport is not None:
            self._transport.close()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _run(self, call: ServerCall) -> None:
        try:
            await self._script(call)
            await call.over.wait()
        finally:
            await call.line.close()
