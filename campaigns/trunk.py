"""A trunk: a way out to the telephone network, as configured."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from campaigns.errors import InvalidInput, Problem

TRANSPORTS = ("udp", "tcp", "tls")


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trunk. A rehearsal trunk leads to simulated callees on loopback, rings nobody's phone,
    and so is exempt from calling hours."""

    name: str
    host: str
    port: int
    max_calls: int
    transport: str = "udp"
    username: str = ""
    password: str = field(default="", repr=False)
    rehearsal: bool = False


def is_loopback(host: str) -> bool:
    """Return whether a host is an address of this machine's loopback. Names are not trusted: what
    they resolve to may change; `localhost` is 127.0.0.1 by RFC 6761."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(trunk: Trunk) -> None:
    """Refuse a trunk that cannot work. Raises InvalidInput."""
    found: list[Problem] = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", trunk.name):
        found.append(Problem("a trunk's name is made of small letters, digits, - and _"))
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", trunk.host):
        found.append(Problem("host must be an address or a host name"))
    if not 1 <= trunk.port <= 65535:
        found.append(Problem("port must be from 1 to 65535"))
    if not 1 <= trunk.max_calls <= 10_000:
        found.append(Problem("max_calls must be from 1 to 10000"))
    if trunk.transport not in TRANSPORTS:
        found.append(Problem(f"transport must be one of {', '.join(TRANSPORTS)}"))
    if trunk.rehearsal and not is_loopback(trunk.host):
        found.append(Problem("a rehearsal trunk must be a loopback address, as 127.0.0.1"))
    if found:
        raise InvalidInput(f"the trunk {trunk.name!r} cannot be used", tuple(found))
