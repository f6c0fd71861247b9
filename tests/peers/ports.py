"""Free ports on loopback, below the range the kernel hands out by itself."""

from __future__ import annotations

import random
import socket

_FIRST, _LAST = 21000, 31000


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """Return a port nobody has bound now."""
    for _ in range(200):
        port = random.randrange(_FIRST, _LAST)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 21000 and 31000")


def free_range(size: int) -> tuple[int, int]:
    """Return the first and last of `size` UDP ports, all free now."""
    for _ in range(50):
        first = random.randrange(_FIRST, _LAST - size) & ~1
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(size)]
        try:
            for port, probe in enumerate(sockets, start=first):
                probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for probe in sockets:
                probe.close()
        return first, first + size - 1
    raise RuntimeError(f"no {size} free ports in a row")
