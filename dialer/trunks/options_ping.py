"""Whether a trunk answers: one OPTIONS and its final response (RFC 3261 sections 11 and 17.1.2).

The stack has no way to send OPTIONS, so this is a client of its own, on a socket of its own, over
UDP, TCP or TLS. It rings nobody's phone and holds no slot.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from campaigns.attempt import TrunkAddress

TIMEOUT_S = 4.0
_T1_S = 0.5
_T2_S = 4.0
_MOST_BYTES = 65_536
_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Pong:
    """What came of a ping. `alive`: any final response but 503; `code` None: none came.

    `took_s`: from the request to the response, in seconds.
    """

    alive: bool
    code: int | None
    reason: str
    took_s: float


@dataclass(frozen=True, slots=True)
class Response:
    """A response's status line."""

    code: int
    phrase: str


def options_request(
    address: TrunkAddress, local: tuple[str, int], branch: str, call_id: str, tag: str
) -> bytes:
    """Return an OPTIONS for a trunk, sent from `local` (host, port)."""
    sent_by = f"{_bracketed(local[0])}:{local[1]}"
    target = f"sip:{_bracketed(address.host)}:{address.port};transport={address.transport}"
    user = f"{address.username}@" if address.username else ""
    lines = (
        f"OPTIONS {target} SIP/2.0",
        f"Via: SIP/2.0/{address.transport.upper()} {sent_by};branch={branch};rport",
        "Max-Forwards: 70",
        f"From: <sip:{user}{_bracketed(address.host)}>;tag={tag}",
        f"To: <{target}>",
        f"Call-ID: {call_id}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:{sent_by};transport={address.transport}>",
        "Accept: application/sdp",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def final_response(message: bytes, branch: str) -> Response | None:
    """Return the final response to the request of this branch; None: it is something else."""
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    version, _, rest = head.partition("\r\n")[0].partition(" ")
    code, _, phrase = rest.partition(" ")
    if version != "SIP/2.0" or len(code) != 3 or not (code.isascii() and code.isdigit()):
        return None
    if not 200 <= int(code) <= 699 or branch not in head:
        return None
    return Response(int(code), phrase.strip()[:200])


async def ping(
    address: TrunkAddress, *, local_host: str | None = None, timeout_s: float = TIMEOUT_S
) -> Pong:
    """Send an OPTIONS to a trunk (through its outbound proxy where it has one) and return what
    came of it within `timeout_s`. Network failures are values, not errors."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    ask = _ask_by_datagram if address.transport == "udp" else _ask_by_stream
    try:
        async with asyncio.timeout(timeout_s):
            response = await ask(address, local_host)
    except TimeoutError:
        return Pong(False, None, f"no response within {timeout_s:g} s", loop.time() - started)
    except (OSError, ssl.SSLError, asyncio.IncompleteReadError) as error:
        return Pong(False, None, str(error) or type(error).__name__, loop.time() - started)
    alive = response.code != _UNAVAILABLE
    return Pong(alive, response.code, response.phrase, loop.time() - started)


class _Conversation(asyncio.DatagramProtocol):
    """Waits for the final response to one request."""

    def __init__(self, branch: str) -> None:
        self._branch = branch
        self.response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _: object) -> None:
        found = final_response(data, self._branch)
        if found is not None and not self.response.done():
            self.response.set_result(found)

    def error_received(self, error: Exception) -> None:
        if not self.response.done():
            self.response.set_exception(error)


async def _ask_by_datagram(address: TrunkAddress, local_host: str | None) -> Response:
    loop = asyncio.get_running_loop()
    branch, write = _request(address)
    transport, conversation = await loop.create_datagram_endpoint(
        lambda: _Conversation(branch),
        local_addr=(local_host, 0) if local_host else None,
        remote_addr=_first_hop(address),
    )
    try:
        request = write(transport.get_extra_info("sockname")[:2])
        pause = _T1_S
        while True:
            transport.sendto(request)
            await asyncio.wait([conversation.response], timeout=pause)
            if conversation.response.done():
                return conversation.response.result()
            pause = min(2 * pause, _T2_S)
    finally:
        transport.close()


async def _ask_by_stream(address: TrunkAddress, local_host: str | None) -> Response:
    host, port = _first_hop(address)
    branch, write = _request(address)
    reader, writer = await asyncio.open_connection(
        host,
        port,
        limit=_MOST_BYTES,
        ssl=_tls(address) if address.transport == "tls" else None,
        local_addr=(local_host, 0) if local_host else None,
    )
    try:
        local = cast(tuple[str, int], writer.get_extra_info("sockname")[:2])
        writer.write(write(local))
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.LimitOverrunError as error:
                raise ConnectionError("what came back is no SIP message") from error
            found = final_response(head.lstrip(b"\r\n"), branch)
            if found is not None:
                return found
            await reader.readexactly(_body_length(head))
    finally:
        writer.close()


def _request(address: TrunkAddress) -> tuple[str, Callable[[tuple[str, int]], bytes]]:
    """Return a new request's branch and how to write it once the local address is known."""
    branch = f"z9hG4bK{secrets.token_hex(8)}"
    call_id, tag = f"{secrets.token_hex(16)}@outbound.invalid", secrets.token_hex(4)
    return branch, lambda local: options_request(address, local, branch, call_id, tag)


def _first_hop(address: TrunkAddress) -> tuple[str, int]:
    if not address.outbound_proxy:
        return address.host, address.port
    host, port = address.outbound_proxy, ""
    if not host.endswith("]") and ":" in host:
        host, _, port = host.rpartition(":")
    return host.strip("[]"), int(port or (5061 if address.transport == "tls" else 5060))


def _tls(address: TrunkAddress) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=address.tls_ca_file or None)
    if not address.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _body_length(head: bytes) -> int:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() in ("content-length", "l") and value.strip().isdecimal():
            return min(int(value), _MOST_BYTES)
    return 0


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
