"""Checks that the ports the programs are going to bind are free."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from api.errors import ApiError
from api.supervisor.program import Port
from campaigns.errors import Fault


class PortInUse(ApiError):
    """Another program holds a port that ours needs."""

    fault = Fault.CALLER

    def __init__(self, port: Port) -> None:
        self.port = port
        super().__init__(
            f"{port.kind} port {port.number} on {port.host} is in use: "
            f"stop what uses it, or set {port.setting} to a free port"
        )


def require_free(ports: Iterable[Port]) -> None:
    """Raise PortInUse for the first port that cannot be bound."""
    for port in ports:
        if not is_free(port):
            raise PortInUse(port)


def is_free(port: Port) -> bool:
    """Return whether the port can be bound now."""
    kind = socket.SOCK_STREAM if port.kind == "tcp" else socket.SOCK_DGRAM
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if port.kind == "tcp":  # a closed connection in TIME_WAIT does not hold the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
