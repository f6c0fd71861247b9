"""What a trunk must be like to be used: every mistake is named with its field."""

from __future__ import annotations

import re
from collections.abc import Iterator

from campaigns.errors import InvalidInput, Problem
from campaigns.trunk import CODECS, DRIVERS, SRTP, TRANSPORTS, Trunk, is_loopback

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")
_HOP = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?")
_DIGITS = re.compile(r"[0-9*#+]{0,16}")
_NOT_IN_ACCOUNT = frozenset('"\\<>;')
_PYVOIP_CODEC = "pcmu"
_PYVOIP_CALLS = 25


def check(trunk: Trunk) -> None:
    """Refuse a trunk that cannot work. Raises InvalidInput."""
    found = tuple(
        Problem(message, column=column)
        for rule in (_place, _limits, _account, _security, _media, _choice, _driver)
        for column, message in rule(trunk)
    )
    if found:
        raise InvalidInput(f"the trunk {trunk.name!r} cannot be used", found)


_Found = Iterator[tuple[str, str]]


def _place(trunk: Trunk) -> _Found:
    if not _NAME.fullmatch(trunk.name):
        yield "name", "a trunk's name is made of small letters, digits, - and _"
    if not _HOST.fullmatch(trunk.host):
        yield "host", "host must be an address or a host name"
    if not 1 <= trunk.port <= 65535:
        yield "port", "port must be from 1 to 65535"
    if trunk.transport not in TRANSPORTS:
        yield "transport", f"transport must be one of {', '.join(TRANSPORTS)}"
    hop = _HOP.fullmatch(trunk.outbound_proxy) if trunk.outbound_proxy else None
    if trunk.outbound_proxy and (hop is None or not 1 <= int(hop["port"] or 5060) <= 65535):
        yield "outbound_proxy", "outbound_proxy must be host or host:port, as sbc.example.cn:5060"
    if trunk.rehearsal and not is_loopback(trunk.host):
        yield "rehearsal", "a rehearsal trunk must be a loopback address, as 127.0.0.1"
    if trunk.rehearsal and trunk.outbound_proxy:
        yield "outbound_proxy", "a rehearsal trunk goes straight to loopback: leave it empty"


def _limits(trunk: Trunk) -> _Found:
    if not 1 <= trunk.max_calls <= 10_000:
        yield "max_calls", "max_calls must be from 1 to 10000"
    if trunk.calls_per_second is not None and not 0.01 <= trunk.calls_per_second <= 1000:
        yield "calls_per_second", "calls_per_second must be from 0.01 to 1000, or left out"
    if trunk.options_every_s and not 5 <= trunk.options_every_s <= 3600:
        yield "options_every_s", "options_every_s must be 0 (no pings) or from 5 to 3600"


def _account(trunk: Trunk) -> _Found:
    for name in ("username", "password", "realm"):
        value = getattr(trunk, name)
        if any(char in _NOT_IN_ACCOUNT or not char.isprintable() for char in value):
            yield name, f'{name} may not hold " \\ < > ; or control characters'
    if trunk.registration and not trunk.username:
        yield "username", "registration needs a username"
    if trunk.password and not trunk.username:
        yield "username", "a password needs a username"
    if not 60 <= trunk.register_expiry_s <= 86_400:
        yield "register_expiry_s", "register_expiry_s must be from 60 to 86400"


def _security(trunk: Trunk) -> _Found:
    if trunk.srtp not in SRTP:
        yield "srtp", f"srtp must be one of {', '.join(SRTP)}"
    if trunk.tls_ca_file and trunk.transport != "tls":
        yield "tls_ca_file", "tls_ca_file is for transport tls"
    if not trunk.tls_verify:
        yield "tls_verify", "certificates are always verified: name the trunk's as tls_ca_file"
    if not trunk.tls_ca_file.isprintable():
        yield "tls_ca_file", "tls_ca_file must be the path of a PEM file on the dialer's machine"


def _media(trunk: Trunk) -> _Found:
    unknown = [codec for codec in trunk.codecs if codec not in CODECS]
    if unknown:
        yield "codecs", f"{', '.join(unknown)}: codecs are {', '.join(CODECS)}"
    if not trunk.codecs or len(set(trunk.codecs)) < len(trunk.codecs):
        yield "codecs", "codecs must name each codec once, the preferred one first"


def _choice(trunk: Trunk) -> _Found:
    if trunk.group and not _NAME.fullmatch(trunk.group):
        yield "group", "a group's name is made of small letters, digits, - and _"
    for name in ("priority", "weight"):
        if not 1 <= getattr(trunk, name) <= 1000:
            yield name, f"{name} must be from 1 to 1000"
    for prefix in trunk.prefixes:
        if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= 15):
            yield "prefixes", f"{prefix!r}: a prefix is digits with the country code, as 86771"
    if not 0 <= trunk.strip_digits <= 4:
        yield "strip_digits", "strip_digits must be from 0 to 4"
    if not _DIGITS.fullmatch(trunk.dial_prefix):
        yield "dial_prefix", "dial_prefix may hold up to 16 of the digits, * # and +"


def _driver(trunk: Trunk) -> _Found:
    if trunk.driver not in DRIVERS:
        yield "driver", f"driver must be one of {', '.join(DRIVERS)}"
    if trunk.driver != "pyvoip":
        return
    if trunk.transport != "udp":
        yield "transport", "the pyvoip driver knows udp only: take baresip"
    if trunk.srtp != "off":
        yield "srtp", "the pyvoip driver has no SRTP: take baresip"
    if _PYVOIP_CODEC not in trunk.codecs:
        yield "codecs", f"the pyvoip driver speaks {_PYVOIP_CODEC} only: add it or take baresip"
    if trunk.registration:
        yield "registration", "the pyvoip driver reaches direct peers only: take baresip"
    if trunk.outbound_proxy:
        yield "outbound_proxy", "the pyvoip driver knows no proxy: take baresip"
    if trunk.max_calls > _PYVOIP_CALLS:
        yield "max_calls", f"the pyvoip driver carries {_PYVOIP_CALLS} calls at most: take baresip"
