"""A trunk: a way out to the telephone network, as configured."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from campaigns.attempt import TrunkAddress

TRANSPORTS = ("udp", "tcp", "tls")
DRIVERS = ("baresip", "pyvoip")
SRTP = ("off", "sdes", "dtls")
CODECS = ("pcma", "pcmu", "g722", "opus")


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trunk; the names are those of `TrunkAddress`, the rest says when it is chosen.

    A rehearsal trunk leads to simulated callees on loopback, rings nobody's phone, and so is
    exempt from calling hours. `max_calls` and `calls_per_second` hold over all dialers.
    """

    name: str
    host: str
    port: int
    max_calls: int
    transport: str = "udp"
    username: str = ""
    password: str = field(default="", repr=False)
    rehearsal: bool = False
    driver: str = "baresip"
    registration: bool = False
    register_expiry_s: int = 300
    realm: str = ""
    outbound_proxy: str = ""
    srtp: str = "off"
    codecs: tuple[str, ...] = ("pcma", "pcmu")
    tls_ca_file: str = ""
    tls_verify: bool = True
    calls_per_second: float | None = None
    """Most calls placed in any second; None: only each dialer's own pace holds."""
    group: str = ""
    """Campaigns may name a group instead of trunks."""
    priority: int = 1
    """Within its group: the lowest first."""
    weight: int = 1
    """Among trunks of one priority: the share of calls that begin with it."""
    prefixes: tuple[str, ...] = ()
    """Numbers it takes, by their first digits (E.164 without plus); empty: all. The trunk with the
    longest prefix of a number comes first."""
    strip_digits: int = 0
    """So many digits are taken off the front of a number …"""
    dial_prefix: str = ""
    """… and these put there, as the trunk wants it dialled."""
    options_every_s: int = 30
    """Seconds between OPTIONS pings; 0: none are sent."""

    def address(self) -> TrunkAddress:
        """Return what a driver needs to reach it."""
        return TrunkAddress(
            name=self.name,
            host=self.host,
            port=self.port,
            transport=self.transport,
            username=self.username,
            password=self.password,
            max_calls=self.max_calls,
            rehearsal=self.rehearsal,
            driver=self.driver,
            registration=self.registration,
            register_expiry_s=self.register_expiry_s,
            realm=self.realm,
            outbound_proxy=self.outbound_proxy,
            srtp=self.srtp,
            codecs=self.codecs,
            tls_ca_file=self.tls_ca_file,
            tls_verify=self.tls_verify,
        )

    def dialled(self, number: str) -> str:
        """Return a number (E.164 without plus) as this trunk wants it. Short numbers, which have
        no country code to take off, stay as they are."""
        if len(number) <= _SHORT_DIGITS:
            return number
        return self.dial_prefix + number[self.strip_digits :]


_SHORT_DIGITS = 6


def is_loopback(host: str) -> bool:
    """Return whether a host is an address of this machine's loopback. Names are not trusted: what
    they resolve to may change; `localhost` is 127.0.0.1 by RFC 6761."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
