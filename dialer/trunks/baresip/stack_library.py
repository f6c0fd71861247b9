"""What the stack can do and its Python binding does not offer: more local addresses, trust, a
look at each packet.

The functions are public in libre and libbaresip 3.18 and exported by the pinned wheel; a wheel
without them is an error when they are needed, never a crash.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from baresip import Runtime, _native

from dialer.errors import TrunkError
from dialer.trunks.baresip.acknowledgement import Acknowledgements
from dialer.trunks.baresip.heard_cause import HeardCauses

_SOCKET_ADDRESS_BYTES = 256
"""More than libre's `struct sa`."""


_UDP = 0
"""libre's `SIP_TRANSP_UDP`: over TCP nothing is lost and nothing repeated."""
_OnPacket = ctypes.CFUNCTYPE(
    *(None, ctypes.c_bool, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p),
    *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p),
)
"""libre's `sip_trace_h`: sent or received, transport, source, destination, packet, its length."""


class _Buffer(ctypes.Structure):
    """libre's `struct mbuf`."""

    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("position", ctypes.c_size_t),
        ("end", ctypes.c_size_t),
    )


class StackLibrary:
    """The stack's own functions. The network ones may be called on the SIP thread only."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(_native.__file__)
        for name in ("baresip_network", "uag_tls", "uag_sip"):
            self._function(name).restype = ctypes.c_void_p
        self._function("mbuf_alloc").restype = ctypes.POINTER(_Buffer)
        self.causes = HeardCauses()
        self._acknowledgements = Acknowledgements()
        self._on_packet = _OnPacket(self._packet)

    def watch_packets(self) -> None:
        """From now on answer repeated 200s with our ACK, and hear causes. SIP thread."""
        sip = ctypes.c_void_p(self._function("uag_sip")())
        self._function("sip_set_trace_handler")(sip, self._on_packet)

    def add_local_addresses(self, hosts: Sequence[str]) -> None:
        """Listen on these addresses as well. SIP thread. Raises TrunkError."""
        network = ctypes.c_void_p(self._function("baresip_network")())
        for host in hosts:
            address = ctypes.create_string_buffer(_SOCKET_ADDRESS_BYTES)
            failed = self._function("sa_set_str")(address, host.encode(), ctypes.c_uint16(0))
            if failed or self._function("net_add_address")(network, address):
                raise TrunkError(f"{host} is no address of this machine: correct the SIP host")
        if self._function("uag_reset_transp")(ctypes.c_bool(False), ctypes.c_bool(False)):
            raise TrunkError(f"the SIP stack could not listen on {', '.join(hosts)}")

    def trust(self, ca_file: str) -> None:
        """Trust the authorities of a PEM file for TLS, for good. Raises TrunkError."""
        tls = ctypes.c_void_p(self._function("uag_tls")())
        if not tls or self._function("tls_add_ca")(tls, ca_file.encode()):
            raise TrunkError(f"the certificates in {ca_file} cannot be read: check the PEM file")

    def _packet(
        self,
        sent: bool,
        transport: int,
        source: int | None,
        destination: int | None,
        start: int | None,
        length: int,
        _argument: int | None,
    ) -> None:
        """Look at every SIP packet on the SIP thread. What is raised here is lost."""
        packet = ctypes.string_at(start, length) if start and length else b""
        if not sent:
            self.causes.received(packet)
        if transport != _UDP:
            return
        if not sent:
            for reply in self._acknowledgements.received(packet):
                self._send(reply, source)
            return
        instead = self._acknowledgements.sent(packet, time.monotonic())
        if instead is not None:
            self._send(instead, destination)

    def _send(self, packet: bytes, destination: int | None) -> None:
        buffer = self._function("mbuf_alloc")(ctypes.c_size_t(len(packet)))
        self._function("mbuf_write_mem")(buffer, packet, ctypes.c_size_t(len(packet)))
        buffer.contents.position = 0
        sip = ctypes.c_void_p(self._function("uag_sip")())
        to = ctypes.c_void_p(destination)
        self._function("sip_send")(sip, None, ctypes.c_int(_UDP), to, buffer)
        self._function("mem_deref")(buffer)

    def _function(self, name: str) -> Any:
        try:
            return getattr(self._library, name)
        except AttributeError as error:
            raise TrunkError(f"this build of the SIP stack has no {name}") from error


class PreparedRuntime(Runtime):  # type: ignore[misc]
    """The binding's runtime, which runs `prepare` on the SIP thread before its loop begins."""

    def __init__(self, prepare: Callable[[], None], command_timeout_s: float) -> None:
        super().__init__(command_timeout=command_timeout_s, native_log_level="error")
        self._ready = self._prepared = _Prepared(self, prepare)

    @property
    def unprepared(self) -> TrunkError | None:
        """What went wrong in `prepare`."""
        return self._prepared.error


class _Prepared(threading.Event):
    """The binding sets this on the SIP thread when the stack stands and its loop does not yet."""

    def __init__(self, runtime: Runtime, prepare: Callable[[], None]) -> None:
        super().__init__()
        self._runtime = runtime
        self._prepare = prepare
        self.error: TrunkError | None = None

    def set(self) -> None:
        if not self._runtime._init_err:
            try:
                self._prepare()
            except TrunkError as error:
                self.error = error
        super().set()
